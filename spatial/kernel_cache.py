"""Where the compiled kernels are kept, decided before the compiler is imported."""

import hashlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def use_kernel_cache(folder: Path) -> Path:
    """
    Keep compiled kernels in a folder, unless the environment already names one.

    An installed package may lie where its user cannot write; compiled kernels then need another
    folder, which must be writable and trusted, because machine code is loaded from it. Child
    processes inherit the choice.

    Parameters
    ----------
    folder : Path
        Where to keep them; made when absent.

    Returns
    -------
    Path
        The folder in use: the environment's, when ``NUMBA_CACHE_DIR`` is set.
    """
    chosen = Path(os.environ.setdefault(VARIABLE, str(folder)))
    chosen.mkdir(parents=True, exist_ok=True)
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()
    return chosen


def _stamp(folder: Path | None) -> Path:
    """
    Return the file whose presence says that all kernels were compiled.

    Parameters
    ----------
    folder : Path or None
        The folder given to `use_kernel_cache`; beside the sources when None.

    Returns
    -------
    Path
        Named by what compiled code depends on: sources, compiler, interpreter, processor.
    """
    sources = Path(__file__).parent
    total = hashlib.sha256()
    for file in sorted(sources.rglob("*.py")):
        total.update(file.read_bytes())
    for part in (version("numba"), version("llvmlite"), sys.version, _processor()):
        total.update(part.encode())
    kept = Path(os.environ.get(VARIABLE) or folder or sources / "__pycache__")
    return kept / f"compiled-{total.hexdigest()[:16]}"


def _processor() -> str:
    """
    Return what kind of processor this is, as far as the system tells.

    Returns
    -------
    str
        Model and abilities under Linux, the architecture elsewhere.
    """
    wanted = ("model name", "flags", "Features")
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return "".join(dict.fromkeys(line for line in lines if line.startswith(wanted)))


def are_kernels_compiled(folder: Path | None) -> bool:
    """
    Return whether all kernels were compiled for these sources and this machine.

    Parameters
    ----------
    folder : Path or None
        The folder given to `use_kernel_cache`; beside the sources when None.

    Returns
    -------
    bool
        False where nobody remembers; nothing is wrong then but a wait.
    """
    return _stamp(folder).exists()


def remember_kernels_are_compiled(folder: Path | None) -> None:
    """
    Remember it for `are_kernels_compiled`.

    Parameters
    ----------
    folder : Path or None
        The same.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     before = are_kernels_compiled(Path(name, "kernels"))
    ...     remember_kernels_are_compiled(Path(name, "kernels"))
    ...     before, are_kernels_compiled(Path(name, "kernels"))
    (False, True)
    """
    stamp = _stamp(folder)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
