"""The documentation agrees with the code, its links resolve, and its commands work."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import get_commands

from tests.support.http import send_raw
from tests.support.server import ROOT
from tests.support.stored_data import events_of, faults_of
from tests.support.vendors import NATERO
from viewer import query
from viewer.urls import MOVED, urlpatterns

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
TEXTS = {page: page.read_text() for page in PAGES}

REST = TEXTS[DOCS / "rest-api.md"]

SOURCES = [
    path.as_posix()
    for folder in ("ingest", "viewer", "tests", "static", "templates", "bench")
    for path in (ROOT / folder).rglob("*.*")
]
USERS_FILES = {"conftest.py", "manage.py"}  # files in a reader's own project, or at the top level

# prometheus_client reads it; settings.py sets its value.
OTHER_VARIABLES = {"PROMETHEUS_MULTIPROC_DIR"}

CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:srcset|src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors_of(page: Path) -> set[str]:
    """The ids that GitHub gives the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in HEADING.findall(text):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        number = 0
        anchor = slug
        while anchor in found:
            number += 1
            anchor = f"{slug}-{number}"
        found.add(anchor)
    return found


def links_of(page: Path) -> Iterator[str]:
    for found in LINK.finditer(CODE.sub("", TEXTS[page])):
        link = found[1] or found[2]
        if not re.match(r"[a-z]+:", link):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_and_anchors_resolve(page):
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target), link


def test_every_page_is_linked_from_the_readme_or_an_index():
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in (ROOT / "README.md", DOCS / "decisions" / "README.md")
        for link in links_of(page)
    }
    assert set(PAGES) - linked <= {ROOT / "README.md"}


def test_the_readme_is_short():
    assert len(TEXTS[ROOT / "README.md"].splitlines()) <= 150


def first_cells(page: Path, heading: str) -> str:
    """The first cell of each row of the tables below a heading."""
    section = TEXTS[page].split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return "\n".join(re.split(r"(?<!\\)\|", row)[1] for row in rows)


def test_every_environment_variable_is_documented_and_the_reverse():
    read = {"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"}  # read in a loop
    for name in ("viewer/settings.py", "viewer/config/environment.py"):
        code = (ROOT / name).read_text()
        calls = (
            r"(?:environment\.(?!port_of)\w+|text|switch|choice|number|words|networks|setdefault)"
        )
        read |= set(re.findall(calls + r"\(\s*\"([A-Z][A-Z_]+)\"", code))
        read |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", code))
    assert read >= OTHER_VARIABLES
    cells = first_cells(DOCS / "configuration.md", "Environment variables")
    assert set(re.findall(r"`([A-Z_]+)`", cells)) == read


def routes() -> set[str]:
    """Paths of the REST API, with parameters as `{}`."""
    found = {str(one.pattern) for one in urlpatterns}
    return {
        "/" + re.sub(r"<[^>]+>", "{}", route)
        for route in found
        if route.startswith("api/") and "<path:" not in route and route not in MOVED
    }


def test_every_rest_route_is_documented_and_the_reverse():
    text = TEXTS[DOCS / "rest-api.md"]
    requests = re.findall(r"`(?:GET|POST|PUT|DELETE) (/api/[^`?\s]*)", text)
    assert {re.sub(r"\{[^}]+\}", "{}", path) for path in requests} == routes()


def test_every_documented_method_is_allowed():
    from viewer.api.rest_api import build_openapi

    text = TEXTS[DOCS / "rest-api.md"]
    documented = {
        (method.lower(), re.sub(r"\{[^}]+\}", "{}", path))
        for method, path in re.findall(r"`(GET|POST|PUT|DELETE) (/api/[^`?\s]*)", text)
    }
    described = {
        (method, "/api" + re.sub(r"\{[^}]+\}", "{}", path))
        for path, methods in build_openapi()["paths"].items()
        for method in {"get", "post", "put", "delete"} & methods.keys()
    }
    assert described <= documented


def test_every_make_target_is_documented_and_the_reverse():
    makefile = (ROOT / "Makefile").read_text()
    [targets] = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    cells = first_cells(DOCS / "configuration.md", "Make targets")
    assert set(re.findall(r"`make ([\w-]+)`", cells)) == set(targets.split())
    for text in TEXTS.values():
        code = "\n".join(CODE.findall(text))
        assert set(re.findall(r"(?<![\w-])make ([a-z][\w-]+)", code)) - {"end-to-end"} <= set(
            targets.split()
        )


