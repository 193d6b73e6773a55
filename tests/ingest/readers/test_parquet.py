import io
import json
from pathlib import Path

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from ingest.readers import parquet
from tests.ingest.readers.conftest import Opened, refused, rows_of, zipped


def stored(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_rows_by_groups(document: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_PER_BATCH", 7)
    content = stored(pa.table({"Pb": [float(n) for n in range(50)]}), row_group_size=20)
    opened = document(content)
    assert opened.tables[0].rows == 50
    table = opened.open()
    assert len(list(table.blocks())) > 5
    assert rows_of(table) == [(n + 1, str(n)) for n in range(50)]
    assert len(rows_of(document(zipped([("a", content)])).open())) == 50


@pytest.mark.parametrize(("crs", "epsg"), [(28992, 28992), ("OGC:CRS84", 4326), (None, None)])
def test_geoparquet(document: Opened, tmp_path: Path, crs: object, epsg: int | None) -> None:
    frame = geopandas.GeoDataFrame({"Pb": [5.0]}, geometry=[shapely.Point(5.5, 52)], crs=crs)
    frame.to_parquet(tmp_path / "made")
    table = document((tmp_path / "made").read_bytes()).open()
    assert table.epsg == epsg
    assert rows_of(table) == [(1, "5.5", "52", "5")]


def test_reference_system_that_is_no_code_is_not_used(document: Opened) -> None:
    def with_crs(column: dict[str, object]) -> bytes:
        geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", **column}}}
        table = pa.table({"g": [shapely.to_wkb(shapely.Point(1, 2))]})
        return stored(table.replace_schema_metadata({"geo": json.dumps(geo)}))

    assert document(with_crs({})).open().epsg == 4326
    assert document(with_crs({"crs": {"id": {"authority": "X", "code": 1}}})).open().epsg is None
    assert document(with_crs({"crs": {"type": "pipeline /etc/passwd"}})).open().epsg is None
    broken = pa.table({"g": [1]}).replace_schema_metadata({"geo": "[" * 100_000})
    assert refused(document(stored(broken)).open).code == "layer_damaged"


def test_nested_columns_and_limits(document: Opened) -> None:
    nested = stored(pa.table({"metals": [[1, 2]]}))
    assert refused(document(nested).open).code == "column_nested"
    binary = stored(pa.table({"blob": [b"x"]}))
    assert refused(document(binary).open).code == "column_nested"
    content = stored(pa.table({"a": [1, 2], "b": [1, 2]}))
    assert refused(lambda: document(content, max_rows=1)).code == "too_many_rows"
    assert refused(document(content, max_columns=1).open).code == "too_many_columns"
    assert refused(lambda: document(content, max_in_memory_bytes=50)).code == "content_too_large"
    assert refused(lambda: document(content[:-20])).code == "layer_damaged"
