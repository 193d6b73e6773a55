"""
How kernels are compiled: without the interpreter's lock, once, kept for later processes.

The compiler's cache notices a change of the file a kernel is in and not of another file it calls.
Kernels call functions of other files, so each is kept under the contents of all of them. What only
kernels call is kept within them: see `spatial.interpolation.fast_parts`.

To the compiler a plain number in the source, and a variable that begins as one, has a type of its
own: a kernel called with it is compiled once more for it. Callers therefore say `ZERO`.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys

from spatial.interpolation.fast_parts import PartCompiler, WholeCompiler

# For kernels: 0, and no type of its own.
ZERO = cast("int", np.int64(0))
# Beside the files of the fast path: these call each other too.
OTHERS = frozenset(
    {
        "augmentation_sampling.py",
        "kernels.py",
        "kriging_system.py",
        "kriging_system_global.py",
        "simulation_kernel.py",
        "variogram_pairs.py",
        "vecchia.py",
    }
)


def _contents_of_kernels() -> str:
    """
    Return a hash of the files that kernels are in.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.name.startswith("fast_") or file.name in OTHERS:
            total.update(file.read_bytes())
    return total.hexdigest()


CONTENTS = _contents_of_kernels()


class _Kept(FunctionCache):
    """
    What was compiled of a function before.

    Parameters
    ----------
    function : callable
        The function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        # Another name for other sources: what older sources left may name types that are gone.
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            cache_path=self.cache_path,
            filename_base=f"{self._impl.filename_base}.{CONTENTS[:16]}",
            source_stamp=CONTENTS,
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """
        Load what was compiled for some types of arguments.

        Parameters
        ----------
        sig : compiler signature
            The types.
        target_context : compiler context
            The target.

        Returns
        -------
        compiled function or None
            None where nothing was kept.

        Notes
        -----
        The compiler's own way learns first how everything it knows is translated. Machine code
        needs none of that, and it takes longer than all the rest of a start.
        """
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


# The compiler knows all of these options, its stubs do not. Nobody takes the address of a kernel,
# and the interpreter calls none of the parts: what either would need is not made. Kernels look for
# divisors of 0 themselves where there can be any: tests and errors at every division are not made.
_WHOLE: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": WholeCompiler,
}
_MAKER: dict[str, Any] = _WHOLE | {"no_cpython_wrapper": True, "pipeline_class": PartCompiler}
# Parts that make no arrays need not count who holds them, at every use of a tuple of arrays again.
_PART: dict[str, Any] = _MAKER | {"_nrt": False}


def kernel(function: Callable[..., Any]) -> Any:
    """
    Compile a function at its first call, or load what was compiled from the same sources.

    Parameters
    ----------
    function : callable
        A function of arrays and numbers.

    Returns
    -------
    callable
        The kernel; it holds no lock and starts no thread.
    """
    compiled: Any = njit(**_WHOLE)(function)
    compiled._cache = _Kept(function)
    return compiled


def inner(function: Callable[..., Any]) -> Any:
    """
    Compile a function that only kernels call: translated, and made machine code of within them.

    Parameters
    ----------
    function : callable
        A function of arrays and numbers that makes and returns no arrays: see `maker`.

    Returns
    -------
    callable
        Only for kernels.
    """
    return njit(**_PART)(function)


def maker(function: Callable[..., Any]) -> Any:
    """
    Compile a function that only kernels call, and that makes or returns arrays.

    Parameters
    ----------
    function : callable
        A function of arrays and numbers.

    Returns
    -------
    callable
        Only for kernels.
    """
    return njit(**_MAKER)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """
    Compile a function into the kernels that call it, where a call would cost more than its work.

    Parameters
    ----------
    function : callable
        A function of lanes.

    Returns
    -------
    callable
        Only for kernels.
    """
    return njit(forceinline=True, **_PART)(function)