def test_every_management_command_is_documented_and_the_reverse():
    ours = {name for name, app in get_commands().items() if app in ("viewer", "ingest")}
    cells = first_cells(DOCS / "configuration.md", "Management commands")
    assert set(re.findall(r"`([a-z]+)", cells)) == ours
    for text in TEXTS.values():
        code = "\n".join(CODE.findall(text))
        assert set(re.findall(r"manage\.py ([a-z]+)", code)) <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_named_files_exist(page):
    folders = "ingest|viewer|tests|templates|static|deploy|bench"
    for path in re.findall(rf"`((?:{folders})/[\w./*-]*)`", TEXTS[page]):
        assert list(ROOT.glob(path.rstrip("/"))), path
    for path in re.findall(r"`([\w./-]+\.(?:py|js|css|html))`", TEXTS[page]):
        assert any(source.endswith(f"/{path}") for source in SOURCES) or path in USERS_FILES, path


def test_every_package_is_described():
    text = TEXTS[DOCS / "architecture.md"]
    for package in ("ingest", "viewer"):
        for path in sorted((ROOT / package).iterdir()):
            is_module = path.suffix == ".py" and path.name != "__init__.py"
            if is_module or (path / "__init__.py").exists():
                assert f"`{package}/{path.name}`" in text


def test_the_readme_and_the_quickstart_show_the_same_command():
    assert curl_line(ROOT / "README.md") == curl_line(DOCS / "quickstart.md")


def curl_line(page: Path) -> str:
    [line] = re.findall(r"```sh\n(curl .*?)\n```", TEXTS[page])
    return line


def test_the_curl_command_sends_an_event_with_the_named_faults(uvicorn, new_pair, stored, tmp_path):
    pair = new_pair("natero")
    line = curl_line(ROOT / "README.md").replace("http://127.0.0.1:8000", uvicorn.url)
    line = line.replace("AUTH_KEY", pair.auth_key).replace("API_KEY", pair.api_key)
    ran = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("HTTP/1.1 200")
    [event] = events_of(pair)
    assert event.verdict == "invalid"
    assert {fault.split()[-1] for fault in faults_of(event)} == {"/createdAt", "/total"}


def block_of(page: Path, holding: str) -> str:
    """The only code block that contains certain words."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if holding in block]
    return block


def answer_of(line: str, server, pair, folder: Path) -> dict[str, Any]:
    """The JSON reply to a documented curl command."""
    line = line.replace("http://127.0.0.1:8000", server.url)
    line = line.replace("AUTH_KEY", pair.auth_key).replace("API_KEY", pair.api_key)
    line = line.replace("curl ", "curl -sS ").replace('"wait": 30', '"wait": 0')
    ran = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, check=True)
    return orjson.loads(ran.stdout)


def test_the_expect_command_gets_an_answer_of_the_documented_shape(uvicorn, new_pair, tmp_path):
    pair = new_pair("natero")
    near = b'{"action":"feature","module":"Dashboard","total":4}'
    send_raw(uvicorn.port, NATERO.deliver(pair.api_key, pair.auth_key, near))
    line = block_of(DOCS / "runs-and-ci.md", "curl -u").replace('"run": "job-17", ', "")
    answer = answer_of(line, uvicorn, pair, tmp_path)
    [shape] = re.findall(r"```json\n(.*?)```", REST, re.DOTALL)
    assert keys_of(orjson.loads(shape)) <= keys_of(answer)
    assert len(answer["results"]) == 3


def keys_of(value: Any) -> set[str]:
    """The keys of an object and of all objects in it."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def test_the_validate_command_gets_an_answer_of_the_documented_shape(uvicorn, new_pair, tmp_path):
    (tmp_path / "events.ndjson").write_bytes(NATERO.good + b"\n{")
    line = block_of(DOCS / "rest-api.md", "/api/validate")
    answer = answer_of(line, uvicorn, new_pair("natero"), tmp_path)
    assert set(answer) == {"status", "body", "problems", "balance", "events"}
    fields = {"line", "verdict", "name", "problems", "raw", "fixed"}
    assert [set(event) for event in answer["events"]] == [fields, fields]


def test_the_example_plan_has_no_errors():
    from ingest.tracking_plan import plan_parser

    [plan] = re.findall(r"```json\n(.*?)```", TEXTS[DOCS / "tracking-plans.md"], re.DOTALL)
    plan_parser.parse_plan(plan.encode())


# -- the grammar of the query language ---------------------------------------------------------

