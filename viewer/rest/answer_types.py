"""Types of the values in answers, with what the OpenAPI document says of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import WithJsonSchema

from ingest.validation.validate_event import VERDICTS

Timestamp = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
VerdictName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(VERDICTS)})]
