"""The library as it is delivered: sound, complete, and every worked example comes out in the real evaluation."""

from functools import cache
from math import isclose

import pytest

from data_access.definitions import library_files, read_files
from indicators import formula, rules
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.catalog.checking import check
from indicators.catalog.examples import run
from indicators.definition import RegionAggregation


@cache
def sources():
    """The files of the library."""
    return read_files(library_files(), "library")


@cache
def catalog() -> Catalog:
    """The library as a catalog."""
    return assemble(layered(entries(sources())))


DERIVED = [code for code in catalog().codes if catalog().get(code).derived]
RATIOS = [code for code in DERIVED if catalog().get(code).agg_region is RegionAggregation.RATIO_OF_SUMS]


def test_the_library_has_no_problem():
    assert [issue.text() for issue in check(sources())] == []


def test_the_library_is_complete():
    assert len(catalog().headline()) == 312
    assert len(catalog().codes) - 312 == 193
    assert len(DERIVED) == 115
    assert list(catalog().systems) == ["sign", "ops", "dgov", "econ", "emerg", "proj"]
    assert len(catalog().targets) == 44
    assert len(catalog().plans) == 5


@pytest.mark.parametrize("code", DERIVED)
def test_the_worked_example_comes_out(code):
    outcomes = run(catalog(), catalog().get(code))
    assert outcomes
    assert [outcome for outcome in outcomes if not outcome.holds] == []


@pytest.mark.parametrize("code", RATIOS)
def test_the_example_of_a_ratio_tells_the_city_from_the_mean_of_its_counties(code):
    expected = {outcome.region: outcome.expected for outcome in run(catalog(), catalog().get(code))}
    assert not isclose(expected["city"], (expected["a"] + expected["b"]) / 2)


@pytest.mark.parametrize("code", DERIVED)
def test_the_example_gives_every_figure_that_the_formula_needs(code):
    one = catalog().get(code)
    collected = {name for name in catalog().closure([code]) if not catalog().get(name).derived}
    assert set(one.example["inputs"]) == collected


@pytest.mark.parametrize("code", catalog().codes)
def test_every_rule_can_be_read(code):
    assert rules.rule_of(catalog().get(code)).type in rules.RULE_TYPES


def test_a_wrong_example_does_not_come_out():
    one = catalog().get("econ.gdp.primary_share")
    wrong = {**one.example, "expect": {"city": (25 + 9.375) / 2}}
    outcome = run(catalog(), type(one)(**{**vars(one), "example": wrong}))[0]
    assert not outcome.holds
    assert outcome.found == 15


def test_every_formula_reads_back_as_it_is_spelled():
    for code in DERIVED:
        tree = catalog().compiled(code)
        assert formula.parse(formula.spell(tree)) == tree
