"""CONTRIBUTING.md and the hooks name what exists."""

import re
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def text(repository: Path) -> str:
    return (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_named_place_exists(repository: Path, text: str) -> None:
    places = set(
        re.findall(r"`((?:app|spatial|ingest|data|docs|migrations|scripts|deploy)/[\w./-]*)`", text)
    )
    assert len(places) > 15
    # Examples of files that a contributor is going to write.
    places = {place for place in places if "/my_" not in place}
    assert sorted(place for place in places if not (repository / place).exists()) == []


def test_every_package_of_the_house_has_a_row(repository: Path, text: str) -> None:
    for folder in (repository / "app").iterdir():
        if (folder / "__init__.py").is_file():
            assert f"`app/{folder.name}/" in text, folder.name


@pytest.mark.parametrize(
    ("module", "registry"),
    [
        ("spatial/interpolation/registry.py", "METHODS"),
        ("spatial/hotspots/registry.py", "DEFINITIONS"),
        ("ingest/readers/registry.py", "READERS"),
    ],
)
def test_named_registries_exist(repository: Path, text: str, module: str, registry: str) -> None:
    assert f"`{registry}` in `{module}`" in text
    assert re.search(rf"^{registry}\b", (repository / module).read_text(), re.MULTILINE)


def test_commands_that_write_the_locks_are_those_in_the_locks(repository: Path, text: str) -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        command = (repository / lock).read_text(encoding="utf-8").splitlines()[1].lstrip("# ")
        assert command in text, lock


def test_hooks_are_local_and_use_the_project_s_tools(repository: Path) -> None:
    loaded = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    for repo in loaded["repos"]:
        assert repo["repo"] == "local"
        for hook in repo["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/"), hook["id"]


def test_licence_is_apache_2(repository: Path) -> None:
    licence = (repository / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
