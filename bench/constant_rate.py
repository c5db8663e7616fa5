"""A sender at a constant rate: one connection, one request after the other, so that the n-th line
sent is the n-th event of its key pair.

Run as a program, in a separate process: `python -m bench.constant_rate URL RATE SECONDS LINES`
prints [[events acknowledged so far, seconds since 1970], …] as JSON.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import time
from urllib.parse import urlsplit

from bench.bodies import MARK, batch

Acknowledged = tuple[int, float]


def send(url: str, rate: float, seconds: float, lines: int) -> list[Acknowledged]:
    """Send at most `rate` events per second, or as many as the server accepts; raise if one is
    refused."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    text = batch(lines)
    done: list[Acknowledged] = []
    began = time.time()
    for count in itertools.count(1):
        pause = began + (count - 1) * lines / rate - time.time()
        if pause > 0:
            time.sleep(pause)
        if time.time() - began >= seconds:
            return done
        connection.request("POST", parts.path, text.replace(MARK.encode(), b"%012d" % count))
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise RuntimeError(f"request {count} got status {reply.status}")
        done.append((count * lines, time.time()))
    raise AssertionError


if __name__ == "__main__":
    url, rate, seconds, lines = sys.argv[1:]
    print(json.dumps(send(url, float(rate), float(seconds), int(lines))))
