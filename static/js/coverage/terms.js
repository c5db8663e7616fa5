const BARE = /^[^\s"()*\u0000-\u0020]+$/;

const value = (text) => (BARE.test(text) ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);

// The query that finds the events of a name; null has none.
export function nameTerm(name) {
  return name === null ? "-name:*" : `name:${value(name)}`;
}

export function verdictTerms(name, verdict) {
  return `${nameTerm(name)} verdict:${verdict}`;
}

export function problemTerms(name, { code, path }) {
  return `${nameTerm(name)} problem:${value(path ? `${code}@${path}` : code)}`;
}
