import polars as pl
import pytest

from ingest.columns import ColumnGuess
from ingest.depths import DepthReader, parse_interval
from ingest.errors import IngestError
from ingest.findings import FindingLog


def read(
    upper: str, lower: str, unit: str | None = "cm"
) -> tuple[float | None, float | None, list[str]]:
    columns = [
        ColumnGuess(0, "top", "depth_upper", 1.0, "", unit=unit),
        ColumnGuess(1, "bottom", "depth_lower", 1.0, "", unit=unit),
    ]
    log = FindingLog()
    texts = {"depth_upper": pl.Series([upper]), "depth_lower": pl.Series([lower])}
    depths = DepthReader(columns, (None, None)).read(pl.Series([2]), texts, ".", log)
    return depths[0][0], depths[1][0], [remark.code for remark in log.findings]


@pytest.mark.parametrize(
    ("text", "upper", "lower", "unit"),
    [
        ("0-5 cm", 0, 5, "cm"),
        ("0 - 20", 0, 20, None),
        ("0–0.3 m", 0, 0.3, "m"),
        ("0-6 in", 0, 6, "in"),
        ("10 cm to 20 cm", 10, 20, "cm"),
        ("0 bis 30cm", 0, 30, "cm"),
        ("5 à 10 CM", 5, 10, "cm"),
        ('0-6"', 0, 6, '"'),
        ("0 in. to 6 in.", 0, 6, "in"),
        ("from 0 to 20 cm", 0, 20, "cm"),
        ("0...20", 0, 20, None),
        ("0-6 in bgs", 0, 6, "in"),
        ("0-1'", 0, 1, "'"),
        ("", None, None, None),
    ],
)
def test_intervals_are_read(
    text: str, upper: float | None, lower: float | None, unit: str | None
) -> None:
    interval = parse_interval(text, ".")
    assert (interval.upper, interval.lower, interval.unit) == (upper, lower, unit)
    assert interval.problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("20", "depth_single"),
        ("20 cm", "depth_single"),
        ("A horizon", "depth_not_understood"),
        (">30", "depth_open"),
        ("< 20 cm", "depth_open"),
        ("Topsoil", "depth_in_words"),
        ("surface", "depth_in_words"),
        ("表层", "depth_in_words"),
    ],
)
def test_other_texts_have_a_problem(text: str, problem: str) -> None:
    assert parse_interval(text, ".").problem == problem


@pytest.mark.parametrize(
    ("unit", "expected"), [("cm", (5.0, 20.0)), ("m", (500.0, 2000.0)), ("in", (12.7, 50.8))]
)
def test_units_of_the_header_are_converted(unit: str, expected: tuple[float, float]) -> None:
    assert read("5", "20", unit) == (*expected, [])


def test_missing_unit_is_assumed_aloud() -> None:
    assert read("5", "20", None) == (5.0, 20.0, ["depth_unit_assumed"])


@pytest.mark.parametrize(
    ("upper", "lower", "result"),
    [
        ("20", "5", (20.0, 5.0, ["depth_reversed"])),
        ("5", "5", (5.0, 5.0, ["depth_reversed"])),
        ("-5", "5", (-5.0, 5.0, ["depth_out_of_range"])),
        ("0", "99999", (0.0, 99999.0, ["depth_out_of_range"])),
        ("0", "0", (None, None, ["depth_zero"])),
        ("5", "", (None, None, ["depth_single"])),
        ("", "", (None, None, [])),
        ("0", "deep", (None, None, ["depth_not_understood", "depth_single"])),
    ],
)
def test_impossible_intervals(
    upper: str, lower: str, result: tuple[float | None, float | None, list[str]]
) -> None:
    assert read(upper, lower) == result


def test_unknown_unit_is_refused() -> None:
    with pytest.raises(IngestError, match='The unit "ell" of the depth in column "top"'):
        read("0", "5", "ell")


def test_stated_depth_is_used_without_a_column() -> None:
    log = FindingLog()
    upper, lower = DepthReader([], (0.0, 10.0)).read(pl.Series([2, 3]), {}, ".", log)
    assert (upper.to_list(), lower.to_list()) == ([0.0, 0.0], [10.0, 10.0])


def by_row(**texts: list[str]) -> tuple[list[tuple[float | None, float | None]], FindingLog]:
    columns = [ColumnGuess(i, name, name, 1.0, "") for i, name in enumerate(texts)]
    log = FindingLog()
    cells = {name: pl.Series(column, dtype=pl.String) for name, column in texts.items()}
    number = len(next(iter(texts.values())))
    rows = pl.Series(range(2, 2 + number), dtype=pl.Int64)
    upper, lower = DepthReader(columns, (None, None)).read(rows, cells, ".", log)
    return list(zip(upper, lower, strict=True)), log


def test_each_row_may_have_its_own_unit() -> None:
    units = ["cm", "in", "FT", "m", "", "fathom"]
    depths, log = by_row(depth_upper=["0"] * 6, depth_lower=["10"] * 6, depth_unit=units)
    assert depths == [(0, 10), (0, 25.4), (0, 304.8), (0, 1000), (0, 10), (0, 10)]
    assert [(remark.row, remark.code) for remark in log.findings] == [
        (None, "depth_unit_assumed"),
        (7, "depth_unit_unknown_in_row"),
    ]


def test_units_by_row_of_no_row_at_all() -> None:
    assert by_row(depth_upper=[], depth_lower=[], depth_unit=[])[0] == []


def test_a_rows_unit_counts_for_intervals_without_one() -> None:
    depths, _ = by_row(depth=["0-6", "0-6 cm", ""], depth_unit=["in", "in", "in"])
    assert depths == [(0, pytest.approx(15.24)), (0, 6), (None, None)]


def test_the_stated_unit_is_not_assumed() -> None:
    columns = [ColumnGuess(0, "Depth", "depth", 1.0, "")]
    log = FindingLog()
    reader = DepthReader(columns, (None, None), "mm")
    upper, lower = reader.read(pl.Series([2]), {"depth": pl.Series(["0-50"])}, ".", log)
    assert (upper[0], lower[0], log.findings) == (0, 5, ())


def test_depths_may_have_their_unit_behind_them() -> None:
    assert read("0", "6 in", None)[:2] == (0.0, pytest.approx(15.24))
    assert read("5 cm", "0.2 m", "ft") == (5.0, 20.0, [])
