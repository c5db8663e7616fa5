"""Sentences on the fields of an event."""

from __future__ import annotations

from ingest.messages.sentence import MessageTemplate

FIELDS: dict[str, MessageTemplate] = {
    "missing-field": MessageTemplate(
        "“{field}” is missing.",
        "Add “{field}” ({expected}) to this event.",
        '{"userId": "u-17", "createdAt": 1795227547189, "action": "feature"}',
    ),
    "missing-session": MessageTemplate(
        "“sessionId” is missing: the documented format requires it.",
        "Add “sessionId” as a string that changes after 30 minutes of rest. The vendor "
        "then only estimates sessions instead of dropping the event, but do not rely on it.",
        '{"accountId": "acme", "userId": "u-17", "createdAt": 1795227547189, "action": '
        '"sessionIdle"}',
    ),
    "missing-own-field": MessageTemplate(
        "“{field}” usually comes with “{name}” events and is missing here.",
        "Add “{field}” ({expected}), as the vendor's published clients do.",
        '{"accountId": "acme", "userId": "u-17", "createdAt": 1795227547189, "sessionId": '
        '"s-1", "action": "feature", "module": "Dashboard"}',
    ),
    "misnamed-field": MessageTemplate(
        "“{field}” is missing; “{found}” is in its place.",
        "Rename “{found}” to “{field}” ({expected}).",
        '{"account_id": "acme", "userId": "u-17", "action": "feature", "createdAt": 1795227547189}',
    ),
    "misplaced-field": MessageTemplate(
        "“{field}” is missing here; “{found}” is {place}.",
        "Move it here, as “{field}” ({expected}).",
        '{"accountId": "acme", "details": {"userId": "u-17"}, "action": "identifyUser"}',
    ),
    "lookalike-field": MessageTemplate(
        "“{field}” looks like “{suggestion}”, but is taken for a field of your own.",
        "Rename it to “{suggestion}”{typed}, unless the other name is meant.",
        '{"event_name": "signed_in", "customerIdentifier": "u-17"}',
    ),
    "lookalike-name": MessageTemplate(
        "“{value}” looks like the vendor's own “{suggestion}”, but counts as a custom event.",
        "Send “{suggestion}”, unless the other name is meant.",
        '{"event_type": "page_view", "user": {"id": "u-17"}}',
    ),
    "type-changed": MessageTemplate(
        "“{field}” is {got}; in earlier “{name}” events it was {before}.",
        "Send {before}, as before: a report would drop one of the two, or show two properties.",
        '{"event_name": "paid", "price": 10}\n{"event_name": "paid", "price": "10"}',
        {"field": "price", "got": "a string", "before": "a number", "name": "paid"},
    ),
    "duplicate-event-id": MessageTemplate(
        "This id came before, with event {first}: the vendor takes this one for a re-send.",
        "Make a new id for every event; after a failed request, re-sending is right.",
        '{"event_type": "pageview", "event_id": "e-1", …}\n'
        '{"event_type": "pageview", "event_id": "e-1", …}',
        {"first": "4,711"},
    ),
    "same-line-twice": MessageTemplate(
        "The very same line came before, as event {first}.",
        "Look for a retry after a request that had succeeded, or for code that runs twice.",
        '{"action": "feature", "createdAt": 1795227547189, …}\n'
        '{"action": "feature", "createdAt": 1795227547189, …}',
        {"first": "4,711"},
    ),
    "many-names": MessageTemplate(
        "“{value}” is event name number {count}; the vendor takes {limit} different ones.",
        "Put what varies into a field of the event instead of its name.",
        '{"event_name": "opened_invoice_84711"}',
        {"value": "opened_invoice_84711", "count": "1,950", "limit": "2,000"},
    ),
    "repeated-name": MessageTemplate(
        "“{field}” comes {times} in one object, with different values: first {first}, last {last}.",
        "Send it once, with the intended value. Send two events as two objects. {kept}: {last}.",
        '{"event_name": "signed_in", "event_name": "signed_out"}',
    ),
    "nothing-as-text": MessageTemplate(
        "“{field}” is the text “{value}”: a variable without a value was converted to text.",
        "Send the event once the value is known{or_not}. Otherwise, all such events are attributed "
        "to the same “{value}”.",
        '{"event_type": "pageview", "user": {"id": "undefined"}}',
    ),
    "object-as-text": MessageTemplate(
        "“{field}” is the text “{value}”: an object was converted to text.",
        "Send the one value of the object that is meant here, such as its id.",
        '{"event_type": "pageview", "user": {"id": "[object Object]"}}',
    ),
    "node-buffer": MessageTemplate(
        "This is a Buffer of Node.js, with the bytes of the text as numbers.{inside}",
        "Send the buffer itself or buffer.toString(): do not call JSON.stringify on it.",
        '{"type": "Buffer", "data": [123, 34, 97, 99]}',
    ),
    "empty-field": MessageTemplate(
        "“{field}” is empty.",
        "Send a value of at least one character.",
        '{"accountId": "", "userId": "u-17", "action": "feature"}',
    ),
    "null-field": MessageTemplate(
        "“{field}” is null where {expected} is due.",
        "Send {expected}{or_not}.",
        '{"accountId": null, "userId": "u-17", "action": "feature"}',
    ),
    "wrong-type": MessageTemplate(
        "“{field}” is {got}, but must be {expected}.",
        "Send “{field}” as {expected}.",
        '{"accountId": ["acme"], "userId": "u-17", "action": "feature"}',
    ),
    "number-as-string": MessageTemplate(
        "“{field}” is a number in quotes, but must be a bare number.",
        "Send {value} without the quotes.",
        '{"action": "feature", "createdAt": "1795227547189"}',
    ),
    "string-as-number": MessageTemplate(
        "“{field}” is a number, but must be a string.{note}",
        'Put it in quotes: "{value}".',
        '{"accountId": 17, "userId": "u-17", "action": "feature"}',
    ),
    "integer-id": MessageTemplate(
        "“{field}” is a number; the vendor takes it, but documents a string.{note}",
        'Put it in quotes: "{value}".',
        '{"event_type": "pageview", "user": {"id": 17}}',
    ),
    "time-as-string": MessageTemplate(
        "“{field}” is text, but must be a number of milliseconds since 1970 UTC.{note}",
        'Send {suggestion} instead of "{value}".{distance}',
        '{"action": "feature", "createdAt": "2026-11-21T05:39:07Z"}',
    ),
    "time-text-unclear": MessageTemplate(
        '“{field}” is text, "{value}", but must be a number of milliseconds since 1970 UTC. Which '
        "number is not sure, because {cause}.",
        "Let the sender convert the time of the event to such a number, for instance {suggestion}.",
        '{"action": "feature", "createdAt": "2026-11-21 11:09:07 IST"}',
    ),
    "time-in-object": MessageTemplate(
        "“{field}” is {got} with the time inside, but must be {expected}.",
        "Send {suggestion}.{note}",
        '{"action": "feature", "createdAt": {"$date": "2026-11-21T05:39:07Z"}}',
    ),
    "time-as-number": MessageTemplate(
        "“{field}” is a number{unit}, but must be {expected}.",
        "Send {suggestion}.{note}",
        '{"event_name": "signed_in", "timestamp": 1795227547189}',
    ),
    "time-in-seconds": MessageTemplate(
        "“{field}” looks like seconds: read as milliseconds it is {means}.",
        "Multiply by 1,000: {suggestion}.{note}",
        '{"action": "feature", "createdAt": 1795227547}',
    ),
    "time-in-microseconds": MessageTemplate(
        "“{field}” looks like {unit}: read as milliseconds it is far in the future.",
        "Send milliseconds since 1970 UTC: {suggestion}.{note}",
        '{"action": "feature", "createdAt": 1795227547189000}',
    ),
    "time-in-other-unit": MessageTemplate(
        "“{field}” looks like {unit}: read as milliseconds it is {means}.",
        "Send milliseconds since 1970 UTC: {suggestion}.{note}",
        '{"action": "feature", "createdAt": 20261121053907}',
    ),
    "time-unit-unknown": MessageTemplate(
        "“{field}” is {value}, which is no time near the present in milliseconds or in another "
        "common unit.",
        "Send milliseconds since 1970 UTC: 13 digits today.",
        '{"action": "feature", "createdAt": 5}',
    ),
    "time-never-set": MessageTemplate(
        "“{field}” is {value}, which represents a time that was never set: {reason}.",
        "Set the time of the event before the event is sent.",
        '{"action": "feature", "createdAt": 0}',
    ),
    "time-in-future": MessageTemplate(
        "“{field}” lies {ahead} ahead of the time this event was received.",
        "Check the clock and the time zone of the sender: the number counts from 1970 in UTC.",
        '{"action": "feature", "createdAt": 1795486747189}',
    ),
    "time-long-past": MessageTemplate(
        "“{field}” lies {behind} before the time this event was received.",
        "Check the clock of the sender, unless this event is historical on purpose.",
        '{"action": "feature", "createdAt": 946684800000}',
    ),
    "time-rejected": MessageTemplate(
        "“{field}” means {means}: before 1971 or more than a day ahead. The vendor answers "
        "200 and rejects the event later.",
        "Send the time as seconds or milliseconds since 1970 UTC.",
        '{"event_type": "pageview", "user": {"id": "u-17"}, "timestamp": 17952275}',
    ),
    "time-not-read": MessageTemplate(
        '“{field}” is not a time that JavaScript\'s Date can read: "{value}".',
        'Send ISO 8601, for instance "{suggestion}".',
        '{"event_name": "signed_in", "timestamp": "the day before"}',
    ),
    "time-misspelled": MessageTemplate(
        '“{field}” is "{value}", which JavaScript\'s Date cannot read, because {cause}.',
        'Send "{suggestion}" (UTC).{note}',
        '{"event_name": "signed_in", "timestamp": "Sat Nov 21 06:39:07 CET 2026"}',
    ),
    "time-unclear": MessageTemplate(
        '“{field}” is "{value}", which JavaScript\'s Date cannot read, because {cause}.',
        'Send ISO 8601 in UTC, for instance "{suggestion}".',
        '{"event_name": "signed_in", "timestamp": "Sat Nov 21 11:09:07 IST 2026"}',
    ),
    "date-in-future": MessageTemplate(
        "“{field}” means {means}, {ahead} ahead of the time this event was received.",
        "Check the clock and the time zone of the sender.",
        '{"event_name": "signed_in", "timestamp": "2036-11-21T05:39:07Z"}',
        {"field": "timestamp", "means": "2036-11-21 05:39:07 UTC", "ahead": "10 years"},
    ),
    "date-without-zone": MessageTemplate(
        "“{field}” has no time zone, so it is read as UTC: {means}, {ahead} ahead of the time "
        "this event was received.",
        "Add the offset of the sender, such as +05:30, or send the time in UTC with a Z.",
        '{"event_name": "signed_in", "timestamp": "2026-11-21 11:09:07"}',
        {"field": "timestamp", "means": "2026-11-21 11:09:07 UTC", "ahead": "5 hours"},
    ),
    "date-zone-of-america": MessageTemplate(
        "“{field}” means {means}, {ahead} ahead of the time this event was received: JavaScript "
        "reads {zone} as an American time zone, {offset}.",
        "Send the offset in digits, such as +08:00, or the time in UTC.",
        '{"event_name": "signed_in", "timestamp": "Sat Nov 21 13:39:07 CST 2026"}',
        {
            "field": "timestamp",
            "means": "2026-11-21 19:39:07 UTC",
            "ahead": "14 hours",
            "zone": "CST",
            "offset": "-06:00",
        },
    ),
    "date-other-calendar": MessageTemplate(
        "“{field}” means {means}, far from the time this event was received. Its year looks "
        "like one of the {calendar} calendar.",
        "Format the time in the Gregorian calendar: as ISO 8601, independent of the language of "
        "the device.",
        '{"event_name": "signed_in", "timestamp": "2569-11-21T05:39:07Z"}',
        {"field": "timestamp", "means": "2569-11-21 05:39:07 UTC", "calendar": "Buddhist"},
    ),
    "date-long-past": MessageTemplate(
        "“{field}” means {means}, {behind} before the time this event was received.",
        "Check the clock of the sender, unless this event is historical on purpose.",
        '{"event_name": "signed_in", "timestamp": "2001-11-21T05:39:07Z"}',
    ),
    "date-no-such-day": MessageTemplate(
        '“{field}” is "{value}", a day that does not exist: JavaScript reads it as {means}.',
        "Check how the sender computes the date.",
        '{"event_name": "signed_in", "timestamp": "2026-02-30T05:39:07Z"}',
    ),
    "date-month-first": MessageTemplate(
        '“{field}” is "{value}", which JavaScript reads with the month first: {means}.',
        "Send ISO 8601, with the year first.",
        '{"event_name": "signed_in", "timestamp": "05.11.2026 05:39:07"}',
    ),
    "date-not-iso": MessageTemplate(
        '“{field}” is not an ISO date and time: "{value}".',
        'Send for instance "2026-01-20T09:55:35Z".',
        '{"event_type": "user_identify", "user": {"id": "u-17", "created_at": "last week"}}',
    ),
    "date-in-other-form": MessageTemplate(
        '“{field}” is not an ISO date and time: "{value}".',
        'Send "{suggestion}".{note}',
        '{"event_type": "user_identify", "user": {"id": "u-17", "created_at": "20.1.2026"}}',
    ),
    "unknown-name": MessageTemplate(
        "“{value}” is not one of the known event names.{did_you_mean}",
        "Known: {known}.",
        '{"accountId": "acme", "userId": "u-17", "action": "Feature"}',
    ),
    "wrong-name": MessageTemplate(
        "“{value}” is not an event the vendor acts on.",
        "Send “{suggestion}” instead.",
        '{"event_type": "identify", "user": {"id": "u-17"}}',
    ),
    "unknown-field": MessageTemplate(
        "“{field}” is not a known field.{did_you_mean}",
        "Correct its name, or leave it out: the vendor does not use it.",
        '{"action": "feature", "account_id": "acme"}',
    ),
    "unplanned-field": MessageTemplate(
        "“{field}” is not in the plan.{did_you_mean}",
        "{remedy}",
        '{"action": "feature", "fetaure": "Add widget"}',
        {"field": "fetaure", "did_you_mean": " Did you mean “feature”?"},
    ),
    "misplaced-in-plan": MessageTemplate(
        "The plan expects “{field}” {expected_at}; the event has “{found}” {found_at}, where the "
        "vendor reads {what}.",
        "Change the plan, not the event: describe the field as {schema_path}.",
        '{"event_type": "signed_up", "event_attributes": {"plan": "pro"}}',
        {
            "field": "plan",
            "expected_at": "at the top level",
            "found": "plan",
            "found_at": "inside “event_attributes”",
            "what": "properties",
            "schema_path": "properties.event_attributes.properties.plan",
        },
    ),
    "wrong-level-in-plan": MessageTemplate(
        "“{field}” is missing. The plan expects it at the top level, but the vendor reads "
        "properties inside “{inside}”.",
        "If it is a property, describe it in the plan as {schema_path}, and send it inside "
        "“{inside}” ({expected}).",
        '{"event_type": "signed_up", "event_attributes": {}}',
        {
            "field": "plan",
            "inside": "event_attributes",
            "schema_path": "properties.event_attributes.properties.plan",
            "expected": "a string",
        },
    ),
    "misnamed-in-plan": MessageTemplate(
        "The plan expects “{field}”; the event has “{found}”, the name that the vendor reads.",
        "Change the plan, not the event: write “{found}” in the plan.",
        '{"accountId": "acme", "userId": "u-17", "action": "feature"}',
        {"field": "user_id", "found": "userId"},
    ),
    "wrong-type-in-plan": MessageTemplate(
        "“{field}” is {got}; the plan expects {expected}, but the vendor {by_vendor}.",
        "Change the plan, not the event: the vendor's rule requires {by_vendor}.",
        '{"action": "feature", "createdAt": 1795227547189}',
        {
            "field": "createdAt",
            "got": "a number",
            "expected": "a string",
            "by_vendor": "a number",
        },
    ),
    "unplanned-name": MessageTemplate(
        "“{value}” is not an event name of the plan.{did_you_mean}",
        "Correct the name, or add it to the plan.",
        '{"event_name": "sign_up"}',
        {"value": "sign_up", "did_you_mean": " Did you mean “signed_up”?"},
    ),
    "not-judged-in-time": MessageTemplate(
        "The tracking plan was not applied to this event: the plan is suspended, because checking "
        "an event by it took too long.",
        "Open the plan, which says why; simplify it and save it. Then stored events are checked.",
        '{"event_name": "signed_up"}',
        {},
    ),
    "lost-attribute": MessageTemplate(
        "“{field}” directly under “{parent}” is lost at the vendor.{did_you_mean}",
        "Move it into “{parent}.custom”.",
        '{"event_type": "pageview", "user": {"id": "u-17", "favourite_colour": "green"}}',
    ),
    "expected-field": MessageTemplate(
        "“{field}” is expected here and missing.",
        "Add “{field}” ({expected}).",
        '{"event_type": "user_identify", "user": {"anonymous_id": "lfwmc92j6t"}}',
    ),
    "no-identifier": MessageTemplate(
        "No identifier: “user” has neither “id” nor “email” nor “anonymous_id”.{did_you_mean}",
        "Add at least one of them, not empty; otherwise the event has no user.",
        '{"event_type": "pageview", "user": {"first_name": "Ada"}}',
    ),
    "other-api-key": MessageTemplate(
        "“api_key” differs from the key this request was sent with.",
        "Use one key: the vendor overwrites the event's with the request's.",
        '{"api_key": "ANOTHER", "event_type": "pageview", "user": {}}',
    ),
    "name-characters": MessageTemplate(
        '“{field}” is "{value}": only letters, digits, dot, underscore and hyphen are allowed.',
        "Rename the event: “my_event”, “my.event” and “my-event” are fine.",
        '{"event_name": "signed in"}',
    ),
    "mixed-array": MessageTemplate(
        "The array “{field}” mixes types.",
        "Send only strings, only numbers or only booleans in it.",
        '{"event_name": "signed_in", "tags": ["a", 1]}',
    ),
    "object-in-array": MessageTemplate(
        "Item {field} of this array is {got}; arrays hold strings, numbers or booleans only.",
        "Move its values into fields of their own.",
        '{"event_name": "signed_in", "items": [{"sku": 5}]}',
    ),
    "object-in-object": MessageTemplate(
        "“{field}” is an object inside an object: one level is allowed.",
        "Flatten it: join the names with a dot or an underscore.",
        '{"event_name": "signed_in", "plan": {"price": {"net": 9}}}',
    ),
    "null-in-array": MessageTemplate(
        "Item {field} of this array is null; what the vendor does with it is unknown.",
        "Leave nulls out of arrays.",
        '{"event_name": "signed_in", "tags": ["a", null]}',
    ),
    "empty-container": MessageTemplate(
        "“{field}” is {got} that holds nothing; what the vendor does with it is unknown.",
        "Leave the field out when it holds nothing.",
        '{"event_name": "signed_in", "tags": []}',
    ),
    "more-problems": MessageTemplate(
        "{count} more problems, not listed.",
        "Fix the ones above first; then send it again.",
        '{"event_name": "signed_in", "a1": {}, "a2": {}, "a3": {}, …}',
        {"count": "57"},
    ),
    "explained-in-part": MessageTemplate(
        "This event holds so much that not all of it was explained: there may be more problems.",
        "Fix what is listed, or send less in one event; then send it again.",
        '{"event_name": "signed_in", "a1": {}, "a2": {}, "a3": {}, …}',
        {},
    ),
    "broken-rule": MessageTemplate(
        "“{field}”: {detail}.",
        "Change the value to satisfy this rule.",
        '{"action": "feature", "price": -1}',
        {"field": "price", "detail": "-1 is less than the minimum of 0"},
    ),
}
