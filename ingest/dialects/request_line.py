"""Methods and paths that a vendor refuses: what a sender probably meant by them. Only used for
requests that do not match the protocol."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.values import IncomingRequest, Refusal

_MAX_PATH = 1_000  # characters that are examined; a repetition is searched in quadratic time
_NEAR = (  # patterns of paths in lower case, without doubled slashes
    (re.compile(r"/(?:api/)?(?:v\d[\d.]{0,5}/)?s2s/events?(?:/|$)"), "usermaven"),
    (re.compile(r"/api/v\d[\d.]{0,5}/events?(?:/|$)"), "usermaven"),
    (re.compile(r"^(?!/api/).*?/v\d[\d.]{0,5}/[^/]+/[^/]+"), "natero"),
    (re.compile(r"^/api/submitevents"), "natero"),
    (re.compile(r"/post/?\s*$"), "eventbunker"),
)
_ADDRESS = re.compile(r"^.*https?:/+[^/]+", re.IGNORECASE)
_VERSION = re.compile(r"/v\d[\d.]{0,5}(?=/)")
_REPEATED = re.compile(r"(/[^/]+(?:/[^/]+)*?)\1((?:/.*)?)")
_BROWSER_HEADERS = ((b"sec-fetch-mode", "navigate"), (b"accept", "text/html"))


def near_path(path: str) -> str | None:
    """The name of the dialect that a path nearly matches; None for our own pages."""
    plain = re.sub(r"/+", "/", path[:_MAX_PATH]).lower()
    return next((name for pattern, name in _NEAR if pattern.search(plain)), None)


def refused_method(request: IncomingRequest, status: int = 0) -> Refusal | None:
    """The refusal of any method but POST."""
    if request.method == "POST":
        return None
    args = {"method": request.method[:20], "advice": _method_advice(request)}
    return Refusal("wrong-method", args, status)


def _method_advice(request: IncomingRequest) -> str:
    if request.method.upper() == "POST":
        return " HTTP methods are case-sensitive: write it in capital letters."
    if request.method in ("GET", "HEAD") and not _has_body(request) and not _is_visit(request):
        return (
            " If the sender does, a redirect (from http to https, or to another spelling of the "
            "path) made it a GET without a body: send to the final address."
        )
    return ""


def _has_body(request: IncomingRequest) -> bool:
    length = request.header(b"content-length").strip("0")
    return bool(length) or b"transfer-encoding" in request.headers


def _is_visit(request: IncomingRequest) -> bool:
    """Whether a person opened the address in a browser."""
    return any(word in request.header(name) for name, word in _BROWSER_HEADERS)


def refused_path(
    path: str, title: str, expected: str, is_own: Callable[[str], bool], status: int = 0
) -> Refusal:
    """The refusal of a path, with the one difference from a path of the dialect, if it is one."""
    args = {"dialect": title, "expected": expected, "difference": _difference(path, is_own)}
    return Refusal("wrong-path", args, status)


def _difference(path: str, is_own: Callable[[str], bool]) -> str:
    if len(path) > _MAX_PATH:
        return ""
    repeated = _REPEATED.fullmatch(path)
    corrected = (
        (re.sub(r"/+", "/", path), _DOUBLED_SLASH),
        (path.rstrip("/"), " It has a slash at its end."),
        ("".join(path.split()), " It contains white space."),
        (path.lower(), " It differs in upper and lower case, and paths keep their case."),
        (_VERSION.sub("/v1", path, count=1), " It names another version than v1."),
        (repeated[1] + repeated[2] if repeated else path, _TWICE),
        (repeated[1] if repeated else path, _TWICE),
        (_ADDRESS.sub("", path), " It contains a whole address, which was appended to another."),
    )
    return next((text for fixed, text in corrected if fixed != path and is_own(fixed)), "")


_DOUBLED_SLASH = (
    " It has a doubled slash: a base address that ends with “/” was joined with a path that begins "
    "with one."
)
_TWICE = " It comes twice: the setting already contains the path that the client appends."
