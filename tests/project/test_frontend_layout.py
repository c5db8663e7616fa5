"""The layout of the front end: small folders, names that exist once, no cycles, no dead modules."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "static/js"
STYLES = ROOT / "static/css"
MODULES = {path.relative_to(SCRIPTS).as_posix(): path.read_text() for path in SCRIPTS.rglob("*.js")}
TEMPLATES = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]

MOST_IN_A_FOLDER = 12
DEEPEST = 2  # levels of folders below static/js

# The top folders that the modules of each folder can import from.
LAYERS = {
    "core": {"core"},
    "api": {"core", "api"},
    "dom": {"core", "dom"},
    "ui": {"core", "dom", "ui"},
    "features": {"core", "api", "dom", "ui", "features"},
    "pages": {"core", "api", "dom", "ui", "features", "pages"},
}

_IMPORT = re.compile(r'^(?:import|export)\s[^;"(=]*"(\.{1,2}/[^"]+)"', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"//.*")
_FILE_NAME = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w-]+\.js)\b")


def _imports(name: str) -> set[str]:
    folder = (SCRIPTS / name).parent
    return {
        (folder / other).resolve().relative_to(SCRIPTS.resolve()).as_posix()
        for other in _IMPORT.findall(MODULES[name])
    }


IMPORTS = {name: _imports(name) for name in MODULES}
LOADED = {name for name in MODULES if any(f"js/{name}'" in text for text in TEMPLATES)}


def _repeated(names: list[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


@pytest.mark.parametrize(
    ("root", "pattern"),
    [(SCRIPTS, "*.js"), (STYLES, "*.css"), (ROOT / "templates", "*.html")],
)
def test_no_folder_has_more_than_twelve_files(root: Path, pattern: str) -> None:
    sizes = Counter(str(path.parent.relative_to(ROOT)) for path in root.rglob(pattern))
    assert {folder: size for folder, size in sizes.items() if size > MOST_IN_A_FOLDER} == {}


def test_modules_are_at_most_two_folders_deep() -> None:
    assert [name for name in MODULES if name.count("/") > DEEPEST] == []


def test_every_module_is_imported_or_loaded_by_a_template() -> None:
    imported = set[str]().union(*IMPORTS.values())
    assert set(MODULES) - imported - LOADED == set()


def test_templates_load_only_entry_modules() -> None:
    assert {name for name in LOADED if not name.startswith("pages/")} == set()


def test_imports_form_no_cycle() -> None:
    assert len(list(TopologicalSorter(IMPORTS).static_order())) == len(MODULES)


def test_imports_point_to_the_layers_below() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        for other in others
        if other.split("/")[0] not in LAYERS[name.split("/")[0]]
    ]
    assert wrong == []


def test_a_base_name_exists_once() -> None:
    assert _repeated([Path(name).name for name in MODULES]) == []


def test_an_exported_name_exists_once() -> None:
    exporters = defaultdict(list)
    for name, text in MODULES.items():
        for exported in _EXPORT.findall(text):
            exporters[exported].append(name)
    assert {name: where for name, where in exporters.items() if len(where) > 1} == {}


def test_every_export_is_used() -> None:
    tests = [path.read_text() for path in (ROOT / "tests/js").rglob("*.js")]
    unused = [
        f"{name}: {exported}"
        for name, text in MODULES.items()
        for exported in _EXPORT.findall(text)
        if not any(
            re.search(rf"\b{exported}\b", other)
            for other in [*tests, *(MODULES[user] for user in IMPORTS if name in IMPORTS[user])]
        )
    ]
    assert unused == []


def test_comments_name_modules_that_exist() -> None:
    missing = [
        f"{name}: {mentioned}"
        for name, text in MODULES.items()
        for comment in _COMMENT.findall(text)
        for mentioned in _FILE_NAME.findall(comment)
        if not any(f"/{module}".endswith(f"/{mentioned}") for module in MODULES)
    ]
    assert missing == []


def test_tests_mirror_their_modules() -> None:
    folder = ROOT / "tests/js"
    tests = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    modules = {name.replace(".js", ".test.js") for name in MODULES}
    assert tests - modules == set()
