import json

import pytest
import shapely

from spatial.errors import InvalidRequestError, UnknownNameError
from spatial.hotspots.block_mean import BlockMean
from spatial.hotspots.clusters import Neighbourhood
from spatial.hotspots.registry import DEFINITIONS, get_definition


@pytest.mark.parametrize("entry", DEFINITIONS.values(), ids=list(DEFINITIONS))
def test_every_definition_can_be_made_of_its_defaults_and_described(entry):
    threshold = 1.0 if entry.takes_threshold else None
    if entry.takes_several:
        assert entry.create_joint({}, [1.0] * entry.contaminants[0])
        with pytest.raises(InvalidRequestError, match="several contaminants"):
            entry.create({}, threshold)
    else:
        assert entry.create({}, threshold)
        with pytest.raises(InvalidRequestError, match="one contaminant"):
            entry.create_joint({}, [1.0, 1.0])
    told = json.loads(json.dumps(entry.described()))
    assert [p["name"] for p in told["parameters"]] == [p.name for p in entry.parameters]


def test_defaults_of_the_registry_are_those_of_the_classes():
    assert (
        get_definition("exceedance").create({}, 5.0).fractions
        == type(get_definition("exceedance").create({}, 5.0).fractions)()
    )
    assert get_definition("getis-ord").create({}).neighbourhood == Neighbourhood()


def test_parameters_reach_the_part_they_belong_to():
    square = shapely.box(0, 0, 1, 1)
    made = get_definition("block-mean").create({"parcels": [square], "likely": "0.9"}, 3.0)
    assert isinstance(made, BlockMean)
    assert made.parcels == (square,)
    assert (made.fractions.likely, made.fractions.possible) == (0.9, 0.5)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("0.3", 0.3),
        (0.4, 0.4),
        ("[[1, 0.5], [0.5, 1]]", [[1.0, 0.5], [0.5, 1.0]]),
        ([[1, 0.2], [0.2, 1]], [[1.0, 0.2], [0.2, 1.0]]),
    ],
)
def test_a_correlation_is_a_number_or_a_matrix(given, read):
    entry = get_definition("coexistence")
    assert entry.complete({"correlation": given})["correlation"] == read


@pytest.mark.parametrize("given", ["strong", [], [["a", "b"]], [[1.0, None]], {}, "{}", True])
def test_what_is_no_correlation_is_refused(given):
    with pytest.raises(InvalidRequestError, match="correlation is one number for all pairs, or"):
        get_definition("coexistence").complete({"correlation": given})


def test_what_a_definition_looks_at():
    entry = get_definition("percentile")
    assert entry.looks_at(entry.complete({})) == "surface"
    assert entry.looks_at(entry.complete({"of": "samples"})) == "samples"


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("getis-ord", {"neighbours": "many"}, "neighbours is a whole number; got 'many'"),
        ("getis-ord", {"neighbours": 2.5}, "neighbours is a whole number"),
        ("getis-ord", {"neighbours": True}, "neighbours is a whole number"),
        ("getis-ord", {"neighbours": 0}, "neighbours lies between 1 and 1000"),
        ("getis-ord", {"scores": "sqrt"}, "scores is one of ln, rank, none"),
        ("getis-ord", {"q": 0.5}, "takes no q; it takes: neighbours"),
        ("exceedance", {"likely": float("nan")}, "likely is a number"),
        ("exceedance", {"likely": 0.3}, "rising probabilities"),
    ],
)
def test_parameters_that_do_not_fit_are_named(name, given, words):
    entry = get_definition(name)
    threshold = 1.0 if entry.takes_threshold else None
    with pytest.raises(InvalidRequestError, match=words):
        entry.create(given, threshold)


def test_thresholds_are_given_where_they_mean_something_and_only_there():
    with pytest.raises(InvalidRequestError, match="getis-ord takes no threshold"):
        get_definition("getis-ord").create({}, 5.0)
    with pytest.raises(InvalidRequestError, match="exceedance needs a threshold"):
        get_definition("exceedance").create({})


def test_an_unknown_definition_is_told_which_there_are():
    with pytest.raises(UnknownNameError, match="there are: block-mean, coexistence, exceedance"):
        get_definition("feeling")
