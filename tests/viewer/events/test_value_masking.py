"""Messages without the values of events: names, types, places and counts remain."""

from __future__ import annotations

import pytest

from ingest.problems import Problem, render_problem
from viewer.events.value_masking import HIDDEN, mask_values


def message_of(code: str, path: str = "", **args: str) -> str:
    shown = render_problem(mask_values(Problem(code, path=path, args=args or None)))
    return f"{shown['message']} {shown['hint']}"


@pytest.mark.parametrize(
    ("code", "path", "args", "words"),
    [
        ("wrong-type", "/total", {"got": "a string", "expected": "a number"}, "a string, but must"),
        ("lost-attribute", "/user/plan", {"parent": "user"}, "“plan” directly under “user” is"),
        ("misplaced-field", "/userId", {"found": "id", "place": "inside “user”"}, "inside “user”"),
        ("unplanned-name", "", {"value": "sign_up"}, "“sign_up” is not an event name"),
        ("time-in-future", "/createdAt", {"ahead": "2 hours"}, "lies 2 hours ahead"),
        ("duplicate-event-id", "/event_id", {"first": "4,711"}, "with event 4,711"),
        ("placeholder", "", {"value": "[yourApiKey]", "which": "apiKey"}, "“[yourApiKey]” was"),
        ("broken-rule", "/p", {"detail": '"free" was expected'}, '“p”: "free" was expected.'),
    ],
)
def test_what_the_customer_needs_remains(code, path, args, words):
    message = message_of(code, path, **args)
    assert words in message
    assert HIDDEN not in message


@pytest.mark.parametrize(
    ("code", "args"),
    [
        ("number-as-string", {"value": "secret"}),
        ("time-in-seconds", {"means": "secret", "suggestion": "secret"}),
        ("date-in-other-form", {"value": "secret", "suggestion": "secret"}),
        ("repeated-name", {"times": "2", "first": "secret", "last": "secret", "kept": ""}),
        ("extra-text", {"value": "secret"}),
        ("declared-but-plain", {"encoding": "gzip", "begins": "secret"}),
        ("base64", {"inside": " It is secret."}),
        ("not-json", {"suggestion": "secret"}),
        ("broken-rule", {"detail": '"secret" is not one of "free" or "pro"'}),
        ("broken-rule", {"detail": "secret"}),
        ("broken-rule", {"detail": '{"name": "secret'}),  # cut
        ("broken-rule", {"detail": 'False schema does not allow "secret"'}),
        ("wrong-type", {"value": "secret", "of_a_later_version": "secret"}),
    ],
)
def test_values_are_masked(code, args):
    problem = mask_values(Problem(code, args=args))
    assert "secret" not in str(problem)
    assert "secret" not in message_of(code, **args)


def test_the_rule_behind_a_masked_value_remains():
    assert f"“p”: {HIDDEN} is less than the minimum of 0." in message_of(
        "broken-rule", "/p", detail="-1 is less than the minimum of 0"
    )


def test_a_problem_without_arguments_stays_as_it_is():
    problem = Problem("keys-swapped")
    assert mask_values(problem) is problem
