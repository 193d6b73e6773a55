import csv
import io

import pytest

from ingest.errors import IngestError
from ingest.readers.header import find_heading, refuse_faulty_header


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter="|"))


def test_first_row_is_the_header_where_nothing_speaks_against_it() -> None:
    found = find_heading(rows("site|lon|lat|Pb\nA|5.1|52.0|<1\nB|5.2|52.1|ND\n"))
    assert (found.names, found.row, found.first_data_row) == (("site", "lon", "lat", "Pb"), 1, 2)
    assert (found.units, found.preamble, found.is_joined) == (None, (), False)
    assert found.describe() == {"header_row": "1"}


def test_preamble_with_separators_and_numbers_is_passed_over_and_kept() -> None:
    text = "Soils, of a country|2013\n\nDate:|2013-09-18\nCodes|N.S.|no sample\n"
    found = find_heading(rows(text + "id|lon|lat|Pb|Zn|Cd\n1|5.1|52|3|4|5\n2|5.2|52|<3|4|5\n"))
    assert found.row == 5
    assert found.first_data_row == 6
    assert found.preamble == (
        "Soils, of a country 2013",
        "Date: 2013-09-18",
        "Codes N.S. no sample",
    )
    assert found.describe() == {"header_row": "5", "preamble_rows": "3"}


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("|Degrees|Degrees|mg/kg|wt. %", (None, "Degrees", "Degrees", "mg/kg", "wt. %")),
        ("|||ppm|ppb", (None, None, None, "ppm", "ppb")),
        ("text|°|°|mg kg-1|µg/g dw", (None, "°", "°", "mg kg-1", "µg/g dw")),
        ("||||(mg/kg)", (None, None, None, None, "(mg/kg)")),
    ],
)
def test_row_of_units_below_the_header(units: str, expected: tuple[str | None, ...]) -> None:
    found = find_heading(rows(f"id|lon|lat|Pb|Al\n{units}\nA|5.1|52|3|4\nB|5.2|52|<3|4\n"))
    assert found.units == expected
    assert (found.row, found.units_row, found.first_data_row) == (1, 2, 3)


def test_row_of_missing_values_is_no_row_of_units() -> None:
    found = find_heading(rows("id|lon|lat|Pb\nA|n.d.|n.d.|none\nB|5.2|52|3\nC|5|5|5\n"))
    assert (found.units, found.first_data_row) == (None, 2)


def test_second_row_goes_on_with_the_names_of_the_first() -> None:
    text = "State|Site|Entity|Latitude|Status\n||(kind)||Date\nCT|A|x|41.8|10/04/89\nCT|B||41.9|\n"
    found = find_heading(rows(text + "CT|C|x|41.8|09/08/83\n"))
    assert found.names == ("State", "Site", "Entity (kind)", "Latitude", "Status Date")
    assert (found.row, found.first_data_row) == (2, 3)
    assert found.describe() == {"header_row": "1 and 2"}


def test_poor_first_row_of_data_is_not_taken_for_names() -> None:
    found = find_heading(rows("Site|Lon|Lat|Pb\nA|||ND\nB|5|52|3\nC|5|52|4\n"))
    assert (found.names, found.first_data_row) == (("Site", "Lon", "Lat", "Pb"), 2)
    found = find_heading(rows("Site|Note|Lat|Pb\n|poor||\nB|x|52|3\nC||52|4\n"))
    assert found.first_data_row == 2


def test_groups_above_the_names_give_their_unit() -> None:
    text = "Site|Position||Metals (mg/kg)||\n|Lon|Lat|Pb|Zn|Cd\nA|5|52|3|4|5\nB|5|52|3|4|5\n"
    found = find_heading(rows(text))
    assert found.names == ("Site", "Lon", "Lat", "Pb", "Zn", "Cd")
    assert found.units == (None, None, None, "mg/kg", "mg/kg", "mg/kg")
    assert (found.row, found.first_data_row) == (2, 3)


def test_equal_names_are_told_apart_by_their_groups() -> None:
    text = "Site|Topsoil||Subsoil|\n|Pb|Zn|Pb|Zn\nA|1|2|3|4\nB|1|2|3|4\n"
    spans = [(0, 1, 2), (0, 3, 4)]
    names = ("Site", "Topsoil Pb", "Topsoil Zn", "Subsoil Pb", "Subsoil Zn")
    assert find_heading(rows(text), spans).names == names
    assert find_heading(rows(text)).names == names


def test_titles_for_people_stand_above_the_names_for_programs() -> None:
    text = "Name of project|Code of profile|Longitude|Latitude\n"
    text += "project_name|profile_code|longitude_dd|latitude_dd\nA|p1|5.1|52\nA|p2|5.2|52\n"
    found = find_heading(rows(text))
    assert found.names[0] == "project_name"
    assert (found.row, found.first_data_row) == (2, 3)


def test_names_may_be_years() -> None:
    found = find_heading(rows("site|lon|lat|2001|2002|2003\nA|5|52|1|2|3\nB|5|52|1|2|3\n"))
    assert found.row == 1


def test_table_of_words_begins_with_its_first_row() -> None:
    found = find_heading(rows("name|type|town\nA|landfill|X\nB|mine|Y\n"))
    assert (found.names, found.first_data_row) == (("name", "type", "town"), 2)


def test_nothing_but_blanks_is_refused() -> None:
    with pytest.raises(IngestError, match="The file is empty"):
        find_heading([[" ", ""], []])


def test_faulty_headers_are_refused() -> None:
    with pytest.raises(IngestError, match='Two columns are named "a"'):
        refuse_faulty_header(("a", "", "", "a"), 10)
    with pytest.raises(IngestError, match="has 3 columns; 2 are allowed"):
        refuse_faulty_header(("a", "b", "c"), 2)


MISLEADING = rows(
    "Survey|of|many|towns\nby|an|office|\nid|2001|2002|2003\n|mg/kg|mg/kg|ppb\nA|1|2|3\nB|4|5|6\n"
)


def test_stated_row_alone_names_the_columns_and_units_below_it_are_still_found() -> None:
    assert find_heading(MISLEADING).row == 1
    found = find_heading(MISLEADING, stated=3)
    assert found.names == ("id", "2001", "2002", "2003")
    assert found.describe() == {"header_row": "3", "units_row": "4", "preamble_rows": "2"}
    assert found.units == (None, "mg/kg", "mg/kg", "ppb")
    assert found.first_data_row == 5
    plain = find_heading(rows("a|b\nx|y\nz|w\n"), stated=2)
    assert (plain.names, plain.first_data_row, plain.units) == (("x", "y"), 3, None)


@pytest.mark.parametrize(
    ("row", "reason"), [(0, "6 rows could be"), (7, "6 rows could be"), (-3, "6 rows could be")]
)
def test_stated_row_that_is_not_there_is_refused(row: int, reason: str) -> None:
    with pytest.raises(IngestError, match=f"Row {row} cannot be the header: {reason}") as fault:
        find_heading(MISLEADING, stated=row)
    assert fault.value.code == "header_row_missing"


def test_stated_row_that_is_empty_is_refused() -> None:
    with pytest.raises(IngestError, match="Row 2 cannot be the header: that row is empty"):
        find_heading(rows("a|b\n |\n1|2\n"), stated=2)
