// Quotes a word for a POSIX shell.
export function shellQuote(text) {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

// A curl command; `head` is everything before its body. Uses --data-raw because the other options
// read a leading @ as a file name.
export function curlCommand(head, body) {
  return `${head} \\\n  --data-raw ${shellQuote(body)}`;
}
