"""What a reading process may do, tried in processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

_BEFORE = """
import resource, socket, sys
from ingest.guarded import _limit_this_process, leave_network
from ingest.options import Limits
"""


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _BEFORE + code], capture_output=True, text=True, check=False
    )


def _said(code: str) -> list[str]:
    found = _run(code)
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_nothing_can_be_written_and_no_core_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out"
    code = f"""
_limit_this_process(Limits())
try:
    with open({str(path)!r}, "w") as file:
        file.write("x")
except OSError as error:
    print(error.strerror.replace(" ", "-"))
print(*resource.getrlimit(resource.RLIMIT_CORE))
"""
    assert _said(code) == ["File-too-large", "0", "0"]
    assert path.read_bytes() == b""


@pytest.mark.parametrize(("mebibytes", "expected"), [(64, ["refused"]), (512, ["held"])])
def test_memory_is_counted_beyond_what_the_libraries_hold(
    mebibytes: int, expected: list[str]
) -> None:
    code = f"""
_limit_this_process(Limits(memory_bytes={mebibytes} << 20))
try:
    held = bytearray(200 << 20)
    print("held")
except MemoryError:
    print("refused")
"""
    assert _said(code) == expected


@pytest.mark.parametrize(
    ("kind", "before", "expected"),
    [
        # Seconds of the processor: four for each on the wall, and one more second.
        ("RLIMIT_CPU", -1, 4 * 101),
        ("RLIMIT_CPU", 50, 50),
        ("RLIMIT_CPU", 10_000, 4 * 101),
        ("RLIMIT_AS", 4 << 30, 4 << 30),
        ("RLIMIT_DATA", 3 << 30, 3 << 30),
    ],
)
def test_bounds_that_are_stricter_already_stay(kind: str, before: int, expected: int) -> None:
    # Root alone may raise them: others were refused, and could read no file.
    code = f"""
resource.setrlimit(resource.{kind}, ({before}, {before}))
_limit_this_process(Limits(wall_seconds=100, memory_bytes=8 << 30))
print(*resource.getrlimit(resource.{kind}))
"""
    assert _said(code) == [str(expected)] * 2


def test_there_is_no_network_where_it_could_be_left() -> None:
    code = """
with socket.create_server(("127.0.0.1", 0)) as server:
    address = server.getsockname()
    socket.create_connection(address, 5).close()
    print(leave_network())
    try:
        socket.create_connection(address, 5).close()
        print("reached")
    except OSError:
        print("unreachable")
"""
    assert _said(code) in (["True", "unreachable"], ["False", "reached"])
