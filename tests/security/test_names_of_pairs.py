"""Managers choose the name of a key pair, and an operator's terminal prints it safely."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from ingest.auth import key_pairs
from ingest.models import KeyPair

ESCAPES = "all \x1b]0;pwned\x07\x1b[2J\x1b[1;1H is well\r\nfake line"


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.mark.parametrize("bad", [ESCAPES, "two\nlines", "tab\t", "nul\0", "\x9b2J", "\u202egnp"])
def test_a_name_is_one_line_of_printable_characters(pair, bad):
    name = pair.name
    with pytest.raises(key_pairs.KeyPairError, match="printable"):
        key_pairs.rename_key_pair(pair, bad)
    with pytest.raises(key_pairs.KeyPairError, match="printable"):
        key_pairs.create_key_pair(bad, "natero")
    pair.refresh_from_db()
    assert pair.name == name
    assert key_pairs.rename_key_pair(pair, f"Größe “{pair.pk}” 😀").name == f"Größe “{pair.pk}” 😀"


@pytest.fixture
def earlier(pair):
    """A key pair whose name was set when more characters were allowed."""
    name = f"{ESCAPES} {pair.pk}"
    KeyPair.objects.filter(pk=pair.pk).update(name=name)
    pair.refresh_from_db()
    yield pair
    KeyPair.objects.filter(pk=pair.pk).update(name=f"was {pair.pk}")


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("keypair", *arguments, stdout=out)
    return out.getvalue()


def test_an_old_name_is_kept_but_harmless_in_a_terminal(earlier):
    assert key_pairs.rename_key_pair(earlier, earlier.name).name == earlier.name
    listed = printed("list")
    disabled = printed("disable", earlier.name)
    enabled = printed("enable", earlier.name)
    for text in (listed, disabled, enabled):
        assert "pwned" in text
        assert text.replace("\n", "").isprintable()
        assert "\nfake line" not in text
    names = [row["name"] for row in json.loads(printed("list", "--json"))]
    assert earlier.name in names


def test_the_greeting_is_printable(earlier, monkeypatch):
    from viewer import bootstrap

    class Keys:
        objects = KeyPair.objects.filter(pk=earlier.pk)

    monkeypatch.setattr(bootstrap, "KeyPair", Keys)
    greeting = bootstrap._with_secrets()
    assert "pwned" in greeting
    assert greeting.replace("\n", "").isprintable()
