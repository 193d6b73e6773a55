"""Nothing is left to compile after the warm-up, and nothing is compiled twice."""

import ast
import os
import subprocess
import sys

import pytest

from spatial.interpolation.warm_up import SHARES, WORKS, warm_up

PROGRAM = """
import importlib, pkgutil
import spatial.interpolation
from numba.core.dispatcher import Dispatcher
from spatial.interpolation.warm_up import compile_kernels

compile_kernels()
idle, repeated = set(), set()
for found in pkgutil.iter_modules(spatial.interpolation.__path__, "spatial.interpolation."):
    module = importlib.import_module(found.name)
    for name, thing in vars(module).items():
        if isinstance(thing, Dispatcher) and not thing.signatures:
            idle.add(f"{thing.py_func.__module__}.{name}")
        if isinstance(thing, Dispatcher) and len(thing.signatures) > 1:
            repeated.add(f"{thing.py_func.__module__}.{name}")
print((sorted(idle), sorted(repeated)))
"""


@pytest.mark.slow
def test_every_kernel_is_compiled_once(repository, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=repository,
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ast.literal_eval(done.stdout) == ([], [])


def test_the_shares_hold_every_work_once():
    assert sorted(name for share in SHARES for name in share) == sorted(WORKS)


def test_all_shares_run(inline, monkeypatch):
    done = []
    works = {name: lambda name=name: done.append(name) for name in WORKS}
    monkeypatch.setattr("spatial.interpolation.warm_up.WORKS", works)
    assert set(warm_up(inline)) == set(WORKS)
    assert sorted(done) == sorted(WORKS)
