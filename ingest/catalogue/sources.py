"""Potential sources of pollution."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

SOURCES: dict[str, FindingKind] = {
    "source_columns_missing": refusal(
        "No column was recognised for {columns}. Name the columns name and type, or say by the "
        "mapping which they are."
    ),
    "source_name_missing": fault("The source has no name. Write the name under which it is known."),
    "source_type_unknown": fault(
        'The type "{text}" is not in the list of source types. Use one of its codes, for '
        "example {example}."
    ),
    "contaminant_unknown": fault(
        '"{text}" is not a known contaminant. Use codes, symbols or names, separated by ;.'
    ),
    "emission_unknown": note(
        'Rows on "{text}": {number}; it is not in the registry of contaminants, and the record of '
        "the source does not name it. Nothing needs to be done if that is right."
    ),
    "release_invalid": fault(
        'The released amount "{text}" is not a number of zero or more in a known unit of mass. '
        "Write it in kg."
    ),
    "geometry_missing": fault("The shape is missing. Give the source a point, line or polygon."),
    "geometry_not_understood": fault(
        'The shape "{text}" is not understood. Write it as well-known text of one of {kinds}.'
    ),
    "geometry_too_large": fault(
        "The shape has more than {limit} vertices. Simplify it, or split it into several sources."
    ),
    "geometry_invalid": fault(
        'The border of the shape "{text}" crosses itself. Mend the polygon in a GIS program.'
    ),
    "accuracy_invalid": fault(
        'The positional accuracy "{text}" is not a number of metres above zero. Write metres, '
        "for example 50."
    ),
    "accuracy_missing": doubt(
        "No positional accuracy is given. Write how far off the place may be, in metres."
    ),
    "year_invalid": fault(
        'The year "{text}" is not a year from 1000 to the present. Write four digits.'
    ),
    "years_reversed": fault(
        "The source ends ({last}) before it begins ({first}). Exchange or correct the years."
    ),
    "url_invalid": fault(
        'The address "{text}" is not a web address. Write one that begins with https:// or http://.'
    ),
    "source_conflict": fault(
        "The same name and place stand in row {other} with other particulars. Keep one of them."
    ),
}
