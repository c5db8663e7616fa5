"""Sentences on text that is not a JSON object, or not where one is due."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

TEXT: dict[str, MessageTemplate] = {
    "missing-comma": MessageTemplate(
        "A comma is missing after {after}.",
        "Put a “,” at the mark.",
        '{"action": "feature" "total": 1}',
    ),
    "trailing-comma": MessageTemplate(
        "A comma with nothing after it before “{closer}”.",
        "Remove the comma.",
        '{"action": "feature", "total": 1,}',
    ),
    "comment": MessageTemplate(
        "A comment: JSON has none.",
        "Remove it, and any others after it.",
        '{"action": "feature"} // from the dashboard',
    ),
    "commented-out": MessageTemplate(
        "The whole text is a comment: there is no event in it.",
        "If it is an event, remove only the sign of the comment; otherwise do not send this text.",
        '// {"action": "feature"}',
    ),
    "ellipsis": MessageTemplate(
        "“{value}” is the ellipsis of an example: it is not JSON.",
        "Replace it by the members that it is short for, or remove it.",
        '{"accountId": "acme", ... }',
    ),
    "type-as-value": MessageTemplate(
        "“{value}” is the name of a type in a description, not a value.",
        "Send a value of this type.",
        '{"createdAt": number}',
    ),
    "single-quotes": MessageTemplate(
        "Single quotes: JSON takes double quotes only.",
        "Write \" for '. Do not print an object: serialize it with a JSON library, such as "
        "json.dumps in Python.",
        "{'action': 'feature'}",
    ),
    "unquoted-key": MessageTemplate(
        "The name {name} is not in quotes.",
        'Write "{name}".',
        '{action: "feature"}',
    ),
    "unclosed-string": MessageTemplate(
        "A string is opened here and never closed.",
        'Close it with “"”; escape quotes inside as \\".',
        '{"action": "feature}',
    ),
    "unclosed-bracket": MessageTemplate(
        "The text ends while the {open} of character {begun} is still open.",
        "Close it with “{closer}”; a cut-off line often means a limit or a newline inside.",
        '{"action": "feature", "tags": ["a", "b"]',
    ),
    "control-character": MessageTemplate(
        "A raw control character ({name}) inside a string.",
        "Escape it as {escape}.",
        '{"note": "first\tsecond"}',
    ),
    "not-a-number": MessageTemplate(
        "{value} is not JSON.",
        "Send a value that JSON has. Where the field is optional, null or no field will do, too.",
        '{"total": NaN}',
    ),
    "python-literal": MessageTemplate(
        "{value} is not JSON.",
        "Write {suggestion}; better, let a JSON library write it.",
        '{"is_new": True}',
    ),
    "bad-number": MessageTemplate(
        "{value} is not a number in JSON.",
        "{suggestion}",
        '{"total": 007}',
    ),
    "bad-escape": MessageTemplate(
        "“{value}” is not an escape that JSON knows.",
        "Write a backslash as \\\\.",
        '{"path": "C:\\data"}',
    ),
    "missing-colon": MessageTemplate(
        "A “:” is missing after the name {name}.",
        "Put a “:” at the mark.",
        '{"action" "feature"}',
    ),
    "two-values": MessageTemplate(
        "A second value begins after the first one ended.",
        "{separation}",
        '{"action": "feature"}{"action": "feature"}',
    ),
    "comma-after-object": MessageTemplate(
        "A comma after the object: the vendor takes one object a line, nothing between.",
        "Remove the comma.",
        '{"action": "feature"},',
    ),
    "extra-text": MessageTemplate(
        "Text after the end of the object: {value}.",
        "Remove it.",
        '{"action": "feature"};',
    ),
    "not-json": MessageTemplate(
        "This is not JSON from here on.",
        "{suggestion}",
        "feature dashboard u-17",
    ),
    "form-encoded": MessageTemplate(
        "This is form-encoded text (name=value&…), not JSON.{inside}",
        "Give your HTTP library a JSON string as the body, not a dictionary or hash, and send "
        "“Content-Type: application/json”.",
        "action=feature&userId=u-17",
    ),
    "url-encoded": MessageTemplate(
        "This is URL-encoded text, not JSON.{inside}",
        "Send the JSON itself, without encoding it.",
        "%7B%22action%22%3A%22feature%22%7D",
    ),
    "markup": MessageTemplate(
        "This is XML or HTML, not JSON.",
        "An error page of a proxy may have been sent on by mistake.",
        "<html><body>502 Bad Gateway</body></html>",
    ),
    "utf-16": MessageTemplate(
        "This is UTF-16 text, not UTF-8.{inside}",
        "Encode the body as UTF-8.",
        'FF FE 7B 00 22 00 …   {"…',
        {"inside": ""},
    ),
    "byte-order-mark": MessageTemplate(
        "The text begins with a byte order mark (EF BB BF).",
        "Write the file as UTF-8 without BOM.",
        'EF BB BF 7B 22 61 …   ·{"a…',
        {},
    ),
    "invalid-utf-8": MessageTemplate(
        "Not UTF-8: {value} (hexadecimal) has no meaning here.{suggestion}",
        "Encode the body as UTF-8.",
        '{"name": "Andr\\xE9"}   sent as Latin-1',
        {"value": "E9", "suggestion": ""},
    ),
    "gzip-not-declared": MessageTemplate(
        "The body is gzip, but the request does not say so.{inside}",
        "Send the header “Content-Encoding: gzip”, or send plain text.",
        "1F 8B 08 00 …   without Content-Encoding: gzip",
        {"inside": ""},
    ),
    "wrong-bracket": MessageTemplate(
        "“{got}” appears here while the {open} of character {begun} is still open.",
        "Close it with “{closer}” first.",
        '{"action": "feature", "tags": ["a", "b"}',
    ),
    "extra-comma": MessageTemplate(
        "A comma with nothing before it.",
        "Remove the comma.",
        '{"action": "feature",, "total": 1}',
    ),
    "missing-value": MessageTemplate(
        "The name {name} has no value.",
        "Put a value after the “:”, null if there is none.",
        '{"action": "feature", "total": }',
    ),
    "unquoted-text": MessageTemplate(
        "The text {value} is not in quotes.",
        'Write "{value}".',
        '{"action": feature}',
    ),
    "unescaped-quote": MessageTemplate(
        "A quote inside a string ends it too early.",
        'Escape quotes inside a string as \\".',
        '{"note": "the "new" dashboard"}',
    ),
    "escaped-quotes": MessageTemplate(
        'The JSON is escaped: it has \\" where a plain " is due.',
        "Serialize the object once, and send that text unchanged. It was probably serialized "
        "twice, or escaped for a shell or a template.",
        '{\\"action\\": \\"feature\\"}',
    ),
    "typographic-quotes": MessageTemplate(
        "{value} is a typographic quote: JSON takes straight ones only.",
        'Write ", and paste examples through a plain-text editor.',
        "{“action”: “feature”}",
    ),
    "bare-date": MessageTemplate(
        "The date {value} is not in quotes.",
        'Write "{value}".',
        '{"since": 2026-11-21}',
    ),
    "unfilled-placeholder": MessageTemplate(
        "The placeholder {value} was not filled in.",
        "Look at the template that writes the event.",
        '{"userId": {{user.id}}}',
    ),
    "odd-space": MessageTemplate(
        "{name} appears here: JSON allows only blanks, tabs and newlines between values.",
        "Write a blank; such a character often comes from a web page.",
        '{"action":\xa0"feature"}',
    ),
    "encoded-twice": MessageTemplate(
        "The event is a string that holds JSON: it was encoded twice.",
        "Encode it once: some HTTP libraries do it by themselves.",
        '"{\\"action\\": \\"feature\\"}"',
    ),
    "base64": MessageTemplate(
        "This is base64, not JSON.{inside}",
        "Send the JSON itself.",
        "eyJhY3Rpb24iOiAiZmVhdHVyZSJ9",
    ),
    "gzip-twice": MessageTemplate(
        "The body was compressed twice: what was inflated is gzip again.{inside}",
        "Compress it once: proxies and HTTP libraries do it, too.",
        "1F 8B 08 00 …   inflated: 1F 8B 08 00 …",
        {"inside": ""},
    ),
    "nested-too-deep": MessageTemplate(
        "Nested too deep to be read.",
        "Flatten the event; no vendor reads this.",
        "[[[[[[[[ … more than 1,024 of them",
        {},
    ),
    "not-an-object": MessageTemplate(
        "{got} where an event must be a JSON object.",
        'Send an object: {{"name": value, …}}.',
        '"feature"',
    ),
    "line-too-long": MessageTemplate(
        "The line is {size} bytes long; {limit} are kept and read.",
        "Send less in one event, or raise LINE_BYTES.",
        '{"action": "feature", "log": "…',
        {"size": "2,400,311", "limit": "1,048,576"},
    ),
    "array-not-lines": MessageTemplate(
        "This event came in a JSON array; the vendor takes one object a line and drops the rest.",
        "Join the objects with line breaks: no brackets around them, no commas between.",
        '[{"action": "feature"}, {"action": "feature"}]',
    ),
    "object-over-lines": MessageTemplate(
        "One object spread over {lines} lines: the vendor reads each line by itself and drops it.",
        "Put the object on one line: let the JSON library write it without indentation.",
        '{\n  "action": "feature"\n}',
    ),
    "array-not-object": MessageTemplate(
        "An array, where one object a request is due.",
        "Send each event in a request of its own.",
        '[{"event_name": "signed_in"}]',
    ),
    "lone-surrogate": MessageTemplate(
        "A \\u escape is half of a pair: no character.",
        "Cut text at characters, not inside an emoji.",
        '{"note": "\\ud83d"}',
    ),
    "number-out-of-range": MessageTemplate(
        "A number is larger than a double can hold.",
        "Send it as a string.",
        '{"total": 1e999}',
    ),
    "printed-object": MessageTemplate(
        "This is how {language} prints an object: it is not JSON.",
        "Serialize the event with a JSON library: {suggestion}.",
        "{accountId=acme, userId=u-17, action=feature}",
    ),
    "nothing-sent": MessageTemplate(
        "The whole text is “{value}”: the variable that was sent held no event.",
        "Look for the code that sends it: the event is not set there, or not yet.",
        "undefined",
    ),
    "python-bytes": MessageTemplate(
        "Python's bytes were converted to text: b{value} is around the event.",
        "Send the bytes themselves, or body.decode(); do not use str(body) or a format string.",
        'b\'{"action": "feature"}\'',
    ),
    "quotes-around": MessageTemplate(
        "There are quotes around the event: the text begins with {value}",
        "Send the event without them. A shell that does not remove them, such as cmd.exe on "
        "Windows, adds them: put the body into a file, and send it with curl --data-binary @FILE.",
        '\'{"action": "feature"}\'',
    ),
    "caret-escapes": MessageTemplate(
        "There is a “^” before the special characters: these are escapes for cmd.exe on Windows.",
        "Run the command in cmd.exe, or copy it in the form for your shell, such as “Copy as cURL "
        "(bash)”.",
        '^{^"action^": ^"feature^"^}',
    ),
    "doubled-quotes": MessageTemplate(
        'All quotes are doubled: "" where " is due.',
        "Write each quote once. If a shell or a CSV file needs two, put the body into a file of "
        "its own, and send it with curl --data-binary @FILE.",
        '{""action"": ""feature""}',
    ),
    "file-name-sent": MessageTemplate(
        "The text is “{value}”: the name of a file was sent, not what the file contains.",
        "With curl, write --data-binary @FILE instead of --data-raw; another program must read the "
        "file and send its text.",
        "@event.json",
    ),
    "text-before": MessageTemplate(
        "There is other text before the event: {value}",
        "Send the event alone, without anything before or after it.",
        'event = {"action": "feature"};',
    ),
    "quotes-removed": MessageTemplate(
        "No name and no text is in quotes: a shell removed the double quotes, or a program printed "
        "the object.",
        "Put single quotes around the body; on Windows, where they do not work, double ones, and "
        'write \\" for each quote inside. A file sent by curl --data-binary @FILE needs neither.',
        "{action:feature,module:Dashboard}",
    ),
    "html-escaped": MessageTemplate(
        "The JSON is escaped for HTML: {value} is in place of a character.",
        "Send it without escaping: a template engine or an XML tool has replaced the quotes.",
        "{&quot;action&quot;:&quot;feature&quot;}",
    ),
    "written-line-break": MessageTemplate(
        "{value} is no line break: it was sent as a backslash and a letter.",
        "{separation}",
        '{"action": "feature"}\\n{"action": "feature"}',
    ),
    "invisible-character": MessageTemplate(
        "There is an invisible character here: {name}.{note}",
        "Remove it. Between values, JSON allows only spaces, tabs and newlines.",
        '\x1e{"action": "feature"}',
    ),
    "invisible-in-name": MessageTemplate(
        "The name “{suggestion}” contains an invisible character: {name}.",
        "Remove the character: with it, this is another name.",
        '{"acti\x1eon": "feature"}',
    ),
    "mark-read-as-latin-1": MessageTemplate(
        "The text begins with “ï»¿”: a byte order mark (EF BB BF) that was read as Latin-1.",
        "Write the file without a byte order mark, or read it as “utf-8-sig”, as Python calls it.",
        'ï»¿{"action": "feature"}',
    ),
    "foreign-escape": MessageTemplate(
        "“{value}” is an escape of another language: JSON has only \\u with four digits.",
        "Write {suggestion}.",
        '{"note": "\\U0001f4a9 ok"}',
    ),
    "number-suffix": MessageTemplate(
        "{value} has a suffix that numbers in JSON do not have.",
        "Write {suggestion}: a JSON library writes a BigInt or long without it.",
        '{"createdAt": 1795227547189n}',
    ),
}
