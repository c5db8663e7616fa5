"""Each snippet is run as its instructions say, against a real server, with keys as unusual as a
vendor's protocol allows."""

from __future__ import annotations

import subprocess
import time
from itertools import count
from pathlib import Path

import pytest

from ingest.dialects import BY_NAME
from ingest.receiving.key_tokens import mask_key
from tests.support.stored_data import events_of, faults_of, last_delivery
from viewer.onboarding import literals
from viewer.onboarding.snippets import (
    SNIPPETS,
    Snippet,
    SnippetKeys,
    endpoint_of,
    snippet_text,
    snippets_of,
)

KEYS = {  # every allowed character with a special meaning somewhere
    "natero": (
        "api$HOME;&|^!(1)~*@:,+-",
        "auth-key-$(id)$1%s#{1}".translate(str.maketrans("", "", "%#{}")),
    ),
    "usermaven": (r"api\u0041\n$HOME|^!(1)~*@:,/?-", r"auth.\t$(id)$1|^!/?-key"),
    "eventbunker": (r"api\u0041\n$HOME|^!#{1}${x}%s%%</script>&=?*/", "auth-key-of-the-pair"),
}
RUN_HERE = [way for way in SNIPPETS if not way.from_browser and not way.dialect]
_number = count()


@pytest.fixture(params=BY_NAME)
def pair(request, new_pair, uvicorn, settings, stored):
    settings.PUBLIC_URL = uvicorn.url
    return with_odd_keys(new_pair, request.param)


def with_odd_keys(new_pair, dialect: str):
    number = next(_number)
    api_key, auth_key = (f"{key}{number}" for key in KEYS[dialect])
    return new_pair(dialect, api_key=api_key, auth_key=auth_key)


def text_for(pair, way: Snippet) -> str:
    return snippet_text(way, BY_NAME[pair.dialect], SnippetKeys(pair.api_key, pair.auth_key))


def run(way: Snippet, text: str, folder: Path) -> str:
    """Save and start the program as the page says; return its output."""
    if way.file:
        (folder / way.file).write_text(text + "\n")
    ran = subprocess.run(
        ["bash", "-c", way.run or text], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("way", RUN_HERE, ids=lambda way: f"{way.language} {way.title}".strip())
def test_a_pasted_snippet_sends_a_valid_current_event(way, pair, tmp_path):
    printed = run(way, text_for(pair, way), tmp_path)
    assert "200" in printed
    (event,) = events_of(pair)
    assert (event.verdict, faults_of(event), event.status) == ("valid", [], 200)
    assert abs(time.time() * 1000 - event.occurred_at) < 30_000
    delivery = last_delivery(pair)
    assert (delivery.encoding, faults_of(delivery)) == ("gzip" if way.title == "gzip" else "", [])


@pytest.mark.parametrize("way", RUN_HERE, ids=lambda way: f"{way.language} {way.title}".strip())
def test_a_refusal_is_printed_with_its_reason(way, new_pair, uvicorn, settings, stored, tmp_path):
    settings.PUBLIC_URL = uvicorn.url
    pair = new_pair("natero")
    pair.auth_key = "the-key-of-anonymous"
    printed = run(way, text_for(pair, way), tmp_path)
    assert "400" in printed
    assert "The apiKey is known, but the authKey does not belong to it." in printed


# -- string literals of each language ------------------------------------------------------------

HOSTILE = (
    "it's \"quoted\" `id` $HOME ${x} #{1+1} #$0 $(id) %s %d \\ \\n \\u0041 \\' </script> é … !!"
)
PRINTERS = {
    "bash": (literals.SHELL, "printf %s {}", "t.sh", "bash t.sh"),
    "python": (literals.PYTHON, "print({}, end='')", "t.py", "python3 t.py"),
    "node": (literals.JAVASCRIPT, "process.stdout.write({})", "t.mjs", "node t.mjs"),
    "ruby": (literals.RUBY, "print {}", "t.rb", "ruby t.rb"),
    "php": (literals.PHP, "<?php echo {};", "t.php", "php t.php"),
    "go": (
        literals.GO,
        'package main\n\nimport "fmt"\n\nfunc main() {{ fmt.Print({}) }}',
        "t.go",
        "go run t.go",
    ),
    "java": (
        literals.JAVA,
        "class T {{ public static void main(String[] a) throws Exception {{"
        ' System.out.write({}.getBytes("UTF-8")); }} }}',
        "T.java",
        "java -Dfile.encoding=UTF-8 T.java",
    ),
}


@pytest.mark.parametrize("language", PRINTERS)
def test_a_language_reads_back_any_string_unchanged(language, tmp_path):
    syntax, program, file, command = PRINTERS[language]
    text = HOSTILE + ("" if language == "bash" else "\n\t end")
    (tmp_path / file).write_text(program.format(syntax.text(text)))
    ran = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=60)
    assert ran.stdout.decode() == text, ran.stderr


def test_go_is_formatted_as_by_gofmt(pair, tmp_path):
    (way,) = (way for way in SNIPPETS if way.language == "Go")
    (tmp_path / "send.go").write_text(text_for(pair, way) + "\n")
    assert run(Snippet("", "", "", literals.SHELL, run="gofmt -l ."), "", tmp_path) == ""


# -- data for the page ----------------------------------------------------------------------------


def test_every_snippet_has_a_masked_version_without_the_keys(pair):
    for entry in [endpoint_of(pair), *variants_of(pair)]:
        real, masked = entry["text"], entry["masked"]
        assert pair.api_key not in masked
        assert pair.auth_key not in masked
        assert len(masked.splitlines()) == len(real.splitlines())
        assert all(line == line.rstrip() for line in real.splitlines())
    assert any(mask_key(pair.api_key) in variant["masked"] for variant in variants_of(pair))


def test_a_page_in_a_browser_is_not_given_the_server_token(new_pair):
    pair = new_pair("usermaven")
    (browser,) = (entry for entry in snippets_of(pair) if entry["language"] == "Browser")
    assert [variant["title"] for variant in browser["variants"]] == ["fetch", "Usermaven’s SDK"]
    assert pair.auth_key not in str(browser)
    assert pair.api_key in browser["variants"][1]["text"]


def test_the_vendors_own_library_is_only_for_the_vendor(new_pair):
    titles = [variant["title"] for variant in variants_of(new_pair("eventbunker"))]
    assert "Usermaven’s SDK" not in titles
    assert len(titles) == len(SNIPPETS) - 1


def variants_of(pair) -> list[dict[str, str]]:
    return [variant for entry in snippets_of(pair) for variant in entry["variants"]]
