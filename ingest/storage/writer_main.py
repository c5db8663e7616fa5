"""The program of the writer process, which writer_client.py starts.

Reads write requests from its connection, one list after another, and answers each list with its
result; preview requests are answered without storing anything. It ends only when the server does,
after it has finished the current request.
"""

from __future__ import annotations

import os
import pickle
from contextlib import suppress
from multiprocessing.connection import Connection

import django
from django.conf import settings

from ingest.memory_tuning import freeze_heap, return_memory, reuse_large_blocks
from ingest.storage.writer_client import HANDLE


def serve_writer(connection: Connection) -> None:
    # imported after django.setup()
    from ingest.storage.group_commit import commit_batch, preview_commit
    from ingest.storage.store import Store
    from ingest.storage.write_request import PreviewRequest, deserialize

    store = Store()
    freeze_heap()
    reuse_large_blocks()
    with suppress(EOFError, OSError):  # the server ended, perhaps in the middle of a message
        while True:
            first, following = connection.recv_bytes(), iter(connection.recv_bytes, None)
            asked = deserialize(first, following)
            del first
            answer: object
            is_large = False
            if isinstance(asked, PreviewRequest):
                answer = preview_commit(store, asked)
            else:
                answer = commit_batch(store, asked)
                is_large = any(write.is_large for write in asked)
            del asked  # may be large, and the next request may be too
            connection.send_bytes(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
            if is_large:
                return_memory()
            while store.has_excess and not connection.poll() and store.free_piece():
                pass


if __name__ == "__main__":
    os.closerange(HANDLE + 1, os.sysconf("SC_OPEN_MAX"))  # such as the socket of uvicorn's workers
    settings.INSTALLED_APPS = ["ingest"]  # without pages it starts in half the time
    django.setup()
    serve_writer(Connection(HANDLE))
