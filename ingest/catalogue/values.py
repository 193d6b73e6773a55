"""What laboratories wrote into the cells of results."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

VALUES: dict[str, FindingKind] = {
    "value_missing": note(
        "Cells without a result: {number}; they are empty or say that nothing was measured. "
        "Nothing needs to be done if that is right."
    ),
    "value_zero": doubt(
        "A concentration of 0 was reported; often it stands for a value below the detection "
        "limit. Write < and the limit if that is so."
    ),
    "value_negative": fault(
        'The concentration "{text}" is below zero. Correct it, or write <{magnitude} if '
        "{magnitude} is the detection limit.",
        "Negative concentrations are read as results below their magnitude.",
    ),
    "negative_as_limit": note(
        '"{text}" was read as below {magnitude}, as the source says or you accepted. Nothing needs '
        "to be done if that is right.",
        "row",
    ),
    "value_fill": fault(
        'The value "{text}" looks like a code for a missing value. Leave the cell empty if '
        "nothing was measured.",
        "Such cells are read as empty.",
    ),
    "fill_as_missing": note(
        '"{text}" was read as an empty cell, as you accepted. Nothing needs to be done.', "row"
    ),
    "thousands_separated": note(
        'The signs in "{text}" were read as separating thousands. Write the number without them '
        "if that is wrong.",
        "row",
    ),
    "uncertainty_kept": note(
        'The uncertainty in "{text}" is kept with the result; how many standard uncertainties it '
        "is, the cell does not say. Nothing needs to be done.",
        "row",
    ),
    "uncertainty_not_number": doubt(
        'The uncertainty "{text}" is no number of zero or more in a unit that is understood; the '
        "result is kept without it. Write it in the unit of the result, or in rel. %."
    ),
    "uncertainty_beside_limit": note(
        'The uncertainty "{text}" stands beside a result below or above a limit and was not kept. '
        "Nothing needs to be done.",
        "row",
    ),
    "uncertainty_unit_assumed": note(
        "No unit is given for the uncertainty; it was read in the unit of the result. Write the "
        "unit, or %, into the name of the column if that is wrong."
    ),
    "uncertainty_not_kept": doubt(
        "The column of uncertainties was not kept: {reason}. Map it to uncertainty:CODE [unit] if "
        "it is wanted.",
        "column",
    ),
    "value_not_number": fault(
        '"{text}" is not a number. Write a number, < and the detection limit, ND, or leave the '
        "cell empty."
    ),
    "value_formula": fault(
        '"{text}" is a formula, and formulas are not calculated. Write the number itself.'
    ),
    "value_not_finite": fault(
        '"{text}" is not a finite number. Write the measured number or leave the cell empty.'
    ),
    "value_separators": fault(
        'It cannot be told which sign separates decimals in "{text}" (this file uses '
        '"{decimal}"). Write the number without separators of thousands.'
    ),
    "limit_missing": doubt(
        '"{text}" says below or above a limit but not which limit. The result is kept without '
        "a limit; write < and the limit to make it usable."
    ),
    "flag_ambiguous": fault(
        'The flag in "{text}" means different things in different laboratories. Write < and '
        "the limit, or the number alone."
    ),
    "upper_limit_missing": fault(
        '"{text}" says above a limit but not which limit. Write > and the limit.'
    ),
    "flags_contradict": fault(
        '"{text}" lies below a limit by one statement of the row and above one by another. '
        "Correct the flag, the detection condition or the sign before the value."
    ),
    "qualifier_unclear": refusal(
        'It is not known what {flags} in the column "{column}" mean: laboratories differ. State '
        "each in the mapping's table [{table}] as none, left (not detected), right, missing or "
        "rejected."
    ),
    "analyte_unknown": doubt(
        'Rows on "{text}" were skipped: {number}; it is not in the registry of contaminants. '
        "Write a symbol, name or CAS number of the registry if it is meant to be loaded.",
        "column",
    ),
    "analyte_conflict": fault(
        'Name and CAS number are those of two substances: "{text}". Correct one of them.'
    ),
    "quality_control_row": note(
        "The row is about a blank, a spike or a control, not about soil, and was skipped. "
        "Nothing needs to be done.",
        "row",
    ),
    "sample_type_unknown": doubt(
        'The type of sample "{text}" is not known; its rows ({number}) were read as ordinary '
        "samples. State it in the mapping's table [sample_types] if they are duplicates, blanks, "
        "spikes or controls.",
        "column",
    ),
    "result_rejected": note(
        "The laboratory or the validation rejected the result, and the row was skipped. "
        "Nothing needs to be done.",
        "row",
    ),
    "result_missing": note(
        "The row gives no result and was skipped. Nothing needs to be done if that is right.",
        "row",
    ),
    "row_filtered": note(
        "The row was skipped: {reason}. Nothing needs to be done if that is right.", "row"
    ),
    "moisture_missing": fault(
        "The result is per wet mass and the water content is not given. Give the moisture in "
        "percent of the wet mass, or the result per dry mass."
    ),
    "value_rejected": doubt(
        'The laboratory rejected the value "{text}", so it gives no result. Remove the flag if '
        "the value is valid."
    ),
}
