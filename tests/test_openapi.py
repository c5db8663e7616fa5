"""The OpenAPI document: valid, whole, and true of the server."""

from __future__ import annotations

import json
import os
import re
import subprocess

import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.browser import send
from tests.server import BIN, ROOT
from viewer.api.openapi_document import build_openapi
from viewer.urls import MOVED, urlpatterns

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))  # of each operation


def test_it_is_valid():
    OpenAPIV31SpecValidator(build_openapi()).validate()


def test_it_has_every_address_of_the_api():
    served = {
        re.sub(r"<\w+:(\w+?)(_id)?>", r"{\1}", str(pattern.pattern))
        for pattern in urlpatterns
        if str(pattern.pattern).startswith("api/")
    }
    documented = {f"api{path}" for path in build_openapi()["paths"]}
    assert served - documented - MOVED.keys() == {"api/openapi.json", "api/{rest}"}
    assert documented - served == set()


def test_what_is_not_there_is_told_as_json(uvicorn):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = requests.request(method, f"{uvicorn.url}/api/runs/x/finish", timeout=10)
        assert (answer.status_code, "error" in answer.json()) == (404, True)


def test_it_is_for_everybody(uvicorn, settings):
    settings.SESSION_COOKIE_NAME = uvicorn.session_cookie
    answer = requests.get(f"{uvicorn.url}/api/openapi.json", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(build_openapi()))


def test_no_made_up_request_gets_an_answer_that_is_not_documented(
    uvicorn, new_pair, tmp_path, report
):
    """Schemathesis, with bodies and parameters of all kinds."""
    pair = new_pair("eventbunker")
    for name in ("paid", "bad name", "signed_up"):
        send(uvicorn, pair, json.dumps({"event_name": name}))
    ran = subprocess.run(
        [
            *(BIN / "schemathesis", "run", f"{uvicorn.url}/api/openapi.json"),
            *("--auth", f"{pair.api_key}:{pair.auth_key}", "--checks", CHECKS),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
            *("--seed", "1", "--no-color", "--request-timeout", "70", "--workers", "2"),
            *("--continue-on-failure", "--warnings", "off"),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.api_hooks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    report(f"schemathesis: {ran.stdout.strip().splitlines()[-1]}")
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
