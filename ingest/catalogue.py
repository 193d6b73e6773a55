"""The catalogue of finding codes: severity, scope, and the sentence with its remedy.

Codes are stable: programs and people refer to them. docs/findings.md has a paragraph on each.
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["file", "column", "row"]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One code: a *file* error refuses the file, a *row* error sends the row to quarantine.

    `repair` says what is done instead when the user accepts the code.
    """

    severity: Literal["error", "warning", "info"]
    scope: Scope
    sentence: str
    repair: str | None = None


def _refusal(sentence: str) -> FindingKind:
    return FindingKind("error", "file", sentence)


def _fault(sentence: str, repair: str | None = None) -> FindingKind:
    return FindingKind("error", "row", sentence, repair)


def _doubt(sentence: str, scope: Scope = "row", repair: str | None = None) -> FindingKind:
    return FindingKind("warning", scope, sentence, repair)


def _note(sentence: str, scope: Scope = "column") -> FindingKind:
    return FindingKind("info", scope, sentence)


_CONTENT = {
    "file_unreadable": _refusal(
        "The file cannot be opened ({reason}). Check that it exists and may be read."
    ),
    "file_empty": _refusal("The file is empty. Send a file with a header row and data rows."),
    "file_without_rows": _refusal(
        "The file has a header but no data rows. Send a file with at least one row of data."
    ),
    "content_not_table": _refusal(
        "The content is {found}, not a table this service reads. Export the table as CSV, XLSX "
        "or GeoPackage and send that."
    ),
    "archive_damaged": _refusal(
        "The archive is damaged, or packed in an unusual way. Pack the files again as zip or gzip."
    ),
    "archive_encrypted": _refusal(
        "The archive is protected by a password. Pack the files again without one."
    ),
    "archive_unsafe": _refusal(
        'The archive was not opened because of "{text}": names in it must not repeat, lead out of '
        "the archive or be links. Pack the files again."
    ),
    "archive_too_large": _refusal(
        "The archive holds more than the allowed {mebibytes} MiB. Split the file into smaller ones."
    ),
    "archive_suspicious": _refusal(
        "The archive inflates to more than {ratio} times its size, as archives made to do harm "
        "do. Send the file unpacked, or split it."
    ),
    "archive_nested": _refusal(
        "The archive holds another archive. Unpack it and send what is inside."
    ),
    "archive_without_table": _refusal(
        "The archive holds no table this service reads. Pack CSV, XLSX, XLS, ODS, GeoJSON, "
        "GeoPackage, FlatGeobuf, Shapefile or Parquet files."
    ),
    "archive_members_ignored": _note(
        "{number} files of the archive are no tables and were not read: {text}. Nothing needs to "
        "be done if that is right.",
        "file",
    ),
    "content_too_large": _refusal(
        "Files of this format are read whole and may have {mebibytes} MiB. Export the table as "
        "CSV, which has no such limit."
    ),
    "table_chosen": _doubt(
        'Of several tables, "{text}" was read, because it looks most like data. The others: '
        "{tables}. State the sheet, layer or member if another one is meant.",
        "file",
    ),
    "table_unknown": _refusal(
        'The file has no sheet, layer or member named "{text}". Use one of these: {tables}.'
    ),
    "header_row_missing": _refusal(
        "Row {number} cannot be the header: {reason}. State the row that holds the names of the "
        "columns, counted from 1 at the top of the file, or leave it to be found."
    ),
    "workbook_damaged": _refusal(
        "The workbook cannot be read ({reason}). Open it in a spreadsheet program and save it "
        "again as xlsx."
    ),
    "workbook_protected": _refusal(
        "The workbook is protected by a password. Save it again without one."
    ),
    "json_malformed": _refusal(
        "The GeoJSON is broken at feature {number}: {reason}. Export the layer again."
    ),
    "json_number": _refusal(
        'The GeoJSON has "{text}" at feature {number}, which is no number that can be used. Remove '
        "it, or write null."
    ),
    "json_too_deep": _refusal(
        "The GeoJSON is nested too deeply at feature {number}. Export the layer again, without "
        "nested properties."
    ),
    "geopackage_damaged": _refusal(
        "The GeoPackage cannot be read ({reason}). Export the layer again."
    ),
    "geopackage_unsafe": _refusal(
        'The GeoPackage was not opened because of "{text}", which is a {found}: only layers that '
        "are plain tables are read. Export the layer to a new GeoPackage."
    ),
    "layer_damaged": _refusal(
        "The layer cannot be read ({reason}). Export it again, for example as GeoPackage."
    ),
    "column_nested": _refusal(
        'The column "{column}" holds lists, records or binary data, not single values. Leave it '
        "out, or export it as text."
    ),
    "xml_entities": _refusal(
        "The workbook declares XML entities, which no spreadsheet program writes. Save it again "
        "as xlsx."
    ),
    "too_many_cells": _refusal(
        'The sheet "{text}" reaches to row {rows} and column {columns}; {limit} cells are allowed '
        "from its first cell to the last used one. Delete the stray cells, or send the table as "
        "CSV."
    ),
    "merged_cells_filled": _note(
        "{number} cells merged over several rows were taken to hold for each of these rows. "
        "Nothing needs to be done if that is right.",
        "file",
    ),
    "encoding_unknown": _refusal(
        "The text is not UTF-8 (byte {byte} at offset {offset}) and its encoding cannot be told. "
        "State the encoding, for example cp1252, cp1250, cp1251, koi8_r, cp1253, mac_roman, "
        "shift_jis or gb18030, or save the file as UTF-8."
    ),
    "encoding_wrong": _refusal(
        "The text cannot be read as {encoding} ({reason}). State the encoding the file was "
        "saved in, or save it as UTF-8."
    ),
    "encoding_guessed": _doubt(
        "The text is not UTF-8 and was read as {encoding}{others}: all {number} words with foreign "
        'letters make sense so, for example "{text}". State the encoding if names look wrong.',
        "file",
    ),
    "separator_unknown": _refusal(
        'The separator "{text}" is not one of comma, semicolon, tab and |. '
        "State one of these or leave it out."
    ),
    "header_duplicate": _refusal(
        'Two columns are named "{column}". Give every column a name of its own.'
    ),
    "header_blank": _note(
        "Column {number} has no name and was not used. Name it in the header row if it matters."
    ),
    "too_many_columns": _refusal(
        "The file has {number} columns; {limit} are allowed. Send the needed columns only."
    ),
    "too_many_rows": _refusal(
        "The file has more than {limit} rows. Split it into several files, each with the header."
    ),
    "quote_malformed": _refusal(
        "The quotes around a cell are broken in row {number} ({reason}). Close every quote, and "
        "double the quotes inside a quoted cell."
    ),
    "row_too_long": _fault(
        "The row has {number} cells, the header {expected}. Quote cells that contain the "
        "separator, or remove the extra cells."
    ),
    "row_too_short": _fault(
        "The row has {number} cells, the header {expected}. Add the missing cells, empty if "
        "there is no value."
    ),
    "row_blank": _note("The row is blank and was skipped. Nothing needs to be done.", "row"),
    "nul_byte": _fault(
        'The cell "{text}" contains a NUL byte. Remove it, or export the file again as text.'
    ),
    "reading_too_slow": _refusal(
        "Reading was stopped after {seconds} seconds. Split the file into smaller ones."
    ),
    "reading_too_large": _refusal(
        "Reading needed more than the allowed memory ({mebibytes} MiB) or was killed by the "
        "system. Split the file into smaller ones."
    ),
    "reading_failed": _refusal(
        "Reading failed inside the service; the fault is recorded in its log. "
        "Report it together with the file."
    ),
}

