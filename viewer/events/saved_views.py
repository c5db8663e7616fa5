"""`/api/views`: what a page shows, kept under a name for all who may see the key pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from pydantic import ConfigDict
from typing_extensions import TypedDict

from viewer import query
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right
from viewer.models import Action, SavedView
from viewer.rest.answer_types import Timestamp
from viewer.rest.parameters import (
    UNSTATED,
    Checked,
    JsonBody,
    ParameterError,
    PathNumber,
    RequestBody,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import ErrorAnswer, PairRouter

MAX_VIEWS = 100  # of a key pair
MAX_NAME_LENGTH = 60
MAX_SEARCH_LENGTH = 4_000
MAX_BODY_LENGTH = 32_768  # bytes

router = PairRouter()

# The parameters of a view in canonical order. Temporary ones (since, the open event) are not
# part of a view.
CHOICES: dict[str, tuple[str, ...]] = {
    "q": (),
    "mode": ("highlight",),
    "columns": (),
    "group": ("1",),
    "time": ("utc", "relative"),
    "chart": ("hour", "off"),
}


def _parse_name(value: Any) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise ValueError(f"must have 1 to {MAX_NAME_LENGTH} characters that show.")
    return name


def _parse_search(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_SEARCH_LENGTH:
        raise ValueError(f"must be text of at most {MAX_SEARCH_LENGTH:,} characters.")
    return value


_NAME = Checked(_parse_name, {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH})
_SEARCH = Checked(_parse_search, {"type": "string", "maxLength": MAX_SEARCH_LENGTH})


class NewView(RequestBody):
    """`search` is the query string of a page's address."""

    max_bytes: ClassVar[int] = MAX_BODY_LENGTH
    title: ClassVar[str] = "A view"
    is_never_empty: ClassVar[bool] = True
    keys_wanted: ClassVar[str] = "name, search or both"

    name: Annotated[str, _NAME]
    search: Annotated[str, _SEARCH] = ""


class ChangedView(NewView):
    """Omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: Annotated[str | None, _NAME, UNSTATED] = None  # type: ignore[assignment]
    search: Annotated[str | None, _SEARCH, UNSTATED] = None  # type: ignore[assignment]


class ViewNameTaken(ValueError):
    """Another view of the pair has this name."""


class TooManyViews(ValueError):
    """The pair has as many views as it may have."""


class SerializedView(TypedDict):
    id: int
    name: str
    search: str
    created_at: Timestamp


class ViewList(TypedDict):
    views: list[SerializedView]


class DeletedView(TypedDict):
    deleted: SerializedView


def serialize_view(view: SavedView) -> SerializedView:
    return {
        "id": view.pk,
        "name": view.name,
        "search": view.search,
        "created_at": view.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


@router.pair_operation("GET", "views", ViewList)
async def list_views(request: PairRequest) -> HttpResponse:
    found = SavedView.objects.filter(keypair=request.pair).order_by("name")
    return json_response({"views": [serialize_view(view) async for view in found]})


@router.pair_operation(
    "POST", "views", SerializedView, right=Right.WORK, status=201, also={409: ErrorAnswer}
)
async def add_view(request: PairRequest, given: Annotated[NewView, JsonBody(...)]) -> HttpResponse:
    view = SavedView(keypair=request.pair, name=given.name, search=view_search(given.search))
    return await _answer(_store, view, status=201)


@router.pair_operation(
    "PUT", "views/{int:view_id}", SerializedView, right=Right.WORK, also={409: ErrorAnswer}
)
async def change_view(
    request: PairRequest, view_id: PathNumber, given: Annotated[ChangedView, JsonBody(...)]
) -> HttpResponse:
    view = await SavedView.objects.filter(keypair=request.pair, pk=view_id).afirst()
    if view is None:
        return error_response(404, "There is no such view: it may have been deleted.")
    if given.name is not None:
        view.name = given.name
    if given.search is not None:
        view.search = view_search(given.search)
    return await _answer(_store, view)


@router.pair_operation("DELETE", "views/{int:view_id}", DeletedView, right=Right.WORK)
async def delete_view(request: PairRequest, view_id: PathNumber) -> HttpResponse:
    """Answers what was deleted, so that it can be added again."""
    view = await SavedView.objects.filter(keypair=request.pair, pk=view_id).afirst()
    if view is None:
        return error_response(404, "There is no such view: it may have been deleted.")
    shown = serialize_view(view)
    await view.adelete()
    await database_sync_to_async(log_action)(
        request.visitor, Action.VIEW_DELETED, request.pair, view.name
    )
    return json_response({"deleted": shown})


async def _answer(
    store: Callable[[SavedView], None], view: SavedView, status: int = 200
) -> HttpResponse:
    try:
        await database_sync_to_async(store)(view)
    except (ViewNameTaken, TooManyViews) as error:
        return error_response(409, str(error))
    return json_response(serialize_view(view), status)


def _store(view: SavedView) -> None:
    """Raises ViewNameTaken, TooManyViews."""
    try:
        with transaction.atomic():
            others = SavedView.objects.filter(keypair=view.keypair).exclude(pk=view.pk)
            if view.pk is None and others.count() >= MAX_VIEWS:
                raise TooManyViews(
                    f"A key pair has {MAX_VIEWS} views at the most: delete one first."
                )
            view.save()
    except IntegrityError:
        raise ViewNameTaken(f"There is a view named “{view.name}” already.") from None


def view_search(value: str) -> str:
    """The query string of a page's URL, in canonical order. Raises ParameterError and
    QuerySyntaxError."""
    given = dict(parse_qsl(value.removeprefix("?"), keep_blank_values=True))
    unknown = next((name for name in given if name not in CHOICES), None)
    if unknown is not None:
        raise ParameterError(f"search may hold {', '.join(CHOICES)}, not “{unknown[:40]}”.")
    for name, choices in CHOICES.items():
        if choices and given.get(name) and given[name] not in choices:
            raise ParameterError(f"{name} must be {' or '.join(choices)}.")
    query.parse_query(given.get("q", ""))
    return urlencode({name: given[name] for name in CHOICES if given.get(name)})
