"""Paths and methods that nearly match a protocol."""

from __future__ import annotations

import time

import pytest

from ingest.dialects import BY_NAME, by_path
from ingest.dialects.request_line import near_path
from ingest.problems import Problem, render_problem
from ingest.values import IncomingRequest


def refusal_words(dialect: str, method: str, path: str, headers: dict[bytes, bytes]) -> str:
    request = IncomingRequest(method, path, "", headers, "", 0)
    refusal = BY_NAME[dialect].refuses(request)
    assert refusal is not None
    words = render_problem(refusal.problem())
    return f"{refusal.code}: {words['message']} {words['hint']}"


@pytest.mark.parametrize(
    ("path", "dialect", "difference"),
    [
        ("//post", "eventbunker", "doubled slash"),
        ("/Post", "eventbunker", "upper and lower case"),
        ("/post/post", "eventbunker", "comes twice"),
        ("/post\n", "eventbunker", "white space"),
        ("/https://host/post", "eventbunker", "a whole address"),
        ("/collect/post", "eventbunker", ""),
        ("//v1/a/b", "natero", "doubled slash"),
        ("/v1//a/b", "natero", "doubled slash"),
        ("/V1/a/b", "natero", "upper and lower case"),
        ("/v2/a/b", "natero", "another version"),
        ("/v1.0/a/b", "natero", "another version"),
        ("/v1/a/b/", "natero", "slash at its end"),
        ("/v1/v1/a/b", "natero", "comes twice"),
        ("/v1/a/b/v1/a/b", "natero", "comes twice"),
        ("/proxy/v1/a/b", "natero", ""),
        ("/api//v1/event", "usermaven", "doubled slash"),
        ("/API/v1/event", "usermaven", "upper and lower case"),
        ("/api/v2/s2s/events", "usermaven", "another version"),
        ("/api/v1/event/api/v1/event", "usermaven", "comes twice"),
        ("/s2s/event", "usermaven", ""),
    ],
)
def test_a_near_path_is_refused_with_its_difference(path, dialect, difference):
    found = by_path(path)
    assert found is not None
    assert found.name == dialect
    words = refusal_words(dialect, "POST", path, {})
    assert words.startswith("wrong-path: This path is not part of")
    assert difference in words
    assert found.address in words


@pytest.mark.parametrize(
    "path",
    ["/", "/pairs/1/", "/api/events", "/api/v2", "/api/v2/a/b", "/posts", "/postal", "/v10/a"]
    + ["/static/js/v1.js", "/help/problems", "/compost", "/api/events/7"],
)
def test_other_paths_have_no_dialect(path):
    assert by_path(path) is None


@pytest.mark.parametrize(
    "path", ["/" + "v1/" * 20_000, "/a" * 20_000 + "/post", "/v1" + "1" * 50_000]
)
def test_a_long_path_takes_little_time(path):
    began = time.perf_counter()
    near_path(path)
    refusal_words("natero", "POST", path, {})
    assert time.perf_counter() - began < 0.2


REDIRECT = "a redirect"


@pytest.mark.parametrize("dialect", BY_NAME)
@pytest.mark.parametrize(
    ("method", "headers", "phrase", "is_redirect"),
    [
        ("post", {}, "capital letters", False),
        ("Post", {}, "capital letters", False),
        ("PUT", {}, "PUT was used", False),
        ("GET", {}, "without a body", True),
        ("HEAD", {b"content-length": b"0"}, "without a body", True),
        ("GET", {b"content-length": b"17"}, "GET was used", False),
        ("GET", {b"accept": b"text/html,*/*"}, "GET was used", False),
        ("GET", {b"sec-fetch-mode": b"navigate"}, "GET was used", False),
    ],
)
def test_a_method_is_refused_with_its_likely_cause(dialect, method, headers, phrase, is_redirect):
    path, _ = BY_NAME[dialect].request_for("api-key", "auth-key")
    words = refusal_words(dialect, method, path.partition("?")[0], headers)
    assert words.startswith(
        f"wrong-method: {method} was used; events are sent with POST. Use POST."
    )
    assert phrase in words
    assert (REDIRECT in words) == is_redirect


def test_stored_refusals_of_earlier_versions_are_shown_without_gaps():
    for code, args in (("wrong-method", {"method": "GET"}), ("wrong-path", {"dialect": "Natero"})):
        words = render_problem(Problem(code, args=args))
        assert "…" not in words["message"]
    assert render_problem(Problem("wrong-method", args={"method": "GET"}))["hint"] == "Use POST."
