"""Sentences on events that are inside something else: another object, a text, a form."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

ENVELOPES: dict[str, MessageTemplate] = {
    "event-in-object": MessageTemplate(
        "The event stands inside “{where}”, where the vendor does not look for it.{format}{judged}",
        "Move it here: send the object in “{where}” alone, without anything around it.",
        '{"time": 1795227547.1, "event": {"accountId": "acme", "userId": "u-17", "action": '
        '"feature", "createdAt": 1795227547189, "sessionId": "s-1"}}',
    ),
    "event-in-text": MessageTemplate(
        "The event is inside “{where}” as {form}, where the vendor does not look for it."
        "{format}{judged}",
        "{decode} “{where}”, and send the object in it alone, without anything around it.",
        r'{"stream": "stdout", "log": "{\"accountId\": \"acme\", \"userId\": \"u-17\", '
        r'\"action\": \"feature\"}\n"}',
    ),
    "events-in-object": MessageTemplate(
        "{count} inside “{where}”, where the vendor does not look for events.{format}{judged}",
        "{several}, without anything around it.",
        '{"batch": [{"accountId": "acme", "userId": "u-17", "action": "feature"}]}',
    ),
    "events-in-text": MessageTemplate(
        "{count} inside “{where}” as {form}, where the vendor does not look for events."
        "{format}{judged}",
        "{decode} “{where}”. {several}, without anything around it.",
        '{"records": [{"data": "eyJhY2NvdW50SWQiOiJhY21lIiwidXNlcklkIjoidS0xNyJ9"}]}',
    ),
    "no-events-inside": MessageTemplate(
        "“{where}” is an empty array, and there is no event beside it.",
        "Send at least one event. {several}, without anything around it.",
        '{"events": []}',
    ),
    "broken-in-text": MessageTemplate(
        "“{where}” holds {form} that is malformed; the vendor reads no JSON inside a string.",
        "Correct that JSON, and send the object in it alone, without anything around it.",
        r'{"stream": "stdout", "log": "{\"accountId\": \"acme\", \"userId\": "}',
    ),
    "numbered-events": MessageTemplate(
        "The names are numbers: an array was turned into an object.{judged}",
        "{several}. Look for code that spreads an array into an object, or for an array in PHP "
        "whose indices have a gap.",
        '{"0": {"accountId": "acme", "userId": "u-17"}, "1": {"accountId": "acme", "userId": '
        '"u-18"}}',
    ),
    "spread-text": MessageTemplate(
        "The names are numbers, with one character each: a JSON text was turned into an object."
        "{judged}",
        "Send the object itself: look for code that spreads its JSON text into an object.",
        r'{"0": "{", "1": "\"", "2": "a", "3": "\"", "4": ":", "5": "1", "6": "}"}',
    ),
    "array-encoded-twice": MessageTemplate(
        "The body is a string that holds JSON of {count}: it was encoded twice.{judged}",
        "Encode it once. {several}.",
        r'"[{\"event_type\": \"pageview\", \"user\": {\"id\": \"u-17\"}}]"',
    ),
    "bulk-action": MessageTemplate(
        "This is an action of Elasticsearch's bulk format, not an event.",
        "Leave it out: send only the events.",
        '{"index": {"_index": "events"}}',
    ),
    "bulk-format": MessageTemplate(
        "The body has Elasticsearch's bulk format: before each event, a line with an action."
        "{judged}",
        "Leave the lines with actions out. {several}.",
        '{"index": {}}\n{"event_type": "pageview", "user": {"id": "u-17"}}',
    ),
    "multipart": MessageTemplate(
        "The body is multipart/form-data, as for file uploads, not JSON.{inside}",
        "Send the JSON itself as the body, with “Content-Type: application/json”.",
        "--X7\r\n"
        'Content-Disposition: form-data; name="event"\r\n'
        "\r\n"
        '{"event_type": "pageview", "user": {"id": "u-17"}}\r\n'
        "--X7--\r\n",
    ),
    "multipart-line": MessageTemplate(
        "This line belongs to multipart/form-data, not to JSON.",
        "Send the JSON itself as the body, with “Content-Type: application/json”.",
        "--X7\r\n"
        'Content-Disposition: form-data; name="event"\r\n'
        "\r\n"
        '{"action": "feature"}\r\n'
        "--X7--",
    ),
    "gzip-in-form": MessageTemplate(
        "The field “data” of this form is base64 of gzip; the vendor reads base64 of JSON.{judged}",
        "Put base64 of the JSON itself into “data”, or send the JSON as the body.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        "data=H4sIAAAAAAAAA6tWSi1L",
        {"judged": ""},
    ),
    "json-in-form-field": MessageTemplate(
        "The JSON is in the form field “{name}”{form}; the vendor reads base64 of it in “data”."
        "{judged}",
        "Send the JSON itself as the body, with “Content-Type: application/json”.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        "payload=%7B%22event_type%22%3A%22pageview%22%7D",
        {"name": "payload", "form": "", "judged": ""},
    ),
    "json-is-form-name": MessageTemplate(
        "The JSON is the name of a form field, without a value; the vendor reads base64 of it in "
        "“data”.{judged}",
        "Send the JSON itself as the body, with “Content-Type: application/json”.",
        "POST /api/v1/s2s/event?token=API_KEY.SERVER_TOKEN\n"
        "Content-Type: application/x-www-form-urlencoded\n"
        "\n"
        "%7B%22event_type%22%3A%22pageview%22%7D=",
        {"judged": ""},
    ),
}
