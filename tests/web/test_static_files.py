"""What is served: pinned libraries, words in every language, no address of another host."""

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.web import STATIC_DIRECTORY

LANGUAGES = ["en", "fr", "es", "ru", "zh", "ar"]
OWN_TEXT = sorted(
    path
    for path in STATIC_DIRECTORY.rglob("*")
    if path.suffix in {".js", ".css", ".html", ".svg"} and "vendor" not in path.parts
)
MODULES = [path for path in OWN_TEXT if path.suffix == ".js"]


@pytest.fixture
def vendor(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", repository / "scripts" / "vendor.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up by name while it is being made.
    sys.modules["vendor"] = module
    spec.loader.exec_module(module)
    return module


def words(language: str) -> dict[str, Any]:
    path = STATIC_DIRECTORY / "locales" / f"{language}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def placeholders(text: str | dict[str, str]) -> set[str]:
    whole = text if isinstance(text, str) else " ".join(text.values())
    return set(re.findall(r"\{(\w+)\}", whole))


def test_vendored_files_equal_the_lock(vendor: ModuleType) -> None:
    assert vendor.problems(json.loads(vendor.LOCK.read_text()), vendor.TARGET) == []


def test_changed_missing_and_foreign_files_are_named(vendor: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "kept.js").write_text("kept")
    (tmp_path / "changed.js").write_text("changed")
    (tmp_path / "foreign.js").write_text("foreign")
    lock = {
        "packages": {f"{package.name}@{package.version}": "" for package in vendor.PACKAGES},
        "files": {"kept.js": vendor.sha256(b"kept"), "changed.js": "0", "missing.js": "0"},
    }
    assert vendor.problems(lock, tmp_path) == [
        "missing.js is missing",
        "foreign.js is not in the lock",
        "changed.js differs from the lock",
    ]


def test_lock_holds_hashes_and_no_address(vendor: ModuleType) -> None:
    text = vendor.LOCK.read_text()
    assert "//" not in text
    assert all(
        re.fullmatch("[0-9a-f]{64}", digest) for digest in json.loads(text)["packages"].values()
    )


def test_every_vendored_library_has_its_licence(vendor: ModuleType) -> None:
    text = (vendor.TARGET / vendor.NOTICES).read_text(encoding="utf-8")
    assert all(f"## {package.name} {package.version}" in text for package in vendor.PACKAGES)


def test_base_map_has_no_borders() -> None:
    for path in (STATIC_DIRECTORY / "vendor" / "world-atlas").iterdir():
        assert set(json.loads(path.read_text())["objects"]) == {"land"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_its_placeholders(language: str) -> None:
    english, own = words("en"), words(language)
    assert own.keys() == english.keys()
    for key, text in own.items():
        # A plural form may leave the number out ("two samples"); the "other" form has it all.
        whole = text if isinstance(text, str) else text["other"]
        assert placeholders(whole) == placeholders(english[key]), key


def test_every_word_asked_for_exists() -> None:
    asked = set()
    for path in OWN_TEXT:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'\bt\("([\w.]+)"', text))
        asked |= set(re.findall(r'data-i18n(?:-\w+)?="([\w.]+)"', text))
    assert asked <= words("en").keys()


@pytest.mark.parametrize(
    "path", OWN_TEXT, ids=lambda path: path.relative_to(STATIC_DIRECTORY).as_posix()
)
def test_own_files_name_no_other_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"""["'(`=]\s*(?:https?:)?//\w""", text)


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(STATIC_DIRECTORY).as_posix()
)
def test_modules_are_short_and_never_parse_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_page_has_no_inline_script_or_style() -> None:
    for name in ("index.html", "docs.html", "import.html"):
        text = (STATIC_DIRECTORY / name).read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
