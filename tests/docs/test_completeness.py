"""Every setting, endpoint and command has a line in the documentation, and none is invented."""

import re
from pathlib import Path

import typer.main

from app.cli.commands import app as command
from app.main import create_app
from app.settings import (
    ComputeSettings,
    DatabaseSettings,
    LimitSettings,
    ServerSettings,
    Settings,
    StorageSettings,
)

GROUPS = (ComputeSettings, DatabaseSettings, LimitSettings, ServerSettings, StorageSettings)


def _documented(repository: Path, name: str, pattern: str) -> set[str]:
    text = (repository / "docs" / name).read_text(encoding="utf-8")
    return set(re.findall(pattern, text, re.MULTILINE))


def test_every_setting_is_documented_and_no_other(repository: Path) -> None:
    known = {f"HOTSPOTS_{name.upper()}" for group in GROUPS for name in group.model_fields}
    assert _documented(repository, "operating.md", r"^\| `(HOTSPOTS_\w+)`") == known


def test_every_endpoint_is_documented_and_no_other(repository: Path) -> None:
    paths = create_app(Settings()).openapi()["paths"]
    known = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    assert _documented(repository, "api.md", r"^\| `([A-Z]+ /\S+)` \|") == known


def test_every_command_is_documented(repository: Path) -> None:
    text = (repository / "docs" / "command.md").read_text(encoding="utf-8")
    root = typer.main.get_command(command)
    names = set()
    for name, entry in root.commands.items():  # type: ignore[attr-defined]  # a group has them
        inner = getattr(entry, "commands", {})
        names |= {f"hotspots {name} {part}" for part in inner} or {f"hotspots {name}"}
    assert (
        set(re.findall(r"^\| `(hotspots [a-z ]+?)(?: [A-Z-].*)?` \|", text, re.MULTILINE)) == names
    )


def test_every_link_in_the_documentation_leads_somewhere(repository: Path) -> None:
    for path in [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
