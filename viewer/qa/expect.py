"""`POST /api/expect`: waits until all that is expected has come, or says what came nearest."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from ingest.models import KeyPair, Run
from ingest.storage.run_ranges import clean_name
from viewer.live.long_poll import wait_until
from viewer.qa.expectations import (
    MAX_COUNT,
    ExpectationError,
    SentExpectation,
    parse_new_expectations,
)
from viewer.qa.matcher import ExpectationResult, Matcher
from viewer.qa.scope import Scope
from viewer.rest.parameters import (
    LARGEST,
    UNSTATED,
    Checked,
    DocumentedAs,
    JsonBody,
    ParameterError,
    Parameters,
    RequestBody,
    one_of,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import json_response
from viewer.rest.router import BodyErrorAnswer, BodyMistake, PairRouter
from viewer.workload.visitor_queries import Asker, run_query

MAX_WAIT = 60.0
MAX_SETTLE = 10.0
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


router = PairRouter()


def bounded_number(most: float) -> Checked:
    """A number of a JSON body."""
    upper = f" to {most:g}" if most < LARGEST else " up"

    def parse(value: Any) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= most:
            raise ValueError(f"must be a number from 0{upper}.")
        return float(value)

    return Checked(parse, {"type": "number", "minimum": 0, "maximum": min(most, 2**53)})


def _parse_run_name(value: Any) -> str:
    if not isinstance(value, str) or not clean_name(value):
        raise ValueError("must be the name of a run.")
    return clean_name(value)


_RUN_NAME = Checked(_parse_run_name, {"type": "string", "minLength": 1})
_NEW_EXPECTATIONS = Annotated[list[SentExpectation], Field(min_length=1, max_length=MAX_COUNT)]


class ExpectRequest(RequestBody):
    """`settle`: seconds for which all must go on to hold, against what comes too much."""

    expect: Annotated[Any, DocumentedAs(_NEW_EXPECTATIONS)] = Field(
        description="what is expected, an array"
    )
    run: Annotated[str, _RUN_NAME, UNSTATED] = ""
    after: Annotated[float, bounded_number(LARGEST)] = 0
    wait: Annotated[float, bounded_number(MAX_WAIT)] = 0
    settle: Annotated[float, bounded_number(MAX_SETTLE)] = 0


class TextParameters(Parameters):
    format: Annotated[str, one_of("json", "text")] = "json"


@router.pair_operation(
    "POST",
    "expect",
    ExpectAnswer,
    also={400: BodyErrorAnswer, NOT_MET: ExpectAnswer},
    extra={
        "responses": {
            status: {"content": {"text/plain": {"schema": {"type": "string"}}}}
            for status in (200, NOT_MET)
        }
    },
)
async def expect(
    request: PairRequest,
    asked: Query[TextParameters],
    given: Annotated[ExpectRequest, JsonBody(...)],
) -> HttpResponse:
    """Waits until all that is expected has come, or says what came nearest."""
    try:
        expectations = await run_query(request.asker, parse_new_expectations, given.expect)
    except ExpectationError as error:
        return validation_error(error, "/expect")
    if not expectations:
        raise ParameterError("expect is missing: what is expected, an array.")
    scope = Scope(request.pair.pk, int(given.after), given.run)
    began = _now()
    watch = Matcher(expectations, scope)
    pair = await _satisfied(watch, request.asker, given.wait, given.settle)
    waited = round(_now() - began, 3)
    answer = await run_query(request.asker, _show, watch, pair, waited)
    status = 200 if watch.is_satisfied else NOT_MET
    if asked.format == "text":
        return _as_text(answer, status)
    return json_response(answer, status)


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


def validation_error(error: ExpectationError, root: str) -> HttpResponse:
    mistake: BodyMistake = {"path": root + error.path, "message": str(error)}
    return json_response({"error": str(error), "mistakes": [mistake]}, 400)


def _now() -> float:
    return asyncio.get_running_loop().time()
