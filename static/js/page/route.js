// The open view stands in the address, so that reload and the back button work.
const ROUTE = /^#(?:event-([1-9]\d*)|(refused|send))$/;

// {view: "event", seq} | {view: "refused" | "send"} | {view: "list"}; null: not a place of this page.
export function readRoute(hash) {
  if (hash === "" || hash === "#") return { view: "list" };
  const found = ROUTE.exec(hash);
  if (!found) return null;
  return found[1] ? { view: "event", seq: Number(found[1]) } : { view: found[2] };
}

export function enter(hash) {
  const isInside = readRoute(location.hash)?.view !== "list";
  if (isInside) history.replaceState(history.state, "", hash);
  else history.pushState({ fromList: true }, "", hash);
}

export function leave() {
  if (history.state?.fromList) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}
