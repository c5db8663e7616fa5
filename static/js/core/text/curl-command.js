// Quotes a word for a POSIX shell.
export function shellQuote(text) {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

// A curl command; `head` is all up to its body. --data-raw, because other options take a leading @ for the
// name of a file.
export function curlCommand(head, body) {
  return `${head} \\\n  --data-raw ${shellQuote(body)}`;
}
