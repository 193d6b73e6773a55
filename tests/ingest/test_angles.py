import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.angles import find_pair_order, parse_angle, read_angles, split_pair


@pytest.mark.parametrize(
    ("text", "degrees", "axis"),
    [
        ("36°27'09.36\"N", 36.4526, "latitude"),
        ("36 27 9.36 N", 36.4526, "latitude"),
        ("36° 27′ 9.36″ N", 36.4526, "latitude"),
        ("36°27’9.36”n", 36.4526, "latitude"),
        ("36°27'9.36''N", 36.4526, "latitude"),
        ("N36:27:09.36", 36.4526, "latitude"),
        ("N 36 27 09.36", 36.4526, "latitude"),
        ("36d27m09.36s", 36.4526, None),
        ("36d27m09.36sS", -36.4526, "latitude"),
        ("36-27-09.36N", 36.4526, "latitude"),
        ("36:27:09.36", 36.4526, None),
        ("109°09'59.40\"W", -109.1665, "longitude"),
        ("-109°09'59.40\"", -109.1665, None),
        ("-0°30'", -0.5, None),
        ("36°27.156'N", 36.4526, "latitude"),
        ("36.4526° N", 36.4526, "latitude"),
        ("36.4526S", -36.4526, "latitude"),
        ("W109.1665", -109.1665, "longitude"),
        ("36 deg 27 min 9.36 sec North", 36.4526, "latitude"),
        ("北纬36度27分9.36秒", 36.4526, "latitude"),
        ("36°27'9.36\" с.ш.", 36.4526, "latitude"),
        ("109°09'59.40\" з.д.", -109.1665, "longitude"),
    ],
)
def test_usual_spellings_are_read_exactly(text: str, degrees: float, axis: str | None) -> None:
    angle = parse_angle(text, ".")
    assert angle is not None
    assert (angle.degrees, angle.axis) == (degrees, axis)


@pytest.mark.parametrize(
    "text",
    [
        *["", "x", "36°60'N", "36°27'60\"N", "-36°27'N", "36°27'O", "36,45", "36.4.5", "N"],
        *["36°N27'E", "36.5°27'", "36 27 9 12", "NN36", "1/2", "36°27'09\"N 109°W", "nan", "٣٦"],
    ],
)
def test_other_texts_are_no_angles(text: str) -> None:
    assert parse_angle(text, ".") is None


@given(
    st.integers(0, 179),
    st.integers(0, 59),
    st.integers(0, 5999),
    st.sampled_from("NSEW"),
    st.sampled_from([".", ","]),
    st.sampled_from(["{}°{}'{}\"{}", "{} {} {} {}", "{}:{}:{}{}", "{}d{}m{}s {}", "{}° {}′ {}″{}"]),
)
def test_round_trip_through_minutes_and_seconds(
    degrees: int, minutes: int, hundredths: int, letter: str, decimal: str, form: str
) -> None:
    seconds = f"{hundredths / 100:.2f}".replace(".", decimal)
    angle = parse_angle(form.format(degrees, minutes, seconds, letter), decimal)
    assert angle is not None
    expected = degrees + minutes / 60 + hundredths / 360_000
    assert angle.degrees == pytest.approx(-expected if letter in "SW" else expected, abs=1e-12)
    assert angle.axis == ("latitude" if letter in "NS" else "longitude")


@given(st.text(alphabet="0123456789.,-+°'\" NSEWdms:/;", max_size=20), st.sampled_from(".,"))
def test_any_text_is_an_angle_or_none(text: str, decimal: str) -> None:
    angle = parse_angle(text, decimal)
    assert angle is None or abs(angle.degrees) < 1e40
    pair = split_pair(text, decimal)
    assert pair is None or all(parse_angle(part, decimal) is not None for part in pair)


@given(st.floats(-180, 180).filter(lambda x: abs(x) > 1e-4 or x == 0), st.sampled_from([".", ","]))
def test_decimal_degrees_are_the_same_number(value: float, decimal: str) -> None:
    angle = parse_angle(repr(value).replace(".", decimal), decimal)
    assert angle is not None
    assert angle.degrees == value


@pytest.mark.parametrize(
    ("text", "decimal", "parts"),
    [
        ("36.45, -109.16", ".", ("36.45", "-109.16")),
        ("36.45,-109.16", ".", ("36.45", "-109.16")),
        ("36.45 -109.16", ".", ("36.45", "-109.16")),
        ("(36.45; -109.16)", ".", ("36.45", "-109.16")),
        ("36,45, -109,16", ",", ("36,45", "-109,16")),
        ("36,45 / -109,16", ",", ("36,45", "-109,16")),
        ("36°27'N 109°10'W", ".", ("36°27'N", "109°10'W")),
        ("36°27'N, 109°10'W", ".", ("36°27'N", "109°10'W")),
        ("N36°27' W109°10'", ".", ("N36°27'", "W109°10'")),
        ("36 27 9 N 109 10 0 W", ".", ("36 27 9 N", "109 10 0 W")),
        ("36,45,-109,16", ",", None),
        ("36.45", ".", None),
        ("near the well", ".", None),
    ],
)
def test_both_coordinates_in_one_cell(
    text: str, decimal: str, parts: tuple[str, str] | None
) -> None:
    assert split_pair(text, decimal) == parts


def test_order_of_a_pair_comes_from_evidence() -> None:
    assert find_pair_order([("36°N", "109°W")], ".") == ("latitude first", False)
    assert find_pair_order([("36", "109"), ("1", "2")], ".") == ("latitude first", False)
    assert find_pair_order([("36", "109"), ("109", "36")], ".") == (None, True)


def test_a_column_is_read_by_its_axis() -> None:
    texts = pl.Series(["36°30'N", "36°30'W", "", "36.5"])
    assert read_angles(texts, ".", "latitude").to_list() == [36.5, None, None, 36.5]
