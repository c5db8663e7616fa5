// The open view is in the hash, so that reload, the back button and links restore it.
export const EVENT_TABS = ["event", "raw", "request", "problems"];

const PLAIN = ["coverage", "refused", "send"];
const EVENT = new RegExp(`^#event-([1-9]\\d*)(?:/(${EVENT_TABS.slice(1).join("|")}))?$`);
const COMPARE = /^#compare-([1-9]\d*)-([1-9]\d*)$/;

// Parses the hash: {view: "event", seq, tab} | {view: "compare", seqs: [left, right]} | {view} for
// plain views and the list; null for any other hash.
export function readRoute(hash) {
  if (hash === "" || hash === "#") return { view: "list" };
  const [, event, tab = EVENT_TABS[0]] = EVENT.exec(hash) ?? [];
  if (event) return { view: "event", seq: Number(event), tab };
  const [, left, right] = COMPARE.exec(hash) ?? [];
  if (left) return { view: "compare", seqs: [Number(left), Number(right)] };
  return PLAIN.includes(hash.slice(1)) ? { view: hash.slice(1) } : null;
}

export function hashOfEvent(seq, tab = EVENT_TABS[0]) {
  return `#event-${seq}${tab === EVENT_TABS[0] ? "" : `/${tab}`}`;
}

export function hashOfComparison(left, right) {
  return `#compare-${left}-${right}`;
}

export function enterRoute(hash) {
  const isInside = readRoute(location.hash)?.view !== "list";
  if (isInside) history.replaceState(history.state, "", hash);
  else history.pushState({ fromList: true }, "", hash);
}

export function leaveRoute() {
  if (history.state?.fromList) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}
