// A view is the query part of the page's address, but for what stands for a moment only.
const NAMES = ["q", "mode", "columns", "group", "time", "chart"];
const NARROWING = ["q", "mode"];

export const BUILT_IN_VIEWS = [
  { name: "All", search: "" },
  { name: "Faults only", search: "q=verdict:invalid+OR+verdict:malformed" },
  { name: "Warnings", search: "q=verdict:warning" },
];

// Every name of a view with its value, "" where it has none: to be set in the address.
export function viewParams(search) {
  const params = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""]));
}

// What a built-in view sets: which events show. How they show is the reader's own choice.
export function filterParams(search) {
  const values = viewParams(search);
  return Object.fromEntries(NARROWING.map((name) => [name, values[name]]));
}

export function viewSearch(address) {
  const entries = NAMES.map((name) => [name, address.get(name)]).filter(([, value]) => value);
  return new URLSearchParams(entries).toString();
}

const isShown = (values, address) => Object.entries(values).every(([name, value]) => address.get(name) === value);

// The view that is in force and whether the page differs from it by now: one that is the same (one that
// narrows nothing only when it was applied); or the one that was applied last; or a built-in one.
// None: {view: null}.
export function currentView(views, applied, address) {
  const same = views.filter(({ search }) => isShown(viewParams(search), address));
  const exact = same.find(({ id }) => id === applied) ?? same.find(({ search }) => search);
  if (exact) return { view: exact, isChanged: false };
  const last = views.find(({ id }) => id === applied);
  if (last) return { view: last, isChanged: true };
  const builtIn = BUILT_IN_VIEWS.find(({ search }) => isShown(filterParams(search), address));
  return { view: builtIn ?? null, isChanged: false };
}
