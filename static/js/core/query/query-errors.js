// The messages of errors in a query, the same as in viewer/query/errors.py. Errors that only the
// server detects (verdicts, problem codes, times) are defined there.
export const QUERY_MESSAGES = {
  tooMany: "A query has at most 50 terms.",
  unclosed: 'This quote is not closed: write " at its end, and \\" for a quote inside.',
  quoteInside: "A quote begins inside a word: put the whole in quotes.",
  afterQuote: "White space is missing after the quote.",
  parenthesis: "Parentheses have no meaning here, OR binds first. Put text that has them in quotes.",
  noField: (operator) => `The name of a field is missing before “${operator}”. Put text that has it in quotes.`,
  noValue: (operator) => `A value is missing after “${operator}”; “:*” is any.`,
  noOperator: (operator) => `There is no “${operator}”: write field:value, or put the text in quotes.`,
  address: "Put an address in quotes: “:” stands between a field and its value.",
  minusAlone: "Write - right before what is to be left out.",
  orAlone: "OR stands between two terms.",
};

export const WORD_MESSAGES = {
  AND: "Leave out AND: all terms must match anyway.",
  NOT: "Write - right before a term instead of NOT.",
  "&&": "Leave out &&: all terms must match anyway.",
  "||": "Write OR between two terms.",
};

// An error in a query at an index in UTF-16 units.
export class QueryError extends Error {
  constructor(message, at) {
    super(message);
    this.at = at;
  }
}
