"""Hostile request bodies."""

from __future__ import annotations

import gzip

from tests.support.vendors import NATERO

GOOD = NATERO.good
ODD = GOOD.replace(b'"u"', b"%s")  # a valid event with an unusual user

# name → body, and the number of events that natero finds in it
BODIES: dict[str, tuple[bytes, int]] = {
    "invalid UTF-8": (ODD % b'"\xff\xfe"', 1),
    "UTF-16": (GOOD.decode().encode("utf-16"), 1),
    "UTF-8 of half a pair": (ODD % b'"\xed\xa0\x80"', 1),
    "NUL bytes": (b"\0" * 100 + b"\n" + GOOD, 2),
    "NUL in a string": (ODD % b'"a\0b"', 1),
    "escaped NUL": (ODD % rb'"a\u0000b"', 1),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 1),
    "U+2028": (ODD % '"a\u2028b"'.encode(), 1),
    "lone surrogates": (ODD % rb'"\ud800 \udc00\udfff"', 1),
    "deep arrays": (ODD % (b"[" * 10_000 + b"]" * 10_000), 1),
    "deep arrays, never closed": (b"[" * 100_000, 1),
    "deep objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 1),
    "as deep as the fast parser goes": (b'{"a":' * 1000 + b"1" + b"}" * 1000, 1),
    "a number of 400 digits": (ODD % (b"9" * 400), 1),
    "a number of 5,000 digits": (ODD % (b"9" * 5_000), 1),
    "a time of 400 digits": (GOOD.replace(b"1795227547189", b"1" * 400), 1),
    "duplicate keys": (b'{"action":"a","action":5,"action":null}', 1),
    "an empty name": (b'{"":null}', 1),
    "empty names below": (b'{"user":{"":1},"company":{"":{"":1}},"own":{"":{}}}', 1),
    "names of pointers": (b'{"/":1,"~":2,"~1/~0":{"/":{}},"a b":[{}]}', 1),
    "a name of 100 KB": (b'{"event_name":"e","own":{"%s":{}}}' % (b"k" * 100_000), 1),
    "a value of 100 KB": (b'{"event_name":"%s ","url":5}' % (b"v" * 100_000), 1),
    "5,000 names": (b"{" + b",".join(b'"k%d":{"a":{}}' % n for n in range(5_000)) + b"}", 1),
    "control characters in words": (b'{"event_name":"\\u0001\\u0007\\r\\nX-Evil: 1\\u007f"}', 1),
    "control characters after the end": (b"{} \x01\x02\x7f", 1),
    "line breaks in a name": (b'{"event_name":"e","own":{"a\\r\\nX-Evil: 1":{}}}', 1),
    "an array where lines are due": (b"[" + GOOD + b"," + GOOD + b"]", 2),
    "scalars": (b'1\ntrue\nnull\n"s"\n[]\n-0\n', 6),
    "one bad line among good ones": (GOOD + b"\n{broken}\n" + GOOD, 3),
    "old newlines": (GOOD + b"\r" + GOOD, 1),
    "nothing but newlines": (b"\r\n" * 1000, 0),
    "an open string": (b'{"a":"' + b"\\" * 100_001, 1),
    "numbers that are none": (b"[" + b"-" * 1000 + b']\n{"a":1e}\n+\n.', 4),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD)), 1),
    "all bytes": (bytes(range(256)), 1),
}
