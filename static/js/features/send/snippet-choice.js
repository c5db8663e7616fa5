// The snippet to show: a language and a variant. Stored as "Python/requests"; if that no longer
// exists, the first one is shown. Pure.

export function findChoice(languages, remembered) {
  const [name, title] = (remembered ?? "").split("/");
  const language = languages.find(({ language }) => language === name) ?? languages[0];
  return { language, variant: variantOf(language, title) };
}

export function variantOf({ variants }, title) {
  return variants.find((variant) => variant.title === title) ?? variants[0];
}

export function choiceName({ language, variant }) {
  return `${language.language}/${variant.title}`;
}

// The program of a choice, from languages with their texts.
export function textIn(languages, choice) {
  return findChoice(languages, choiceName(choice)).variant.text;
}

// The index that a key moves to in a tab list; undefined for other keys.
export function tabAfter(key, index, count) {
  const moves = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: count - 1 };
  return key in moves ? (moves[key] + count) % count : undefined;
}