_COLUMNS = {
    "option_invalid": _refusal(
        'The stated {option} "{text}" is not understood. Write it as {expected}.'
    ),
    "mapping_unknown_column": _refusal(
        'The mapping names the column "{column}", which the file does not have. '
        "Use one of the file's columns: {columns}."
    ),
    "mapping_unknown_meaning": _refusal(
        'The mapping gives column "{column}" the meaning "{text}", which is not known. '
        "Use one of {meanings}, or contaminant:CODE with a code of the registry."
    ),
    "mapping_invalid": _refusal(
        'The mapping cannot be used: at "{key}", {reason}. To mend it, {remedy}.'
    ),
    "format_recognised": _note(
        "The file was read as {name}: it {reason}. Name another format, or state the columns, if "
        "that is wrong.",
        "file",
    ),
    "glosis_original_read": _note(
        "The sheet Original Data was read, because the other sheets of the template have lost "
        "detection limits. State the sheet Specimen Data to read those instead.",
        "file",
    ),
    "join_table_missing": _doubt(
        "Files of {name} are completed by other tables, and the file does not hold {text}. Send "
        "them together, as sheets of one workbook or as one zip archive.",
        "file",
    ),
    "join_columns_missing": _refusal(
        'The table "{table}" lacks a column by which it is joined ({columns}). Add it.'
    ),
    "join_not_unique": _refusal(
        'The table "{table}" has several different rows for "{text}" in {columns}, so that the '
        "rows it completes cannot tell which is theirs. Keep one of them."
    ),
    "format_of_other_kind": _refusal(
        "The format {name} is about {kind}, and the file was sent as {wanted}. Send it as {kind}."
    ),
    "limits_unknown": _doubt(
        "Files of {name} have lost their detection limits: what was not detected is missing, "
        "zero or half a limit. Means and maps of it are biased upwards; load the laboratory's own "
        "file if you have it.",
        "file",
    ),
    "column_ambiguous": _refusal(
        "Several columns look like {meaning}: {columns}. Say by the mapping which is meant, and "
        'map the others to "unused".'
    ),
    "contaminant_twice": _refusal(
        "Several columns hold {contaminant} without a difference in extraction: {columns}. "
        'Map all but one to "unused", or load them one by one with their extraction stated.'
    ),
    "limit_units_differ": _refusal(
        "The names of the limit columns give different units, or only some of them one: {columns}. "
        "Name the same unit in all, or give a column with the unit of the limits."
    ),
    "long_columns_missing": _refusal(
        "The mapping says that the file has a row per result, but no column was recognised for the "
        "value, or none for what was measured. Map them to value and analyte."
    ),
    "contaminants_missing": _refusal(
        "No column was recognised as a contaminant. Name columns by symbol or name with the "
        "unit, for example zinc (mg/kg), or map a column to contaminant:CODE."
    ),
    "column_unused": _note("The column was not used: {reason}. Map it if it holds data to load."),
    "unit_missing": _refusal(
        "No unit is given for {columns}. Write it in the header, for example {example} (mg/kg), "
        'or state one unit for the whole file; map columns that are no contents to "unused".'
    ),
    "unit_unknown": _refusal(
        'The unit "{text}" of column "{column}" is not known. Write a usual spelling such as '
        "mg/kg, µg/g or %, or map the column."
    ),
    "unit_unknown_in_row": _fault(
        'The unit "{text}" is not known. Write a usual spelling such as mg/kg, µg/g or %.'
    ),
    "unit_missing_in_row": _fault(
        "The cell for the unit is empty. Write the unit of the value, for example mg/kg."
    ),
    "unit_not_content": _doubt(
        'The column was not loaded: "{text}" is no content of dry soil ({basis}). Send results '
        'in mg/kg dry mass, or map the column to "unused".',
        "column",
    ),
    "unit_not_content_in_row": _fault(
        'The unit "{text}" is no content of dry soil ({basis}). Send the result in mg/kg dry mass.'
    ),
    "unit_wrong_kind": _refusal(
        'The unit "{text}" of column "{column}" measures {found}, but {contaminant} is given in '
        "{expected}. Correct the unit or the mapping."
    ),
    "unit_wrong_kind_in_row": _fault(
        'The unit "{text}" measures {found}, but {contaminant} is given in {expected}. '
        "Correct the unit."
    ),
    "unit_ambiguous": _doubt(
        'The unit "{text}" was read as {factor} {canonical} of soil. Write {canonical} in the '
        "file if that is not meant.",
        "column",
    ),
    "unit_mixture_suspected": _doubt(
        "The column may hold two units: {low} values of {contaminant} and {high} others lie "
        "apart at {limit}, by a factor of {ratio}{laboratories}. Correct the units if mg/kg and "
        "µg/kg are mixed; nothing was converted.",
        "column",
    ),
    "oxide_converted": _note(
        "{oxide} is reported and was converted to {contaminant} by the factor {factor}. Correct "
        "the name if it is the content of the element."
    ),
    "unit_in_header_kept": _note(
        'The stated unit was not used for this column, because its header says "{text}". '
        "Correct the header if it is wrong."
    ),
    "decimal_unclear": _refusal(
        'It cannot be told whether the comma in "{text}" separates decimals or thousands. '
        'State the decimal separator, "," or ".".'
    ),
}

