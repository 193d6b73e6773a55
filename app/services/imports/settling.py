"""Repetitions and contradictions among the rows of a file, and with what is stored.

A file may be larger than the memory, so the database settles them, in its temporary tables.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Row, text

from app.db.queries import query
from app.services.imports.staging import Staging
from ingest.findings import KEPT_PER_CODE, Finding, QuarantinedRow, finding

ReadCells = Callable[[Collection[int]], dict[int, tuple[str, ...]]]
_BATCH = 10_000


@dataclass(frozen=True)
class Settled:
    """What came of it: how many rows are set aside or skipped beyond the reading's own."""

    quarantined: int
    skipped: int
    findings: tuple[Finding, ...]
    finding_counts: dict[str, int]


def settle(staging: Staging, dataset_id: int, read_cells: ReadCells) -> Settled:
    """Leave each sample and result once among the staged ones, and nothing that is contradicted.

    Rows that contradict each other, or place a stored sample elsewhere, go to quarantine all
    together, because nothing says which is right; `read_cells` gives them as they are written.
    """
    session = staging.session
    session.execute(text("ANALYZE staged_sample, staged_result"))
    session.execute(query("repeated_samples"))
    session.execute(query("join_repeated_samples"))
    session.execute(query("repeated_results"))
    session.execute(query("contradicting_rows"), {"dataset_id": dataset_id})
    bad = session.execute(text("SELECT * FROM contradicting_row ORDER BY row_number")).all()
    for statement in (
        "drop_repeated_results",
        "drop_contradicting_results",
        "drop_repeated_samples",
        "promote_rows",
        "drop_contradicting_samples",
    ):
        session.execute(query(statement))
    repeated = session.execute(query("repeated_rows")).all()
    conflicts = [_conflict(row) for row in bad]
    for start in range(0, len(conflicts), _BATCH):
        _set_aside(conflicts[start : start + _BATCH], staging, read_cells)
    # What is beyond the number kept for a code is counted all the same.
    repeats = [
        finding("duplicate_row", row=row.row_number, other=row.other)
        for row in repeated[:KEPT_PER_CODE]
    ]
    counts = Counter(conflict.code for conflict in conflicts)
    counts["duplicate_row"] += len(repeated)
    kept = (*conflicts[:KEPT_PER_CODE], *repeats)
    return Settled(len(conflicts), len(repeated), kept, dict(+counts))


def _conflict(row: Row[tuple[object, ...]]) -> Finding:
    return finding(
        row.code,
        row=row.row_number,
        other=row.other,
        contaminant=row.contaminant,
        text=row.sample_code or "",
    )


def _set_aside(conflicts: list[Finding], staging: Staging, read_cells: ReadCells) -> None:
    cells = read_cells([conflict.row for conflict in conflicts if conflict.row is not None])
    staging.quarantine(
        tuple(
            QuarantinedRow(conflict.row, cells[conflict.row], (conflict,))
            for conflict in conflicts
            if conflict.row is not None
        )
    )
