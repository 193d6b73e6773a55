"""Depths, dates and samples told twice."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

SAMPLES: dict[str, FindingKind] = {
    "depth_unit_assumed": doubt(
        "No unit is given for the depth; centimetres were assumed. Write the unit in the "
        "header, for example depth_upper (cm).",
        "column",
    ),
    "depth_not_understood": fault(
        'The depth "{text}" is not understood. Write it as a number, or as an interval such as '
        "0-20 cm."
    ),
    "depth_unit_unknown": refusal(
        'The unit "{text}" of the depth in column "{column}" is not known. Use cm, m, mm, in or ft.'
    ),
    "depth_unit_unknown_in_row": fault(
        'The unit "{text}" of the depth is not known. Use cm, m, mm, in or ft.'
    ),
    "depth_reversed": fault(
        "The lower depth ({lower} cm) is not below the upper depth ({upper} cm). Exchange or "
        "correct them; depths count from the surface downwards."
    ),
    "depth_out_of_range": fault(
        'The depth "{text}" is below zero or deeper than 100 m. Correct it or its unit.'
    ),
    "depth_zero": doubt(
        "Both depths are 0, which usually stands for an unknown depth; it was kept as unknown. "
        "Write the real interval."
    ),
    "depth_open": doubt(
        'The depth "{text}" has no end, so the interval was kept as unknown. Write the upper and '
        "the lower depth."
    ),
    "depth_in_words": doubt(
        'The depth "{text}" is told in words, so the interval was kept as unknown. Write the upper '
        "and the lower depth."
    ),
    "depth_single": doubt(
        'Only one depth is given ("{text}"), so the interval was kept as unknown. Write the '
        "upper and the lower depth."
    ),
    "date_not_understood": fault(
        'The date "{text}" is not understood. Write it as YYYY-MM-DD, or the year alone.'
    ),
    "date_serial": fault(
        '"{text}" is a number of days, not a date. Write it as YYYY-MM-DD.',
        "Such numbers are read as days counted from 1900, as spreadsheets do.",
    ),
    "date_from_serial": note(
        '"{text}" was read as days counted from 1900, as you accepted. Nothing needs to be done.',
        "row",
    ),
    "date_year_short": note(
        "Years of two digits were read as years of the hundred years that end today. Write four "
        "digits if that is wrong."
    ),
    "date_ambiguous": fault(
        'In the date "{text}" day and month cannot be told apart. Write it as YYYY-MM-DD.'
    ),
    "date_order_found": note(
        "Dates were read as {order}, because other dates of the column allow nothing else. "
        "Write YYYY-MM-DD if that is wrong."
    ),
    "date_out_of_range": fault('The date "{text}" lies before 1800 or in the future. Correct it.'),
    "dates_reversed": fault(
        "The end of sampling lies before its start. Exchange or correct the two dates."
    ),
    "text_too_long": fault('The text "{text}" has more than {limit} characters. Shorten it.'),
    "duplicate_row": note(
        "The row repeats row {other} and was skipped. Nothing needs to be done.", "row"
    ),
    "duplicate_conflict": fault(
        "The row gives another result for {contaminant} than row {other}, for the same sample, "
        "depth and date. Correct one of them, or tell them apart by a sample id or a replicate."
    ),
    "sample_conflict": fault(
        "The same sample stands at another place in row {other}. Correct the coordinates or "
        "the sample id of one of them."
    ),
    "sample_elsewhere": fault(
        "The sample is stored already, at another place than the file says. Correct the "
        "coordinates, or give the sample another id."
    ),
}
