"""What may be wrong with a file before its columns are looked at: content, archives, text, rows."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

CONTENT: dict[str, FindingKind] = {
    "file_unreadable": refusal(
        "The file cannot be opened ({reason}). Check that it exists and may be read."
    ),
    "file_empty": refusal("The file is empty. Send a file with a header row and data rows."),
    "file_without_rows": refusal(
        "The file has a header but no data rows. Send a file with at least one row of data."
    ),
    "content_not_table": refusal(
        "The content is {found}, not a table this service reads. Export the table as CSV, XLSX "
        "or GeoPackage and send that."
    ),
    "archive_damaged": refusal(
        "The archive is damaged, or packed in an unusual way. Pack the files again as zip or gzip."
    ),
    "archive_encrypted": refusal(
        "The archive is protected by a password. Pack the files again without one."
    ),
    "archive_unsafe": refusal(
        'The archive was not opened because of "{text}": names in it must not repeat, lead out of '
        "the archive or be links. Pack the files again."
    ),
    "archive_too_large": refusal(
        "The archive holds more than the allowed {mebibytes} MiB. Split the file into smaller ones."
    ),
    "archive_suspicious": refusal(
        "The archive inflates to more than {ratio} times its size, as archives made to do harm "
        "do. Send the file unpacked, or split it."
    ),
    "archive_nested": refusal(
        "The archive holds another archive. Unpack it and send what is inside."
    ),
    "archive_without_table": refusal(
        "The archive holds no table this service reads. Pack CSV, XLSX, XLS, ODS, GeoJSON, "
        "GeoPackage, FlatGeobuf, Shapefile or Parquet files."
    ),
    "archive_members_ignored": note(
        "{number} files of the archive are no tables and were not read: {text}. Nothing needs to "
        "be done if that is right.",
        "file",
    ),
    "content_too_large": refusal(
        "Files of this format are read whole and may have {mebibytes} MiB. Export the table as "
        "CSV, which has no such limit."
    ),
    "table_chosen": doubt(
        'Of several tables, "{text}" was read, because it looks most like data. The others: '
        "{tables}. State the sheet, layer or member if another one is meant.",
        "file",
    ),
    "table_unknown": refusal(
        'The file has no sheet, layer or member named "{text}". Use one of these: {tables}.'
    ),
    "header_row_missing": refusal(
        "Row {number} cannot be the header: {reason}. State the row that holds the names of the "
        "columns, counted from 1 at the top of the file, or leave it to be found."
    ),
    "workbook_damaged": refusal(
        "The workbook cannot be read ({reason}). Open it in a spreadsheet program and save it "
        "again as xlsx."
    ),
    "workbook_protected": refusal(
        "The workbook is protected by a password. Save it again without one."
    ),
    "json_malformed": refusal(
        "The GeoJSON is broken at feature {number}: {reason}. Export the layer again."
    ),
    "json_number": refusal(
        'The GeoJSON has "{text}" at feature {number}, which is no number that can be used. Remove '
        "it, or write null."
    ),
    "json_too_deep": refusal(
        "The GeoJSON is nested too deeply at feature {number}. Export the layer again, without "
        "nested properties."
    ),
    "geopackage_damaged": refusal(
        "The GeoPackage cannot be read ({reason}). Export the layer again."
    ),
    "geopackage_unsafe": refusal(
        'The GeoPackage was not opened because of "{text}", which is a {found}: only layers that '
        "are plain tables are read. Export the layer to a new GeoPackage."
    ),
    "layer_damaged": refusal(
        "The layer cannot be read ({reason}). Export it again, for example as GeoPackage."
    ),
    "column_nested": refusal(
        'The column "{column}" holds lists, records or binary data, not single values. Leave it '
        "out, or export it as text."
    ),
    "xml_entities": refusal(
        "The workbook declares XML entities, which no spreadsheet program writes. Save it again "
        "as xlsx."
    ),
    "too_many_cells": refusal(
        'The sheet "{text}" reaches to row {rows} and column {columns}; {limit} cells are allowed '
        "from its first cell to the last used one. Delete the stray cells, or send the table as "
        "CSV."
    ),
    "merged_cells_filled": note(
        "{number} cells merged over several rows were taken to hold for each of these rows. "
        "Nothing needs to be done if that is right.",
        "file",
    ),
    "encoding_unknown": refusal(
        "The text is not UTF-8 (byte {byte} at offset {offset}) and its encoding cannot be told. "
        "State the encoding, for example cp1252, cp1250, cp1251, koi8_r, cp1253, mac_roman, "
        "shift_jis or gb18030, or save the file as UTF-8."
    ),
    "encoding_wrong": refusal(
        "The text cannot be read as {encoding} ({reason}). State the encoding the file was "
        "saved in, or save it as UTF-8."
    ),
    "encoding_guessed": doubt(
        "The text is not UTF-8 and was read as {encoding}{others}: all {number} words with foreign "
        'letters make sense so, for example "{text}". State the encoding if names look wrong.',
        "file",
    ),
    "separator_unknown": refusal(
        'The separator "{text}" is not one of comma, semicolon, tab, | and blanks. '
        "State one of these or leave it out."
    ),
    "blanks_unclear": refusal(
        "The lines are not cut into columns by blanks: too few have as many cells as the header, "
        "and no places are blank in all of them. Save the table as CSV."
    ),
    "header_duplicate": refusal(
        'Two columns are named "{column}". Give every column a name of its own.'
    ),
    "header_blank": note(
        "Column {number} has no name and was not used. Name it in the header row if it matters."
    ),
    "too_many_columns": refusal(
        "The file has {number} columns; {limit} are allowed. Send the needed columns only."
    ),
    "too_many_rows": refusal(
        "The file has more than {limit} rows. Split it into several files, each with the header."
    ),
    "quote_malformed": refusal(
        "The quotes around a cell are broken in row {number} ({reason}). Close every quote, and "
        "double the quotes inside a quoted cell."
    ),
    "row_too_long": fault(
        "The row has {number} cells, the header {expected}. Quote cells that contain the "
        "separator, or remove the extra cells."
    ),
    "row_too_short": fault(
        "The row has {number} cells, the header {expected}. Add the missing cells, empty if "
        "there is no value."
    ),
    "row_blank": note("The row is blank and was skipped. Nothing needs to be done.", "row"),
    "nul_byte": fault(
        'The cell "{text}" contains a NUL byte. Remove it, or export the file again as text.'
    ),
    "reading_too_slow": refusal(
        "Reading was stopped after {seconds} seconds. Split the file into smaller ones."
    ),
    "reading_too_large": refusal(
        "Reading needed more than the allowed memory ({mebibytes} MiB) or was killed by the "
        "system. Split the file into smaller ones."
    ),
    "reading_failed": refusal(
        "Reading failed inside the service; the fault is recorded in its log. "
        "Report it together with the file."
    ),
}
