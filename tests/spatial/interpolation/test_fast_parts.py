"""Parts live within kernels: one thing is kept, and what they raise is heard, now and later."""

import os
import subprocess
import sys

import numpy as np
import pytest

from spatial.interpolation.fast_compiled import inner, kernel, maker

KERNELS = """
import numpy as np
from spatial.interpolation.fast_compiled import inlined, inner, kernel

@inlined
def twice(number):
    return 2.0 * number

@inner
def deepest(numbers, place):
    if place >= numbers.shape[0]:
        raise ValueError("beyond the end")
    return numbers[place]

@inner
def middle(numbers, place):
    return twice(deepest(numbers, place)) + deepest(numbers, 0)

@kernel
def outermost(numbers, place):
    room = np.empty(1)
    room[0] = middle(numbers, place) + deepest(numbers, 1)
    return room

@kernel
def other(numbers):
    return outermost(numbers, 1)[0] + middle(numbers, 0)
"""
PROGRAM = """
import numpy as np
from parts import other, outermost

numbers = np.array([1.0, 10.0, 100.0])
print(outermost(numbers, 2)[0], other(numbers), end=" ")
try:
    outermost(numbers, 3)
except ValueError as error:
    print(sum(outermost.stats.cache_hits.values()), error)
"""


def test_parts_are_kept_within_their_kernels(repository, tmp_path):
    (tmp_path / "parts.py").write_text(KERNELS)
    cache = tmp_path / "cache"
    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ
            | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": f"{tmp_path}{os.pathsep}{repository}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert told == ["211.0 34.0 0 beyond the end\n", "211.0 34.0 1 beyond the end\n"]
    kept = {file.name.split("-")[0] for file in cache.rglob("*.nbi")}
    assert kept == {"parts.outermost", "parts.other"}


def test_parts_that_return_arrays_are_makers():
    def last_two(numbers):
        return numbers[-2:], numbers[0]

    def ask(part):
        return kernel(lambda numbers: part(numbers)[0])(np.arange(5.0)).tolist()

    assert ask(maker(last_two)) == [3.0, 4.0]
    with pytest.raises(TypeError, match="last_two returns arrays: call it a maker"):
        ask(inner(last_two))
