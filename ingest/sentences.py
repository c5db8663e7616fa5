"""The one table from a problem's code to what people read: what is wrong, how to mend it."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """`{name}` stands for an argument; `{field}` for the last part of the path."""

    message: str
    hint: str


_RESEND = "The sender should send it again; the vendor's client may give up."

SENTENCES: dict[str, Sentence] = {
    # -- fields ---------------------------------------------------------------------
    "missing-field": Sentence("“{field}” is missing.", "Add “{field}” ({expected}) to this event."),
    "missing-session": Sentence(
        "“sessionId” is missing: the documented format requires it.",
        "Add “sessionId” as a string that changes after 30 minutes of rest. The vendor then "
        "only estimates sessions instead of dropping the event, but do not rely on it.",
    ),
    "missing-own-field": Sentence(
        "“{field}” usually comes with “{name}” events and is missing here.",
        "Add “{field}” ({expected}), as the vendor's published clients do.",
    ),
    "misnamed-field": Sentence(
        "“{field}” is missing; “{found}” stands in its place.",
        "Rename “{found}” to “{field}” ({expected}).",
    ),
    "misplaced-field": Sentence(
        "“{field}” is missing here; “{found}” stands {place}.",
        "Move it here, as “{field}” ({expected}).",
    ),
    "lookalike-field": Sentence(
        "“{field}” looks like “{suggestion}”, but is taken for a field of your own.",
        "Rename it to “{suggestion}”, unless the other name is meant.",
    ),
    "lookalike-name": Sentence(
        "“{value}” looks like the vendor's own “{suggestion}”, but counts as a custom event.",
        "Send “{suggestion}”, unless the other name is meant.",
    ),
    "type-changed": Sentence(
        "“{field}” is {got}; in earlier “{name}” events it was {before}.",
        "Send one type for it: a report takes the two for different properties, or drops one.",
    ),
    "duplicate-event-id": Sentence(
        "This id came before, with event {first}: the vendor takes this one for a re-send.",
        "Make a new id for every event; after a failed request, re-sending is right.",
    ),
    "same-line-twice": Sentence(
        "The very same line came before, as event {first}.",
        "Look for a retry after a request that had succeeded, or for code that runs twice.",
    ),
    "many-names": Sentence(
        "“{value}” is event name number {count}; the vendor takes {limit} different ones.",
        "Put what varies into a field of the event instead of its name.",
    ),
    "empty-field": Sentence("“{field}” is empty.", "Send a value of at least one character."),
    "null-field": Sentence(
        "“{field}” is null where {expected} is due.", "Send {expected}, or leave the field out."
    ),
    "wrong-type": Sentence(
        "“{field}” is {got}, but must be {expected}.", "Send “{field}” as {expected}."
    ),
    "number-as-string": Sentence(
        "“{field}” is a number in quotes, but must be a bare number.",
        "Send {value} without the quotes.",
    ),
    "string-as-number": Sentence(
        "“{field}” is a number, but must be a string.", 'Put it in quotes: "{value}".'
    ),
    "integer-id": Sentence(
        "“{field}” is a number; the vendor takes it, but documents a string.",
        'Put it in quotes: "{value}".',
    ),
    "time-as-string": Sentence(
        "“{field}” is text, but must be a number of milliseconds since 1970 UTC.",
        'Send {suggestion} instead of "{value}".',
    ),
    "time-in-seconds": Sentence(
        "“{field}” looks like seconds: read as milliseconds it is {means}.",
        "Multiply by 1,000: {suggestion}.",
    ),
    "time-in-microseconds": Sentence(
        "“{field}” looks like {unit}: read as milliseconds it is far in the future.",
        "Send milliseconds since 1970 UTC: {suggestion}.",
    ),
    "time-in-future": Sentence(
        "“{field}” lies {ahead} ahead of the time this event was received.",
        "Check the clock and the time zone of the sender: the number counts from 1970 in UTC.",
    ),
    "time-long-past": Sentence(
        "“{field}” lies {behind} before the time this event was received.",
        "Check the clock of the sender, unless this event is historical on purpose.",
    ),
    "time-rejected": Sentence(
        "“{field}” means {means}: before 1971 or more than a day ahead. The vendor answers "
        "200 and rejects the event later.",
        "Send the time as seconds or milliseconds since 1970 UTC.",
    ),
    "time-not-read": Sentence(
        '“{field}” is not a time that JavaScript\'s Date can read: "{value}".',
        'Send ISO 8601, for instance "{suggestion}".',
    ),
    "date-not-iso": Sentence(
        '“{field}” is not an ISO date and time: "{value}".',
        'Send for instance "2026-01-20T09:55:35Z".',
    ),
    "unknown-name": Sentence(
        "“{value}” is not one of the known event names.{did_you_mean}",
        "Known: {known}.",
    ),
    "wrong-name": Sentence(
        "“{value}” is not an event the vendor acts on.", "Send “{suggestion}” instead."
    ),
    "unknown-field": Sentence(
        "“{field}” is not a known field.{did_you_mean}",
        "Correct its name, or leave it out: the vendor does not use it.",
    ),
    "lost-attribute": Sentence(
        "“{field}” directly under “{parent}” is lost at the vendor.{did_you_mean}",
        "Move it into “{parent}.custom”.",
    ),
    "expected-field": Sentence(
        "“{field}” is expected here and missing.", "Add “{field}” ({expected})."
    ),
    "no-identifier": Sentence(
        "No identifier: “user” has neither “id” nor “email” nor “anonymous_id”.{did_you_mean}",
        "Add at least one of them, not empty; otherwise the event belongs to nobody.",
    ),
    "other-api-key": Sentence(
        "“api_key” differs from the key this request was sent with.",
        "Use one key: the vendor overwrites the event's with the request's.",
    ),
    "name-characters": Sentence(
        '“{field}” is "{value}": only letters, digits, dot, underscore and hyphen are allowed.',
        "Rename the event: “my_event”, “my.event” and “my-event” are fine.",
    ),
    "mixed-array": Sentence(
        "The array “{field}” mixes types.",
        "Send only strings, only numbers or only booleans in it.",
    ),
    "object-in-array": Sentence(
        "Item {field} of this array is {got}; arrays hold strings, numbers or booleans only.",
        "Move its values into fields of their own.",
    ),
    "object-in-object": Sentence(
        "“{field}” is an object inside an object: one level is allowed.",
        "Flatten it: join the names with a dot or an underscore.",
    ),
    "null-in-array": Sentence(
        "Item {field} of this array is null; what the vendor does with it is unknown.",
        "Leave nulls out of arrays.",
    ),
    "empty-container": Sentence(
        "“{field}” is {got} that holds nothing; what the vendor does with it is unknown.",
        "Leave the field out when it holds nothing.",
    ),
    "more-problems": Sentence(
        "{count} more problems, not listed.", "Mend the ones above first; then send it again."
    ),
    "broken-rule": Sentence("“{field}”: {detail}.", "Change the value to satisfy this rule."),
    # -- text that is not a JSON object ----------------------------------------------
    "missing-comma": Sentence("A comma is missing after {after}.", "Put a “,” at the mark."),
    "trailing-comma": Sentence(
        "A comma with nothing after it before “{closer}”.", "Remove the comma."
    ),
    "comment": Sentence("A comment: JSON has none.", "Remove it."),
    "single-quotes": Sentence(
        "Single quotes: JSON takes double quotes only.",
        "Write \" for '. What a language prints of an object is not JSON: use its JSON library.",
    ),
    "unquoted-key": Sentence("The name {name} is not in quotes.", 'Write "{name}".'),
    "unclosed-string": Sentence(
        "A string is opened here and never closed.",
        'Close it with “"”; escape quotes inside as \\".',
    ),
    "unclosed-bracket": Sentence(
        "The text ends while the {open} of character {begun} is still open.",
        "Close it with “{closer}”; a cut-off line often means a limit or a newline inside.",
    ),
    "control-character": Sentence(
        "A raw control character ({name}) inside a string.", "Escape it as {escape}."
    ),
    "not-a-number": Sentence("{value} is not JSON.", "Send null, or leave the field out."),
    "python-literal": Sentence(
        "{value} is not JSON.", "Write {suggestion}; better, let a JSON library write it."
    ),
    "bad-number": Sentence("{value} is not a number in JSON.", "{suggestion}"),
    "bad-escape": Sentence(
        "“{value}” is not an escape that JSON knows.", "Write a backslash as \\\\."
    ),
    "missing-colon": Sentence("A “:” is missing after the name {name}.", "Put a “:” at the mark."),
    "two-values": Sentence(
        "A second value begins after the first one ended.",
        "Send one object a line, one object a request, or an array: as the vendor takes them.",
    ),
    "comma-after-object": Sentence(
        "A comma after the object: the vendor takes one object a line, nothing between.",
        "Remove the comma.",
    ),
    "extra-text": Sentence("Text after the end of the object: {value}.", "Remove it."),
    "not-json": Sentence("This is not JSON from here on.", "{suggestion}"),
    "form-encoded": Sentence(
        "This is form-encoded text (name=value&…), not JSON.{inside}",
        "Give your HTTP library a JSON string as the body, not a dictionary or hash.",
    ),
    "url-encoded": Sentence(
        "This is URL-encoded text, not JSON.{inside}", "Send the JSON itself, without encoding it."
    ),
    "markup": Sentence(
        "This is XML or HTML, not JSON.",
        "An error page of a proxy may have been sent on by mistake.",
    ),
    "utf-16": Sentence("This is UTF-16 text, not UTF-8.{inside}", "Encode the body as UTF-8."),
    "byte-order-mark": Sentence(
        "The text begins with a byte order mark (EF BB BF).",
        "Write the file as UTF-8 without BOM.",
    ),
    "invalid-utf-8": Sentence(
        "Not UTF-8: {value} (hexadecimal) has no meaning here.{suggestion}",
        "Encode the body as UTF-8.",
    ),
    "gzip-not-declared": Sentence(
        "The body is gzip, but the request does not say so.{inside}",
        "Send the header “Content-Encoding: gzip”, or send plain text.",
    ),
    "wrong-bracket": Sentence(
        "“{got}” stands here while the {open} of character {begun} is still open.",
        "Close it with “{closer}” first.",
    ),
    "extra-comma": Sentence("A comma with nothing before it.", "Remove the comma."),
    "missing-value": Sentence(
        "The name {name} has no value.", "Put a value after the “:”, null if there is none."
    ),
    "unquoted-text": Sentence("The text {value} is not in quotes.", 'Write "{value}".'),
    "unescaped-quote": Sentence(
        "A quote inside a string ends it too early.", 'Escape quotes inside a string as \\".'
    ),
    "escaped-quotes": Sentence(
        'The quotes themselves are escaped: \\" where " is due.',
        "The JSON was written as a string once too often: send the object itself.",
    ),
    "typographic-quotes": Sentence(
        "{value} is a typographic quote: JSON takes straight ones only.",
        'Write ", and paste examples through a plain-text editor.',
    ),
    "bare-date": Sentence("The date {value} is not in quotes.", 'Write "{value}".'),
    "unfilled-placeholder": Sentence(
        "The placeholder {value} was not filled in.", "Look at the template that writes the event."
    ),
    "odd-space": Sentence(
        "{name} stands here: JSON takes only blanks, tabs and newlines between values.",
        "Write a blank; such a character often comes from a web page.",
    ),
    "encoded-twice": Sentence(
        "The event is a string that holds JSON: it was encoded twice.",
        "Encode it once: some HTTP libraries do it by themselves.",
    ),
    "base64": Sentence("This is base64, not JSON.{inside}", "Send the JSON itself."),
    "gzip-twice": Sentence(
        "The body was compressed twice: what was inflated is gzip again.{inside}",
        "Compress it once: proxies and HTTP libraries do it, too.",
    ),
    "nested-too-deep": Sentence(
        "Nested too deep to be read.", "Flatten the event; no vendor reads this."
    ),
    "not-an-object": Sentence(
        "{got} where an event must be a JSON object.", 'Send an object: {{"name": value, …}}.'
    ),
    "line-too-long": Sentence(
        "The line is {size} bytes long; {limit} are kept and read.",
        "Send less in one event, or raise LINE_BYTES.",
    ),
    "array-not-lines": Sentence(
        "A JSON array, where one object a line is due: the vendor drops all of it.",
        "Send each object on a line of its own, without brackets and commas between.",
    ),
    "object-over-lines": Sentence(
        "One object spread over {lines} lines: the vendor reads each line by itself and drops it.",
        "Put the object on one line.",
    ),
    "array-not-object": Sentence(
        "An array, where one object a request is due.", "Send each event in a request of its own."
    ),
    "lone-surrogate": Sentence(
        "A \\u escape is half of a pair: no character.",
        "Cut text at characters, not inside an emoji.",
    ),
    "number-out-of-range": Sentence(
        "A number is larger than a double can hold.", "Send it as a string."
    ),
    # -- requests -------------------------------------------------------------------
    "wrong-method": Sentence("{method} was used; events are sent with POST.", "Use POST."),
    "wrong-path": Sentence(
        "This path is not part of the {dialect} protocol.", "Send to {expected}."
    ),
    "old-path": Sentence(
        "/api/submitEvents is an old debug address and not part of the protocol.",
        "Send to /v1/<authKey>/<apiKey>.",
    ),
    "no-keys": Sentence("The request carries no keys.", "{expected}"),
    "unknown-keys": Sentence(
        "No key pair has these keys.",
        "Compare them, character by character, with those on the key pair's page.",
    ),
    "wrong-auth-key": Sentence(
        "The {api_name} is known, but the {auth_name} does not belong to it.",
        "Copy both from the key pair's page.",
    ),
    "wrong-api-key": Sentence(
        "The {auth_name} is known, but the {api_name} does not belong to it.",
        "Copy both from the key pair's page.",
    ),
    "keys-of-two-pairs": Sentence(
        "The two keys belong to different key pairs.", "Copy both from the same key pair's page."
    ),
    "keys-swapped": Sentence("The two keys are swapped.", "{expected}"),
    "query-key-used": Sentence(
        "This is the query key, which cannot write.",
        "Send the write key in x-eventbunker-write-key.",
    ),
    "token-alone": Sentence(
        "This is the server token alone, without the API key.",
        "Send API_KEY.SERVER_TOKEN, joined by a dot.",
    ),
    "wrong-joint": Sentence(
        "Key and token are joined by “{joint}”, not by a dot.", "Send API_KEY.SERVER_TOKEN."
    ),
    "other-dialect": Sentence(
        "Keys of {theirs} were sent to a path of {ours}.", "Send them to {expected}."
    ),
    "disabled": Sentence(
        "The key pair is disabled since {since}.", "Enable it, or use another key pair."
    ),
    "rotated": Sentence(
        "These keys were replaced on {since}.", "Copy the new ones from the key pair's page."
    ),
    # -- requests: keys that are nearly right ------------------------------------------
    "half-rotated": Sentence(
        "The {old} was replaced on {since}; the {new} sent with it is the present one.",
        "Copy both from the key pair's page.",
    ),
    "one-character-off": Sentence(
        "The {right} is known; the {wrong} sent with it is one character off.",
        "A character of the {wrong} was changed, lost, added or swapped with its neighbour: "
        "copy it again from the key pair's page.",
    ),
    "case-differs": Sentence(
        "The {right} is known; the {wrong} sent with it differs only in upper and lower case.",
        "Keys keep their case: look for what changes it on the way.",
    ),
    "key-in-other-place": Sentence(
        "The {key} was sent where the {place} is due, with a key that does not belong to it.",
        "{expected}",
    ),
    "key-misplaced": Sentence(
        "A {title} key was sent in {place}, where none is read.", "{expected}"
    ),
    "missing-half": Sentence(
        "The {missing} is missing: only the {present} was sent.", "{expected}"
    ),
    "same-key-twice": Sentence(
        "The same key was sent as {api_name} and as {auth_name}.",
        "They are two different keys: copy both from the key pair's page.",
    ),
    "space-at-key": Sentence(
        "White space stands {where} the {which}.",
        "Remove it: it often comes from a newline at the end of a file, or from copying.",
    ),
    "marks-around-key": Sentence(
        "{marks} were sent with the {which}.",
        "Send the bare key: a setting was probably quoted twice.",
    ),
    "name-before-key": Sentence(
        "“{name}” stands before the {which}.", "Send the bare key in its place."
    ),
    "placeholder": Sentence(
        "“{value}” was sent as the {which}: a placeholder that nothing replaced.",
        "Put the key from the key pair's page in its place, and look whether it is set where "
        "the sender runs.",
    ),
    "empty-value": Sentence(
        "“{value}” was sent as the {which}: a variable that held nothing.",
        "Set the variable where the sender runs, and look at how its name is spelled.",
    ),
    "no-server-token": Sentence(
        "A server path was used with the API key alone.",
        "Send API_KEY.SERVER_TOKEN from servers; the key alone is for browsers.",
    ),
    "body-too-large": Sentence(
        "The body is larger than {limit} bytes.", "Send smaller batches, or raise WIRE_BYTES."
    ),
    "inflated-too-large": Sentence(
        "The inflated body is larger than {limit} bytes.",
        "Send smaller batches, or raise BODY_BYTES.",
    ),
    "too-many-lines": Sentence(
        "The body has more than {limit} lines or items.",
        "Send smaller batches, or raise BODY_LINES.",
    ),
    "vendor-size-limit": Sentence(
        "The body has {size} bytes; the vendor refuses more than 2 MiB.", "Send smaller batches."
    ),
    "not-inflatable": Sentence(
        "The body is declared {encoding}, but cannot be inflated: {detail}.",
        "Compress the body, or do not send Content-Encoding.",
    ),
    "declared-but-plain": Sentence(
        "The body is declared {encoding}, but is not compressed: it begins {begins}.",
        "Do not send Content-Encoding, or compress the body.",
    ),
    "compressed-otherwise": Sentence(
        "The body is declared {encoding}, but is {actual}.", "Declare it as what it is."
    ),
    "truncated-gzip": Sentence(
        "The body is {encoding} cut off at byte {at}: the end of the compressed data is missing."
        "{inside}",
        "Look for a limit, a wrong Content-Length, or a stream that was not flushed and closed.",
    ),
    "unknown-encoding": Sentence(
        "Content-Encoding “{encoding}” is not known and the body was read as plain text.",
        "Use gzip or deflate, or none.",
    ),
    "empty-body": Sentence("The body is empty: no event was sent.", "Send at least one event."),
    "empty-array": Sentence("The array holds no event.", "Send at least one event."),
    "form-without-data": Sentence(
        "A form body needs a field “data” that holds base64 of the JSON.", "Send the JSON itself."
    ),
    "form-data-not-base64": Sentence(
        "The field “data” of this form is not base64.{inside}",
        "Send the JSON itself, or base64 of it in “data”.",
    ),
    "sender-left": Sentence(
        "The sender left after {size} bytes, before the body was complete.",
        "Look for a timeout or a crash in the sender.",
    ),
    "sender-too-slow": Sentence(
        "The body was not complete after {limit} seconds.", "Look at the sender's network."
    ),
    "overloaded": Sentence("Too much is waiting to be stored.", _RESEND),
    "not-stored": Sentence("The store cannot take events at the moment.", _RESEND),
    "batch-refused": Sentence(
        "The vendor would refuse the whole request because of one event.",
        "Mend the events marked invalid; the others are fine by themselves.",
    ),
}
