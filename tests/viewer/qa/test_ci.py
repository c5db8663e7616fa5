"""A real client's scenario, checked over REST, and the examples of docs/runs-and-ci.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ingest.models import Run
from tests.support.http import send_raw
from tests.support.server import ROOT
from tests.support.vendors import VENDORS

PAGE = (ROOT / "docs" / "runs-and-ci.md").read_text()
WORKERS = 4
REPETITIONS = 200  # in total


@pytest.mark.alone
def test_200_repetitions_in_parallel_runs_have_no_flake(uvicorn, new_pair, stored, report):
    pair = new_pair("usermaven")
    script = str(ROOT / "tests" / "clients" / "usermaven-runs.py")
    command = [sys.executable, script, uvicorn.url, pair.api_key, pair.auth_key]
    jobs = [
        subprocess.Popen(
            [*command, str(worker), str(REPETITIONS // WORKERS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for worker in range(WORKERS)
    ]
    outputs = [job.communicate(timeout=900)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * WORKERS, "\n".join(outputs)[-6000:]
    assert Run.objects.filter(keypair=pair).count() == REPETITIONS
    pair.refresh_from_db()
    assert pair.last_seq == 4 * REPETITIONS
    report(f"{REPETITIONS} repetitions in {WORKERS} parallel jobs, each asserted on: none failed")


def shown(language: str, holding: str) -> str:
    """The code block of a language that contains certain words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [block for block in blocks if holding in block]
    return textwrap.dedent(found)


@pytest.fixture
def variables(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    names = {
        "VIEWER": uvicorn.url,
        "VIEWER_KEYS": f"{pair.api_key}:{pair.auth_key}",
        "RUN": "job-17",
    }
    return pair, {**os.environ, **names}


def deliver(server, pair, name: str) -> None:
    body = json.dumps({"event_name": name}).encode()
    request = VENDORS["eventbunker"].deliver(pair.api_key, pair.auth_key, body, "X-Run: job-17")
    send_raw(server.port, request)


def run_line(line: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess:
    command = ["bash", "-c", line]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "missing"])
def test_the_curl_line_waits_and_its_exit_code_is_the_result(
    uvicorn, variables, tmp_path, is_there
):
    pair, environment = variables
    deliver(uvicorn, pair, "signed_up")
    if is_there:
        deliver(uvicorn, pair, "paid")
    line = shown("sh", "/api/expect").replace('"wait": 30', '"wait": 1')
    ran = subprocess.run(
        ["bash", "-c", line],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "FAIL" in ran.stdout) == ((0, False) if is_there else (22, True)), ran
    assert "name:paid" in ran.stdout


@pytest.mark.parametrize("is_good", [True, False], ids=["passed", "failed"])
def test_the_example_job_leaves_a_report_and_fails_with_the_run(
    uvicorn, variables, tmp_path, is_good
):
    pair, environment = variables
    deliver(uvicorn, pair, "paid" if is_good else "bad name")
    job = shown("yaml", "X-Run")
    commands = [line.partition("run: ")[2] for line in job.splitlines() if "run: curl" in line]
    assert len(commands) == 1
    ran = run_line(commands[0], environment, tmp_path)
    assert ran.returncode == (0 if is_good else 22), ran
    assert (tmp_path / "instrumentation.xml").read_text().startswith("<?xml")


FIXTURE_USED = """
def test_paying_is_tracked(viewer):
    viewer.send("paid", amount=3)
    viewer.expect({"match": "name:paid", "fields": {"amount": AMOUNT}})
"""


@pytest.mark.parametrize("amount", [3, 4])
def test_the_pytest_fixture_of_the_docs_works_and_reports_failures(
    uvicorn, variables, tmp_path, amount
):
    _, environment = variables
    sender = """
import os, requests
def send(self, name, **fields):
    key = os.environ["VIEWER_KEYS"].partition(":")[0]
    headers = {"x-eventbunker-write-key": key, "X-Run": self.run}
    url = os.environ["VIEWER"] + "/post"
    requests.post(url, json={"event_name": name, **fields}, headers=headers, timeout=10)
import conftest
conftest.Viewer.send = send
"""
    conftest = shown("python", "def viewer").replace("wait=30", "wait=1")
    (tmp_path / "conftest.py").write_text(conftest)
    test = sender + FIXTURE_USED.replace("AMOUNT", str(amount))
    (tmp_path / "test_it.py").write_text(test)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django"],
        env={**environment, "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == (0 if amount == 3 else 1), ran.stdout
    assert ("got 3" in ran.stdout) is (amount == 4)