_VALUES = {
    "value_missing": _note(
        "Cells without a result: {number}; they are empty or say that nothing was measured. "
        "Nothing needs to be done if that is right."
    ),
    "value_zero": _doubt(
        "A concentration of 0 was reported; often it stands for a value below the detection "
        "limit. Write < and the limit if that is so."
    ),
    "value_negative": _fault(
        'The concentration "{text}" is below zero. Correct it, or write <{magnitude} if '
        "{magnitude} is the detection limit.",
        "Negative concentrations are read as results below their magnitude.",
    ),
    "negative_as_limit": _note(
        '"{text}" was read as below {magnitude}, as the source says or you accepted. Nothing needs '
        "to be done if that is right.",
        "row",
    ),
    "value_fill": _fault(
        'The value "{text}" looks like a code for a missing value. Leave the cell empty if '
        "nothing was measured.",
        "Such cells are read as empty.",
    ),
    "fill_as_missing": _note(
        '"{text}" was read as an empty cell, as you accepted. Nothing needs to be done.', "row"
    ),
    "thousands_separated": _note(
        'The signs in "{text}" were read as separating thousands. Write the number without them '
        "if that is wrong.",
        "row",
    ),
    "uncertainty_kept": _note(
        'The uncertainty in "{text}" is kept as the qualifier of the result. Nothing needs to be '
        "done.",
        "row",
    ),
    "value_not_number": _fault(
        '"{text}" is not a number. Write a number, < and the detection limit, ND, or leave the '
        "cell empty."
    ),
    "value_formula": _fault(
        '"{text}" is a formula, and formulas are not calculated. Write the number itself.'
    ),
    "value_not_finite": _fault(
        '"{text}" is not a finite number. Write the measured number or leave the cell empty.'
    ),
    "value_separators": _fault(
        'It cannot be told which sign separates decimals in "{text}" (this file uses '
        '"{decimal}"). Write the number without separators of thousands.'
    ),
    "limit_missing": _doubt(
        '"{text}" says below or above a limit but not which limit. The result is kept without '
        "a limit; write < and the limit to make it usable."
    ),
    "flag_ambiguous": _fault(
        'The flag in "{text}" means different things in different laboratories. Write < and '
        "the limit, or the number alone."
    ),
    "upper_limit_missing": _fault(
        '"{text}" says above a limit but not which limit. Write > and the limit.'
    ),
    "flags_contradict": _fault(
        '"{text}" lies below a limit by one statement of the row and above one by another. '
        "Correct the flag, the detection condition or the sign before the value."
    ),
    "qualifier_unclear": _refusal(
        'It is not known what {flags} in the column "{column}" mean: laboratories differ. State '
        "each in the mapping's table [{table}] as none, left (not detected), right, missing or "
        "rejected."
    ),
    "analyte_unknown": _doubt(
        'Rows on "{text}" were skipped: {number}; it is not in the registry of contaminants. '
        "Write a symbol, name or CAS number of the registry if it is meant to be loaded.",
        "column",
    ),
    "analyte_conflict": _fault(
        'Name and CAS number are those of two substances: "{text}". Correct one of them.'
    ),
    "quality_control_row": _note(
        "The row is about a blank, a spike or a control, not about soil, and was skipped. "
        "Nothing needs to be done.",
        "row",
    ),
    "sample_type_unknown": _doubt(
        'The type of sample "{text}" is not known; its rows ({number}) were read as ordinary '
        "samples. State it in the mapping's table [sample_types] if they are duplicates, blanks, "
        "spikes or controls.",
        "column",
    ),
    "result_rejected": _note(
        "The laboratory or the validation rejected the result, and the row was skipped. "
        "Nothing needs to be done.",
        "row",
    ),
    "result_missing": _note(
        "The row gives no result and was skipped. Nothing needs to be done if that is right.",
        "row",
    ),
    "row_filtered": _note(
        "The row was skipped: {reason}. Nothing needs to be done if that is right.", "row"
    ),
    "moisture_missing": _fault(
        "The result is per wet mass and the water content is not given. Give the moisture in "
        "percent of the wet mass, or the result per dry mass."
    ),
    "value_rejected": _doubt(
        'The laboratory rejected the value "{text}", so it gives no result. Remove the flag if '
        "the value is valid."
    ),
}

