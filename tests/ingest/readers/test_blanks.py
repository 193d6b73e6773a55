"""Tables separated by blanks, as programs of the last century print them and R still does."""

import io

import pytest

from ingest.errors import IngestError
from ingest.readers.blanks import TabbedText, find_blanks
from tests.ingest.conftest import ReadSamples

PRINTED = """\
Proben des Jahres 1990, Labor Nord

Probe   Ost     Nord    Pb (mg/kg)  Bemerkung
A 1     178605  333611  299         am Ufer
A 2     178607  333612
A 3     178608  333613  <5          "alt"
"""


def cells(text: str) -> list[list[str]]:
    lines = text.splitlines(keepends=True)
    found = find_blanks(lines)
    assert found is not None
    return [found[0].cut(line.rstrip("\n")) for line in lines if line.strip()]


def test_fixed_columns_keep_empty_cells_and_blanks_in_names() -> None:
    told = cells(PRINTED)[1:]
    assert told[0] == ["Probe", "Ost", "Nord", "Pb (mg/kg)", "Bemerkung"]
    assert told[1] == ["A 1", "178605", "333611", "299", "am Ufer"]
    assert told[2] == ["A 2", "178607", "333612", "", ""]


def test_single_blanks_and_quotes() -> None:
    assert cells('"x" "y" "Pb in soil"\n1 2.5 "a b"\n10 20   30\n') == [
        ["x", "y", "Pb in soil"],
        ["1", "2.5", "a b"],
        ["10", "20", "30"],
    ]


def test_numbers_set_flush_right() -> None:
    assert cells("  x   y  Pb\n  1  22 300\n 11   2  30\n") == [
        ["x", "y", "Pb"],
        ["1", "22", "300"],
        ["11", "2", "30"],
    ]


@pytest.mark.parametrize(
    "text",
    ["only\none\ncolumn\n", "some words of a text\nthat is no table\nat all, whatever\n", "\n \n"],
)
def test_prose_is_no_table(text: str) -> None:
    assert find_blanks(text.splitlines(keepends=True)) is None


def test_broken_quote_is_one_cell_and_no_crash() -> None:
    found = find_blanks(["x y Pb\n", "1 2 3\n", "4 5 6\n"])
    assert found is not None
    assert found[0].cut('1 "2 3') == ['1 "2 3']


def test_lines_become_lines_with_tabs() -> None:
    found = find_blanks(["a  b\n", "1  2\n"])
    assert found is not None
    text = TabbedText(io.StringIO('1  x"y\r\n\r\n3  4', newline=""), found[0])
    assert text.readlines() == ['1\t"x""y"\r\n', "\r\n", "3\t4"]


def test_a_printed_table_is_read_with_its_rows_numbered(samples_of: ReadSamples) -> None:
    read = samples_of(PRINTED, epsg=28992)
    assert "fixed width" in read.description["separator"]
    rows = read.results.select("row_number", "value", "detection_limit").rows()
    assert rows == [(4, 299.0, None), (6, None, 5.0)]
    assert read.samples["sample_code"].to_list() == ["A 1", "A 2", "A 3"]


def test_text_across_a_border_of_columns_goes_to_quarantine(samples_of: ReadSamples) -> None:
    many = "".join(f"B{n:<6} 178605  333611  299         -\n" for n in range(120))
    odd = "C 178605,333611,5 as they say in words\n"
    read = samples_of(PRINTED + many + odd, epsg=28992)
    [bad] = read.quarantined
    assert bad.cells[0].startswith("C 178605,333611")
    assert [reason.code for reason in bad.reasons] == ["row_too_short"]
    assert read.counts.read == 3 + 120 + 1


def test_decimal_commas_between_blanks(samples_of: ReadSamples) -> None:
    read = samples_of("id lon lat Pb_ppm\nA 5,5 51,5 1,25\nB 5,6 51,6 2,5\n")
    assert read.results["value"].to_list() == [1.25, 2.5]
    assert read.description["separator"] == "blanks"


def test_blanks_can_be_stated(samples_of: ReadSamples) -> None:
    text = "lon lat Pb,ppm Zn,ppm\n5 51 1 2\n5.1 51 3 4\n"
    read = samples_of(text, separator="blanks", unit="mg/kg")
    assert read.header == ("lon", "lat", "Pb,ppm", "Zn,ppm")
    with pytest.raises(IngestError) as refused:
        samples_of("lon,lat\n5,51\n", separator="blanks")
    assert refused.value.code == "blanks_unclear"


def test_commas_win_where_they_fit(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,Pb (mg/kg),place name\n5,51,1,by the old  mill\n5.1,51,2,near it\n")
    assert read.description["separator"] == ","
