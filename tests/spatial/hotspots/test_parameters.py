"""Parameters are read from whatever a request holds, or refused by their name."""

import math

import pytest

from spatial.errors import InvalidRequestError
from spatial.hotspots.parameters import Parameter

NUMBER = Parameter("share", "number", "a share", 0.5, 0.0, 1.0)
WHOLE = Parameter("neighbours", "integer", "how many", 8, 1, 1000)
CHOICE = Parameter("test", "choice", "which", "one", choices=("one", "two"))
MATRIX = Parameter("correlation", "correlation", "how they vary together")
NO_NUMBERS = [
    None, True, False, "", "x", "1,5", [], [1], {}, {"a": 1}, math.nan, math.inf, -math.inf, "NaN",
    "Infinity", 10**400, -(10**400), "1e400",
]  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        (NUMBER, 0, 0.0),
        (NUMBER, 1, 1.0),
        (NUMBER, " 0.25 ", 0.25),
        (NUMBER, -0.0, 0.0),
        (WHOLE, 1.0, 1),
        (WHOLE, "1e3", 1000),
        (CHOICE, "two", "two"),
        (MATRIX, 0.5, 0.5),
        (MATRIX, "[[1, 0.5], [0.5, 1]]", [[1.0, 0.5], [0.5, 1.0]]),
        (MATRIX, [[1, "0.5"], [0.5, 1]], [[1.0, 0.5], [0.5, 1.0]]),
    ],
)
def test_what_is_one_is_read_as_its_kind(parameter, given, expected):
    found = parameter.read(given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("given", NO_NUMBERS, ids=lambda given: repr(given)[:20])
@pytest.mark.parametrize("parameter", [NUMBER, WHOLE])
def test_what_is_no_number_is_refused(parameter, given):
    with pytest.raises(InvalidRequestError, match=rf"^{parameter.name} is a (whole )?number; got"):
        parameter.read(given)


@pytest.mark.parametrize(
    ("parameter", "given"),
    [
        (NUMBER, 1.0000000000000002), (NUMBER, -5e-324), (WHOLE, 0), (WHOLE, 1001), (WHOLE, 1e300),
    ],
)  # fmt: skip
def test_ends_belong_to_the_range_and_nothing_beyond(parameter, given):
    with pytest.raises(InvalidRequestError, match=f"^{parameter.name} lies between"):
        parameter.read(given)


def test_half_a_neighbour_is_none():
    with pytest.raises(InvalidRequestError, match=r"is a whole number; got '1\.5'"):
        WHOLE.read(1.5)


@pytest.mark.parametrize("given", [None, "", "three", 1, [], ["one"], {}])
def test_what_is_no_choice_is_refused_with_those_there_are(given):
    with pytest.raises(InvalidRequestError, match="test is one of one, two; got"):
        CHOICE.read(given)


@pytest.mark.parametrize(
    "given",
    [
        None, True, "", "x", "[", "[]", [], [[]], [1, 2], [[1], 2], [[1, None]], [[1, "x"]],
        [[1, 10**400]], {"a": [1]}, 10**400, "[[NaN]]",
    ],
)  # fmt: skip
def test_what_is_no_matrix_is_refused(given):
    with pytest.raises(InvalidRequestError, match="correlation is one number for all pairs"):
        MATRIX.read(given)


def test_long_texts_are_not_told_whole():
    with pytest.raises(InvalidRequestError) as caught:
        NUMBER.read("x" * 10_000)
    assert len(str(caught.value)) < 100
