"""An example of every problem, for the page that explains them all: text that has the fault,
or for a request its head. Where the example itself shows, when it is judged, what fills the
sentence, nothing else is said; else `args` fill it."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    text: str
    args: dict[str, str] | None = None


_NAMES = {"api_name": "apiKey", "auth_name": "authKey"}
_NATERO_KEYS = "Send POST /v1/<authKey>/<apiKey>: the auth key comes first."
_TO_NATERO = "POST /v1/AUTH_KEY/API_KEY"
_TO_USERMAVEN = "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN"
_TO_EVENTBUNKER = "POST /post\nx-eventbunker-write-key: WRITE_KEY"
_WRONG_AUTH_KEY = {"wrong": "authKey", "right": "apiKey"}
_SINCE = "2026-11-20 09:30:00 UTC"

FIELDS = {
    "missing-field": Example('{"userId": "u-17", "createdAt": 1795227547189, "action": "feature"}'),
    "missing-session": Example(
        '{"accountId": "acme", "userId": "u-17", "createdAt": 1795227547189, '
        '"action": "sessionIdle"}'
    ),
    "missing-own-field": Example(
        '{"accountId": "acme", "userId": "u-17", "createdAt": 1795227547189, '
        '"sessionId": "s-1", "action": "feature", "module": "Dashboard"}'
    ),
    "misnamed-field": Example(
        '{"account_id": "acme", "userId": "u-17", "action": "feature", "createdAt": 1795227547189}'
    ),
    "misplaced-field": Example(
        '{"accountId": "acme", "details": {"userId": "u-17"}, "action": "identifyUser"}'
    ),
    "lookalike-field": Example('{"event_name": "signed_in", "customerIdentifier": "u-17"}'),
    "lookalike-name": Example('{"event_type": "page_view", "user": {"id": "u-17"}}'),
    "type-changed": Example(
        '{"event_name": "paid", "price": 10}\n{"event_name": "paid", "price": "10"}',
        {"field": "price", "got": "a string", "before": "a number", "name": "paid"},
    ),
    "duplicate-event-id": Example(
        '{"event_type": "pageview", "event_id": "e-1", …}\n'
        '{"event_type": "pageview", "event_id": "e-1", …}',
        {"first": "4,711"},
    ),
    "same-line-twice": Example(
        '{"action": "feature", "createdAt": 1795227547189, …}\n'
        '{"action": "feature", "createdAt": 1795227547189, …}',
        {"first": "4,711"},
    ),
    "many-names": Example(
        '{"event_name": "opened_invoice_84711"}',
        {"value": "opened_invoice_84711", "count": "1,950", "limit": "2,000"},
    ),
    "empty-field": Example('{"accountId": "", "userId": "u-17", "action": "feature"}'),
    "null-field": Example('{"accountId": null, "userId": "u-17", "action": "feature"}'),
    "wrong-type": Example('{"accountId": ["acme"], "userId": "u-17", "action": "feature"}'),
    "number-as-string": Example('{"action": "feature", "createdAt": "1795227547189"}'),
    "string-as-number": Example('{"accountId": 17, "userId": "u-17", "action": "feature"}'),
    "integer-id": Example('{"event_type": "pageview", "user": {"id": 17}}'),
    "time-as-string": Example('{"action": "feature", "createdAt": "2026-11-21T05:39:07Z"}'),
    "time-in-seconds": Example('{"action": "feature", "createdAt": 1795227547}'),
    "time-in-microseconds": Example('{"action": "feature", "createdAt": 1795227547189000}'),
    "time-in-future": Example('{"action": "feature", "createdAt": 1795486747189}'),
    "time-long-past": Example('{"action": "feature", "createdAt": 946684800000}'),
    "time-rejected": Example(
        '{"event_type": "pageview", "user": {"id": "u-17"}, "timestamp": 17952275}'
    ),
    "time-not-read": Example('{"event_name": "signed_in", "timestamp": "21st of November"}'),
    "date-not-iso": Example(
        '{"event_type": "user_identify", "user": {"id": "u-17", "created_at": "20/01/2026"}}'
    ),
    "unknown-name": Example('{"accountId": "acme", "userId": "u-17", "action": "Feature"}'),
    "wrong-name": Example('{"event_type": "identify", "user": {"id": "u-17"}}'),
    "unknown-field": Example('{"action": "feature", "account_id": "acme"}'),
    "lost-attribute": Example(
        '{"event_type": "pageview", "user": {"id": "u-17", "favourite_colour": "green"}}'
    ),
    "expected-field": Example(
        '{"event_type": "user_identify", "user": {"anonymous_id": "lfwmc92j6t"}}'
    ),
    "no-identifier": Example('{"event_type": "pageview", "user": {"first_name": "Ada"}}'),
    "other-api-key": Example('{"api_key": "ANOTHER", "event_type": "pageview", "user": {}}'),
    "name-characters": Example('{"event_name": "signed in"}'),
    "mixed-array": Example('{"event_name": "signed_in", "tags": ["a", 1]}'),
    "object-in-array": Example('{"event_name": "signed_in", "items": [{"sku": 5}]}'),
    "object-in-object": Example('{"event_name": "signed_in", "plan": {"price": {"net": 9}}}'),
    "null-in-array": Example('{"event_name": "signed_in", "tags": ["a", null]}'),
    "empty-container": Example('{"event_name": "signed_in", "tags": []}'),
    "more-problems": Example(
        '{"event_name": "signed_in", "a1": {}, "a2": {}, "a3": {}, …}', {"count": "57"}
    ),
    "broken-rule": Example(
        '{"action": "feature", "price": -1}',
        {"field": "price", "detail": "-1 is less than the minimum of 0"},
    ),
}

TEXT = {
    "missing-comma": Example('{"action": "feature" "total": 1}'),
    "trailing-comma": Example('{"action": "feature", "total": 1,}'),
    "comment": Example('{"action": "feature"} // from the dashboard'),
    "single-quotes": Example("{'action': 'feature'}"),
    "unquoted-key": Example('{action: "feature"}'),
    "unclosed-string": Example('{"action": "feature}'),
    "unclosed-bracket": Example('{"action": "feature", "tags": ["a", "b"]'),
    "control-character": Example('{"note": "first\tsecond"}'),
    "not-a-number": Example('{"total": NaN}'),
    "python-literal": Example('{"is_new": True}'),
    "bad-number": Example('{"total": 007}'),
    "bad-escape": Example('{"path": "C:\\data"}'),
    "missing-colon": Example('{"action" "feature"}'),
    "two-values": Example('{"action": "feature"}{"action": "feature"}'),
    "comma-after-object": Example('{"action": "feature"},'),
    "extra-text": Example('{"action": "feature"};'),
    "not-json": Example("feature dashboard u-17"),
    "form-encoded": Example("action=feature&userId=u-17"),
    "url-encoded": Example("%7B%22action%22%3A%22feature%22%7D"),
    "markup": Example("<html><body>502 Bad Gateway</body></html>"),
    "utf-16": Example('FF FE 7B 00 22 00 …   {"…', {"inside": ""}),
    "byte-order-mark": Example('EF BB BF 7B 22 61 …   \N{MIDDLE DOT}{"a…', {}),
    "invalid-utf-8": Example(
        '{"name": "Andr\\xE9"}   sent as Latin-1', {"value": "E9", "suggestion": ""}
    ),
    "gzip-not-declared": Example("1F 8B 08 00 …   without Content-Encoding: gzip", {"inside": ""}),
    "wrong-bracket": Example('{"action": "feature", "tags": ["a", "b"}'),
    "extra-comma": Example('{"action": "feature",, "total": 1}'),
    "missing-value": Example('{"action": "feature", "total": }'),
    "unquoted-text": Example('{"action": feature}'),
    "unescaped-quote": Example('{"note": "the "new" dashboard"}'),
    "escaped-quotes": Example('{\\"action\\": \\"feature\\"}'),
    "typographic-quotes": Example("{“action”: “feature”}"),
    "bare-date": Example('{"since": 2026-11-21}'),
    "unfilled-placeholder": Example('{"userId": {{user.id}}}'),
    "odd-space": Example('{"action":\N{NO-BREAK SPACE}"feature"}'),
    "encoded-twice": Example('"{\\"action\\": \\"feature\\"}"'),
    "base64": Example("eyJhY3Rpb24iOiAiZmVhdHVyZSJ9"),
    "gzip-twice": Example("1F 8B 08 00 …   inflated: 1F 8B 08 00 …", {"inside": ""}),
    "nested-too-deep": Example("[[[[[[[[ … more than 1,024 of them", {}),
    "not-an-object": Example('"feature"'),
    "line-too-long": Example(
        '{"action": "feature", "log": "…', {"size": "2,400,311", "limit": "1,048,576"}
    ),
    "array-not-lines": Example('[{"action": "feature"}, {"action": "feature"}]'),
    "object-over-lines": Example('{\n  "action": "feature"\n}'),
    "array-not-object": Example('[{"event_name": "signed_in"}]'),
    "lone-surrogate": Example('{"note": "\\ud83d"}'),
    "number-out-of-range": Example('{"total": 1e999}'),
}

REQUESTS = {
    "wrong-method": Example("GET /v1/AUTH_KEY/API_KEY", {"method": "GET"}),
    "wrong-path": Example(
        "POST /v1/AUTH_KEY/API_KEY/events",
        {"dialect": "Natero", "expected": "POST /v1/<authKey>/<apiKey>"},
    ),
    "old-path": Example("POST /api/submitEvents", {}),
    "no-keys": Example("POST /v1/", {"expected": _NATERO_KEYS}),
    "unknown-keys": Example("POST /v1/abc/def", {}),
    "wrong-auth-key": Example("POST /v1/ANOTHER_KEY/API_KEY", _NAMES),
    "wrong-api-key": Example("POST /v1/AUTH_KEY/ANOTHER_KEY", _NAMES),
    "keys-of-two-pairs": Example("POST /v1/AUTH_KEY_OF_ONE/API_KEY_OF_ANOTHER", {}),
    "keys-swapped": Example("POST /v1/API_KEY/AUTH_KEY", {"expected": _NATERO_KEYS}),
    "query-key-used": Example("POST /post\nx-eventbunker-write-key: QUERY_KEY", {}),
    "token-alone": Example("POST /api/v1/s2s/event?token=SERVER_TOKEN", {}),
    "wrong-joint": Example("POST /api/v1/s2s/event?token=API_KEY:SERVER_TOKEN", {"joint": ":"}),
    "other-dialect": Example(
        "POST /post\nx-eventbunker-write-key: KEY_OF_A_NATERO_PAIR",
        {"theirs": "Natero", "ours": "EventBunker", "expected": "POST /v1/<authKey>/<apiKey>"},
    ),
    "disabled": Example(_TO_NATERO, {"since": _SINCE}),
    "rotated": Example("POST /v1/OLD_AUTH_KEY/OLD_API_KEY", {"since": _SINCE}),
    "half-rotated": Example(
        "POST /v1/OLD_AUTH_KEY/API_KEY", {"old": "authKey", "new": "apiKey", "since": _SINCE}
    ),
    "one-character-off": Example("POST /v1/AUTH_KE/API_KEY", _WRONG_AUTH_KEY),
    "case-differs": Example("POST /v1/auth_key/API_KEY", _WRONG_AUTH_KEY),
    "key-in-other-place": Example(
        "POST /v1/API_KEY/ANOTHER_KEY",
        {"key": "apiKey", "place": "authKey", "expected": _NATERO_KEYS},
    ),
    "key-misplaced": Example(
        "POST /post?key=WRITE_KEY",
        {
            "title": "EventBunker",
            "place": "the query",
            "expected": "Send the write key in the header x-eventbunker-write-key.",
        },
    ),
    "missing-half": Example(
        "POST /v1/AUTH_KEY/",
        {"missing": "apiKey", "present": "authKey", "expected": _NATERO_KEYS},
    ),
    "same-key-twice": Example("POST /v1/API_KEY/API_KEY", _NAMES),
    "space-at-key": Example("POST /v1/AUTH_KEY/API_KEY%0A", {"where": "after", "which": "apiKey"}),
    "marks-around-key": Example(
        'POST /post\nx-eventbunker-write-key: "WRITE_KEY"',
        {"marks": "Quotes", "which": "write key"},
    ),
    "name-before-key": Example(
        "POST /post\nx-eventbunker-write-key: Bearer WRITE_KEY",
        {"name": "Bearer", "which": "write key"},
    ),
    "placeholder": Example(
        "POST /v1/AUTH_KEY/[yourApiKey]", {"value": "[yourApiKey]", "which": "apiKey"}
    ),
    "empty-value": Example(
        "POST /v1/AUTH_KEY/undefined", {"value": "undefined", "which": "apiKey"}
    ),
    "no-server-token": Example("POST /api/v1/s2s/event?token=API_KEY", {}),
    "body-too-large": Example(f"{_TO_NATERO}\nContent-Length: 31457280", {"limit": "10,485,760"}),
    "inflated-too-large": Example(f"{_TO_NATERO}\nContent-Encoding: gzip", {"limit": "52,428,800"}),
    "too-many-lines": Example(
        f"{_TO_NATERO}\n\n{{…}}\n{{…}}\n… 100,001 lines", {"limit": "100,000"}
    ),
    "vendor-size-limit": Example(
        f"{_TO_USERMAVEN}\nContent-Length: 3145728", {"size": "3,145,728"}
    ),
    "not-inflatable": Example(
        f"{_TO_NATERO}\nContent-Encoding: gzip\n\n1F 8B 08 00 … FF FF …",
        {"encoding": "gzip", "detail": "invalid block type"},
    ),
    "declared-but-plain": Example(
        f'{_TO_NATERO}\nContent-Encoding: gzip\n\n{{"action": "feature"}}',
        {"encoding": "gzip", "begins": '{"action": "feature"'},
    ),
    "compressed-otherwise": Example(
        f"{_TO_NATERO}\nContent-Encoding: deflate\n\n1F 8B 08 00 …",
        {"encoding": "deflate", "actual": "gzip"},
    ),
    "truncated-gzip": Example(
        f"{_TO_NATERO}\nContent-Encoding: gzip\n\n1F 8B 08 00 …   of which the end is missing",
        {"encoding": "gzip", "at": "1,024", "inside": ""},
    ),
    "unknown-encoding": Example(f"{_TO_NATERO}\nContent-Encoding: br", {"encoding": "br"}),
    "empty-body": Example(f"{_TO_USERMAVEN}\nContent-Length: 0", {}),
    "empty-array": Example(f"{_TO_USERMAVEN}\n\n[]", {}),
    "form-without-data": Example(
        f"{_TO_USERMAVEN}\nContent-Type: application/x-www-form-urlencoded\n\nevent=pageview", {}
    ),
    "form-data-not-base64": Example(
        f"{_TO_USERMAVEN}\nContent-Type: application/x-www-form-urlencoded\n\n"
        'data={"event_type": "pageview"}',
        {"inside": ""},
    ),
    "sender-left": Example(
        f'{_TO_NATERO}\nContent-Length: 5000\n\n{{"action": "fea',
        {"size": "1,024"},
    ),
    "sender-too-slow": Example(f"{_TO_NATERO}\nTransfer-Encoding: chunked", {"limit": "60"}),
    "overloaded": Example(f"{_TO_NATERO}\n\n503 Service Unavailable, Retry-After: 1", {}),
    "not-stored": Example(f"{_TO_NATERO}\n\n503 Service Unavailable, Retry-After: 1", {}),
    "batch-refused": Example(f'{_TO_USERMAVEN}\n\n[{{"event_type": "pageview"}}, 17]', {}),
}

GROUPS = {"fields": FIELDS, "text": TEXT, "requests": REQUESTS}
EXAMPLES = FIELDS | TEXT | REQUESTS