_PLACES = {
    "coordinates_missing_columns": _refusal(
        "No columns for the coordinates were recognised. Name them longitude and latitude, or "
        "easting and northing, or say by the mapping which they are."
    ),
    "crs_unknown": _refusal(
        'The coordinates in "{columns}" come without their reference system. State its EPSG '
        "code, for example --epsg 28992, or 4326 for longitude and latitude in degrees."
    ),
    "crs_not_known": _refusal(
        "EPSG:{text} is not a usable reference system ({reason}). State the EPSG code of a "
        "projected or geographic system, for example 28992 or 4326."
    ),
    "crs_conflict": _refusal(
        'The columns "{columns}" are named as degrees but EPSG:{epsg} ({name}) is not in '
        "degrees. Correct the EPSG code, or map the columns to easting and northing."
    ),
    "crs_assumed": _note(
        "Longitude and latitude were read as WGS 84 (EPSG:4326), because no reference system "
        "was stated. State the EPSG code if it is another one.",
        "file",
    ),
    "crs_from_header": _note(
        'The names of the columns ("{columns}") say that their reference system is EPSG:{epsg} '
        "({name}). State the EPSG code if it is another one.",
        "file",
    ),
    "crs_unknown_in_row": _fault(
        'The reference system "{text}" of the row is not understood. Write an EPSG code, or a UTM '
        "zone with north or south, or a datum such as NAD27; or state one EPSG code for the file."
    ),
    "crs_grid_missing": _doubt(
        "Places from EPSG:{epsg} ({name}) are off by up to {accuracy}; with the grid {grids} it "
        "would be {better}. Install proj-data, or put the grid into {folder}, and load the file "
        "again if that matters.",
        "file",
    ),
    "crs_transformed": _note(
        "Coordinates were transformed from EPSG:{epsg} ({name}) to longitude and latitude by "
        '"{operation}", accuracy {accuracy}. Nothing needs to be done.',
        "file",
    ),
    "coordinate_missing": _fault(
        "The coordinate is missing. Write both coordinates of the sample."
    ),
    "coordinate_not_number": _fault(
        'The coordinate "{text}" is not understood. Write decimal degrees such as 5.7581, degrees '
        "and minutes such as 5°45'29\"E, or metres."
    ),
    "longitude_out_of_range": _fault(
        'The longitude "{text}" is outside -180 to 180 degrees. Correct it, or state the EPSG '
        "code if the coordinates are not in degrees."
    ),
    "latitude_out_of_range": _fault(
        'The latitude "{text}" is outside -90 to 90 degrees. Correct it, or state the EPSG '
        "code if the coordinates are not in degrees."
    ),
    "coordinates_swapped": _fault(
        'Longitude and latitude seem exchanged: the latitude "{text}" is outside -90 to 90 '
        "degrees, the other way round the place is possible. Exchange the two cells.",
        "Longitude and latitude of these rows are exchanged.",
    ),
    "coordinates_maybe_swapped": _doubt(
        "The place lies far from the others of the file, but among them when longitude and "
        "latitude are exchanged. Exchange the two cells if that is so.",
        repair="Longitude and latitude of these rows are exchanged.",
    ),
    "coordinates_not_degrees": _doubt(
        'Most numbers in "{columns}" are too large for degrees; they look like metres. State the '
        "EPSG code of their projection and map the columns to easting and northing.",
        "file",
    ),
    "coordinate_sign_lost": _doubt(
        "The place lies far from the others of the file, but among them when the {which} has the "
        "other sign. Correct the sign if that is so.",
        repair="The sign of that coordinate is turned in these rows.",
    ),
    "place_far_away": _doubt(
        "The place lies far from the others of the file. Check its coordinates."
    ),
    "coordinate_order_assumed": _doubt(
        'Nothing in the column shows which of the two coordinates comes first; "{text}" was read '
        "as latitude, longitude. Use two columns if that is wrong.",
        "column",
    ),
    "coordinate_order_found": _note(
        "Both coordinates stand in one column; they were read with the {order}. Use two columns "
        "if that is wrong."
    ),
    "coordinate_order_unclear": _refusal(
        'In the column "{column}" some rows have the latitude first and some the longitude. Use '
        "two columns, or write N, S, E and W behind the numbers."
    ),
    "null_island": _fault(
        "Both coordinates are 0, which usually stands for an unknown place. Write the real "
        "coordinates.",
        "The place at 0, 0 is kept.",
    ),
    "repair_applied": _note(
        "As you accepted ({accepted}), {change}. The file's own text is kept. Nothing needs to be "
        "done.",
        "row",
    ),
    "outside_area_of_use": _fault(
        "The place is outside the area where EPSG:{epsg} ({name}) is valid. Correct the "
        "coordinates or the EPSG code; look for exchanged or shortened numbers."
    ),
}

