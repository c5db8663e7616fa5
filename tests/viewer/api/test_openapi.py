"""The OpenAPI document is valid, complete and true of the server."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable

import requests
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.browser import send
from tests.support.server import BIN, ROOT
from viewer.api.rest_api import build_openapi
from viewer.urls import MOVED, urlpatterns

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))  # per operation


def test_it_is_valid():
    OpenAPIV31SpecValidator(build_openapi()).validate()


def test_it_has_every_route_of_the_api():
    served = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        for pattern in urlpatterns
        if str(pattern.pattern).startswith("api/")
    }
    documented = {f"api{path}" for path in build_openapi()["paths"]}
    assert served - documented - MOVED.keys() == {"api/openapi.json", "api/{rest}"}
    assert documented - served == set()


def test_missing_objects_are_reported_as_json(uvicorn):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = requests.request(method, f"{uvicorn.url}/api/runs/x/finish", timeout=10)
        assert (answer.status_code, "error" in answer.json()) == (404, True)


def test_the_answers_have_the_documented_fields_and_no_others(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    rest = requests.Session()
    rest.auth = (pair.api_key, pair.auth_key)
    url = f"{uvicorn.url}/api"
    sent = ('{"event_name":"paid"}', '{"event_name":"paid"}', '{"event_name":', "{}")
    send(uvicorn, pair, *sent)
    plan = {"required_names": ["paid", "left"], "events": {"paid": {"required": ["total"]}}}
    answers = [
        ("put", "/plan", rest.put(f"{url}/plan?wait=20", json=plan, timeout=30)),
        ("put", "/plan", rest.put(f"{url}/plan?dry=1", data="{", timeout=10)),
        ("post", "/views", rest.post(f"{url}/views", json={"name": "mine"}, timeout=10)),
        ("post", "/validate", rest.post(f"{url}/validate", data="\n".join(sent), timeout=10)),
        ("post", "/keys", rest.post(f"{url}/keys", timeout=10)),
    ]
    expected = [
        {"match": "name:paid", "at_least": 9, "fields": {"total": 3}, "label": "sales"},
        {"none": "verdict:malformed"},
        {"order": ["name:paid", "name:left"], "by": "any"},
    ]
    asked = {"expect": expected, "run": "none"}
    answers.append(("post", "/expect", rest.post(f"{url}/expect", json=asked, timeout=10)))
    runs = [
        rest.post(f"{url}/runs", json={"expect": expected, "name": name}, timeout=10)
        for name in ("first", "second")
    ]
    answers += [("post", "/runs", run) for run in runs]
    send(uvicorn, pair, *sent)
    first, second = (run.json()["id"] for run in runs)
    finished = rest.post(f"{url}/runs/{first}/finish", timeout=10)
    answers.append(("post", "/runs/{run_id}/finish", finished))
    answers += [
        ("get", path, rest.get(url + path.format(**values) + query, timeout=10))
        for path, query, values in [
            *((path, "", {}) for path in PLAIN),
            ("/events", "?q=name:paid&mode=highlight", {}),
            ("/events/{seq}", "", {"seq": 3}),
            ("/deliveries/{delivery}", "?around=1", {"delivery": 1}),
            ("/mistake", "?q=(", {}),
            ("/chart", "?q=name:paid&step=60", {}),
            ("/runs/report", "?name=second", {}),
            ("/runs/{run_id}", "", {"run_id": first}),
            ("/runs/{run_id}/comparison", f"?with={first}", {"run_id": second}),
        ]
    ]
    document = json.loads(requests.get(f"{url}/openapi.json", timeout=10).content)
    without_others(document)
    for method, path, answer in answers:
        response = document["paths"][path][method]["responses"][str(answer.status_code)]
        schema = response["content"]["application/json"]["schema"]
        validator = OAS31Validator({**schema, "components": document["components"]})
        assert [error.message for error in validator.iter_errors(answer.json())] == [], path


PLAIN = (
    *("/events", "/deliveries", "/summary", "/fields", "/coverage", "/chart", "/checklist"),
    *("/views", "/plan", "/plan/versions", "/plan/inferred", "/runs", "/mistake"),
)


def without_others(schema: object) -> None:
    """Forbid the fields that the document does not name."""
    inner = schema.values() if isinstance(schema, dict) else schema
    if isinstance(inner, str) or not isinstance(inner, Iterable):
        return
    for each in inner:
        without_others(each)
    if isinstance(schema, dict) and schema.get("type") == "object" and "properties" in schema:
        schema.setdefault("additionalProperties", False)


def test_it_is_public(uvicorn, settings):
    settings.SESSION_COOKIE_NAME = uvicorn.session_cookie
    answer = requests.get(f"{uvicorn.url}/api/openapi.json", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(build_openapi()))


def test_no_generated_request_gets_an_undocumented_reply(uvicorn, new_pair, tmp_path, report):
    """Schemathesis generates bodies and parameters of all kinds."""
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
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.support.api_hooks",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    report(f"schemathesis: {ran.stdout.strip().splitlines()[-1]}")
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
