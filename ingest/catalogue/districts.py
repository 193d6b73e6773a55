"""Districts instead of points."""

from ingest.catalogue.kinds import FindingKind, fault, refusal

DISTRICTS: dict[str, FindingKind] = {
    "aggregate_columns_missing": refusal(
        "No column was recognised for {columns}. Name the columns area_code, analyte and n, or say "
        "by the mapping which they are."
    ),
    "boundary_shape_missing": refusal(
        "No column holds shapes. Give polygons: GeoJSON, GeoPackage, Shapefile or FlatGeobuf, or a "
        "column of well-known text called geometry."
    ),
    "boundary_not_area": fault(
        'The shape "{text}" is no polygon. Boundaries are polygons: leave lines and points out.'
    ),
    "aggregate_units_differ": refusal(
        "The columns of one record are given in different units ({text}). Give all contents of a "
        "row in one unit."
    ),
    "aggregate_area_missing": fault(
        "The record names no area. Give its code, or its polygon as well-known text."
    ),
    "aggregate_not_area": fault(
        'The shape "{text}" is no polygon. Give the area as a polygon: districts are never points.'
    ),
    "aggregate_number_invalid": fault(
        '"{text}" is not a content of zero or more. Write a number, or < and the detection limit.'
    ),
    "aggregate_count_invalid": fault(
        'The count "{text}" cannot be: n is 1 or more, and the non-detects are not more than n. '
        "Correct it."
    ),
    "aggregate_share_invalid": fault(
        'The share "{text}" is not between 0 and 1. Write a share such as 0.12, or 12 with % '
        "behind it or in the header."
    ),
    "aggregate_disordered": fault(
        "The numbers contradict each other; they must be in the order {order}. Correct them."
    ),
    "aggregate_threshold_missing": fault(
        "A share above a threshold is given without the threshold. Write the threshold."
    ),
}