CHARACTERS = {
    "one or more white space characters": r"\s+",
    "any character": r"[\s\S]",
    'any character except " and \\': r'[^"\\]',
    'any character except white space, ", ( and )': r'[^\s"()]',
    'any character except white space, " . : < > = ! ( ) and *': r'[^\s".:<>=!()*]',
}
TOKEN = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|\?\s(.*?)\s\?|(\w+)|([=|,;\-()\[\]{}]))""")


class Grammar:
    """The EBNF of the documentation as one regular expression; this works because it has no
    recursion. Groups are atomic, because alternatives are ordered and repetitions are greedy."""

    def __init__(self, text: str) -> None:
        self._rules: dict[str, str] = {}
        for rule in re.split(r";\s*\n", text.strip() + "\n"):
            if rule.strip():
                name, _, body = rule.partition("=")
                self._rules[name.strip()] = body
        self._made: dict[str, str] = {}

    def regex_of(self, name: str) -> str:
        if name not in self._made:
            regex, rest = self._choice([*TOKEN.finditer(self._rules[name])])
            assert not rest, name
            self._made[name] = regex
        return self._made[name]

    def _choice(self, tokens: list[re.Match[str]]) -> tuple[str, list[re.Match[str]]]:
        parts = []
        while True:
            part, tokens = self._sequence(tokens)
            parts.append(part)
            if not tokens or tokens[0][5] != "|":
                return f"(?>{'|'.join(parts)})", tokens
            tokens = tokens[1:]

    def _sequence(self, tokens: list[re.Match[str]]) -> tuple[str, list[re.Match[str]]]:
        joined = ""
        while True:
            part, tokens = self._exception(tokens)
            joined += part
            if not tokens or tokens[0][5] != ",":
                return joined, tokens
            tokens = tokens[1:]

    def _exception(self, tokens: list[re.Match[str]]) -> tuple[str, list[re.Match[str]]]:
        part, tokens = self._part(tokens)
        if tokens and tokens[0][5] == "-":
            without, tokens = self._part(tokens[1:])
            part = rf"(?!{without}(?=\s|\Z)){part}"
        return part, tokens

    def _part(self, tokens: list[re.Match[str]]) -> tuple[str, list[re.Match[str]]]:
        first, rest = tokens[0], tokens[1:]
        text, quoted, special, name, bracket = first.groups()
        if bracket is None:
            literal = text if text is not None else quoted
            if literal is not None:
                return re.escape(literal), rest
            return (CHARACTERS[special] if special else self.regex_of(name)), rest
        inside, rest = self._choice(rest)
        suffix = {"(": "", "[": "?+", "{": "*+"}[bracket]
        return f"(?:{inside}){suffix}", rest[1:]


@pytest.fixture(scope="module")
def grammar() -> re.Pattern[str]:
    [text] = re.findall(r"```ebnf\n(.*?)```", TEXTS[DOCS / "query-language.md"], re.DOTALL)
    return re.compile(Grammar(text).regex_of("query"))


def test_the_grammar_accepts_and_rejects_the_sample_queries(grammar):
    samples = orjson.loads((ROOT / "tests" / "samples" / "queries.json").read_bytes())
    assert len(samples) > 50
    for sample in samples:
        is_good = "terms" in sample
        assert bool(grammar.fullmatch(sample["text"])) is is_good, sample["text"]


def test_the_grammar_agrees_with_the_parser_on_random_queries(grammar):
    from viewer.query.parser import parse_terms

    pieces = [*'ab.:<>=!()*"\\-/ & ', "OR", "AND", "a:b", '"a"', " OR ", "//", "-a"]
    chance = random.Random(17)
    for _ in range(10_000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 7)))
        try:
            parse_terms(text)
            is_good = True
        except query.QuerySyntaxError:
            is_good = False
        assert bool(grammar.fullmatch(text)) is is_good, text


def test_the_queries_of_the_tables_are_valid():
    text = TEXTS[DOCS / "query-language.md"]
    terms = text.split("\n## Terms\n")[1].split("\n## ")[0]
    cells = [row.split("|")[1] for row in terms.splitlines() if row.startswith("| `")]
    for example in re.findall(r"`([^`]+)`", "".join(cells)):
        query.parse_query(example)
    mistakes = text.split("\n## Common mistakes\n")[1]
    rows = [row.split("|") for row in mistakes.splitlines() if row.startswith("| `")]
    for _, wrong, right, _ in rows:
        for example in re.findall(r"`([^`]+)`", wrong):
            with pytest.raises(query.QuerySyntaxError):
                query.parse_query(example)
        query.parse_query(re.findall(r"`([^`]+)`", right)[0])
