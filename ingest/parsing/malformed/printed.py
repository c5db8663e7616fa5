"""Texts that a language prints for an object, such as `[object Object]`, instead of JSON."""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.problems import Problem

_MAX_HEAD = 200  # characters in which a language is recognized


class Language(NamedTuple):
    name: str
    serializer: str  # the call that writes JSON


LANGUAGES = {
    "JavaScript": Language("JavaScript", "JSON.stringify(event)"),
    "PowerShell": Language("PowerShell", "$event | ConvertTo-Json -Depth 10 -Compress"),
    "NET": Language(".NET", "JsonSerializer.Serialize(event)"),
    "Python": Language("Python", "json.dumps(event), not str(event) or repr(event)"),
    "Ruby": Language("Ruby", "event.to_json, not event.to_s or event.inspect"),
    "Java": Language("Java or Kotlin", "Jackson's writeValueAsString(event), not event.toString()"),
    "Go": Language("Go", "json.Marshal(event), not fmt.Sprint(event)"),
    "PHP": Language("PHP", "json_encode($event)"),
    "Perl": Language("Perl", "JSON::PP's encode_json($event)"),
    "Elixir": Language("Elixir", "Jason.encode!(event), not inspect(event)"),
    "Lua": Language("Lua", "cjson.encode(event)"),
    "Rust": Language("Rust", "serde_json::to_string(&event), not its Debug form"),
    "Swift": Language("Swift", "JSONEncoder or JSONSerialization"),
    "ObjectiveC": Language("Objective-C", "NSJSONSerialization"),
}

_VALUES = {
    "JavaScript": r"\[object [A-Z]\w*\]|\[(?:Object|Array|Circular(?: \*\d+)?|Function[^\]\n]*)\]",
    "PowerShell": r"@\{[^{}\"\n]*\}|System\.Collections\.(?:Hashtable|Specialized\.\w+)"
    r"|System\.Object\[\]|System\.Management\.Automation\.PSCustomObject",
    "NET": r"System\.[A-Z][\w.`]*(?:\[[\w.,` \[\]]*\])?",
    "Go": r"&?map\[[^\[\]\"\n]*\]",
    "Python": r"<[\w.]+ object at 0x[0-9a-fA-F]+>|<class '[^'\n]*'>",
    "Ruby": r"\#<[A-Z][^>\n]*>?",
    "Java": r"\b(?:[a-z]\w*\.)+[A-Z][\w$]*@[0-9a-f]{4,8}\b|\[[BCDFIJSZ]@[0-9a-f]+",
    "Perl": r"\b(?:HASH|ARRAY)\(0x[0-9a-f]+\)",
}
_WHOLE = {
    "JavaScript": r"\[object [A-Z]\w*\]|\[Function|function\b[ \w]*\(|Promise \{"
    r"|[A-Z]\w* \{ \w+: '",
    "PowerShell": _VALUES["PowerShell"] + r"|@\{",
    "NET": _VALUES["NET"],
    "Go": r"&?map\[|&\{|&?(?:\w+\.)?[A-Z]\w*\{[A-Z]\w*:|\{[A-Z]\w*:\S+ [A-Z]\w*:",
    "Python": _VALUES["Python"]
    + r"|<(?:generator|function|bound method|coroutine|_io\.)|dict_\w+\(|\(?\{u?'[^'\n]*': \("
    r"|(?:OrderedDict|defaultdict|Counter|mappingproxy)\(|[A-Z]\w*\(\w+='",
    "Ruby": r"\#<[A-Z]|\#S\(",
    "Java": r"[\w.$]+@[0-9a-f]{4,8}\s*\Z|\[[BCDFIJSZ]@|\[L[\w.$]+;@|[A-Z][\w.$]*[\[({]\w+=",
    "PHP": r"Array\s*(?:\(|\Z)|array\s*\(|stdClass Object|object\(\w+\)\#|a:\d+:\{",
    "Perl": _VALUES["Perl"] + r"|\$VAR1 = ",
    "Elixir": r"%[A-Z]?[\w.]*\{(?:\"|\w+: )",
    "Lua": r"table: 0x",
    "Rust": r'[A-Z]\w* \{ ?"?\w+"?: (?:"|[A-Z]\w*[({]|[A-Z]\w* \{)',
    "Swift": r'\["[^"\n]*": |\[AnyHashable\(',
}


