"""GeoJSON in its three shapes: one collection, a sequence of records (RFC 8142), lines."""

import json
from collections.abc import Iterator

import pyarrow as pa

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY
from app.services.files.text_columns import bytes_of, joined, json_text

_RECORD_SEPARATOR = "\x1e"


def geojson(flow: Flow) -> Iterator[bytes]:
    """Yield one collection, a feature a line."""
    # With the first features: until they are read nothing is said.
    before = b'{"type":"FeatureCollection","features":[\n'
    for features in _features(flow, ",\n", ""):
        yield before + features[2:]
        before = b",\n"
    yield b"\n]}\n" if before == b",\n" else before + b"]}\n"


def geojson_sequence(flow: Flow) -> Iterator[bytes | memoryview]:
    """Yield RFC 8142: every record begins with a separator and is one line."""
    return _features(flow, _RECORD_SEPARATOR, "\n")


def geojson_lines(flow: Flow) -> Iterator[bytes | memoryview]:
    """Yield a feature a line."""
    return _features(flow, "", "\n")


def _features(flow: Flow, before: str, behind: str) -> Iterator[bytes | memoryview]:
    ready = flow.texts()
    if ready is not None:
        yield from _framed(ready, before.encode(), behind.encode())
        return
    for batch in flow.batches():
        if batch.num_rows:
            yield bytes_of(feature_texts(batch, flow.kinds, before, behind)).data


def _framed(ready: Iterator[list[bytes]], before: bytes, behind: bytes) -> Iterator[bytes]:
    between = behind + before
    for texts in ready:
        texts[0] = before + texts[0]
        texts[-1] += behind
        yield between.join(texts)


def feature_texts(
    batch: pa.RecordBatch, kinds: dict[str, str], before: str = "", behind: str = ""
) -> pa.Array:
    """Return the GeoJSON of each feature, byte for byte as pages tell it."""
    parts = [
        f'{before}{{"type":"Feature","id":',
        json_text(batch.column("id"), "text"),
        ',"geometry":',
        json_text(batch.column(GEOMETRY), "json"),
        ',"properties":{',
    ]
    lead = ""
    for name, kind in kinds.items():
        if name != "id":
            parts += [f"{lead}{json.dumps(name)}:", json_text(batch.column(name), kind)]
            lead = ","
    return joined([*parts, f"}}}}{behind}"], batch.num_rows)
