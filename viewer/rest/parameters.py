"""Parameters and bodies of requests: read, checked and documented by the same types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from ninja import NinjaAPI
from ninja.params.models import BodyModel, Param
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_EVENTS = 1000
LARGEST = 2**62
SENTENCE = "sentence"  # error type whose message is whole; others follow the name of the value
_MAX_DIGITS = 19  # of a number up to 2**62
_MAX_EXACT = 2**53  # the largest number that every JSON reader keeps


class ParameterError(ValueError):
    """A parameter that is not understood; the message names it."""


@dataclass(frozen=True)
class Checked:
    """`parse` raises ValueError, whose text follows the name of the value."""

    parse: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._checked)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self.schema)

    def _checked(self, value: Any) -> Any:
        try:
            return self.parse(value)
        except ValueError as error:
            raise PydanticCustomError("parameter", "{text}", {"text": str(error)}) from None


@dataclass(frozen=True)
class DocumentedAs:
    """Taken as it is sent, and checked elsewhere; documented as another type."""

    type: Any

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(TypeAdapter(self.type).core_schema)


def whole_number(least: int = 0, most: int = LARGEST) -> Checked:
    """In decimal digits, as a query string has it."""
    upper = f" to {most:,}" if most < LARGEST else " up"

    def parse(value: str) -> int:
        is_number = value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS
        found = int(value) if is_number else -1
        if not least <= found <= most:
            raise ValueError(f"must be a whole number from {least}{upper}.")
        return found

    largest = min(most, _MAX_EXACT)
    return Checked(parse, {"type": "integer", "minimum": least, "maximum": largest})


def one_of(*words: str, listed: str = "") -> Checked:
    sentence = f"must be {listed or ' or '.join(words)}."

    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(sentence)
        return value

    return Checked(parse, {"type": "string", "enum": list(words)})


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


# The placeholder of a missing value is not documented, because clients cannot send it.
UNSTATED: Any = Field(json_schema_extra=_without_default)

QueryString = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 1000,
            "description": "a query; see docs/query-language.md",
        }
    ),
]
Flag = Annotated[
    bool,
    BeforeValidator(lambda value: value in (True, "1")),
    WithJsonSchema({"type": "string", "enum": ["1"]}),
    UNSTATED,
]
Number = Annotated[int, whole_number()]
PathNumber = Annotated[
    int, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MAX_EXACT})
]


class Parameters(BaseModel):
    """Parameters of a query string. An empty number counts as missing."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        fields = _by_name(cls)
        found = {
            name: value
            for name, value in given.items()
            if value != "" or fields[name].annotation not in (int, int | None)
        }
        check_complete(found, fields)
        return found


class QueryParameters(Parameters):
    q: QueryString = ""


class RequestBody(BaseModel):
    """A JSON object with no other keys than these."""

    model_config = ConfigDict(extra="forbid")
    max_bytes: ClassVar[int] = 256 * 2**10
    title: ClassVar[str] = "The body"
    is_never_empty: ClassVar[bool] = False
    keys_wanted: ClassVar[str] = ""  # those of the model, where nothing else is said

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        fields = _by_name(cls)
        if isinstance(given, cls):
            return given
        is_known = isinstance(given, dict) and given.keys() <= fields.keys()
        if not is_known or (cls.is_never_empty and not given):
            wanted = cls.keys_wanted or ", ".join(sorted(fields))
            raise as_sentence(f"Send a JSON object with {wanted}.")
        check_complete(given, fields)
        return given


def _by_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def check_complete(given: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> None:
    for name, field in fields.items():
        if name not in given and field.is_required():
            what = f": {field.description}" if field.description else ""
            raise as_sentence(f"{name} is missing{what}.")


def as_sentence(text: str) -> PydanticCustomError:
    return PydanticCustomError(SENTENCE, "{text}", {"text": text})


def request_body(request: HttpRequest, most: int, title: str = "The body") -> bytes:
    """Raises ParameterError where it is larger than so many bytes, or breaks off."""
    try:
        body: bytes = request.body
    except (RequestDataTooBig, UnreadablePostError):
        body = b" " * (most + 1)
    if len(body) > most:
        raise ParameterError(f"{title} has at most {most:,} bytes.")
    return body


class _JsonBodyModel(BodyModel):
    @classmethod
    def get_request_data(
        cls, request: HttpRequest, api: NinjaAPI, path_params: dict[str, Any]
    ) -> dict[str, Any]:
        [(name, field)] = cls.model_fields.items()
        wanted = cast("type[RequestBody]", field.annotation)
        text = request_body(request, wanted.max_bytes, wanted.title)
        try:
            return {name: orjson.loads(text or b"{}")}
        except orjson.JSONDecodeError:
            return {name: None}


class _RawBodyModel(BodyModel):
    @classmethod
    def get_request_data(
        cls, request: HttpRequest, api: NinjaAPI, path_params: dict[str, Any]
    ) -> dict[str, Any]:
        [(name, field)] = cls.model_fields.items()
        most = next(each.max_bytes for each in field.metadata if isinstance(each, AtMost))
        return {name: request_body(request, most)}


@dataclass(frozen=True)
class AtMost:
    """The size of a body."""

    max_bytes: int


class JsonBody(Param):  # type: ignore[misc]
    """A body that is a RequestBody. An empty one counts as an object without keys."""

    _model = _JsonBodyModel

    @classmethod
    def _param_source(cls) -> str:
        return "body"


class RawBody(Param):  # type: ignore[misc]
    """A body as its bytes, of a size that AtMost names."""

    _model = _RawBodyModel

    @classmethod
    def _param_source(cls) -> str:
        return "body"
