"""JSON responses of the REST API."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse


def json_response(content: Any, status: int = 200) -> HttpResponse:
    answer = HttpResponse(orjson.dumps(content), "application/json", status)
    answer["Cache-Control"] = "no-store"
    return answer


def error_response(status: int, message: str) -> HttpResponse:
    return json_response({"error": message}, status)
