"""Distinguish unit tests from others: a unit test starts no server, browser, database or program.

conftest.py marks them `unit`, and `make test-fast` runs them. The decision follows the fixtures
of a test, and the functions of tests/ that the test and its fixtures refer to: a test that calls
`running(…)` by itself needs no marker.
"""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.support.server import Server
from tests.support.stack import Postgresql, Redis

STARTERS = (Server, Postgresql, Redis, sync_playwright, subprocess)
FIXTURES = {"server"}  # it asks for daphne and uvicorn at run time


def is_unit(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or FIXTURES & set(item.fixturenames):
        return False
    definitions = item._fixtureinfo.name2fixturedefs
    fixtures = [each.func for name in item.fixturenames for each in definitions.get(name, ())]
    return not any(starts_something(function) for function in (item.function, *fixtures))


@functools.cache
def starts_something(function: Any) -> bool:
    """Whether a function leads to one of STARTERS, itself or by what it refers to."""
    seen: set[int] = set()
    todo = [function]
    while todo:
        one = todo.pop()
        if any(one is starter for starter in STARTERS):
            return True
        if id(one) not in seen:
            seen.add(id(one))
            todo += _referred(one)
    return False


def _referred(one: Any) -> Iterator[Any]:
    """Functions, classes and modules that the code of a function or class of tests/ names."""
    if not isinstance(one, FunctionType | type) or not one.__module__.startswith("tests."):
        return
    members = vars(one).values() if isinstance(one, type) else [one]
    for function in map(inspect.unwrap, members):
        if isinstance(function, FunctionType):
            names = set(_names(function.__code__))
            named = [function.__globals__[name] for name in names & function.__globals__.keys()]
            # modules that the function imports itself
            named += [sys.modules[name] for name in names & sys.modules.keys()]
            yield from named
            for module in named:
                if isinstance(module, ModuleType) and module.__name__.startswith("tests."):
                    yield from (vars(module)[name] for name in names & vars(module).keys())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # functions within
            yield from _names(constant)
