"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    Give a temporary name beside the wanted one; what was written there is renamed at the end.

    Parameters
    ----------
    path : Path
        The wanted file; an earlier one is replaced.

    Yields
    ------
    Path
        Where to write. Where writing fails nothing stays.

    Raises
    ------
    OSError
        Where it cannot be flushed or renamed, for example on a full disk.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        yield partial
        flush_to_disk(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """
    Wait until the file's bytes are on the disk, so that a rename never outlives them.

    Parameters
    ----------
    path : Path
        The file.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())
