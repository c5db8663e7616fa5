import { QUERY_COLUMNS, formatJsonPath } from "./format-query.js";
import { parseQuery } from "./parse-query.js";

const MOST = 3; // places of one field

function placesOf({ path, isJson }, names) {
  const isField = path.length === 1 && (isJson || !QUERY_COLUMNS.includes(path[0]));
  if (!isField) return [];
  const end = `.${formatJsonPath(path).replace(/^\./, "")}`;
  return names.filter((name) => name.endsWith(end) && name !== end).slice(0, MOST);
}

// Nested fields of a name that a query has at the top level, each {field, place, isAlso, query}: `isAlso` if the name is
// known at the top level, too, and the query with the full path. `names` are known fields as a query writes them.
export function nestedFields(text, names) {
  return parseQuery(text).terms.flatMap((term) => {
    const from = term.start + Number(term.isNegated);
    const to = term.valueAt - term.operator.length;
    const withPlace = (place) => text.slice(0, from) + place + text.slice(to);
    const isAlso = names.includes(formatJsonPath(term.path));
    return placesOf(term, names).map((place) => ({ field: term.path[0], place, isAlso, query: withPlace(place) }));
  });
}
