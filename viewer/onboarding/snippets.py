"""Programs that send one valid event, with a key pair's keys and endpoint filled in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.template import Context, Engine
from typing_extensions import TypedDict

from ingest.dialects import BY_NAME, Dialect
from ingest.models import KeyPair
from ingest.receiving.key_tokens import mask_key
from ingest.timestamps import iso
from viewer.onboarding.literals import (
    EXAMPLE_TIME,
    GO,
    JAVA,
    JAVASCRIPT,
    PHP,
    PYTHON,
    RUBY,
    SHELL,
    LanguageSyntax,
)

_SHELL = "a terminal"
_CONSOLE = "the console of any page"
_IN_URLS = "/?=&:@!$()*,;+~"  # not percent-encoded, unlike other unusual characters


class Snippet(NamedTuple):
    """One program. It is saved as `file` and started with `run`, or pasted into `paste`."""

    language: str
    title: str  # distinguishes the variants of a language
    template: str
    syntax: LanguageSyntax
    file: str = ""
    run: str = ""
    paste: str = ""
    note: str = ""
    from_browser: bool = False
    dialect: str = ""  # the only dialect that it is for


class SnippetKeys(NamedTuple):
    api_key: str
    auth_key: str


SNIPPETS = (
    Snippet("curl", "plain", "curl.sh", SHELL, paste=_SHELL),
    Snippet("curl", "gzip", "curl-gzip.sh", SHELL, paste=_SHELL),
    Snippet("curl", "from a file", "curl-file.sh", SHELL, paste=_SHELL),
    Snippet("Python", "standard library", "send.py", PYTHON, "send.py", "python3 send.py"),
    Snippet(
        *("Python", "requests", "send-requests.py", PYTHON, "send.py", "python3 send.py"),
        note="It needs the package: pip install requests.",
    ),
    Snippet(
        "Node", "", "send.js", JAVASCRIPT, "send.mjs", "node send.mjs", note="Node 18 or later."
    ),
    Snippet("Java", "", "Send.java", JAVA, "Send.java", "java Send.java", note="Java 15 or later."),
    Snippet("Ruby", "", "send.rb", RUBY, "send.rb", "ruby send.rb"),
    Snippet("PHP", "", "send.php", PHP, "send.php", "php send.php"),
    Snippet("Go", "", "send.go", GO, "send.go", "go run send.go", note="Go 1.18 or later."),
    Snippet("Browser", "fetch", "send.js", JAVASCRIPT, paste=_CONSOLE, from_browser=True),
    Snippet(
        *("Browser", "Usermaven’s SDK", "usermaven-sdk.js", JAVASCRIPT),
        note="For a bundler: npm install @usermaven/sdk-js.",
        dialect="usermaven",
    ),
)


class MaskedVariant(TypedDict):
    title: str
    how: str
    masked: str


class SnippetVariant(MaskedVariant):
    text: str


class SnippetLanguage(TypedDict):
    language: str
    variants: list[SnippetVariant]


class MaskedLanguage(TypedDict):
    language: str
    variants: list[MaskedVariant]


class EndpointText(TypedDict):
    text: str
    masked: str


def snippets_of(pair: KeyPair) -> list[SnippetLanguage]:
    """By language, each with its variants, with the real keys as `text` and with masked ones."""
    ways = (way for way in SNIPPETS if way.dialect in ("", pair.dialect))
    return [
        {"language": language, "variants": list(_variants(pair, group))}
        for language, group in groupby(ways, lambda way: way.language)
    ]


def masked_snippets(languages: list[SnippetLanguage]) -> list[MaskedLanguage]:
    """The same without the texts that contain secrets."""
    return [
        {
            "language": language["language"],
            "variants": [_without_text(variant) for variant in language["variants"]],
        }
        for language in languages
    ]


def endpoint_of(pair: KeyPair) -> EndpointText:
    path, _ = BY_NAME[pair.dialect].request_for(pair.api_key, pair.auth_key)
    masked, _ = BY_NAME[pair.dialect].request_for(mask_key(pair.api_key), mask_key(pair.auth_key))
    return {"text": settings.PUBLIC_URL + path, "masked": settings.PUBLIC_URL + masked}


def curl_line(pair: KeyPair) -> str:
    """A command that sends one valid event when pasted into a shell."""
    return snippet_text(
        SNIPPETS[0], BY_NAME[pair.dialect], SnippetKeys(pair.api_key, pair.auth_key)
    )


def snippet_text(way: Snippet, dialect: Dialect, keys: SnippetKeys) -> str:
    request_for = dialect.request_from_browser if way.from_browser else dialect.request_for
    path, headers = request_for(*keys)
    event = dialect.example(EXAMPLE_TIME, keys.api_key)
    write = way.syntax.text
    values = {
        "url": write(settings.PUBLIC_URL + percent_encode(path)),
        "host": write(settings.PUBLIC_URL),
        "api_key": write(keys.api_key),
        "headers": [
            {"name": write(name), "value": write(value), "line": write(f"{name}: {value}")}
            for name, value in headers.items()
        ],
        "event": way.syntax.event(event),
        "has_iso_time": iso(EXAMPLE_TIME) in event.values(),
    }
    template = Engine.get_default().get_template(f"snippets/{way.template}.txt")
    return template.render(Context(values, autoescape=False)).rstrip("\n")


def percent_encode(path: str) -> str:
    """The path as every language's URL parser accepts it; the character that masks keys is kept."""
    return "…".join(quote(part, _IN_URLS) for part in path.split("…"))


def _without_text(variant: SnippetVariant) -> MaskedVariant:
    return {"title": variant["title"], "how": variant["how"], "masked": variant["masked"]}


def _variants(pair: KeyPair, ways: Iterator[Snippet]) -> Iterator[SnippetVariant]:
    dialect = BY_NAME[pair.dialect]
    masked = SnippetKeys(mask_key(pair.api_key), mask_key(pair.auth_key))
    for way in ways:
        yield {
            "title": way.title,
            "how": _how(way),
            "text": snippet_text(way, dialect, SnippetKeys(pair.api_key, pair.auth_key)),
            "masked": snippet_text(way, dialect, masked),
        }


def _how(way: Snippet) -> str:
    """Instructions in a sentence or two."""
    if way.run:
        instruction = f"Save it as {way.file}, then: {way.run}."
    else:
        instruction = f"Paste it into {way.paste}." if way.paste else ""
    return " ".join(filter(None, [instruction, way.note]))
