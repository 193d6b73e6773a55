"""The locks pin every package with hashes and say nothing about where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-clients.lock"]


def entries(path: Path) -> dict[str, list[str]]:
    """Return each package's own line followed by its continuation lines."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            current = found.setdefault(line.partition("==")[0], [])
        current.append(line.strip())
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_no_address(repository: Path, lock: str) -> None:
    text = (repository / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"--(extra-)?index-url|--find-links", text.replace("--no-emit-index-url", "")
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(repository: Path, lock: str) -> None:
    packages = entries(repository / lock)
    assert len(packages) > 20
    for name, lines in packages.items():
        assert re.match(rf"{re.escape(name)}==[0-9][^ ]*( ; [^\\]+)? \\$", lines[0]), lines[0]
        hashes = [line for line in lines[1:] if line.startswith("--hash=sha256:")]
        assert hashes, name
        for line in hashes:
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", line), name


def test_dev_lock_holds_the_run_lock(repository: Path) -> None:
    """scripts/run leaves a developer's environment alone, so it must hold what running needs."""
    run, dev = (entries(repository / lock) for lock in LOCKS[:2])
    assert {name: lines[0] for name, lines in run.items()}.items() <= {
        name: lines[0] for name, lines in dev.items()
    }.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_satisfy_what_is_wanted(repository: Path, lock: str) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    if lock == "requirements-dev.lock":
        wanted += project["optional-dependencies"]["dev"]
    elif lock == "requirements-clients.lock":
        wanted = (repository / "requirements-clients.in").read_text(encoding="utf-8").split()
    pinned = {
        canonicalize_name(name): lines[0].partition("==")[2].split()[0]
        for name, lines in entries(repository / lock).items()
    }
    for text in wanted:
        requirement = Requirement(text)
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), text
