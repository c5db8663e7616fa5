"""The first run of the product with `make run`."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.ports import free_port
from tests.support.server import ROOT, Server


def start(data_dir: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run a start that is expected to fail."""
    return subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def desk(tmp_path):
    server = Server("daphne", tmp_path).start()
    yield server
    server.stop()


def test_the_first_start_prints_every_address_and_its_curl_line_works(desk):
    greeting = desk.log
    assert len(re.findall(r"demo (natero|usermaven|eventbunker)", greeting)) == 3
    command = greeting[greeting.index("curl -i") : greeting.index("Stop with")].strip()
    sent = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert sent.stdout.startswith("HTTP/1.1 200")


def test_the_printed_link_signs_in_once(desk):
    link = re.search(r"http\S+/sign-in/\S+", desk.log).group()
    first, second = requests.Session(), requests.Session()
    assert press_button(first, link).url == f"{desk.url}/"
    refused = press_button(second, link)
    assert refused.status_code == 403
    assert "used before" in refused.text
    assert second.get(desk.url, timeout=10).url.startswith(f"{desk.url}/sign-in/")


def test_a_user_who_came_by_link_can_set_a_password(desk):
    someone = requests.Session()
    press_button(someone, re.search(r"http\S+/sign-in/\S+", desk.log).group())
    page = someone.get(f"{desk.url}/account/", timeout=10).text
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    password = "a password of five words"
    fields = {"new_password1": password, "new_password2": password, "csrfmiddlewaretoken": token}
    answer = someone.post(f"{desk.url}/account/", data=fields, timeout=10)
    assert "Your password is set." in answer.text


def test_a_link_preview_does_not_use_the_link_up(desk):
    link = re.search(r"http\S+/sign-in/\S+", desk.log).group()
    for _ in range(3):
        requests.get(link, timeout=10)
    assert press_button(requests.Session(), link).url == f"{desk.url}/"


def test_a_second_start_keeps_existing_data(desk):
    before = desk.manage("keypair", "list", "--json")
    desk.stop()
    desk.start()
    assert desk.manage("keypair", "list", "--json") == before


def test_a_busy_port_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        ended = start(tmp_path, port)
    assert ended.returncode != 0
    assert ended.stderr.strip().endswith(
        f"Port 127.0.0.1:{port} is in use by another program; choose another: PORT=8001 make run."
    )
    assert "Traceback" not in ended.stderr


def test_a_read_only_directory_is_one_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    ended = start(blocked / "data", free_port())
    assert ended.returncode != 0
    assert "cannot be written" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_an_invalid_setting_is_one_sentence(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "KEEP_DAYS": "a week"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.stderr.strip() == "KEEP_DAYS must be a whole number from 1 up, not 'a week'."


def test_keys_are_in_no_log(desk, tmp_path):
    pairs = desk.manage("keypair", "add", "quiet", "--dialect", "natero").split()
    api_key, auth_key = pairs[pairs.index("api_key") + 1], pairs[pairs.index("auth_key") + 1]
    for path in (f"/v1/{auth_key}/{api_key}", f"/v1/{auth_key}/wrong", f"/v1/a/b/{auth_key}"):
        requests.post(desk.url + path, data=b"{", timeout=10)
        requests.get(desk.url + path, timeout=10)
    assert api_key not in desk.log
    assert auth_key not in desk.log


def test_missing_python_is_one_sentence(tmp_path):
    (tmp_path / "requirements.txt").touch()
    ended = subprocess.run(
        ["make", "-C", str(tmp_path), "-f", str(ROOT / "Makefile"), ".venv/installed", "PYTHON="],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "Python 3.11 is needed and was not found" in ended.stdout


def press_button(session: requests.Session, link: str) -> requests.Response:
    page = session.get(link, timeout=10)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    return session.post(link, data={"csrfmiddlewaretoken": token}, timeout=10)
