"""Child processes that end with their block."""

import os
from pathlib import Path

import pytest

from app.jobs.engine import COMPILING, compute_engine, ready_engine


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_work_runs_in_another_process_that_ends(tmp_path: Path) -> None:
    with compute_engine(1, tmp_path) as executor:
        child = executor.submit(os.getpid).result(timeout=60)
        assert child != os.getpid()
        assert executor.submit(os.getenv, "OMP_NUM_THREADS").result(timeout=60)
    assert not _is_alive(child)


def test_failure_in_the_block_ends_the_processes_too(tmp_path: Path) -> None:
    children: list[int] = []

    def fail() -> None:
        with compute_engine(1, tmp_path) as executor:
            children.append(executor.submit(os.getpid).result(timeout=60))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not _is_alive(children[0])


def test_kernels_are_compiled_once_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    compiled: list[object] = []
    monkeypatch.setattr("spatial.interpolation.warm_up.warm_up", compiled.append)
    said: list[str] = []
    for _ in range(2):
        with ready_engine(1, tmp_path, said.append) as executor:
            assert executor.submit(os.getpid).result(timeout=60) != os.getpid()
    assert said[0] == COMPILING
    assert said[1].startswith("The kernels are compiled (")
    assert len(said) == 2
    assert len(compiled) == 1
