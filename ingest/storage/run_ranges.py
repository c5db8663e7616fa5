"""Runs by the header of deliveries: `X-Run: NAME` says which run events belong to. The first
delivery with a name begins its run. What is kept is a span of numbers for each delivery that has
the header; all others cost nothing.

Some keys can be read by every visitor of a site. Requests with such a key alone begin few runs a
minute. A header makes room for its run only among those that headers began and that were neither
changed nor finished."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ingest.models import Run, RunRange
from ingest.problems import WARNING, Problem, problems_from_json, problems_to_json
from ingest.receiving.redaction import DeliveryRow
from ingest.storage.db.insert import Cursor, InsertTarget

RUN = b"x-run"
MAX_NAME_LENGTH = 100  # characters
MAX_UNCLAIMED_RUNS = 1_000  # of a key pair; one more, and the oldest of them is forgotten
MAX_NEW_RUNS = 30  # of a key pair in a minute, begun by requests with a public key alone
_MINUTE = 60_000

_RUN = f'"{Run._meta.db_table}"'
_SPANS = InsertTarget(RunRange, ("keypair_id", "first_seq", "last_seq", "run"))
_BEGIN = (
    f"INSERT INTO {_RUN} (keypair_id, name, tagged, unclaimed, of_user, of_session, first_seq, "
    "begun_at, expectations, report) VALUES (?, ?, ?, ?, '', '', ?, ?, '[]', '') RETURNING id"
)


def run_name(sent: bytes) -> str:
    """A name that can be kept and shown, whatever was sent; "" for none."""
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
    pair is locked. Returns names of runs that were not begun, because there were too many."""
    spans: list[list[int]] = []
    ids: dict[str, int] = {}
    not_begun: set[str] = set()
    for name, count, is_public in tagged:
        first, before = before + 1, before + count
        if not name or not count or (is_public and name in not_begun):
            continue
        if name not in ids:
            found = _find(cursor, pair, name)
            if not found and is_public and _began_many(cursor, pair, at):
                not_begun.add(name)
                continue
            ids[name] = found or _begin(cursor, pair, name, first, at)
            not_begun.discard(name)
        if spans and spans[-1][3] == ids[name] and spans[-1][2] == first - 1:
            spans[-1][2] = before
        else:
            spans.append([pair, first, before, ids[name]])
    cursor.insert(_SPANS, spans)
    return not_begun


def without_run(record: DeliveryRow) -> DeliveryRow:
    """With a warning that its events were not assigned to a run."""
    warning = Problem("too-many-runs", WARNING, args={"limit": MAX_NEW_RUNS})
    return record._replace(
        problems=problems_to_json([*problems_from_json(record.problems), warning])
    )


def _find(cursor: Cursor, pair: int, name: str) -> int:
    query = f"SELECT id FROM {_RUN} WHERE keypair_id = ? AND name = ?"
    row: Sequence[int] | None = cursor.execute(query, (pair, name)).fetchone()
    return row[0] if row else 0


def _began_many(cursor: Cursor, pair: int, at: int) -> bool:
    query = f"SELECT count(*) FROM {_RUN} WHERE keypair_id = ? AND unclaimed AND begun_at > ?"
    count: int = cursor.execute(query, (pair, at - _MINUTE)).fetchone()[0]
    return count >= MAX_NEW_RUNS


def _begin(cursor: Cursor, pair: int, name: str, first: int, at: int) -> int:
    """Its id."""
    _forget_oldest(cursor, pair)
    row: Sequence[int] = cursor.execute(_BEGIN, (pair, name, True, True, first, at)).fetchone()
    return row[0]


def _forget_oldest(cursor: Cursor, pair: int) -> None:
    """Make room for one more that a header begins."""
    cursor.execute(
        f"DELETE FROM {_RUN} WHERE keypair_id = ? AND unclaimed AND id <= (SELECT id FROM {_RUN} "
        f"WHERE keypair_id = ? AND unclaimed ORDER BY id DESC LIMIT 1 "
        f"OFFSET {MAX_UNCLAIMED_RUNS - 1})",
        (pair, pair),
    )