_SAMPLES = {
    "depth_unit_assumed": _doubt(
        "No unit is given for the depth; centimetres were assumed. Write the unit in the "
        "header, for example depth_upper (cm).",
        "column",
    ),
    "depth_not_understood": _fault(
        'The depth "{text}" is not understood. Write it as a number, or as an interval such as '
        "0-20 cm."
    ),
    "depth_unit_unknown": _refusal(
        'The unit "{text}" of the depth in column "{column}" is not known. Use cm, m, mm, in or ft.'
    ),
    "depth_unit_unknown_in_row": _fault(
        'The unit "{text}" of the depth is not known. Use cm, m, mm, in or ft.'
    ),
    "depth_reversed": _fault(
        "The lower depth ({lower} cm) is not below the upper depth ({upper} cm). Exchange or "
        "correct them; depths count from the surface downwards."
    ),
    "depth_out_of_range": _fault(
        'The depth "{text}" is below zero or deeper than 100 m. Correct it or its unit.'
    ),
    "depth_zero": _doubt(
        "Both depths are 0, which usually stands for an unknown depth; it was kept as unknown. "
        "Write the real interval."
    ),
    "depth_open": _doubt(
        'The depth "{text}" has no end, so the interval was kept as unknown. Write the upper and '
        "the lower depth."
    ),
    "depth_in_words": _doubt(
        'The depth "{text}" is told in words, so the interval was kept as unknown. Write the upper '
        "and the lower depth."
    ),
    "depth_single": _doubt(
        'Only one depth is given ("{text}"), so the interval was kept as unknown. Write the '
        "upper and the lower depth."
    ),
    "date_not_understood": _fault(
        'The date "{text}" is not understood. Write it as YYYY-MM-DD, or the year alone.'
    ),
    "date_serial": _fault(
        '"{text}" is a number of days, not a date. Write it as YYYY-MM-DD.',
        "Such numbers are read as days counted from 1900, as spreadsheets do.",
    ),
    "date_from_serial": _note(
        '"{text}" was read as days counted from 1900, as you accepted. Nothing needs to be done.',
        "row",
    ),
    "date_year_short": _note(
        "Years of two digits were read as years of the hundred years that end today. Write four "
        "digits if that is wrong."
    ),
    "date_ambiguous": _fault(
        'In the date "{text}" day and month cannot be told apart. Write it as YYYY-MM-DD.'
    ),
    "date_order_found": _note(
        "Dates were read as {order}, because other dates of the column allow nothing else. "
        "Write YYYY-MM-DD if that is wrong."
    ),
    "date_out_of_range": _fault('The date "{text}" lies before 1800 or in the future. Correct it.'),
    "dates_reversed": _fault(
        "The end of sampling lies before its start. Exchange or correct the two dates."
    ),
    "text_too_long": _fault('The text "{text}" has more than {limit} characters. Shorten it.'),
    "duplicate_row": _note(
        "The row repeats row {other} and was skipped. Nothing needs to be done.", "row"
    ),
    "duplicate_conflict": _fault(
        "The row gives another result for {contaminant} than row {other}, for the same sample, "
        "depth and date. Correct one of them, or tell them apart by a sample id or a replicate."
    ),
    "sample_conflict": _fault(
        "The same sample stands at another place in row {other}. Correct the coordinates or "
        "the sample id of one of them."
    ),
    "sample_elsewhere": _fault(
        "The sample is stored already, at another place than the file says. Correct the "
        "coordinates, or give the sample another id."
    ),
}

