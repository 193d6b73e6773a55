import numpy as np
import pytest

from ingest.reference_systems import (
    GRID_FOLDER,
    describe_transformation,
    reference_system,
    to_degrees,
)

# Meades Ranch, the origin of NAD27, and its position in NAD83 as published by NOAA
MEADES_RANCH_NAD27 = (-(98 + 32 / 60 + 30.506 / 3600), 39 + 13 / 60 + 26.686 / 3600)
MEADES_RANCH_NAD83 = (-(98 + 32 / 60 + 31.746 / 3600), 39 + 13 / 60 + 26.712 / 3600)
METRES = np.array([111_320 * np.cos(np.radians(39.22)), 111_000])


def offset_of_meades_ranch() -> float:
    longitude, latitude = (np.array([number]) for number in MEADES_RANCH_NAD27)
    found = np.concatenate(to_degrees(longitude, latitude, reference_system(4267)))
    return float(np.hypot(*((found - MEADES_RANCH_NAD83) * METRES)))


def test_nad27_is_shifted_within_the_accuracy_that_is_said() -> None:
    unshifted = float(np.hypot(*((np.array(MEADES_RANCH_NAD27) - MEADES_RANCH_NAD83) * METRES)))
    assert unshifted > 25
    assert offset_of_meades_ranch() < 10
    remarks = describe_transformation(reference_system(4267), *MEADES_RANCH_NAD83)
    assert remarks[0].code == "crs_transformed"


def test_nad27_meets_its_control_point_with_the_grid() -> None:
    remarks = describe_transformation(reference_system(4267), *MEADES_RANCH_NAD83)
    if any(remark.code == "crs_grid_missing" for remark in remarks):
        pytest.skip("the grid of NADCON (us_noaa_conus.tif) is not installed")
    assert offset_of_meades_ranch() < 0.5


def test_missing_grid_is_said_with_both_accuracies() -> None:
    remarks = describe_transformation(reference_system(4267), *MEADES_RANCH_NAD83)
    if len(remarks) == 1:
        pytest.skip("the grid of NADCON is installed")
    assert [remark.code for remark in remarks] == ["crs_transformed", "crs_grid_missing"]
    assert remarks[1].severity == "warning"
    assert "us_noaa_conus.tif" in remarks[1].message
    assert " m;" in remarks[1].message


def test_grid_of_debian_is_used_for_german_coordinates() -> None:
    if not (GRID_FOLDER / "BETA2007.gsb").exists():
        pytest.skip("Debian's proj-data is not installed")
    remarks = describe_transformation(reference_system(4314), 9.0, 48.0)
    assert [remark.code for remark in remarks] == ["crs_transformed"]
    assert "accuracy 1 m" in remarks[0].message


def test_nothing_is_said_of_wgs84() -> None:
    assert describe_transformation(reference_system(4326), 5.0, 50.0) == []


def test_operation_that_changes_nothing_is_said_too() -> None:
    [remark] = describe_transformation(reference_system(4258), 5.0, 50.0)
    assert remark.code == "crs_transformed"
    assert "ETRS89 to WGS 84" in remark.message
    assert "1 m" in remark.message
