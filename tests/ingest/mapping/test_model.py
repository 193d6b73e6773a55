import pytest

from ingest.errors import IngestError
from ingest.mapping.model import Mapping, RowRule, Statements


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("name", {"name": "Own"}),
        ("name", {"name": "../x"}),
        ("kind", {"kind": "soil"}),
        ("layout", {"layout": "tall"}),
        ("others", {"others": "drop"}),
        ("recognise.header_row", {"header_row": 0}),
        ("recognise.header_row", {"header_row": 10_001}),
        ("columns", {"columns": {"x" * 201: "easting"}}),
        ("columns", {"columns": {f"c{number}": "unused" for number in range(1001)}}),
        ("qualifiers.U", {"qualifiers": {"U": "nondetect"}}),
        ("conditions.Trace", {"conditions": {"Trace": "below"}}),
        ("sample_types.FD", {"sample_types": {"FD": "dup"}}),
        ("missing.GPS_LAT", {"missing": {"GPS_LAT": ("",)}}),
        ("keep 1.reason", {"keep": (RowRule("type", ("TRG",), ""),)}),
        ("file.scale", {"file": Statements(scale="log2")}),
        ("file.negative", {"file": Statements(negative="zero")}),
        ("file.moisture_percent", {"file": Statements(moisture_percent=100.0)}),
        ("file.depth_upper_cm", {"file": Statements(depth_upper_cm=float("nan"))}),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(key: str, given: dict[str, object]) -> None:
    with pytest.raises(IngestError) as caught:
        Mapping(**{"name": "own"} | given)
    assert caught.value.code == "mapping_invalid"
    assert f'at "{key}"' in caught.value.message
    assert "To mend it, " in caught.value.message
