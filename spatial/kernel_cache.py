"""Where the compiled kernels are kept, decided before the compiler is imported."""

import os
import sys
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
