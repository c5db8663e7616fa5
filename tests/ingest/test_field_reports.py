"""Faults from the field are named, under both servers: samples/field_reports/."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.field_reports import FieldReport, FieldServer, all_field_reports
from tests.support.server import running

REPORTS = all_field_reports()
KINDS = ("daphne", "uvicorn")


@pytest.fixture(scope="module", params=KINDS)
def field_server(request, tmp_path_factory) -> Iterator[FieldServer]:
    with running(request.param, tmp_path_factory.mktemp("field")) as server:
        yield FieldServer(server)


def test_each_report_has_a_name_of_its_own():
    assert len({report.id for report in REPORTS}) == len(REPORTS)
    assert {report.server for report in REPORTS} <= {None, *KINDS}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_a_fault_from_the_field_is_named(report: FieldReport, field_server: FieldServer):
    if report.server in (None, field_server.kind):
        assert field_server.differences(report) == []
