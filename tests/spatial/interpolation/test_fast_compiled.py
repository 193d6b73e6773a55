"""The trap: the compiler's own cache does not see a change in a file that a kernel calls."""

import os
import shutil
import subprocess
import sys

from spatial.interpolation.fast_compiled import OTHERS

PROGRAM = """
from spatial.interpolation.fast_compiled import CONTENTS
from spatial.interpolation.fast_search import nearest_of_all
from spatial.interpolation.fast_tree import build_tree
import numpy as np
import sys
tree = build_tree(np.zeros((3, 2)))
nearest_of_all(tree, np.zeros((1, 2)), 1)
# A module that the compiler loads before it compiles or, left to itself, before it loads a kernel.
is_ready = "numba.typed.typedlist" in sys.modules
print(CONTENTS, sum(nearest_of_all.stats.cache_hits.values()), int(is_ready))
"""


def run(folder, cache):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    contents, *numbers = done.stdout.split()
    return contents, *map(int, numbers)


def test_kernels_are_kept_until_any_kernel_file_changes(tmp_path, repository):
    shutil.copytree(
        repository / "spatial",
        tmp_path / "spatial",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    first, *numbers = run(tmp_path, tmp_path / "cache")
    assert numbers == [0, 1]
    assert run(tmp_path, tmp_path / "cache") == (first, 1, 0)
    with (tmp_path / "spatial" / "interpolation" / "fast_lanes.py").open("a") as file:
        file.write("# changed\n")
    second, *numbers = run(tmp_path, tmp_path / "cache")
    assert second != first
    assert numbers == [0, 1]


def test_every_file_with_kernels_counts_for_what_is_kept(repository):
    for file in sorted((repository / "spatial").rglob("*.py")):
        text = file.read_text()
        if any(f"@{name}\n" in text for name in ("kernel", "inner", "inlined", "maker")):
            is_known = file.name.startswith("fast_") or file.name in OTHERS
            assert is_known, f"Add {file.name} to OTHERS, or its changes are not noticed."
        if file.name != "fast_compiled.py" and "spatial.interpolation" in text:
            # Elsewhere kernels call none of other files: the compiler notices their own changes.
            assert "njit" not in text, f"{file.name} must use kernel, which knows of all files."
