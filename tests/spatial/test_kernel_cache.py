import os
import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from spatial.kernel_cache import use_kernel_cache
print(use_kernel_cache(Path(sys.argv[1])))
from spatial.interpolation import kernels
kernels.bin_pairs(kernels.np.zeros((2, 2)), kernels.np.zeros(2), 1.0, 2)
"""


def run(repository, folder, **extra):
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | extra
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_kernels_are_kept_in_the_folder(tmp_path, repository):
    folder = tmp_path / "kernels"
    assert run(repository, folder) == str(folder)
    assert list(folder.rglob("*.nbi"))


def test_the_environment_comes_first(tmp_path, repository):
    other = str(tmp_path / "other")
    assert run(repository, tmp_path / "kernels", NUMBA_CACHE_DIR=other) == other
    assert list((tmp_path / "other").rglob("*.nbi"))