def _any_of(patterns: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items()))


PRINTED_VALUE = _any_of(_VALUES)
_PRINTED_TEXT = _any_of(_WHOLE)
# a whole text in place of a variable without a value
_NOTHING = re.compile(r"(?:undefined|None|nil|NULL|Null|NaN|<null>|<nil>)\s*\Z")


def printed_text(text: str, at: int = 0) -> Problem | None:
    """The problem of a body that begins, at `at`, like a printed object or is a word for nothing;
    None for any other."""
    head = text[at : at + _MAX_HEAD]
    place = len(text[:at].encode("utf-8", "surrogateescape"))
    if _NOTHING.match(head):
        return Problem("nothing-sent", args={"value": head.strip()}, offset=place, column=at + 1)
    match = _PRINTED_TEXT.match(head)
    if not match:
        return None
    args = about_printing(str(match.lastgroup))
    return Problem("printed-object", args=args, offset=place, column=at + 1)


def about_printing(language: str) -> dict[str, str]:
    """The arguments of the problem `printed-object`."""
    name, serializer = LANGUAGES[language]
    return {"language": name, "suggestion": serializer}


# -- one finding for all signs of a printed object ------------------------------------------

_SIGNS = frozenset({"single-quotes", "python-literal", "number-suffix", "unquoted-key"})
_CALL = re.compile(r"[\w.]+\(")


_UNQUOTED = frozenset({"unquoted-key", "unquoted-text", "bare-date", "bad-number"})


def gather_unquoted(found: list[Problem], text: str) -> list[Problem]:
    """Replace the faults of names and texts without quotes by one `quotes-removed` if the whole
    text has no quotes."""
    unquoted = [problem for problem in found if problem.code in _UNQUOTED]
    codes = {problem.code for problem in unquoted}
    if not {"unquoted-key", "unquoted-text"} <= codes or '"' in text or "'" in text:
        return found
    others = [problem for problem in found if problem.code not in _UNQUOTED]
    return [unquoted[0]._replace(code="quotes-removed", args=None), *others]


def gather_printed(found: list[Problem]) -> list[Problem]:
    """Replace the faults that come from printing an object by one `printed-object`."""
    printed = next((problem for problem in found if problem.code == "printed-object"), None)
    language = "" if printed else _language_of(found)
    if not printed and not language:
        return found
    signs = [problem for problem in found if problem.code in _SIGNS or _is_call(problem)]
    first = min([*signs, *([printed] if printed else [])], key=lambda sign: sign.column or 0)
    args = printed.args if printed else about_printing(language)
    whole = first._replace(code="printed-object", args=args)
    others = [problem for problem in found if problem not in signs and problem is not printed]
    return sorted([whole, *others], key=lambda problem: problem.column or 0)


def _language_of(found: list[Problem]) -> str:
    codes = {problem.code for problem in found if not _is_call(problem)}
    words = {(p.args or {})["value"] for p in found if p.code == "python-literal"}
    if "single-quotes" not in codes or codes - _SIGNS - {"not-a-number"}:
        return ""
    if "unquoted-key" in codes:
        return "JavaScript"
    is_python = words or any(map(_is_call, found)) or "number-suffix" in codes
    return "Python" if is_python and words <= {"None", "True", "False"} else ""


def _is_call(problem: Problem) -> bool:
    value = (problem.args or {}).get("value", "")
    return problem.code == "unquoted-text" and bool(_CALL.match(value))
