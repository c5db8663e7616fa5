"""Real PostgreSQL and Redis servers for tests, on free ports, in a temporary directory, with their
default durability."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.ports import free_port


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        if answers(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args} was not ready in time")


def _end(process: subprocess.Popen[bytes] | None, how: int) -> None:
    if process is not None and process.poll() is None:
        process.send_signal(how)
        process.wait(30)


def _programs() -> Path:
    """Debian does not put PostgreSQL's programs on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = shutil.which("initdb") or (found[-1] if found else None)
    if program is None:
        pytest.fail("PostgreSQL is missing, and tests use a real one: apt-get install postgresql.")
    return Path(program).parent


@dataclass
class Postgresql:
    """Listens only after start(); the superuser `viewer` needs no password."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def server_url(self) -> str:
        return f"postgresql://viewer@127.0.0.1:{self.port}"

    def url(self, database: str) -> str:
        return f"{self.server_url}/{database}"

    def start(self) -> Postgresql:
        if not (self.directory / "data").exists():
            self._initialise()
        command = [str(_programs() / "postgres"), "-D", str(self.directory / "data")]
        command += ["-p", str(self.port), "-k", str(self.directory), "-h", "127.0.0.1"]
        command += ["-c", "max_connections=300", "-c", "max_locks_per_transaction=256"]
        with (self.directory / "postgresql.log").open("ab") as log:
            self.process = subprocess.Popen(command, **self._who(), stderr=log)
        _wait_for(self.port, self.process)
        self._until_it_takes_questions()
        return self

    def stop(self, how: int = signal.SIGINT) -> None:
        """Send SIGINT: connections are closed, data is safe."""
        _end(self.process, how)
        self.process = None

    def new_database(self, name: str) -> str:
        """Return the address of the new database."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def _initialise(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres")
            for parent in self.directory.parents:
                # the PostgreSQL user needs access to the parent
                if parent.stat().st_mode & 0o005 != 0o005:
                    parent.chmod(parent.stat().st_mode | 0o011)
        command = [str(_programs() / "initdb"), "-D", str(self.directory / "data")]
        command += ["-U", "viewer", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(command, **self._who(), check=True, stdout=subprocess.DEVNULL)

    def _who(self) -> dict[str, object]:
        """The user to run as: PostgreSQL refuses to run as root."""
        return {"user": "postgres", "group": "postgres", "cwd": "/"} if os.getuid() == 0 else {}

    def _until_it_takes_questions(self) -> None:
        import psycopg

        for _ in range(200):
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("PostgreSQL takes no questions")


@dataclass
class Redis:
    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Redis:
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail("Redis is missing, and tests use a real one: apt-get install redis-server.")
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.DEVNULL)
        _wait_for(self.port, self.process)
        return self

    def stop(self) -> None:
        _end(self.process, signal.SIGTERM)
        self.process = None


class Stack:
    """PostgreSQL, Redis, and one database."""

    def __init__(self, directory: Path) -> None:
        self.postgresql = Postgresql(directory / "postgresql").start()
        self.redis = Redis(directory / "redis").start()
        self.database = self.postgresql.new_database("viewer")

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis.url}

    def stop(self) -> None:
        self.postgresql.stop()
        self.redis.stop()
