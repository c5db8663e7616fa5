import { parseQuery } from "../../core/query/parse-query.js";

// The query in the address: {q, mode, mistake}, with the mistake if the page can see one.
export function queryFromAddress(address) {
  const q = address.get("q").trim();
  const mode = address.get("mode") === "highlight" ? "highlight" : "";
  const { mistake } = parseQuery(q);
  return { q, mode, mistake };
}
