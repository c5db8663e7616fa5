"""Sentences on requests: their path, their size, their body."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

REQUESTS: dict[str, MessageTemplate] = {
    "wrong-method": MessageTemplate(
        "{method} was used; events are sent with POST.",
        "Use POST.{advice}",
        "GET /v1/AUTH_KEY/API_KEY",
        {"method": "GET", "advice": ""},
    ),
    "wrong-path": MessageTemplate(
        "This path is not part of the {dialect} protocol.{difference}",
        "Send to {expected}.",
        "POST /v1/AUTH_KEY/API_KEY/events",
        {"dialect": "Natero", "expected": "POST /v1/<authKey>/<apiKey>", "difference": ""},
    ),
    "old-path": MessageTemplate(
        "/api/submitEvents is an old debug address and not part of the protocol.",
        "Send to /v1/<authKey>/<apiKey>.",
        "POST /api/submitEvents",
        {},
    ),
    "no-keys": MessageTemplate(
        "The request carries no keys.",
        "{expected}",
        "POST /v1/",
        {"expected": "Send POST /v1/<authKey>/<apiKey>: the auth key comes first."},
    ),
    "unknown-keys": MessageTemplate(
        "No key pair has these keys.",
        "Compare them, character by character, with those on the key pair's page.",
        "POST /v1/abc/def",
        {},
    ),
    "too-many-tries": MessageTemplate(
        "Your network sent many different wrong keys, so the reason of this refusal is withheld.",
        "Copy both keys from the key pair's page. The reason is shown again {minutes} minutes "
        "after the first of them.",
        "POST /v1/abc/def",
        {"minutes": "10"},
    ),
    "keys-guessed": MessageTemplate(
        "More than {count} different wrong keys came from this network within {minutes} minutes.",
        "A program may be guessing keys, or a client may have lost its own. Replies to this "
        "network are delayed now, and state no reason.",
        "POST /v1/abc/def",
        {"count": "30", "minutes": "10"},
    ),
    "wrong-auth-key": MessageTemplate(
        "The {api_name} is known, but the {auth_name} does not belong to it.",
        "Copy both from the key pair's page.",
        "POST /v1/ANOTHER_KEY/API_KEY",
        {"api_name": "apiKey", "auth_name": "authKey"},
    ),
    "wrong-api-key": MessageTemplate(
        "The {auth_name} is known, but the {api_name} does not belong to it.",
        "Copy both from the key pair's page.",
        "POST /v1/AUTH_KEY/ANOTHER_KEY",
        {"api_name": "apiKey", "auth_name": "authKey"},
    ),
    "keys-of-two-pairs": MessageTemplate(
        "The two keys belong to different key pairs.",
        "Copy both from the same key pair's page.",
        "POST /v1/AUTH_KEY_OF_ONE/API_KEY_OF_ANOTHER",
        {},
    ),
    "keys-swapped": MessageTemplate(
        "The two keys are swapped.",
        "{expected}",
        "POST /v1/API_KEY/AUTH_KEY",
        {"expected": "Send POST /v1/<authKey>/<apiKey>: the auth key comes first."},
    ),
    "query-key-used": MessageTemplate(
        "This is the query key, which cannot write.",
        "Send the write key in x-eventbunker-write-key.",
        "POST /post\nx-eventbunker-write-key: QUERY_KEY",
        {},
    ),
    "token-alone": MessageTemplate(
        "This is the server token alone; the API key has to come before it.",
        "Send API_KEY.SERVER_TOKEN, joined by a dot.",
        "POST /api/v1/s2s/event?token=SERVER_TOKEN",
        {},
    ),
    "wrong-joint": MessageTemplate(
        "Key and token are joined by “{joint}”, not by a dot.",
        "Send API_KEY.SERVER_TOKEN.",
        "POST /api/v1/s2s/event?token=API_KEY:SERVER_TOKEN",
        {"joint": ":"},
    ),
    "other-dialect": MessageTemplate(
        "Keys of {theirs} were sent to a path of {ours}.",
        "Send them to {expected}.",
        "POST /post\nx-eventbunker-write-key: KEY_OF_A_NATERO_PAIR",
        {"theirs": "Natero", "ours": "EventBunker", "expected": "POST /v1/<authKey>/<apiKey>"},
    ),
    "disabled": MessageTemplate(
        "The key pair is disabled since {since}.",
        "Enable it, or use another key pair.",
        "POST /v1/AUTH_KEY/API_KEY",
        {"since": "2026-11-20 09:30:00 UTC"},
    ),
    "rotated": MessageTemplate(
        "These keys were replaced on {since}.",
        "Copy the new ones from the key pair's page.",
        "POST /v1/OLD_AUTH_KEY/OLD_API_KEY",
        {"since": "2026-11-20 09:30:00 UTC"},
    ),
    "old-keys": MessageTemplate(
        "These keys were replaced. They are still accepted, until {until}.",
        "Copy the new ones from the key pair's page before then.",
        "POST /v1/OLD_AUTH_KEY/OLD_API_KEY",
        {"until": "2026-11-27 09:30:00 UTC"},
    ),
    "too-many-runs": MessageTemplate(
        "The events are stored, but belong to no run: X-Run headers began {limit} runs within a "
        "minute, and begin no more for now.",
        "Send one name for all requests of a job, or begin the run with POST /api/runs.",
        "POST /v1/AUTH_KEY/API_KEY\nX-Run: one-more-name",
        {"limit": "30"},
    ),
    "half-rotated": MessageTemplate(
        "The {old} was replaced on {since}; the {new} sent with it is the present one.",
        "Copy both from the key pair's page.",
        "POST /v1/OLD_AUTH_KEY/API_KEY",
        {"old": "authKey", "new": "apiKey", "since": "2026-11-20 09:30:00 UTC"},
    ),
    "one-character-off": MessageTemplate(
        "The {right} is known; the {wrong} sent with it is one character off.",
        "A character of the {wrong} was changed, lost, added or swapped with its "
        "neighbour: copy it again from the key pair's page.",
        "POST /v1/AUTH_KE/API_KEY",
        {"wrong": "authKey", "right": "apiKey"},
    ),
    "case-differs": MessageTemplate(
        "The {right} is known; the {wrong} sent with it differs only in upper and lower case.",
        "Keys keep their case: look for what changes it on the way.",
        "POST /v1/auth_key/API_KEY",
        {"wrong": "authKey", "right": "apiKey"},
    ),
    "key-in-other-place": MessageTemplate(
        "The {key} was sent where the {place} is due, with a key that does not belong to it.",
        "{expected}",
        "POST /v1/API_KEY/ANOTHER_KEY",
        {
            "key": "apiKey",
            "place": "authKey",
            "expected": "Send POST /v1/<authKey>/<apiKey>: the auth key comes first.",
        },
    ),
    "key-misplaced": MessageTemplate(
        "A key of {title} was sent in {place}, where none is read.",
        "{expected}",
        "POST /post?key=WRITE_KEY",
        {
            "title": "EventBunker",
            "place": "the query",
            "expected": "Send the write key in the header x-eventbunker-write-key.",
        },
    ),
    "missing-half": MessageTemplate(
        "The {missing} is missing: only the {present} was sent.",
        "{expected}",
        "POST /v1/AUTH_KEY/",
        {
            "missing": "apiKey",
            "present": "authKey",
            "expected": "Send POST /v1/<authKey>/<apiKey>: the auth key comes first.",
        },
    ),
    "same-key-twice": MessageTemplate(
        "The same key was sent as {api_name} and as {auth_name}.",
        "They are two different keys: copy both from the key pair's page.",
        "POST /v1/API_KEY/API_KEY",
        {"api_name": "apiKey", "auth_name": "authKey"},
    ),
    "space-at-key": MessageTemplate(
        "There is white space {where} the {which}.",
        "Remove it: it often comes from a newline at the end of a file, or from copying.",
        "POST /v1/AUTH_KEY/API_KEY%0A",
        {"where": "after", "which": "apiKey"},
    ),
    "marks-around-key": MessageTemplate(
        "{marks} were sent with the {which}.",
        "Send the bare key: a setting was probably quoted twice.",
        'POST /post\nx-eventbunker-write-key: "WRITE_KEY"',
        {"marks": "Quotes", "which": "write key"},
    ),
    "name-before-key": MessageTemplate(
        "“{name}” stands before the {which}.",
        "Send the bare key in its place.",
        "POST /post\nx-eventbunker-write-key: Bearer WRITE_KEY",
        {"name": "Bearer", "which": "write key"},
    ),
    "placeholder": MessageTemplate(
        "“{value}” was sent as the {which}: a placeholder that nothing replaced.",
        "Put the key from the key pair's page in its place, and look whether it is set "
        "where the sender runs.",
        "POST /v1/AUTH_KEY/[yourApiKey]",
        {"value": "[yourApiKey]", "which": "apiKey"},
    ),
    "masked-key": MessageTemplate(
        "“{value}” was sent as the {which}: that is how the page shows it, masked.",
        "Press Copy on the key pair's page, which takes the whole key, or reveal it first.",
        "POST /v1/AUT…KEY/API…KEY",
        {"value": "AUT…KEY", "which": "authKey"},
    ),
    "empty-value": MessageTemplate(
        "“{value}” was sent as the {which}: a variable that held nothing.",
        "Set the variable where the sender runs, and look at how its name is spelled.",
        "POST /v1/AUTH_KEY/undefined",
        {"value": "undefined", "which": "apiKey"},
    ),
    "no-server-token": MessageTemplate(
        "A server path was used with the API key alone.",
        "Send API_KEY.SERVER_TOKEN from servers; the key alone is for browsers.",
        "POST /api/v1/s2s/event?token=API_KEY",
        {},
    ),
    "body-too-large": MessageTemplate(
        "The body is larger than {limit} bytes.",
        "Send smaller batches, or raise WIRE_BYTES.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Length: 31457280",
        {"limit": "10,485,760"},
    ),
    "large-without-key": MessageTemplate(
        "The body is larger than {limit} bytes, and its beginning shows no known key.",
        "Send the key in the query or in a header, or keep the body under {limit} bytes.",
        'POST /api/v1/event\nContent-Length: 200000\n\n[{"event_type": "pageview", …',
        {"limit": "65,536"},
    ),
    "inflated-too-large": MessageTemplate(
        "The inflated body is larger than {limit} bytes.",
        "Send smaller batches, or raise BODY_BYTES.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip",
        {"limit": "52,428,800"},
    ),
    "too-many-lines": MessageTemplate(
        "The body has more than {limit} lines or items.",
        "Send smaller batches, or raise BODY_LINES.",
        "POST /v1/AUTH_KEY/API_KEY\n\n{…}\n{…}\n… 100,001 lines",
        {"limit": "100,000"},
    ),
    "vendor-size-limit": MessageTemplate(
        "The body has {size} bytes; the vendor refuses more than 2 MiB.",
        "Send smaller batches.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\nContent-Length: 3145728",
        {"size": "3,145,728"},
    ),
    "not-inflatable": MessageTemplate(
        "The body is declared {encoding}, but cannot be inflated: {detail}.",
        "Compress the body, or do not send Content-Encoding.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\n1F 8B 08 00 … FF FF …",
        {"encoding": "gzip", "detail": "invalid block type"},
    ),
    "declared-but-plain": MessageTemplate(
        "The body is declared {encoding}, but is not compressed: it begins {begins}.",
        "Do not send Content-Encoding, or compress the body. A gateway that inflates bodies must "
        "remove the header.",
        'POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: gzip\n\n{"action": "feature"}',
        {"encoding": "gzip", "begins": '{"action": "feature"'},
    ),
    "compressed-otherwise": MessageTemplate(
        "The body is declared {encoding}, but is {actual}.",
        "Declare it as what it is.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: deflate\n\n1F 8B 08 00 …",
        {"encoding": "deflate", "actual": "gzip"},
    ),
    "too-many-members": MessageTemplate(
        "The body consists of more than {limit} {encoding} streams, one after the other.",
        "Compress all lines as one stream.",
        "POST /v1/AUTH_KEY/API_KEY\n"
        "Content-Encoding: gzip\n"
        "\n"
        "1F 8B 08 00 … 1F 8B 08 00 …   and so on, a stream for each event",
        {"encoding": "gzip", "limit": "100"},
    ),
    "truncated-gzip": MessageTemplate(
        "The body is {encoding} cut off at byte {at}: the end of the compressed data is "
        "missing.{inside}",
        "Look for a limit, a wrong Content-Length, or a stream that was not flushed and closed.",
        "POST /v1/AUTH_KEY/API_KEY\n"
        "Content-Encoding: gzip\n"
        "\n"
        "1F 8B 08 00 …   of which the end is missing",
        {"encoding": "gzip", "at": "1,024", "inside": ""},
    ),
    "unknown-encoding": MessageTemplate(
        "Content-Encoding “{encoding}” is not known and the body was read as plain text.",
        "Use gzip or deflate, or none.{advice}",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Encoding: br",
        {"encoding": "br", "advice": ""},
    ),
    "empty-body": MessageTemplate(
        "The body is empty: no event was sent.",
        "Send at least one event.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\nContent-Length: 0",
        {},
    ),
    "empty-array": MessageTemplate(
        "The array holds no event.",
        "Send at least one event.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n\n[]",
        {},
    ),
    "form-too-large": MessageTemplate(
        "A form body may have at most {limit} bytes.",
        "Send the JSON itself, or smaller batches.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "Content-Length: 3145728",
        {"limit": "2,097,152"},
    ),
    "too-many-fields": MessageTemplate(
        "The {part} has more than {limit} fields.",
        "Send fewer: an event's own properties belong into its JSON.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN&a=1&b=2 … and so on",
        {"part": "query", "limit": "100"},
    ),
    "form-without-data": MessageTemplate(
        "A form body needs a field “data” that holds base64 of the JSON.",
        "Send the JSON itself.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        "event=pageview",
        {},
    ),
    "form-data-not-base64": MessageTemplate(
        "The field “data” of this form is not base64.{inside}",
        "Send the JSON itself, or base64 of it in “data”.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        'data={"event_type": "pageview"}',
        {"inside": ""},
    ),
    "sender-left": MessageTemplate(
        "The sender left after {size} bytes, before the body was complete.",
        "Look for a timeout or a crash in the sender.",
        'POST /v1/AUTH_KEY/API_KEY\nContent-Length: 5000\n\n{"action": "fea',
        {"size": "1,024"},
    ),
    "sender-too-slow": MessageTemplate(
        "The body was not complete after {limit} seconds.",
        "Look at the sender's network.",
        "POST /v1/AUTH_KEY/API_KEY\nTransfer-Encoding: chunked",
        {"limit": "60"},
    ),
    "sender-stalled": MessageTemplate(
        "The body stalled: for {seconds} seconds, less than {rate} bytes a second arrived.",
        "Look at the sender's network, or send smaller bodies.",
        "POST /v1/AUTH_KEY/API_KEY\nContent-Length: 1000000",
        {"seconds": "8", "rate": "8,000"},
    ),
    "overloaded": MessageTemplate(
        "Too much is waiting to be stored.",
        "The sender should send it again; the vendor's client may give up.",
        "POST /v1/AUTH_KEY/API_KEY\n\n503 Service Unavailable, Retry-After: 1",
        {},
    ),
    "not-stored": MessageTemplate(
        "The store cannot take events at the moment.",
        "The sender should send it again; the vendor's client may give up.",
        "POST /v1/AUTH_KEY/API_KEY\n\n503 Service Unavailable, Retry-After: 1",
        {},
    ),
    "internal-error": MessageTemplate(
        "The viewer itself failed with this request.",
        "Its log has the reason: report it to the owner of the server.",
        "POST /v1/AUTH_KEY/API_KEY\n\n500 Internal Server Error",
        {},
    ),
    "batch-refused": MessageTemplate(
        "The vendor would refuse the whole request because of one event.",
        "Fix the events marked invalid; the others are fine by themselves.",
        'POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n\n[{"event_type": "pageview"}, 17]',
        {},
    ),
}
