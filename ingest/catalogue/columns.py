"""Columns, formats and mappings, and the units of whole columns."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

COLUMNS: dict[str, FindingKind] = {
    "option_invalid": refusal(
        'The stated {option} "{text}" is not understood. Write it as {expected}.'
    ),
    "mapping_unknown_column": refusal(
        'The mapping names the column "{column}", which the file does not have. '
        "Use one of the file's columns: {columns}."
    ),
    "mapping_unknown_meaning": refusal(
        'The mapping gives column "{column}" the meaning "{text}", which is not known. '
        "Use one of {meanings}, or contaminant:CODE or uncertainty:CODE with a code of the "
        "registry."
    ),
    "mapping_invalid": refusal(
        'The mapping cannot be used: at "{key}", {reason}. To mend it, {remedy}.'
    ),
    "format_recognised": note(
        "The file was read as {name}: it {reason}. Name another format, or state the columns, if "
        "that is wrong.",
        "file",
    ),
    "glosis_original_read": note(
        "The sheet Original Data was read, because the other sheets of the template have lost "
        "detection limits. State the sheet Specimen Data to read those instead.",
        "file",
    ),
    "join_table_missing": doubt(
        "Files of {name} are completed by other tables, and the file does not hold {text}. Send "
        "them together, as sheets of one workbook or as one zip archive.",
        "file",
    ),
    "join_columns_missing": refusal(
        'The table "{table}" lacks a column by which it is joined ({columns}). Add it.'
    ),
    "join_not_unique": refusal(
        'The table "{table}" has several different rows for "{text}" in {columns}, so that the '
        "rows it completes cannot tell which is theirs. Keep one of them."
    ),
    "format_of_other_kind": refusal(
        "The format {name} is about {kind}, and the file was sent as {wanted}. Send it as {kind}."
    ),
    "limits_unknown": doubt(
        "Files of {name} have lost their detection limits: what was not detected is missing, "
        "zero or half a limit. Means and maps of it are biased upwards; load the laboratory's own "
        "file if you have it.",
        "file",
    ),
    "column_ambiguous": refusal(
        "Several columns look like {meaning}: {columns}. Say by the mapping which is meant, and "
        'map the others to "unused".'
    ),
    "contaminant_twice": refusal(
        "Several columns hold {contaminant} without a difference in extraction: {columns}. "
        'Map all but one to "unused", or load them one by one with their extraction stated.'
    ),
    "limit_units_differ": refusal(
        "The names of the limit columns give different units, or only some of them one: {columns}. "
        "Name the same unit in all, or give a column with the unit of the limits."
    ),
    "long_columns_missing": refusal(
        "The mapping says that the file has a row per result, but no column was recognised for the "
        "value, or none for what was measured. Map them to value and analyte."
    ),
    "contaminants_missing": refusal(
        "No column was recognised as a contaminant. Name columns by symbol or name with the "
        "unit, for example zinc (mg/kg), or map a column to contaminant:CODE."
    ),
    "column_unused": note("The column was not used: {reason}. Map it if it holds data to load."),
    "unit_missing": refusal(
        "No unit is given for {columns}. Write it in the header, for example {example} (mg/kg), "
        'or state one unit for the whole file; map columns that are no contents to "unused".'
    ),
    "unit_unknown": refusal(
        'The unit "{text}" of column "{column}" is not known. Write a usual spelling such as '
        "mg/kg, µg/g or %, or map the column."
    ),
    "unit_unknown_in_row": fault(
        'The unit "{text}" is not known. Write a usual spelling such as mg/kg, µg/g or %.'
    ),
    "unit_missing_in_row": fault(
        "The cell for the unit is empty. Write the unit of the value, for example mg/kg."
    ),
    "unit_not_content": doubt(
        'The column was not loaded: "{text}" is no content of dry soil ({basis}). Send results '
        'in mg/kg dry mass, or map the column to "unused".',
        "column",
    ),
    "unit_not_content_in_row": fault(
        'The unit "{text}" is no content of dry soil ({basis}). Send the result in mg/kg dry mass.'
    ),
    "unit_wrong_kind": refusal(
        'The unit "{text}" of column "{column}" measures {found}, but {contaminant} is given in '
        "{expected}. Correct the unit or the mapping."
    ),
    "unit_wrong_kind_in_row": fault(
        'The unit "{text}" measures {found}, but {contaminant} is given in {expected}. '
        "Correct the unit."
    ),
    "unit_ambiguous": doubt(
        'The unit "{text}" was read as {factor} {canonical} of soil. Write {canonical} in the '
        "file if that is not meant.",
        "column",
    ),
    "unit_mixture_suspected": doubt(
        "The column may hold two units: {low} values of {contaminant} and {high} others lie "
        "apart at {limit}, by a factor of {ratio}{laboratories}. Correct the units if mg/kg and "
        "µg/kg are mixed; nothing was converted.",
        "column",
    ),
    "oxide_converted": note(
        "{oxide} is reported and was converted to {contaminant} by the factor {factor}. Correct "
        "the name if it is the content of the element."
    ),
    "unit_in_header_kept": note(
        'The stated unit was not used for this column, because its header says "{text}". '
        "Correct the header if it is wrong."
    ),
    "decimal_unclear": refusal(
        'It cannot be told whether the comma in "{text}" separates decimals or thousands. '
        'State the decimal separator, "," or ".".'
    ),
}
