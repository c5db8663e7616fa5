"""Syntax errors of queries. The page uses the same sentences for what it parses itself:
static/js/core/query/query-errors.js."""

from __future__ import annotations

TOO_LONG = "A query has at most {most} characters."
NOT_TEXT = "This is half a character: it cannot be searched for."
TOO_MANY = "A query has at most {most} terms."
UNCLOSED = 'This quote is not closed: write " at its end, and \\" for a quote inside.'
QUOTE_INSIDE = "A quote begins inside a word: put the whole in quotes."
AFTER_QUOTE = "White space is missing after the quote."
PARENTHESIS = "Parentheses have no meaning here, OR binds first. Put text that has them in quotes."
NO_FIELD = "The name of a field is missing before “{operator}”. Put text that has it in quotes."
NO_VALUE = "A value is missing after “{operator}”; “:*” is any."
NO_OPERATOR = "There is no “{operator}”: write field:value, or put the text in quotes."
ADDRESS = "Put an address in quotes: “:” stands between a field and its value."
MINUS_ALONE = "Write - right before what is to be left out."
OR_ALONE = "OR stands between two terms."
WORDS = {
    "AND": "Leave out AND: all terms must match anyway.",
    "NOT": "Write - right before a term instead of NOT.",
    "&&": "Leave out &&: all terms must match anyway.",
    "||": "Write OR between two terms.",
}


class QuerySyntaxError(ValueError):
    """An error in a query, and its character index (0-based)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at
