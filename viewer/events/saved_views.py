"""`/api/views`: what a page shows, kept under a name for all who may see the key pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from typing_extensions import TypedDict

from viewer import query
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right
from viewer.models import Action, SavedView
from viewer.rest.answer_types import Timestamp
from viewer.rest.requests import PairRequest, ParameterError, rest_view
from viewer.rest.responses import error_response, json_response

MAX_VIEWS = 100  # of a key pair
MAX_NAME_LENGTH = 60
MAX_SEARCH_LENGTH = 4_000
MAX_BODY_LENGTH = 32_768  # bytes

# What an address may hold, in the order in which it is kept. What stands for a moment only
# (since, the open event) is no part of a view.
CHOICES: dict[str, tuple[str, ...]] = {
    "q": (),
    "mode": ("highlight",),
    "columns": (),
    "group": ("1",),
    "time": ("utc", "relative"),
    "chart": ("hour", "off"),
}


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


@rest_view
async def list_views(request: PairRequest) -> HttpResponse:
    found = SavedView.objects.filter(keypair=request.pair).order_by("name")
    return json_response({"views": [serialize_view(view) async for view in found]})


async def _add(request: PairRequest) -> HttpResponse:
    given = _given(request)
    if "name" not in given:
        raise ParameterError("name is missing.")
    view = SavedView(keypair=request.pair, **given)
    return await _answer(_store, view, status=201)


async def _change(request: PairRequest, view_id: int) -> HttpResponse:
    view = await SavedView.objects.filter(keypair=request.pair, pk=view_id).afirst()
    if view is None:
        return error_response(404, "There is no such view: it may have been deleted.")
    for name, value in _given(request).items():
        setattr(view, name, value)
    return await _answer(_store, view)


async def _delete(request: PairRequest, view_id: int) -> HttpResponse:
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


add_view = rest_view(_add, ("POST",), Right.WORK)
change_view = rest_view(_change, ("PUT",), Right.WORK)
delete_view = rest_view(_delete, ("DELETE",), Right.WORK)


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


def _given(request: HttpRequest) -> dict[str, str]:
    """`name` and `search`, each checked, as far as they were given."""
    if len(request.body) > MAX_BODY_LENGTH:
        raise ParameterError(f"A view has at most {MAX_BODY_LENGTH:,} bytes.")
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not given.keys() <= {"name", "search"} or not given:
        raise ParameterError("Send a JSON object with name, search or both.")
    checks: dict[str, Callable[[Any], str]] = {"name": _name, "search": view_search}
    return {name: checks[name](value) for name, value in given.items()}


def _name(value: Any) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise ParameterError(f"name must have 1 to {MAX_NAME_LENGTH} characters that show.")
    return name


def view_search(value: Any) -> str:
    """The query string of a page's URL, in canonical order. Raises ParameterError and
    QuerySyntaxError."""
    if not isinstance(value, str) or len(value) > MAX_SEARCH_LENGTH:
        raise ParameterError(f"search must be text of at most {MAX_SEARCH_LENGTH:,} characters.")
    given = dict(parse_qsl(value.removeprefix("?"), keep_blank_values=True))
    unknown = next((name for name in given if name not in CHOICES), None)
    if unknown is not None:
        raise ParameterError(f"search may hold {', '.join(CHOICES)}, not “{unknown[:40]}”.")
    for name, choices in CHOICES.items():
        if choices and given.get(name) and given[name] not in choices:
            raise ParameterError(f"{name} must be {' or '.join(choices)}.")
    query.parse_query(given.get("q", ""))
    return urlencode({name: given[name] for name in CHOICES if given.get(name)})