_SOURCES = {
    "source_columns_missing": _refusal(
        "No column was recognised for {columns}. Name the columns name and type, or say by the "
        "mapping which they are."
    ),
    "source_name_missing": _fault(
        "The source has no name. Write the name under which it is known."
    ),
    "source_type_unknown": _fault(
        'The type "{text}" is not in the list of source types. Use one of its codes, for '
        "example {example}."
    ),
    "contaminant_unknown": _fault(
        '"{text}" is not a known contaminant. Use codes, symbols or names, separated by ;.'
    ),
    "emission_unknown": _note(
        'Rows on "{text}": {number}; it is not in the registry of contaminants, and the record of '
        "the source does not name it. Nothing needs to be done if that is right."
    ),
    "release_invalid": _fault(
        'The released amount "{text}" is not a number of zero or more in a known unit of mass. '
        "Write it in kg."
    ),
    "geometry_missing": _fault("The shape is missing. Give the source a point, line or polygon."),
    "geometry_not_understood": _fault(
        'The shape "{text}" is not understood. Write it as well-known text of one of {kinds}.'
    ),
    "geometry_too_large": _fault(
        "The shape has more than {limit} vertices. Simplify it, or split it into several sources."
    ),
    "geometry_invalid": _fault(
        'The border of the shape "{text}" crosses itself. Mend the polygon in a GIS program.'
    ),
    "accuracy_invalid": _fault(
        'The positional accuracy "{text}" is not a number of metres above zero. Write metres, '
        "for example 50."
    ),
    "accuracy_missing": _doubt(
        "No positional accuracy is given. Write how far off the place may be, in metres."
    ),
    "year_invalid": _fault(
        'The year "{text}" is not a year from 1000 to the present. Write four digits.'
    ),
    "years_reversed": _fault(
        "The source ends ({last}) before it begins ({first}). Exchange or correct the years."
    ),
    "url_invalid": _fault(
        'The address "{text}" is not a web address. Write one that begins with https:// or http://.'
    ),
    "source_conflict": _fault(
        "The same name and place stand in row {other} with other particulars. Keep one of them."
    ),
}

