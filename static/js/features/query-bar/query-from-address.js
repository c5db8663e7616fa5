import { parseQuery } from "../../core/query/parse-query.js";

// The query in the address: {q, mode, mistake}, with the error if the page can detect it.
export function queryFromAddress(address) {
  const q = address.get("q").trim();
  const mode = address.get("mode") === "highlight" ? "highlight" : "";
  const { mistake } = parseQuery(q);
  return { q, mode, mistake };
}
