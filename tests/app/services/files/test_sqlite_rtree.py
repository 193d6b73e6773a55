"""An R-tree that is written as pages, asked and examined by SQLite itself."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.services.files.sqlite_pages import Pages, TableWriter
from app.services.files.sqlite_rtree import RTreeWriter


@pytest.mark.parametrize("count", [0, 1, 51, 52, 2_700])
def test_boxes_are_found(tmp_path: Path, count: int) -> None:
    rng = np.random.default_rng(2)
    corners = np.sort(rng.uniform(-180, 180, count))[:, None] + np.array([[0.0, 1 / 3]])
    heights = rng.uniform(-90, 90, (count, 2))
    boxes = np.column_stack(
        [corners[:, 0], heights.min(axis=1), corners[:, 1], heights.max(axis=1)]
    )
    boxes[5::100] = np.nan  # without a place
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIRTUAL TABLE r USING rtree(id, minx, maxx, miny, maxy)")
        roots = dict(database.execute("SELECT name, rootpage FROM sqlite_master"))
        [(node_bytes,)] = database.execute("SELECT length(data) FROM r_node")
    with Pages(path) as pages:
        nodes, rows = (TableWriter(pages, roots[name]) for name in ("r_node", "r_rowid"))
        tree = RTreeWriter(nodes, rows, node_bytes)
        for start in range(0, count, 51):
            keys = np.arange(start, min(count, start + 51)) + 1
            tree.add(keys, boxes[start : start + 51])
        root = tree.finish()
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT OR REPLACE INTO r_node VALUES (1, ?)", [root.content])
        database.executemany("INSERT INTO r_parent VALUES (?, ?)", root.parents)
        database.commit()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT rtreecheck('r')").fetchall() == [("ok",)]
        for west, south, east, north in [(-180, -90, 181, 90), (5, 45, 15, 55), (0, 0, 0.1, 0.1)]:
            asked = "SELECT id FROM r WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?"
            found = {key for (key,) in database.execute(asked, [east, west, north, south])}
            inside = (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
            inside &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
            # Kept in single precision, rounded outwards: never one too few.
            assert set((np.flatnonzero(inside) + 1).tolist()) <= found
            assert len(found) <= inside.sum() + 1
        database.execute("INSERT INTO r VALUES (9999, 1, 2, 3, 4)")
        database.execute("DELETE FROM r WHERE id % 2 = 1 AND id < 9000")
        assert database.execute("SELECT rtreecheck('r')").fetchall() == [("ok",)]
