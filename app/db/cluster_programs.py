"""PostgreSQL's programs: where the distribution put them, and the account they run under."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.db.cluster_errors import (
    ClusterError,
    FolderError,
    PostgisMissingError,
    PostgresMissingError,
    VersionMismatchError,
)

MINIMUM_POSTGRES = 15
MINIMUM_POSTGIS = (3, 3)
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
DEBIAN_SHARE = Path("/usr/share/postgresql")


@dataclass(frozen=True)
class PostgresPrograms:
    """One installed major version: its folder of programs and its PostGIS, if it has one."""

    major: int
    folder: Path
    postgis: str | None

    @property
    def has_postgis(self) -> bool:
        """Tell whether PostGIS is there and new enough."""
        if self.postgis is None:
            return False
        return tuple(int(n) for n in re.findall(r"\d+", self.postgis)[:2]) >= MINIMUM_POSTGIS

    def program(self, name: str) -> str:
        """Give the path of one program."""
        return str(self.folder / name)


@dataclass(frozen=True)
class Account:
    """The operating system's account PostgreSQL runs under; `drop` when we must change to it."""

    uid: int
    gid: int
    name: str
    drop: bool


def installed_programs() -> list[PostgresPrograms]:
    """List the installed PostgreSQL versions, newest first: Debian's folders, then pg_config."""
    found: dict[int, PostgresPrograms] = {}
    for folder in DEBIAN_PROGRAMS.glob("[0-9]*/bin"):
        major = folder.parent.name
        if major.isdecimal() and _is_complete(folder):
            found[int(major)] = PostgresPrograms(
                int(major), folder, _postgis_version(DEBIAN_SHARE / major)
            )
    other = _programs_of_pg_config()
    if other is not None:
        found.setdefault(other.major, other)
    return [found[major] for major in sorted(found, reverse=True)]


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def _programs_of_pg_config() -> PostgresPrograms | None:
    pg_config = shutil.which("pg_config")
    if pg_config is None:
        return None
    try:
        answer = subprocess.run(
            [pg_config, "--bindir", "--sharedir", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        # Debian's wrapper fails when only the client library is installed: nothing to find there
        return None
    version = re.search(r"(\d+)", answer[2]) if len(answer) == 3 else None
    if version is None or not _is_complete(Path(answer[0])):
        return None
    return PostgresPrograms(
        int(version.group(1)), Path(answer[0]), _postgis_version(Path(answer[1]))
    )


def _postgis_version(share: Path) -> str | None:
    try:
        control = (share / "extension" / "postgis.control").read_text(encoding="utf-8")
    except OSError:
        return None
    version = re.search(r"^default_version\s*=\s*'([^']+)'", control, re.MULTILINE)
    return version.group(1) if version else None


def choose_programs(existing_major: int | None) -> PostgresPrograms:
    """Choose the version of an existing cluster, or the newest one with PostGIS for a new one."""
    installed = installed_programs()
    if existing_major is not None:
        return _programs_for_existing(existing_major, installed)
    usable = [programs for programs in installed if programs.major >= MINIMUM_POSTGRES]
    if not usable:
        found = f" (found only version {installed[0].major})" if installed else ""
        raise PostgresMissingError(
            f"PostgreSQL {MINIMUM_POSTGRES} or newer is not installed{found}; install it with: "
            "apt-get install postgresql postgresql-postgis"
        )
    for programs in usable:
        if programs.has_postgis:
            return programs
    raise _postgis_missing(usable[0])


def _programs_for_existing(major: int, installed: list[PostgresPrograms]) -> PostgresPrograms:
    for programs in installed:
        if programs.major == major:
            if not programs.has_postgis:
                raise _postgis_missing(programs)
            return programs
    others = ", ".join(str(programs.major) for programs in installed) or "none"
    raise VersionMismatchError(
        f"The data folder was made by PostgreSQL {major}, which is not installed "
        f"(found: {others}); install it beside the others with: apt-get install postgresql-{major} "
        f"postgresql-{major}-postgis-3"
    )


def _postgis_missing(programs: PostgresPrograms) -> PostgisMissingError:
    found = f" (found {programs.postgis}, too old)" if programs.postgis else ""
    return PostgisMissingError(
        f"PostGIS {MINIMUM_POSTGIS[0]}.{MINIMUM_POSTGIS[1]} or newer is not installed for "
        f"PostgreSQL {programs.major}{found}; install it with: "
        f"apt-get install postgresql-{programs.major}-postgis-3"
    )


def server_account(cluster: Path) -> Account:
    """Give the account PostgreSQL runs under: ours, but never root.

    As root: the owner of an existing cluster, so that a root shell may serve another user's data
    folder, and else `postgres`. PostgreSQL itself refuses to run as root.
    """
    uid = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if uid != 0:
        if owner is not None and owner != uid:
            raise not_ours(cluster)
        return Account(uid, os.getegid(), _user_name(uid), drop=False)
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("postgres")
    except KeyError:
        missing = f"with the number {owner}, which owns {cluster}," if owner else "'postgres'"
        raise PostgresMissingError(
            f"PostgreSQL may not run as root and the user {missing} does not exist; install "
            "PostgreSQL with: apt-get install postgresql postgresql-postgis"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, drop=True)


def not_ours(cluster: Path) -> FolderError:
    """Say whose the cluster is."""
    return FolderError(
        f"{cluster} belongs to the user {_user_name(cluster.stat().st_uid)}; start the service as "
        "that user (or as root), or choose another folder with --data."
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def run_program(
    arguments: Sequence[str],
    account: Account,
    timeout: float,
    stdin: str = "",
    stderr: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run a program under the account, in a session of its own so that Ctrl-C does not reach it.

    It starts in `/`, because the account may not be able to enter our working folder.
    """
    identity = (
        {"user": account.uid, "group": account.gid, "extra_groups": []} if account.drop else {}
    )
    try:
        process = subprocess.Popen(  # type: ignore[call-overload]
            list(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            start_new_session=True,
            **identity,
        )
    except PermissionError as error:
        raise ClusterError(
            f"{arguments[0]} cannot be started as the user '{account.name}' ({error.strerror}); "
            "start the service as a normal user, or set HOTSPOTS_DATABASE_URL to a server of yours."
        ) from error
    with process:
        try:
            output, errors = process.communicate(stdin, timeout=timeout)
        except BaseException:
            # Interrupted or too slow: its children go too, or they would write on behind our back.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(list(arguments), process.returncode, output, errors)


def _environment() -> dict[str, str]:
    """Keep PG* and locale variables of the caller's shell away from the server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG"))
    }
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
