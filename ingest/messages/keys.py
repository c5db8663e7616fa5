"""Sentences on keys that a request has in a wrong place or form."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

_SCHEME = {
    "expected": "Send “Authorization: Bearer API_KEY.SERVER_TOKEN”, with a dot between the two."
}
_WRITE_KEY = {"expected": "Send the write key in the header x-eventbunker-write-key."}
_TOKEN = {"expected": "Send ?token=API_KEY.SERVER_TOKEN: the API key comes first."}

KEYS: dict[str, MessageTemplate] = {
    "scheme-missing": MessageTemplate(
        "The header Authorization has no “Bearer” before the key.",
        "{expected}",
        "POST /api/v1/s2s/event\nAuthorization: API_KEY.SERVER_TOKEN",
        _SCHEME,
    ),
    "other-scheme": MessageTemplate(
        "The header Authorization has the scheme “{scheme}”; {title} reads a key only after "
        "“Bearer”.",
        "{expected}",
        "POST /api/v1/s2s/event\nAuthorization: Token API_KEY.SERVER_TOKEN",
        {"scheme": "Token", "title": "Usermaven"} | _SCHEME,
    ),
    "no-space-after-bearer": MessageTemplate(
        "In the header Authorization, “Bearer” is followed by {sign}, not by a space.",
        "{expected}",
        "POST /api/v1/s2s/event\nAuthorization: Bearer:API_KEY.SERVER_TOKEN",
        {"sign": "“:”"} | _SCHEME,
    ),
    "scheme-twice": MessageTemplate(
        "In the header Authorization, “Bearer” stands before the key twice.",
        "Leave “Bearer” out of the setting: the client adds it.",
        "POST /api/v1/s2s/event\nAuthorization: Bearer Bearer API_KEY.SERVER_TOKEN",
        {},
    ),
    "header-misnamed": MessageTemplate(
        "A key seems to be in the header {name}, which {title} does not read.",
        "{expected}",
        "POST /post\nx_eventbunker_write_key: WRITE_KEY",
        {
            "name": "x_eventbunker_write_key",
            "title": "EventBunker",
            "expected": "Name it x-eventbunker-write-key, with hyphens instead of underscores.",
        },
    ),
    "header-in-value": MessageTemplate(
        "“{name}” is in the value of the header {outer}; it has to be a header of its own.",
        "Send the two headers separately: the client joined them.",
        "POST /post\nContent-Type: application/json, x-eventbunker-write-key: WRITE_KEY",
        {"name": "x-eventbunker-write-key", "outer": "content-type"},
    ),
    "header-after-key": MessageTemplate(
        "The header with the {which} also contains a second header, “{name}”.",
        "Send {name} as a separate header. Either the line break between the two is missing, or "
        "the client joined them.",
        "POST /post\nx-eventbunker-write-key: WRITE_KEY, Content-Type: application/json",
        {"which": "write key", "name": "Content-Type"},
    ),
    "header-dropped": MessageTemplate(
        "A browser sent this request without the header {header}: sendBeacon, forms, and fetch in "
        "mode “no-cors” cannot send it.",
        "{expected}",
        "POST /post\nOrigin: https://shop.example\nSec-Fetch-Mode: no-cors\n"
        "Content-Type: text/plain;charset=UTF-8",
        {
            "header": "x-eventbunker-write-key",
            "expected": "Use fetch in mode “cors”, with keepalive: true if the page may close.",
        },
    ),
    "place-not-read": MessageTemplate(
        "A key seems to be in {place}, where {title} reads none.",
        "{expected}",
        "POST /post\nAuthorization: Bearer A_KEY",
        {"place": "the header Authorization", "title": "EventBunker"} | _WRITE_KEY,
    ),
    "key-field-misnamed": MessageTemplate(
        "A key seems to be in {field} of the {part}, which {title} does not read.",
        "{expected}",
        "POST /api/v1/s2s/event?Token=API_KEY.SERVER_TOKEN",
        {"field": "“Token”", "part": "query", "title": "Usermaven"} | _TOKEN,
    ),
    "key-below-top": MessageTemplate(
        "“api_key” is in the body, but not at the top level of an event.",
        "Move it to the top level of each event.",
        'POST /api/v1/s2s/event\n\n{"events": [{"api_key": "API_KEY", …}]}',
        {},
    ),
    "sign-in-address": MessageTemplate(
        "The address has “{written}” where a plain “{sign}” is due, so “{name}” is not read.",
        "{expected}",
        "POST /api/v1/s2s/event?source=app&amp;token=API_KEY.SERVER_TOKEN",
        {
            "written": "&amp;",
            "sign": "&",
            "name": "token",
            "expected": "The address was escaped for HTML: send it unescaped, with a plain “&”.",
        },
    ),
    "empty-key": MessageTemplate(
        "{place} is there, but has no key in it.",
        "Set the variable that has the key where the sender runs.",
        "POST /post\nx-eventbunker-write-key:",
        {"place": "The header x-eventbunker-write-key"},
    ),
    "key-twice": MessageTemplate(
        "One header has the same key twice.",
        "Send the header once: a client or proxy probably added it a second time.",
        "POST /post\nx-eventbunker-write-key: WRITE_KEY, WRITE_KEY",
        {},
    ),
    "invisible-in-key": MessageTemplate(
        "There is an invisible character {where} the {which}: {name}.",
        "Copy the key again, with the button on the key pair's page.",
        "POST /v1/AUTH_KEY/API_KEY%E2%80%8B",
        {"where": "after", "which": "apiKey", "name": "U+200B, zero width space"},
    ),
    "lookalike-in-key": MessageTemplate(
        "The {which} has the character “{char}” ({name}); keys are of ASCII characters only.",
        "Copy the key again, with the button on the key pair's page: a word processor or chat may "
        "have changed it.",
        "POST /v1/AUTH%E2%80%93KEY/API_KEY",
        {"which": "authKey", "char": "–", "name": "U+2013, en dash"},
    ),
}
