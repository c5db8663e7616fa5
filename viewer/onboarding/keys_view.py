"""`POST /api/keys`: both secrets of a key pair, and what is made of them. Recorded."""

from __future__ import annotations

from channels.db import database_sync_to_async
from django.http import HttpResponse
from typing_extensions import TypedDict

from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right
from viewer.models import Action
from viewer.onboarding import samples, snippets
from viewer.rest.requests import PairRequest
from viewer.rest.responses import json_response
from viewer.rest.router import PairRouter

router = PairRouter()


class KeysAnswer(TypedDict):
    api_key: str
    auth_key: str
    endpoint: str
    languages: list[snippets.SnippetLanguage]
    samples: samples.SampleRequests


class MaskedKeys(TypedDict):
    endpoint: str
    languages: list[snippets.MaskedLanguage]
    faults: list[str]
    contentType: str


@router.pair_operation("POST", "keys", KeysAnswer, right=Right.KEYS)
async def reveal_keys(request: PairRequest) -> HttpResponse:
    def read() -> KeysAnswer:
        log_action(request.visitor, Action.REVEALED, request.pair)
        return keys_payload(request.pair)

    return json_response(await database_sync_to_async(read)())


def keys_payload(pair: KeyPair) -> KeysAnswer:
    return {
        "api_key": pair.api_key,
        "auth_key": pair.auth_key,
        "endpoint": snippets.endpoint_of(pair)["text"],
        "languages": snippets.snippets_of(pair),
        "samples": samples.build_samples(pair),
    }


def masked_payload(pair: KeyPair) -> MaskedKeys:
    """The same payload with masked secrets, for pages."""
    _, headers = BY_NAME[pair.dialect].request_for(pair.api_key, pair.auth_key)
    return {
        "endpoint": snippets.endpoint_of(pair)["masked"],
        "languages": snippets.masked_snippets(snippets.snippets_of(pair)),
        "faults": [fault["title"] for fault in samples.build_samples(pair)["faults"]],
        "contentType": headers["Content-Type"],
    }
