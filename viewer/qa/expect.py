"""`POST /api/expect`: waits until all that is expected has come, or says what came nearest."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from typing_extensions import TypedDict

from ingest.models import KeyPair, Run
from ingest.storage.run_ranges import clean_name
from viewer.live.long_poll import wait_until
from viewer.qa.expectations import ExpectationError, parse_new_expectations
from viewer.qa.matcher import ExpectationResult, Matcher
from viewer.qa.scope import Scope
from viewer.rest.requests import PairRequest, ParameterError, request_body, rest_view
from viewer.rest.responses import json_response
from viewer.workload.visitor_queries import Asker, run_query

MAX_WAIT = 60.0
MAX_SETTLE = 10.0
MAX_BODY_LENGTH = 256 * 2**10  # bytes
NOT_MET = 412


class ExpectedRun(TypedDict):
    name: str
    begun: bool


class ExpectAnswer(TypedDict):
    """`waited` is in seconds; events above number `after` were looked at, up to number `last`."""

    satisfied: bool
    after: int
    last: int
    run: ExpectedRun | None
    results: list[ExpectationResult]
    waited: float


_KEYS = {"expect", "run", "after", "wait", "settle"}


async def _expect(request: PairRequest) -> HttpResponse:
    """`settle`: seconds for which all must go on to hold, against what comes too much."""
    is_text = wants_text(request)
    given = parse_json_body(request, _KEYS)
    try:
        expectations = await run_query(
            request.asker, parse_new_expectations, given.get("expect", [])
        )
    except ExpectationError as error:
        return validation_error(error, "/expect")
    if not expectations:
        raise ParameterError("expect is missing: what is expected, an array.")
    scope = Scope(request.pair.pk, _number(given, "after", 0, 2**62), _name(given))
    wait = _number(given, "wait", 0, MAX_WAIT)
    settle = _number(given, "settle", 0, MAX_SETTLE)
    began = _now()
    watch = Matcher(expectations, scope)
    pair = await _satisfied(watch, request.asker, wait, settle)
    waited = round(_now() - began, 3)
    answer = await run_query(request.asker, _show, watch, pair, waited)
    status = 200 if watch.is_satisfied else NOT_MET
    return _as_text(answer, status) if is_text else json_response(answer, status)


expect = csrf_exempt(rest_view(_expect, ("POST",)))


async def _satisfied(watch: Matcher, asker: Asker, wait: float, settle: float) -> KeyPair:
    """Returns when all hold and held for `settle` seconds, when one cannot hold any more, or when
    time is up: the key pair as it was at the last look. Raises RightEnded."""
    deadline = _now() + wait

    def look() -> KeyPair:
        return _look(watch, asker.pair)

    while True:
        pair = await wait_until(
            asker, look, lambda _: watch.is_satisfied or watch.is_broken, deadline - _now()
        )
        if watch.is_broken or not watch.is_satisfied or not settle:
            return pair
        pair = await wait_until(
            asker, look, lambda _: watch.is_broken or not watch.is_satisfied, settle
        )
        if watch.is_broken or watch.is_satisfied:
            return pair


def _look(watch: Matcher, pair: int) -> KeyPair:
    found = KeyPair.objects.get(pk=pair)
    watch.look(found)
    return found


def _show(watch: Matcher, pair: KeyPair, waited: float) -> ExpectAnswer:
    scope = watch.scope
    answer: ExpectAnswer = {
        "satisfied": watch.is_satisfied,
        "after": scope.after,
        "last": pair.last_seq,
        "run": None,
        "results": watch.show(pair),
        "waited": waited,
    }
    if scope.run:
        has_begun = Run.objects.filter(keypair=pair, name=scope.run).exists()
        answer["run"] = {"name": scope.run, "begun": has_begun}
    return answer


def wants_text(request: HttpRequest) -> bool:
    """Whether text for people is asked for instead of JSON."""
    name = request.GET.get("format", "json")
    if name not in ("json", "text"):
        raise ParameterError("format must be json or text.")
    return name == "text"


def _as_text(answer: ExpectAnswer, status: int) -> HttpResponse:
    lines = [line for result in answer["results"] for line in format_result(result)]
    failed = sum(not result["satisfied"] for result in answer["results"])
    if answer["run"] and not answer["run"]["begun"]:
        lines.append(f"No run named “{answer['run']['name']}” has begun.")
    count = len(answer["results"])
    lines.append(f"{failed} of {count} not met." if failed else f"All {count} met.")
    text = "\n".join(lines) + "\n"
    return HttpResponse(
        text, "text/plain; charset=utf-8", status, headers={"Cache-Control": "no-store"}
    )


def format_result(result: ExpectationResult) -> list[str]:
    """A result for a terminal: one line, and when it failed what came nearest."""
    mark = "ok  " if result["satisfied"] else "FAIL"
    lines = [f"{mark} {_plain(result['label'])}: {_plain(result['message'])}"]
    if result["satisfied"]:
        return lines
    if result["events"]:
        lines.append(f"       events: {', '.join(map(str, result['events']))}")
    for near in result["nearest"]:
        lines.append(
            f"       nearest: event {near['seq']}, {near['matched']} of {near['of']} terms"
        )
        for one in near["differences"]:
            got = "nothing" if one["got"] is None else one["got"]
            hint = f" {one['hint']}" if one["hint"] else ""
            lines.append(_plain(f"         {one['term']}: got {got}.{hint}"))
    return lines


def _plain(text: str) -> str:
    """On a terminal control characters do things."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def parse_json_body(request: HttpRequest, known: set[str]) -> dict[str, Any]:
    """A JSON object with no other keys. Raises ParameterError."""
    try:
        given = orjson.loads(request_body(request, MAX_BODY_LENGTH) or b"{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not given.keys() <= known:
        raise ParameterError(f"Send a JSON object with {', '.join(sorted(known))}.")
    return given


def validation_error(error: ExpectationError, root: str) -> HttpResponse:
    told = {"path": root + error.path, "message": str(error)}
    return json_response({"error": str(error), "mistakes": [told]}, 400)


def _name(given: dict[str, Any]) -> str:
    name = given.get("run", "")
    if not isinstance(name, str) or ("run" in given and not clean_name(name)):
        raise ParameterError("run must be the name of a run.")
    return clean_name(name)


def _number(given: dict[str, Any], key: str, default: int, most: float) -> Any:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        upper = f" to {most:g}" if most < 2**62 else " up"
        raise ParameterError(f"{key} must be a number from 0{upper}.")
    return int(value) if key == "after" else value


def _now() -> float:
    return asyncio.get_running_loop().time()
