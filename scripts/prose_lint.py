"""Report words and openings that the style of this project avoids.

    python -m scripts.prose_lint             check the whole project
    python -m scripts.prose_lint FILE …      check these files
    python -m scripts.prose_lint --counts [FOLDER]    count each rule, in this or another checkout

Reads comments, docstrings and messages of Python and JavaScript, comments of CSS, the text of
templates and Markdown. The rules are in scripts/prose_words.toml.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WORDS = ROOT / "scripts" / "prose_words.toml"
FOLDERS = (
    *("ingest", "viewer", "templates", "static", "tests"),
    *("bench", "scripts", "docs", ".github"),
)

Text = tuple[int, str]  # the line where it begins

# Where a sentence begins: in a paragraph, a list, a table
_BEGIN = r"(?:\A|[.!?][\s”\")*_]+|\n\s*\n|\n[ \t]*(?:[-*#>]|\d+\.)|\|)\W*"
_NO_QUESTION = r"(?:[^.!?\n|]|\n(?!\s*\n))*+(?!\?)"


class Finding(NamedTuple):
    path: str
    line: int
    words: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: “{self.words}”: {self.advice}"


class Rule(NamedTuple):
    words: str
    in_prose: re.Pattern[str]
    anywhere: re.Pattern[str]  # also in code
    advice: str


class Rules:
    def __init__(self, table: dict[str, Any]) -> None:
        self.exclude = tuple(table.get("exclude", ()))
        self.all: list[Rule] = []
        for words, advice in table["words"].items():
            anywhere = re.compile(rf"(?i:\b({words})\b)")
            self.all.append(Rule(words, anywhere, anywhere, advice))
        for words, advice in table["openings"].items():
            anywhere = rf"\b({words})\b"
            opening = re.compile(rf"{_BEGIN}{anywhere}{_NO_QUESTION}")
            self.all.append(Rule(words, opening, re.compile(anywhere), advice))

    def findings(self, path: str, text: Text) -> Iterator[Finding]:
        first, words = text[0], _without(r"`[^`]*`", text[1])  # code is no prose
        for rule in self.all:
            for found in rule.in_prose.finditer(words):
                yield Finding(path, first + _line(words, found.start(1)), found[1], rule.advice)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at)


def _without(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda found: "X" + "\n" * found[0].count("\n"), text, flags=re.DOTALL)


# -- the texts of each kind of file --------------------------------------------------------------


def _python(source: str) -> Iterator[Text]:
    yield from _strings(ast.parse(source))
    block: list[tuple[int, int]] = []
    lines: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            if block and block[-1] != (row - 1, column):  # else it goes on from the line above
                yield block[0][0], "\n".join(lines)
                block, lines = [], []
            block.append(token.start)
            lines.append(token.string.lstrip("#"))
    if block:
        yield block[0][0], "\n".join(lines)


def _strings(node: ast.AST) -> Iterator[Text]:
    """Strings with a space: docstrings and messages, with an X for each value in an f-string."""
    if isinstance(node, ast.JoinedStr):
        parts = [str(one.value) if isinstance(one, ast.Constant) else "X" for one in node.values]
        value = "".join(parts)
    else:
        value = node.value if isinstance(node, ast.Constant) else None
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)
    if isinstance(value, str) and " " in value:
        yield node.lineno, value


_STRING_OR_COMMENT = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`)"""
    r"|(?P<comment>/\*.*?\*/|(?<![:\\/])//[^\n]*(?:\n[ \t]*//[^\n]*)*)",
    re.DOTALL,
)


def _script(source: str) -> Iterator[Text]:
    """Comments, and strings with a space: messages and titles of tests."""
    for found in _STRING_OR_COMMENT.finditer(source):
        line = 1 + _line(source, found.start())
        if comment := found["comment"]:
            yield line, re.sub(r"(?m)^[ \t]*(?://+|/?\*+/?)|\*/", "", comment)
        elif " " in found["string"]:
            yield line, _without(r"\$\{[^}]*\}", found["string"][1:-1])


class _Html(HTMLParser):
    READ_OUT = ("title", "alt", "aria-label", "placeholder", "content")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[Text] = []

    def handle_data(self, data: str) -> None:
        self.texts.append((self.getpos()[0], data))

    def handle_comment(self, data: str) -> None:
        self.handle_data(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in self.READ_OUT and value:
                self.handle_data(value)


def _template(source: str) -> Iterator[Text]:
    for comment in re.finditer(r"\{#(.*?)#\}", source):
        yield 1 + _line(source, comment.start()), comment[1]
    parser = _Html()
    parser.feed(_without(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", source))
    yield from parser.texts


def _markdown(source: str) -> Iterator[Text]:
    yield 1, _without(r"(?m:^[ \t]*```).*?(?m:^[ \t]*```)|(?<=\])\([^)]*\)|<[^>]*>", source)


KINDS = {
    ".py": _python,
    **dict.fromkeys((".js", ".mjs", ".css"), _script),
    ".html": _template,
    ".md": _markdown,
}


# -- the check -----------------------------------------------------------------------------------


def lint(path: Path, rules: Rules) -> list[Finding]:
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    texts = KINDS[path.suffix](path.read_text())
    return sorted({finding for text in texts for finding in rules.findings(name, text)})


def files_of(root: Path, rules: Rules) -> dict[str, Path]:
    """The files of a checkout that are linted, by their names in it."""
    inside = [path for folder in FOLDERS for path in (root / folder).rglob("*.*")]
    paths = [path for path in (*root.glob("*.*"), *inside) if path.suffix in KINDS]
    names = {path.relative_to(root).as_posix(): path for path in sorted(paths)}
    return {name: path for name, path in names.items() if not name.startswith(rules.exclude)}


def count(root: Path, rules: Rules) -> list[str]:
    """A table of the findings of each rule in prose, and of its words anywhere in the files."""
    paths = files_of(root, rules).values()
    in_prose = Counter(finding.advice for path in paths for finding in lint(path, rules))
    sources = [path.read_text() for path in paths]
    rows = [
        (in_prose[rule.advice], sum(len(rule.anywhere.findall(one)) for one in sources), rule.words)
        for rule in rules.all
    ]
    rows.append((sum(row[0] for row in rows), sum(row[1] for row in rows), "all"))
    return ["prose  text  words", *(f"{prose:5} {text:5}  {words}" for prose, text, words in rows)]


def main(arguments: list[str]) -> int:
    rules = Rules(tomllib.loads(WORDS.read_text()))
    if arguments[:1] == ["--counts"]:
        print("\n".join(count(Path(*arguments[1:2] or [ROOT]).resolve(), rules)))
        return 0
    paths = [Path(name).resolve() for name in arguments] or files_of(ROOT, rules).values()
    findings = [finding for path in paths for finding in lint(path, rules)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
