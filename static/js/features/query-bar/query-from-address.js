import { parseQuery } from "../../core/query/parse-query.js";

// What the address asks of the list: {q, mode}, and the mistake in q, if one is seen without the server.
export function queryFromAddress(address) {
  const q = address.get("q").trim();
  const mode = address.get("mode") === "highlight" ? "highlight" : "";
  const { mistake } = parseQuery(q);
  return { q, mode, mistake };
}
