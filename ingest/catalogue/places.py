"""Coordinates and their reference systems."""

from ingest.catalogue.kinds import FindingKind, doubt, fault, note, refusal

PLACES: dict[str, FindingKind] = {
    "coordinates_missing_columns": refusal(
        "No columns for the coordinates were recognised. Name them longitude and latitude, or "
        "easting and northing, or say by the mapping which they are."
    ),
    "crs_unknown": refusal(
        'The coordinates in "{columns}" come without their reference system. State its EPSG '
        "code, for example --epsg 28992, or 4326 for longitude and latitude in degrees."
    ),
    "crs_not_known": refusal(
        "EPSG:{text} is not a usable reference system ({reason}). State the EPSG code of a "
        "projected or geographic system, for example 28992 or 4326."
    ),
    "crs_conflict": refusal(
        'The columns "{columns}" are named as degrees but EPSG:{epsg} ({name}) is not in '
        "degrees. Correct the EPSG code, or map the columns to easting and northing."
    ),
    "crs_assumed": note(
        "Longitude and latitude were read as WGS 84 (EPSG:4326), because no reference system "
        "was stated. State the EPSG code if it is another one.",
        "file",
    ),
    "crs_from_header": note(
        'The names of the columns ("{columns}") say that their reference system is EPSG:{epsg} '
        "({name}). State the EPSG code if it is another one.",
        "file",
    ),
    "crs_unknown_in_row": fault(
        'The reference system "{text}" of the row is not understood. Write an EPSG code, or a UTM '
        "zone with north or south, or a datum such as NAD27; or state one EPSG code for the file."
    ),
    "crs_grid_missing": doubt(
        "Places from EPSG:{epsg} ({name}) are off by up to {accuracy}; with the grid {grids} it "
        "would be {better}. Install proj-data, or put the grid into {folder}, and load the file "
        "again if that matters.",
        "file",
    ),
    "crs_transformed": note(
        "Coordinates were transformed from EPSG:{epsg} ({name}) to longitude and latitude by "
        '"{operation}", accuracy {accuracy}. Nothing needs to be done.',
        "file",
    ),
    "coordinate_missing": fault("The coordinate is missing. Write both coordinates of the sample."),
    "coordinate_not_number": fault(
        'The coordinate "{text}" is not understood. Write decimal degrees such as 5.7581, degrees '
        "and minutes such as 5°45'29\"E, or metres."
    ),
    "longitude_out_of_range": fault(
        'The longitude "{text}" is outside -180 to 180 degrees. Correct it, or state the EPSG '
        "code if the coordinates are not in degrees."
    ),
    "latitude_out_of_range": fault(
        'The latitude "{text}" is outside -90 to 90 degrees. Correct it, or state the EPSG '
        "code if the coordinates are not in degrees."
    ),
    "coordinates_packed": doubt(
        'The latitude "{text}" or the longitude beside it is no number of degrees, but both may be '
        "degrees, minutes and seconds written together, as in 512345 for 51°23'45\". Accept that "
        "if it is so, or write degrees.",
        repair="Both numbers of these rows are read as degrees, minutes and seconds.",
    ),
    "coordinates_unpacked": note(
        'The numbers in "{columns}" were read as degrees, minutes and seconds written together, as '
        "the names of the columns say. Rename the columns if that is wrong.",
        "file",
    ),
    "coordinates_swapped": fault(
        'Longitude and latitude seem exchanged: the latitude "{text}" is outside -90 to 90 '
        "degrees, the other way round the place is possible. Exchange the two cells.",
        "Longitude and latitude of these rows are exchanged.",
    ),
    "coordinates_maybe_swapped": doubt(
        "The place lies far from the others of the file, but among them when longitude and "
        "latitude are exchanged. Exchange the two cells if that is so.",
        repair="Longitude and latitude of these rows are exchanged.",
    ),
    "coordinates_not_degrees": doubt(
        'Most numbers in "{columns}" are too large for degrees; they look like metres. State the '
        "EPSG code of their projection and map the columns to easting and northing.",
        "file",
    ),
    "coordinate_sign_lost": doubt(
        "The place lies far from the others of the file, but among them when the {which} has the "
        "other sign. Correct the sign if that is so.",
        repair="The sign of that coordinate is turned in these rows.",
    ),
    "place_far_away": doubt(
        "The place lies far from the others of the file. Check its coordinates."
    ),
    "outside_country": doubt(
        "The place lies outside {country}, as far as the nearest towns tell; within some 25 km of "
        "a border they cannot. Check the coordinates, or the country that was stated."
    ),
    "outside_country_swapped": doubt(
        "The place lies outside {country}, but inside it when the two coordinates are exchanged. "
        "Exchange the two cells if that is so.",
        repair="The two coordinates of these rows are exchanged.",
    ),
    "outside_country_sign": doubt(
        "The place lies outside {country}, but inside it when the {turned} has the other sign. "
        "Correct the sign if that is so.",
        repair="The sign of that coordinate is turned in these rows.",
    ),
    "country_file_swapped": doubt(
        "Of 100 rows {share} lie in {country} only when the two coordinates are exchanged. "
        "Exchange the two columns if that is so.",
        "file",
        "The two coordinates of all rows are exchanged.",
    ),
    "country_file_sign_lost": doubt(
        "Of 100 rows {share} lie in {country} only when the {turned} has the other sign. Correct "
        "the signs if that is so.",
        "file",
        "The sign of that coordinate is turned in all rows.",
    ),
    "country_not_checked": note(
        "Lines, areas and districts are not held against the stated country. Nothing needs to be "
        "done.",
        "file",
    ),
    "coordinate_order_assumed": doubt(
        'Nothing in the column shows which of the two coordinates comes first; "{text}" was read '
        "as latitude, longitude. Use two columns if that is wrong.",
        "column",
    ),
    "coordinate_order_found": note(
        "Both coordinates stand in one column; they were read with the {order}. Use two columns "
        "if that is wrong."
    ),
    "coordinate_order_unclear": refusal(
        'In the column "{column}" some rows have the latitude first and some the longitude. Use '
        "two columns, or write N, S, E and W behind the numbers."
    ),
    "null_island": fault(
        "Both coordinates are 0, which usually stands for an unknown place. Write the real "
        "coordinates.",
        "The place at 0, 0 is kept.",
    ),
    "repair_applied": note(
        "As you accepted ({accepted}), {change}. The file's own text is kept. Nothing needs to be "
        "done.",
        "row",
    ),
    "outside_area_of_use": fault(
        "The place is outside the area where EPSG:{epsg} ({name}) is valid. Correct the "
        "coordinates or the EPSG code; look for exchanged or shortened numbers."
    ),
}
