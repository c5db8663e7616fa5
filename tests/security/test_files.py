"""Other users of the machine cannot read DATA_DIR, and the files they can read give no access."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from tests.support.server import ROOT, Server, running
from tests.support.vendors import fresh
from tests.support.visitor import sign_in
from viewer.config import private_files, secret_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def readable_by_others(directory: Path) -> list[str]:
    files = (path for path in directory.rglob("*") if path.suffix != ".log")
    return [str(path) for path in (directory, *files) if mode(path) & 0o077]


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_no_file_can_be_read_by_other_users(tmp_path, usual_umask, kind):
    tmp_path.chmod(0o755)
    with running(kind, tmp_path) as server:
        words = ("keypair", "add", "shop", "--dialect", "natero", "--json")
        pair = json.loads(server.manage(*words))
        path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
        assert requests.post(server.url + path, data=fresh(), timeout=10).status_code == 200
        names = {path.name for path in tmp_path.iterdir()}
        assert {"secret-key", "viewer.sqlite3", "viewer.sqlite3-wal"} <= names
        assert readable_by_others(tmp_path) == []


def test_a_start_restricts_open_permissions(tmp_path, usual_umask):
    server = Server("uvicorn", tmp_path, port=8000)
    server.manage("migrate", "--verbosity", "0")
    (tmp_path / "metrics").mkdir()
    for path in (tmp_path, *tmp_path.iterdir()):
        path.chmod(0o755)
    server.manage("check")
    assert readable_by_others(tmp_path) == []


def started(data_dir: Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.skipif(os.getuid() != 0, reason="only root can change the owner of a file")
@pytest.mark.parametrize("name", ["viewer.sqlite3", "secret-key"])
def test_a_start_refuses_a_file_of_another_user(tmp_path, name):
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    (data_dir / name).write_text("x" * 64)
    os.chown(data_dir / name, 65_534, 65_534)
    ended = started(data_dir)
    assert ended.returncode != 0
    assert "belongs to another user" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_start_refuses_a_shared_directory(tmp_path):
    tmp_path.chmod(0o1777)
    ended = started(tmp_path)
    assert ended.returncode != 0
    assert "everybody shares" in ended.stderr
    assert mode(tmp_path) == 0o777 | stat.S_ISVTX


def test_a_failure_to_restrict_permissions_is_one_sentence(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(ImproperlyConfigured, match="cannot be closed to other users"):
        private_files.keep_private(tmp_path)


def test_a_secret_key_behind_a_link_is_refused(tmp_path):
    known = tmp_path / "known"
    known.write_text("a key that others know")
    known.chmod(0o600)
    (tmp_path / "secret-key").symlink_to(known)
    with pytest.raises(ImproperlyConfigured, match="is a link"):
        secret_key.load_or_create(tmp_path / "secret-key")


def test_a_secret_key_that_others_can_read_is_refused(tmp_path):
    (tmp_path / "secret-key").write_text("x" * 64)
    (tmp_path / "secret-key").chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match="can be read by other users"):
        secret_key.load_or_create(tmp_path / "secret-key")


def test_a_secret_key_is_created_once_and_leaves_no_temporary_file(tmp_path):
    made = secret_key.load_or_create(tmp_path / "data" / "secret-key")
    assert len(made) == 64
    assert secret_key.load_or_create(tmp_path / "data" / "secret-key") == made
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret-key"]


# -- sessions --------------------------------------------------------------------------------------


def stored_sessions(data_dir: Path) -> list[str]:
    with closing(sqlite3.connect(data_dir / "viewer.sqlite3")) as database:
        return [key for (key,) in database.execute("SELECT session_key FROM django_session")]


def test_a_session_read_from_the_database_gives_no_access(tmp_path):
    with running("uvicorn", tmp_path) as server:
        owner = sign_in(server)
        assert owner.get("/people/").url.endswith("/people/")
        (stored,) = stored_sessions(tmp_path)
        assert stored not in dict(owner.http.cookies).values()
        for key in (stored, stored[:32]):
            cookies = {cookie.name: key for cookie in owner.http.cookies}
            answer = requests.get(f"{server.url}/people/", cookies=cookies, timeout=10)
            assert "/sign-in/" in answer.url
        owner.http.cookies.clear()
        assert "/sign-in/" in owner.get("/people/").url


def test_a_session_is_stored_changed_and_ended(django_db_setup, stored):
    from django.contrib.sessions.models import Session

    from viewer.access.session_store import SessionStore, stored_key

    session = SessionStore()
    session["seen"] = 1
    session.save()
    key = session.session_key
    assert key is not None
    assert not Session.objects.filter(session_key=key).exists()
    assert session.exists(key)

    session = SessionStore(key)
    session["seen"] += 1
    session.save()
    assert SessionStore(key)["seen"] == 2
    session.cycle_key()
    assert not session.exists(key)
    assert SessionStore(session.session_key)["seen"] == 2
    stored_as = stored_key(session.session_key)
    session.flush()
    assert not Session.objects.filter(session_key=stored_as).exists()


def test_a_session_is_the_same_for_asynchronous_code(django_db_setup, stored):
    from asgiref.sync import async_to_sync

    from viewer.access.session_store import SessionStore

    async def through_a_life() -> None:
        session = SessionStore()
        await session.aset("seen", 1)
        await session.asave()
        key = session.session_key
        assert key is not None
        assert await session.aexists(key)
        assert await SessionStore(key).aget("seen") == 1
        await session.adelete()
        assert not await session.aexists(key)
        assert await SessionStore(key).aget("seen") is None

    async_to_sync(through_a_life)()