_AGGREGATES = {
    "aggregate_columns_missing": _refusal(
        "No column was recognised for {columns}. Name the columns area_code, analyte and n, or say "
        "by the mapping which they are."
    ),
    "aggregate_units_differ": _refusal(
        "The columns of one record are given in different units ({text}). Give all contents of a "
        "row in one unit."
    ),
    "aggregate_area_missing": _fault(
        "The record names no area. Give its code, or its polygon as well-known text."
    ),
    "aggregate_not_area": _fault(
        'The shape "{text}" is no polygon. Give the area as a polygon: districts are never points.'
    ),
    "aggregate_number_invalid": _fault(
        '"{text}" is not a content of zero or more. Write a number, or < and the detection limit.'
    ),
    "aggregate_count_invalid": _fault(
        'The count "{text}" cannot be: n is 1 or more, and the non-detects are not more than n. '
        "Correct it."
    ),
    "aggregate_share_invalid": _fault(
        'The share "{text}" is not between 0 and 1. Write a share such as 0.12, or 12 with % '
        "behind it or in the header."
    ),
    "aggregate_disordered": _fault(
        "The numbers contradict each other; they must be in the order {order}. Correct them."
    ),
    "aggregate_threshold_missing": _fault(
        "A share above a threshold is given without the threshold. Write the threshold."
    ),
}

CATALOGUE: dict[str, FindingKind] = {
    **_CONTENT,
    **_COLUMNS,
    **_VALUES,
    **_PLACES,
    **_SAMPLES,
    **_SOURCES,
    **_AGGREGATES,
}
