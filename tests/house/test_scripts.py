"""The house's scripts: they parse, name no address, and say one clear thing where they stop."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SHELL = ["scripts/run", "scripts/test", "scripts/lib.sh", "scripts/bare-debian", ".ci/run"]


def bash(
    repository: Path, code: str, *arguments: str, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run code after lib.sh, as scripts/run does."""
    return subprocess.run(
        ["bash", "-c", f'source "{repository}/scripts/lib.sh"; {code}', "test", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **({} if path is None else {"PATH": path})},
    )


@pytest.mark.parametrize("script", SHELL)
def test_script_parses_and_names_no_address(repository: Path, script: str) -> None:
    subprocess.run(["bash", "-n", repository / script], check=True)
    text = (repository / script).read_text(encoding="utf-8")
    assert "https://" not in text
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "index-url" not in text


@pytest.mark.parametrize("script", [name for name in SHELL if name != "scripts/lib.sh"])
def test_script_can_be_run(repository: Path, script: str) -> None:
    assert os.access(repository / script, os.X_OK)


def test_ci_calls_scripts_test(repository: Path) -> None:
    assert "scripts/test" in (repository / ".ci" / "run").read_text(encoding="utf-8")


def tools(folder: Path, *names: str) -> Path:
    """Make a folder with these programs of the machine and nothing else."""
    folder.mkdir()
    for name in names:
        program = shutil.which(name)
        assert program is not None, name
        (folder / name).symlink_to(program)
    return folder


def test_too_old_python_is_one_sentence(repository: Path, tmp_path: Path) -> None:
    folder = tools(tmp_path / "bin", "bash", "dirname")
    old = folder / "python3"
    old.write_text('#!/bin/sh\ncase "$2" in *platform*) echo 3.9.2 ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    answer = bash(repository, "find_python", path=str(folder))
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer; this machine has: 3.9.2." in answer.stderr


def test_no_python_is_one_sentence(repository: Path, tmp_path: Path) -> None:
    folder = tools(tmp_path / "bin", "bash", "dirname")
    answer = bash(repository, "find_python", path=str(folder))
    assert answer.returncode == 1
    assert "this machine has: none" in answer.stderr


def test_normal_user_gets_one_line_to_type(repository: Path, tmp_path: Path) -> None:
    """EUID is read-only in bash: the function's own text is tried with another number."""
    folder = tools(tmp_path / "bin", "bash", "dirname")
    (folder / "apt-get").write_text("#!/bin/sh\necho must not run >&2; exit 9\n")
    (folder / "apt-get").chmod(0o755)
    code = (
        'body="$(declare -f install_packages)"; eval "${body//EUID/1000}"; '
        "install_packages postgresql postgresql-postgis"
    )
    answer = bash(repository, code, path=str(folder))
    assert answer.returncode == 1
    assert (
        "sudo apt-get update && "
        "sudo apt-get install -y --no-install-recommends postgresql postgresql-postgis"
    ) in answer.stderr
    assert "must not run" not in answer.stderr


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("postgresql postgresql-postgis", "postgresql-postgis"),
        ("postgresql", "postgresql-14-postgis-3"),
        ("", "postgresql-postgis"),
    ],
)
def test_postgis_package_follows_the_distribution(
    repository: Path, tmp_path: Path, known: str, expected: str
) -> None:
    folder = tools(tmp_path / "bin", "bash", "dirname", "sed")
    depends = "echo '  Depends: postgresql-14'" if known else "exit 100"
    for name, body in {
        "apt-cache": f'[ "$1" = depends ] && {{ {depends}; exit; }}\n'
        f'case " {known} " in *" $2 "*) ;; *) exit 100 ;; esac',
        "apt-get": "exit 0",
    }.items():
        (folder / name).write_text(f"#!{folder}/bash\n{body}\n")
        (folder / name).chmod(0o755)
    answer = bash(repository, "postgis_package", path=str(folder))
    assert answer.stdout == f"{expected}\n", answer.stderr


def test_nothing_missing_asks_for_nothing(repository: Path) -> None:
    answer = bash(repository, "install_packages && echo fine")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "fine\n", "")


def test_lock_part_takes_named_packages_with_their_hashes(repository: Path) -> None:
    text = subprocess.run(
        ["awk", "-v", "names=uv hatchling", "-f", "scripts/lib-lock.awk", "requirements-dev.lock"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    starts = [line.partition("==")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert starts == ["hatchling", "uv"]
    assert "--hash=sha256:" in text
    assert "#" not in text


def test_a_second_start_prepares_at_once(repository: Path, tmp_path: Path) -> None:
    """With a stamp that fits, nothing is looked for: no Python, no uv, no installer is called."""
    place = tmp_path / "a b"
    (place / "scripts").mkdir(parents=True)
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(repository / name, place / name)
    for name in ("lib.sh", "lib-lock.awk"):
        shutil.copy(repository / "scripts" / name, place / "scripts" / name)
    (place / ".venv" / "bin").mkdir(parents=True)
    python = place / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\necho must not run >&2; exit 9\n")
    python.chmod(0o755)
    folder = tools(tmp_path / "bin", "bash", "dirname", "cat", "sha256sum", "cut")
    answer = bash(place, 'stamp_of dev >"$house/.venv/soil-hotspots.stamp"', path=str(folder))
    assert answer.returncode == 0
    environment = {"PATH": str(folder), "HOTSPOTS_DATABASE_URL": "postgresql://elsewhere"}
    answer = subprocess.run(
        ["bash", "-c", 'source "$1/scripts/lib.sh"; prepare run', "test", place],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    # A changed lock is noticed: now it goes to look for a Python, and finds none here.
    with (place / "requirements.lock").open("a") as file:
        file.write("# changed\n")
    answer = subprocess.run(
        ["bash", "-c", 'source "$1/scripts/lib.sh"; prepare run', "test", place],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert answer.returncode == 1
    assert "needs Python 3.11" in answer.stderr
