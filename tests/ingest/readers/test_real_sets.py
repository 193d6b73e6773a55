"""The real sets open with the counts that their descriptions state."""

from pathlib import Path

import polars as pl
import pytest

from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Table
from ingest.readers.document import open_document

SETS = [
    ("usgs_ds801_top5/original/Appendix_2a_Top5_18Sept2013.xls", 4857, 82),
    ("usgs_ds801_top5/ds801_top5.csv.gz", 4857, 82),
    ("tri_philadelphia/shapefile/toxic_release_pennsylvania.zip", 4663, 11),
    ("tri_philadelphia/tri_pa.csv.gz", 4663, 11),
    ("epa_superfund_npl/superfund_npl_raw.csv", 1341, 17),
    ("natural_earth/ne_110m_admin_0_countries.gpkg", 177, None),
    ("natural_earth/ne_50m_admin_0_countries.gpkg", 242, None),
    ("natural_earth/ne_10m_admin_0_countries.gpkg", 258, None),
    ("natural_earth/ne_110m_admin_1_states_provinces.geojson.gz", 51, None),
    ("messy_derived/semicolon_decimalcomma_latin1.csv", 120, 7),
    ("messy_derived/dms_coordinates.csv", 120, 5),
    ("messy_derived/swapped_latlon_every_10th.csv", 120, 5),
    ("messy_derived/epsg5070_mixed_units.tsv", 120, 5),
    ("messy_derived/edd_long_qualifiers.csv", 483, 9),
    ("messy_derived/bad_values.csv", 120, 4),
    ("meuse/meuse.csv", 155, 14),
    ("michigan_pfas_sites/pfas_sites.csv", 300, 17),
]


def opened(path: Path) -> Table:
    return open_document(path, ImportOptions(), Limits()).open()


@pytest.mark.parametrize(("name", "rows", "columns"), SETS)
def test_counts_are_those_of_the_description(
    shared: Path, name: str, rows: int, columns: int | None
) -> None:
    table = opened(shared / "data" / name)
    blocks = list(table.blocks())
    assert sum(block.frame.height for block in blocks) == rows
    assert not any(block.irregular or block.blank_rows for block in blocks)
    assert columns is None or len(table.header) == columns


def test_old_workbook_says_the_same_as_the_text_made_from_it(shared: Path) -> None:
    folder = shared / "data" / "usgs_ds801_top5"
    book = opened(folder / "original" / "Appendix_2a_Top5_18Sept2013.xls")
    text = opened(folder / "ds801_top5.csv.gz")
    assert book.header == text.header
    assert (book.description["header_row"], book.description["units_row"]) == ("13", "14")
    assert book.units is not None
    assert dict(zip(book.header, book.units, strict=True))["Top5_As"] == "mg/kg"
    assert dict(zip(book.header, book.units, strict=True))["Top5_Al"] == "wt. %"
    (mine,), (theirs,) = list(book.blocks()), list(text.blocks())
    # the text writes one latitude as 40.0, where the sheet has the number 40
    same = theirs.frame.drop("row_number").with_columns(pl.col("c3").str.replace(r"\.0$", ""))
    assert mine.frame.drop("row_number").equals(same)


def test_second_row_of_the_superfund_list_belongs_to_its_header(shared: Path) -> None:
    table = opened(shared / "data" / "epa_superfund_npl" / "superfund_npl_raw.csv")
    assert table.header[-1] == "NPL Status Date"
    assert table.header[12] == "Native American Entity (NAI Status)"
