"""A real nginx in front of a test server, with `deploy/nginx.conf` unchanged except for names,
ports and paths."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.server import ROOT, Server
from tests.support.stack import answers
from tests.support.wait import until

NAME = "viewer.example.com"
BEHIND_NGINX = {
    "PUBLIC_URL": f"https://{NAME}",
    "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
}


@dataclass
class Nginx:
    server: Server
    directory: Path
    plain: int  # ports
    secure: int

    @property
    def certificate(self) -> Path:
        return self.directory / "pem"

    def curl(self, path: str, *arguments: str) -> tuple[int, str]:
        """Return status and body. Uses HTTP/2 unless the arguments say otherwise."""
        place = ("--cacert", str(self.certificate), "--resolve", f"{NAME}:{self.secure}:127.0.0.1")
        words = ["curl", "-sS", *place, "-w", "\n%{http_code}", *arguments]
        words.append(f"https://{NAME}:{self.secure}{path}")
        ended = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        body, _, status = ended.stdout.rpartition("\n")
        return int(status), body


@contextlib.contextmanager
def nginx_before(server: Server, directory: Path) -> Iterator[Nginx]:
    """`server` must be started with BEHIND_NGINX."""
    program = shutil.which("nginx")
    if program is None:
        pytest.fail("nginx is missing, and tests use a real one: apt-get install nginx-light.")
    nginx = Nginx(server, directory, free_port(), free_port())
    _make_certificate(nginx)
    configuration = directory / "nginx.conf"
    configuration.write_text(_configuration(nginx))
    process = subprocess.Popen([program, "-c", configuration, "-e", directory / "error.log"])
    try:
        until(lambda: answers(nginx.secure), 10)
        yield nginx
    finally:
        process.terminate()
        process.wait(10)


def _make_certificate(nginx: Nginx) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        + ["-keyout", str(nginx.directory / "key"), "-out", str(nginx.certificate)],
        check=True,
        capture_output=True,
    )


def _configuration(nginx: Nginx) -> str:
    here = nginx.directory
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{nginx.server.port}"),
        ("listen 80;", f"listen 127.0.0.1:{nginx.plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{nginx.secure} ssl"),
        (f"/etc/ssl/{NAME}.pem", str(nginx.certificate)),
        (f"/etc/ssl/{NAME}.key", str(here / "key")),
        ("/var/log/nginx/viewer.log", str(here / "access.log")),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    places = "".join(
        f"{kind}_temp_path {here}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    owner = "user root;\n" if os.getuid() == 0 else ""
    return (
        f"{owner}daemon off;\npid {here}/pid;\nerror_log {here}/error.log;\n"
        f"events {{}}\nhttp {{\n{places}{text}\n}}\n"
    )
