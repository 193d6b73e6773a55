import polars as pl

from ingest.findings import FindingLog
from ingest.mapping.model import Mapping, RowRule, Statements
from ingest.mapping.rows import RowRules, report_skipped


def frame(*columns: list[str]) -> pl.DataFrame:
    numbers = pl.Series("row_number", range(2, 2 + len(columns[0])), dtype=pl.Int64)
    return pl.DataFrame([numbers, *(pl.Series(f"c{i}", c) for i, c in enumerate(columns))])


def test_rows_are_kept_or_skipped_by_one_columns_text() -> None:
    mapping = Mapping(
        "own",
        keep=(RowRule("result_type_code", ("TRG",), "not a target result"),),
        skip=(
            RowRule("Status", ("Rejected",), "rejected"),
            RowRule("not in this file", ("x",), "never"),
        ),
    )
    rows = frame(["TRG", "SUR", "trg ", "TRG"], ["Final", "Rejected", "Final", "rejected"])
    rows = rows.with_columns(pl.col("c0").str.strip_chars())
    kept, skipped = RowRules(["RESULT.TYPE.CODE", "status"], mapping).apply(rows)
    assert kept["row_number"].to_list() == [2, 4]
    assert skipped.rows() == [(3, "not a target result"), (5, "rejected")]
    log = FindingLog()
    report_skipped(skipped, log)
    assert [remark.message for remark in log.findings] == [
        "The row was skipped: not a target result. Nothing needs to be done if that is right.",
        "The row was skipped: rejected. Nothing needs to be done if that is right.",
    ]


def test_codes_of_absence_are_emptied_where_they_count() -> None:
    mapping = Mapping("own", file=Statements(missing=("N.S.",)), missing={"Obs": ("8", "88")})
    kept, _ = RowRules(["As", "Obs"], mapping).apply(frame(["8", "N.S."], ["8", "N.S."]))
    assert kept.select("c0", "c1").rows() == [("8", ""), ("", "")]


def test_the_first_filled_column_of_a_meaning_counts() -> None:
    mapping = Mapping(
        "own",
        columns={"GPS_LONG": "longitude", "TH_LONG": "longitude", "A": "unused", "B": "unused"},
        missing={"GPS_LONG": ("88.888888",)},
    )
    rules = RowRules(["TH_LONG", "GPS_LONG", "A", "B"], mapping)
    rows = frame(["7.1", "7.2", ""], ["88.888888", "7.3", ""], ["a", "a", "a"], ["b", "b", "b"])
    assert rules.apply(rows)[0].rows() == [
        (2, "7.1", "7.1", "a", "b"),
        (3, "7.2", "7.3", "a", "b"),
        (4, "", "", "a", "b"),
    ]
    assert rules.fillers == {0: 1}
