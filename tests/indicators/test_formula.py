"""Formulas: the handed cases, the functions, missing figures, units, and the laws of the tree."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import formula, periods
from indicators.errors import CockpitError
from indicators.formula import Call, Negation, Node, Number, Operation, Reference, evaluate, parse, spell
from indicators.units import Agreement

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests" / "cases" / "formula" / "expression_cases.json").read_text())
STRD = ROOT / "tests" / "cases" / "strd"
SERIES = CASES["environment"]["series"]
UNITS = {name: series["unit"] for name, series in SERIES.items()}
AT_EVALUATION = {"non_finite_missing"}
"""Errors of the cases that are no errors here but missing figures."""


def calendar(name: str) -> list[str]:
    """The periods of a series of the cases: quarters of gdp, months of all others."""
    step = 3 if name == "gdp" else 1
    return [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(step, 13, step)]


def figures(node: Node, at: str) -> float | None:
    """The figure of a formula in the environment of the cases, None when missing."""
    names = formula.references(node)
    grid = calendar(names[0] if names else "a")
    values = {name: np.array([SERIES[name].get(p) for p in grid], dtype=np.float64) for name in names}
    found = evaluate(node, values) if names else np.full(len(grid), evaluate(node, {})[0])
    value = float(found[grid.index(at)])
    return None if np.isnan(value) else value


def refusal(case: dict[str, Any]) -> set[str]:
    """The keys of everything that is said about an invalid case."""
    if "definitions" in case:
        needs = {name: formula.references(parse(text)) for name, text in case["definitions"].items()}
        path = formula.find_cycle(needs)
        return {formula.cycle_issue(path).key} if path else set()
    try:
        return {issue.key for issue in formula.check(parse(case["expr"]), UNITS)}
    except CockpitError as refused:
        return {issue.key for issue in refused.issues}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES["valid"]])
def test_a_formula_comes_out_as_expected(case: dict[str, Any]) -> None:
    start = time.perf_counter()
    node = parse(case["expr"])
    assert not formula.check(node, UNITS)
    assert figures(node, case["at"]) == pytest.approx(case["expected"])
    assert (time.perf_counter() - start) * 1000 < CASES["time_limit_ms_each"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES["invalid"]])
def test_a_wrong_formula_is_refused_by_name(case: dict[str, Any]) -> None:
    start = time.perf_counter()
    expected = case["expected_error"]
    if expected in AT_EVALUATION:
        assert np.isnan(evaluate(parse(case["expr"]), {})).all()
    else:
        accepted = {"syntax_or_type": {"syntax"}, "missing": {"unknown_function"}}.get(expected, {expected})
        assert refusal(case) == accepted
    assert (time.perf_counter() - start) * 1000 < CASES["time_limit_ms_each"]


def test_the_message_names_what_is_unknown_and_the_path_of_a_cycle() -> None:
    issue = formula.check(parse("unknown_indicator+1"), UNITS)[0]
    assert "unknown_indicator" in issue.text()
    path = formula.find_cycle({"x": ("y",), "y": ("x",)})
    assert path is not None
    assert "x -> y -> x" in formula.cycle_issue(path).text()


def test_a_formula_without_a_cycle_has_none() -> None:
    assert formula.find_cycle({"x": ("y", "z"), "y": ("z",), "z": ()}) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("abs(a, b)", "argument_count"),
        ("round(a, 9)", "argument_range"),
        ("lag(a, 1.5)", "argument_type"),
        ("lag(a, 401)", "argument_range"),
        ("(" * 60 + "a" + ")" * 60, "limit"),
        ("-" * 60 + "a", "limit"),
        ("+".join(["a"] * 402), "limit"),
        ("a > 1", "syntax"),
        ("if(a, 1, 0)", "syntax"),
        ("a.b.", "syntax"),
        ("2a", "syntax"),
    ],
)
def test_what_passes_a_limit_or_misuses_a_function_is_refused(text: str, key: str) -> None:
    with pytest.raises(CockpitError) as refused:
        parse(text)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lag(a, 1)", [np.nan, 1, 2, np.nan]),
        ("rolling_mean(a, 2)", [np.nan, 1.5, np.nan, np.nan]),
        ("rolling_sum(a, 2)", [np.nan, 3, np.nan, np.nan]),
        ("rolling_max(a, 2)", [np.nan, 2, np.nan, np.nan]),
        ("rolling_min(a, 2)", [np.nan, 1, np.nan, np.nan]),
        ("min(a, b)", [1, 2, np.nan, -4]),
        ("max(a, b, 3)", [3, 3, np.nan, 4]),
        ("abs(b)", [2, 2, 2, 4]),
        ("if(b < 0, a, b)", [2, 2, 2, 4]),
        ("if(a != 1, 1, 0)", [0, 1, np.nan, 1]),
        ("round(a / 8, 2)", [0.13, 0.25, np.nan, 0.5]),
        ("-a ^ 2", [-1, -4, np.nan, -16]),
        ("a / (b - 2)", [np.nan, np.nan, np.nan, -4 / 6]),
        ("time_progress - 25", [0, 25, 50, 75]),
    ],
)
def test_functions_work_on_whole_calendars(text: str, expected: list[float]) -> None:
    values = {"a": np.array([[1, 2, np.nan, 4.0]]), "b": np.array([[2, 2, 2, -4.0]])}
    progress = periods.elapsed_share([periods.months_key(2024, month, month) for month in (3, 6, 9, 12)])
    np.testing.assert_allclose(evaluate(parse(text), values, progress), [expected], atol=1e-12)


def test_a_formula_says_how_far_back_it_looks_and_what_it_needs() -> None:
    node = parse("lag(rolling_sum(econ.a, 12), 3) / 用电量 - time_progress")
    assert formula.look_back(node) == 14
    assert formula.references(node) == ("econ.a", "用电量")
    assert formula.uses_time_progress(node)
    assert not formula.uses_time_progress(parse("a + b"))


@pytest.mark.parametrize("name", ["Michelso", "NumAcc1"])
def test_a_rolling_mean_keeps_the_certified_digits(name: str) -> None:
    certified = json.loads((STRD / "certified.json").read_text())["datasets"][name]
    values = np.loadtxt(STRD / f"{name}.csv", skiprows=1)
    mean = evaluate(parse(f"rolling_mean(y, {certified['n']})"), {"y": values})[-1]
    assert mean == pytest.approx(float(certified["mean"]), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "claimed", "verdict"),
    [
        ("100 * money / money", "%", Agreement.COMPATIBLE),
        ("money / money", "%", Agreement.CONTRADICTING),
        ("money / money", "倍", Agreement.COMPATIBLE),
        ("10000 * money / people", "元", Agreement.COMPATIBLE),
        ("10000 * money / people", "元/人", Agreement.COMPATIBLE),
        ("1000 * money / people", "元/人", Agreement.CONTRADICTING),
        ("10 * fires / people", "起/十万人", Agreement.COMPATIBLE),
        ("fires / people", "件/万人", Agreement.CONTRADICTING),
        ("area / area", "月", Agreement.UNKNOWN),
        ("odd / area", "%", Agreement.UNKNOWN),
        ("0.2 * score + 0.8 * lag(score, 1)", "分", Agreement.COMPATIBLE),
        ("100 * money / rolling_mean(money, 3) - 100", "%", Agreement.COMPATIBLE),
        ("money + people", "亿元", Agreement.CONTRADICTING),
        ("rate - time_progress", "个百分点", Agreement.COMPATIBLE),
        ("if(money > 5, money, 0)", "亿元", Agreement.COMPATIBLE),
        ("max(rate, people)", "%", Agreement.CONTRADICTING),
        ("area ^ 2 / area", "万平方米", Agreement.COMPATIBLE),
    ],
)
def test_a_unit_that_contradicts_its_formula_is_found(text: str, claimed: str, verdict: Agreement) -> None:
    known = {"money": "亿元", "people": "万人", "fires": "起", "area": "万平方米", "score": "分", "rate": "%",
             "odd": "斛"}  # fmt: skip
    assert formula.agreement(parse(text), known, claimed) is verdict


def test_every_function_is_documented_with_an_example() -> None:
    text = (ROOT / "docs" / "formulas.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    examples = {row[1].strip(" `").split("(")[0]: row[2].strip(" `") for row in rows}
    for name in (*formula.FUNCTIONS, *formula.BUILT_INS):
        assert name in examples[name]
        parse(examples[name])


# -- laws --------------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.sampled_from(["1", "2.5", "100"]).map(Number), st.sampled_from(["a", "b.c", "用电量"]).map(Reference)
)


def grown(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    tests = st.builds(Operation, st.sampled_from(["<", ">=", "="]), part, part)
    return st.one_of(
        part.map(Negation),
        st.builds(Operation, st.sampled_from(["+", "-", "*", "/", "^"]), part, part),
        st.builds(lambda x, n: Call("lag", (x, Number(str(n)))), part, st.integers(1, 12)),
        st.builds(lambda x, y: Call("min", (x, y)), part, part),
        st.builds(lambda t, x, y: Call("if", (t, x, y)), tests, part, part),
    )


TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, grown, max_leaves=12)


@given(TREES)
def test_a_formula_spelled_out_reads_back_as_itself(node: Node) -> None:
    assert parse(spell(node)) == node


@given(TREES, st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=15, max_size=15))
def test_a_result_is_finite_or_missing(node: Node, figures: list[float | None]) -> None:
    values = np.array(figures, dtype=np.float64).reshape(3, 5)
    result = evaluate(node, {"a": values, "b.c": values[::-1], "用电量": values + 1})
    assert result.shape == (3, 5)
    assert not np.isinf(result).any()


def complaints(text: str) -> list[str]:
    """What a person is told about a formula; nothing when it can be read."""
    try:
        parse(text)
    except CockpitError as refused:
        return [issue.text() for issue in refused.issues]
    return []


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_message(text: str) -> None:
    assert all(complaints(text))


@given(st.sampled_from(["a + b.c", "a * b.c", "a / b.c", "-a", "min(a, b.c)", "rolling_mean(a, 1) - b.c"]))
def test_missing_stays_missing(text: str) -> None:
    values = {"a": np.array([np.nan, 1.0]), "b.c": np.array([2.0, 3.0])}
    assert np.isnan(evaluate(parse(text), values)).tolist() == [True, False]
