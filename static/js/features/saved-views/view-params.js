// A view is the page's query string without transient names.
const NAMES = ["q", "mode", "columns", "group", "time", "chart"];
const NARROWING = ["q", "mode"];

export const BUILT_IN_VIEWS = [
  { name: "All", search: "" },
  { name: "Faults only", search: "q=verdict:invalid+OR+verdict:malformed" },
  { name: "Warnings", search: "q=verdict:warning" },
];

// All names of a view with their values, "" for missing ones, to be set in the address.
export function viewParams(search) {
  const params = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""]));
}

// Built-in views set the filter only, not the layout.
export function filterParams(search) {
  const values = viewParams(search);
  return Object.fromEntries(NARROWING.map((name) => [name, values[name]]));
}

export function viewSearch(address) {
  const entries = NAMES.map((name) => [name, address.get(name)]).filter(([, value]) => value);
  return new URLSearchParams(entries).toString();
}

const isShown = (values, address) => Object.entries(values).every(([name, value]) => address.get(name) === value);

// The current view and whether the page differs from it: an equal view (one without a filter only
// if it was applied), else the last applied one, else a built-in one, else {view: null}.
export function currentView(views, applied, address) {
  const same = views.filter(({ search }) => isShown(viewParams(search), address));
  const exact = same.find(({ id }) => id === applied) ?? same.find(({ search }) => search);
  if (exact) return { view: exact, isChanged: false };
  const last = views.find(({ id }) => id === applied);
  if (last) return { view: last, isChanged: true };
  const builtIn = BUILT_IN_VIEWS.find(({ search }) => isShown(filterParams(search), address));
  return { view: builtIn ?? null, isChanged: false };
}
