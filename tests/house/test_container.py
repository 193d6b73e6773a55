"""Dockerfile and compose.yaml, replayed as far as a machine without an engine allows."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.guard import TAKE_FILES


@pytest.fixture(scope="module")
def instructions(repository: Path) -> list[tuple[str, str]]:
    """Instruction and argument of the Dockerfile, continuation lines joined, comments gone."""
    text = (repository / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r" *\\\n *", " ", text).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((repository / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def arguments(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [argument for instruction, argument in instructions if instruction == name]


def test_base_is_a_pinned_slim_python(instructions: list[tuple[str, str]]) -> None:
    for base in arguments(instructions, "FROM"):
        assert re.match(r"python:3\.1\d-slim-bookworm( AS \w+)?$", base)


def test_copied_files_exist_and_reach_the_engine(
    repository: Path, instructions: list[tuple[str, str]]
) -> None:
    ignored = (repository / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    copied = set()
    for argument in arguments(instructions, "COPY"):
        if argument.startswith("--from"):
            continue
        copied |= set(argument.split()[:-1])
    assert copied == sent
    for name in copied:
        assert (repository / name).exists(), name


def test_packages_come_from_the_locks_with_hashes(instructions: list[tuple[str, str]]) -> None:
    installs = [
        command
        for argument in arguments(instructions, "RUN")
        for command in argument.split("&&")
        if "pip install" in command
    ]
    assert any("--requirement requirements.lock" in command for command in installs)
    for command in installs:
        assert "--require-hashes" in command or "--no-index" in command, command
        assert "--no-deps" in command, command


def test_build_lock_names_all_that_hatchling_needs(
    repository: Path, instructions: list[tuple[str, str]]
) -> None:
    (run,) = [run for run in arguments(instructions, "RUN") if "lib-lock.awk" in run]
    found = re.search(r'names="([^"]+)"', run)
    assert found is not None
    named = set(found.group(1).split())
    needed, wanted = set(), ["hatchling"]
    lock = (repository / "requirements-dev.lock").read_text(encoding="utf-8")
    while wanted:
        package = wanted.pop()
        needed.add(package)
        # "# via" lines of the lock name who needs a package.
        for entry in re.split(r"\n(?=[a-z0-9])", lock):
            name = entry.partition("==")[0]
            if re.search(rf"#  +{package}$|# via {package}$", entry, re.MULTILINE):
                wanted += [name] if name not in needed else []
    assert needed == named


def test_image_runs_as_a_normal_user(instructions: list[tuple[str, str]]) -> None:
    assert arguments(instructions, "USER") == ["hotspots"]
    position = [name for name, _ in instructions].index("USER")
    assert "CMD" in [name for name, _ in instructions[position:]]
    assert not {"COPY", "RUN", "ADD"} & {name for name, _ in instructions[position:]}


def test_command_is_the_project_s(repository: Path, instructions: list[tuple[str, str]]) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (command,) = arguments(instructions, "CMD")
    assert json.loads(command)[0] in project["scripts"]


def test_health_check_asks_whether_it_lives(instructions: list[tuple[str, str]]) -> None:
    (check,) = arguments(instructions, "HEALTHCHECK")
    words = json.loads(check[check.index("CMD ") + 4 :])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "health check", "exec")
    assert "/health/live" in words[2]


def test_settings_of_the_image_exist(
    repository: Path, instructions: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    known = (repository / "app" / "settings.py").read_text(encoding="utf-8")
    used = set(re.findall(r"HOTSPOTS_([A-Z_]+)=", " ".join(arguments(instructions, "ENV"))))
    for name in ("migrate", "service", "worker"):
        used |= {key.removeprefix("HOTSPOTS_") for key in compose["services"][name]["environment"]}
    used.remove("FORWARDED_ALLOW_IPS")  # uvicorn's own
    for setting in used:
        assert re.search(rf"^    {setting.lower()}: ", known, re.MULTILINE), setting


def test_compose_has_its_services_checked_and_in_order(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "migrate", "service", "worker", "proxy"}
    assert "postgis" in services["database"]["image"]
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"
    assert services["worker"]["healthcheck"]["test"] == ["CMD", "hotspots", "doctor"]
    for name in ("service", "worker"):
        needs = services[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}
        assert needs["database"] == {"condition": "service_healthy"}
    assert services["proxy"]["depends_on"]["service"] == {"condition": "service_healthy"}


def test_only_the_migration_knows_the_owner(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        has_owner = "HOTSPOTS_OWNER_DATABASE_URL" in service.get("environment", {})
        assert has_owner == (name == "migrate")


def test_nothing_but_the_proxy_is_published(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == [
        "proxy"
    ]
    (published,) = compose["services"]["proxy"]["ports"]
    assert ":-127.0.0.1:" in published


def test_secrets_have_no_default(repository: Path) -> None:
    text = (repository / "compose.yaml").read_text(encoding="utf-8")
    for variable in re.findall(r"\$\{(\w*(?:PASSWORD|KEY))([^}]*)\}", text):
        assert variable[1].startswith(":?"), variable[0]


def test_own_containers_hold_no_power(compose: dict[str, Any]) -> None:
    for name in ("migrate", "service", "worker"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["init"] is True


def test_mounted_files_and_volumes_exist(repository: Path, compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (repository / source).is_file(), source
            else:
                assert source in compose["volumes"], source


def test_proxy_has_timeouts_and_limits(repository: Path) -> None:
    text = (repository / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    for directive in ("read_header", "read_body", "idle", "max_header_size", "max_size"):
        assert re.search(rf"^\s*{directive} \d", text, re.MULTILINE), directive
    assert text.count("{") == text.count("}")
    # Every path to which the service lets files be sent.
    [uploads] = re.findall(r"^\s*@upload path (.*)$", text, re.MULTILINE)
    wanted = {f"{path}{end}" for path in TAKE_FILES for end in ("", "/")}
    assert set(uploads.split()) == wanted | {"/api/imports/files/*"}


@pytest.mark.skipif(shutil.which("caddy") is None, reason="needs caddy to read its file")
def test_caddy_accepts_its_file(repository: Path) -> None:
    subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"],
        cwd=repository,
        check=True,
        capture_output=True,
    )


@pytest.mark.slow
def test_build_steps_make_a_command_that_answers(
    repository: Path, instructions: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Replay the build stage's COPY and RUN in a folder, with the image's paths moved there."""
    build = tmp_path / "build"
    build.mkdir()
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    second = [n for n, (name, _) in enumerate(instructions) if name == "FROM"][1]
    for name, argument in instructions[:second]:
        if name == "COPY":
            *sources, target = argument.split()
            for source in sources:
                copy(repository / source, build / (target if target != "./" else Path(source).name))
        if name == "RUN":
            moved = re.sub(r"(?<![^ =])/(opt|wheel)\b", rf"{tmp_path}/\1", argument)
            subprocess.run(["sh", "-ec", moved], cwd=build, check=True, env=environment)
    command = tmp_path / "opt" / "hotspots" / "bin" / "hotspots"
    answer = subprocess.run(
        [command, "--help"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "serve" in answer.stdout


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.nb?"))
    else:
        shutil.copy(source, target)
