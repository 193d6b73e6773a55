"""What the tests of the numerics share."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[1] / "data" / "spatial"
Table = dict[str, Any]


def read_table(path: Path) -> Table:
    """Columns of a CSV by name, numbers as float64 with all their digits."""
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    return {name: table[name] for name in table.dtype.names}


def assert_close(actual: Any, expected: Any, tolerance: float, what: str) -> None:
    """Fail with a sentence that says which figure is off, and by how much."""
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    difference = np.abs(actual - expected) / np.maximum(np.abs(expected), 1e-300)
    # A variance of 0 at a sample has no relative difference; there the scale is 1.
    difference = np.where(np.abs(expected) < 1e-9, np.abs(actual - expected), difference)
    worst = int(np.argmax(difference))
    assert difference.max() <= tolerance, (
        f"{what}: largest relative difference {difference.max():.3g} (allowed {tolerance:g}) at "
        f"entry {worst}: {actual.flat[worst]!r}, reference {expected.flat[worst]!r}"
    )


class InlineExecutor(Executor):
    """Runs each task at once in the calling thread."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def inline() -> InlineExecutor:
    return InlineExecutor()


@pytest.fixture(scope="session")
def close() -> Callable[..., None]:
    return assert_close


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Table]:
    """Our own reference figures, made by tests/data/spatial/make_reference.R."""
    return lambda name: read_table(DATA / f"{name}.csv")


@pytest.fixture(scope="session")
def samples(reference: Callable[[str], Table]) -> tuple[np.ndarray, np.ndarray]:
    """Synthetic samples: places (90, 2) and positive values (90,)."""
    table = reference("samples")
    return np.column_stack([table["easting"], table["northing"]]), table["value"]


@pytest.fixture(scope="session")
def gstat(shared: Path) -> Callable[[str], Table]:
    """Reference figures of the shared folder."""
    return lambda name: read_table(shared / "interp_reference" / f"{name}.csv")


@pytest.fixture(scope="session")
def meuse(gstat: Callable[[str], Table]) -> Table:
    """The Meuse samples, with ``places`` and ``cells`` added."""
    table, grid = gstat("in_meuse"), gstat("in_meuse_grid")
    table["places"] = np.column_stack([table["x"], table["y"]]).astype(float)
    table["cells"] = np.column_stack([grid["x"], grid["y"]]).astype(float)
    return table
