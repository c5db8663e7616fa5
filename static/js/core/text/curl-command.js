// A word for a POSIX shell: nothing in single quotes has a meaning, but for the quote itself.
export function shellQuote(text) {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

// `head` is the command up to its body. Raw: with other options a body that begins with @
// would be taken for the name of a file.
export function curlCommand(head, body) {
  return `${head} \\\n  --data-raw ${shellQuote(body)}`;
}
