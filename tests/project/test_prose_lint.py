"""The prose linter reads prose alone: comments, docstrings, messages, pages and documents."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scripts import prose_lint
from scripts.prose_lint import KINDS, Rules, lint, main

RULES = Rules(tomllib.loads(prose_lint.WORDS.read_text()))


def found(name: str, source: str, folder: Path) -> list[tuple[int, str]]:
    path = folder / name
    path.write_text(source)
    return [(one.line, one.words) for one in lint(path, RULES)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What came stays.", ["What"]),
        ("What came?", []),
        ("It ends. What came stays.", ["What"]),
        ("It shows what came.", []),
        ("What came,\nand stays?", []),
        ("What is kept\n\nMore? No.", ["What"]),
        ("Of two keys the first counts.", ["Of"]),
        ("Of course it does.", []),
        ("“What came” is first.", ["What"]),
        ("A sender is told, Told, TOLD.", ["told", "Told", "TOLD"]),
        ("It stands in the list; they stand in it; understands indeed.", ["stand", "stands"]),
        ("Nobody mends it anew in vain.", ["Nobody", "anew", "in vain", "mends"]),
        ("Meanwhile whoever came told somebody else besides.", None),
        ("It tells of a stray.", ["stray", "tells"]),
        ("Recommend, amend, retold, aside, standard, astray.", []),
        ("The field `mended` and `What it is`.", []),
    ],
)
def test_words_and_openings(text, words, tmp_path):
    seen = [one for _, one in found("a.md", text, tmp_path)]
    if words is None:
        assert len(seen) == 5
    else:
        assert sorted(seen) == sorted(words)


def test_python_comments_docstrings_and_messages_are_read(tmp_path):
    source = (
        '"""What it is.\n\nTold here."""\n'
        "told = nobody['told']  # anew\n"
        "# A comment that goes on. It says\n"
        "# What is no opening here.\n"
        "raise ValueError(f'{told} told {name}')\n"
        "error = ('One of '\n    'them is in vain')\n"
    )
    expected = [(1, "What"), (3, "Told"), (4, "anew"), (7, "told"), (8, "in vain")]
    assert found("a.py", source, tmp_path) == expected


def test_script_comments_strings_and_style_comments_are_read(tmp_path):
    source = (
        'const told = "told"; // told\n'
        "// A comment. It says\n// What is no opening.\n"
        "/* What it does.\n * Anew. */\n"
        "const url = `https://anew`;\n"
        "test(`Of ${told} and anew // told`, () => {});\n"
        "throw new Error('a stray');\n"
    )
    expected = [(1, "told"), (4, "What"), (5, "Anew"), (7, "Of"), (7, "anew"), (7, "told")]
    expected.append((8, "stray"))
    assert found("a.js", source, tmp_path) == expected
    assert found("a.css", "/* anew */ a { color: red }", tmp_path) == [(1, "anew")]


def test_template_text_and_spoken_attributes_are_read(tmp_path):
    source = (
        "{# anew #}{% if told %}{{ told }}{% endif %}\n"
        '<p class="told" title="Mend it" data-slot="told">What\ncame</p>\n'
        "<p>It <b>was</b> told.</p>"
    )
    expected = [(1, "anew"), (2, "Mend"), (2, "What"), (4, "told")]
    assert found("a.html", source, tmp_path) == expected


def test_markdown_is_read_without_code_and_targets(tmp_path):
    source = (
        "# What it does\n\n```\ntold\n```\n\nA line that ends with\nWhat is no opening.\n"
        "- Of two [words](told.md) one.\n\n| What | `told` |\n"
    )
    assert found("a.md", source, tmp_path) == [(1, "What"), (9, "Of"), (11, "What")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(prose_lint, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("Nobody told us.")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "plain.md").write_text("The sender sees it.")
    return tmp_path


def test_the_whole_project_is_linted_without_arguments(project, capsys):
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("README.md:1: “Nobody”: ")
    (project / "README.md").write_text("The sender sees it.")
    assert main([]) == 0
    (project / "docs" / "plain.md").write_text("The sender is told.")
    assert main([]) == 1


def test_files_are_linted_by_name(project, capsys):
    assert main([str(project / "README.md")]) == 1
    assert capsys.readouterr().out.splitlines()[0].startswith("README.md:1: “Nobody”: ")
    assert main([str(project / "docs" / "plain.md")]) == 0


def test_each_rule_is_counted_in_prose_and_in_all_text(project, tmp_path_factory, capsys):
    assert main(["--counts"]) == 0
    here = capsys.readouterr().out.splitlines()
    assert {"    1     1  told", "    1     1  nobody", "    2     2  all"} <= set(here)
    other = tmp_path_factory.mktemp("checkout")
    (other / "viewer").mkdir()
    (other / "viewer" / "a.py").write_text('"""What it is. What?"""\ntold = 1  # told\n')
    assert main(["--counts", str(other)]) == 0
    there = capsys.readouterr().out.splitlines()
    assert {"    1     2  told", "    1     2  What(?! to do\\b)", "    2     4  all"} <= set(there)
    assert len(here) == len(there) == len(RULES.all) + 2


def test_each_rule_has_advice_of_its_own():
    assert len({rule.advice for rule in RULES.all}) == len(RULES.all)


def test_every_kind_of_file_is_read():
    assert set(KINDS) == {".py", ".js", ".mjs", ".css", ".html", ".md"}
