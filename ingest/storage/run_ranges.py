"""Assigns events to runs by the header `X-Run: NAME`. The first delivery with a name starts the
run. Only deliveries with the header need a row: a range of numbers.

Some keys can be read by every visitor of a site. Requests with only such a key can start a limited
number of runs per minute. A header can only replace runs that were started by headers and neither
changed nor finished."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ingest.models import Run, RunRange
from ingest.problems import WARNING, Problem, problems_from_json, problems_to_json
from ingest.receiving.redaction import DeliveryRow
from ingest.storage.db.insert import Cursor, InsertTarget

RUN = b"x-run"
MAX_NAME_LENGTH = 100  # characters
MAX_UNCLAIMED_RUNS = 1_000  # of a key pair; the oldest one is deleted for a new one
MAX_NEW_RUNS = 30  # of a key pair per minute, started by requests with only a public key
_MINUTE = 60_000

_RUN = f'"{Run._meta.db_table}"'
_RANGES = InsertTarget(RunRange, ("keypair_id", "first_seq", "last_seq", "run"))
_INSERT_RUN = (
    f"INSERT INTO {_RUN} (keypair_id, name, tagged, unclaimed, of_user, of_session, first_seq, "
    "begun_at, expectations, report) VALUES (?, ?, ?, ?, '', '', ?, ?, '[]', '') RETURNING id"
)


def run_name(sent: bytes) -> str:
    """The name in the header, with printable characters only; the empty string if there is none."""
    try:
        text = sent.decode()
    except UnicodeDecodeError:
        text = sent.decode("latin-1")
    return clean_name(text)


def clean_name(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:MAX_NAME_LENGTH].rstrip()


def assign_to_runs(
    cursor: Cursor, pair: int, before: int, tagged: Iterable[tuple[str, int, bool]], at: int
) -> Collection[str]:
    """Assign the deliveries of a commit to their runs. `tagged` has the name of the run or "", the
    number of events, and whether the key was public, in order from the number `before` on. The key
    pair is locked. Returns the names of runs that were not started because of MAX_NEW_RUNS."""
    ranges: list[list[int]] = []
    ids: dict[str, int] = {}
    not_started: set[str] = set()
    for name, count, is_public in tagged:
        first, before = before + 1, before + count
        if not name or not count or (is_public and name in not_started):
            continue
        if name not in ids:
            found = _find(cursor, pair, name)
            if not found and is_public and _has_too_many_new(cursor, pair, at):
                not_started.add(name)
                continue
            ids[name] = found or _start(cursor, pair, name, first, at)
            not_started.discard(name)
        if ranges and ranges[-1][3] == ids[name] and ranges[-1][2] == first - 1:
            ranges[-1][2] = before
        else:
            ranges.append([pair, first, before, ids[name]])
    cursor.insert(_RANGES, ranges)
    return not_started


def without_run(record: DeliveryRow) -> DeliveryRow:
    """Add the warning that the events were not assigned to a run."""
    warning = Problem("too-many-runs", WARNING, args={"limit": MAX_NEW_RUNS})
    return record._replace(
        problems=problems_to_json([*problems_from_json(record.problems), warning])
    )


def _find(cursor: Cursor, pair: int, name: str) -> int:
    query = f"SELECT id FROM {_RUN} WHERE keypair_id = ? AND name = ?"
    row: Sequence[int] | None = cursor.execute(query, (pair, name)).fetchone()
    return row[0] if row else 0


def _has_too_many_new(cursor: Cursor, pair: int, at: int) -> bool:
    query = f"SELECT count(*) FROM {_RUN} WHERE keypair_id = ? AND unclaimed AND begun_at > ?"
    count: int = cursor.execute(query, (pair, at - _MINUTE)).fetchone()[0]
    return count >= MAX_NEW_RUNS


def _start(cursor: Cursor, pair: int, name: str, first: int, at: int) -> int:
    """Start a run; returns its id."""
    _drop_oldest(cursor, pair)
    row: Sequence[int] = cursor.execute(_INSERT_RUN, (pair, name, True, True, first, at)).fetchone()
    return row[0]


def _drop_oldest(cursor: Cursor, pair: int) -> None:
    """Delete the oldest unclaimed run if their number has reached the limit."""
    cursor.execute(
        f"DELETE FROM {_RUN} WHERE keypair_id = ? AND unclaimed AND id <= (SELECT id FROM {_RUN} "
        f"WHERE keypair_id = ? AND unclaimed ORDER BY id DESC LIMIT 1 "
        f"OFFSET {MAX_UNCLAIMED_RUNS - 1})",
        (pair, pair),
    )
