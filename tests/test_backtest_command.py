"""`chengmai backtest`: a rule in a file, a series in a file, and what the one makes of the other."""

import csv
import json
import statistics
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

import cli

CASES = Path(__file__).parent / "cases" / "alerting"
NAN_IS_MISSING = {"PS-029": ["inactive", "inactive", "inactive"]}
"""The case leaves the choice: here NaN is a missing value for every comparison, ``!=`` included."""


def cases(name: str) -> list:
    return [
        pytest.param(case, id=f"{case['id']} {case['title']}")
        for case in json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    ]


@pytest.fixture
def backtest(tmp_path, monkeypatch):
    """Runs the command on a rule and rows; there is no store."""
    monkeypatch.setenv("CHENGMAI_STORE_URL", f"sqlite:///{tmp_path}/no-store.db")

    def run(rule: object, rows: list, *options: str, header=("region", "period", "value")) -> Result:
        rule_file, series_file = tmp_path / "rule.yaml", tmp_path / "series.csv"
        text = rule if isinstance(rule, str) else yaml.safe_dump(rule, allow_unicode=True)
        rule_file.write_text(text, encoding="utf-8")
        with series_file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        command = ["backtest", str(rule_file), str(series_file), "--json", *options]
        return CliRunner().invoke(cli.main, command)

    return run


def answer(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def states(told: dict, region: str = "440900") -> list[str]:
    """The states of a region with its health, as the handed cases write them."""
    return [
        one["state"] + ("" if one["health"] == "ok" else f"|{one['health']}")
        for one in told["results"]
        if one["region"] == region
    ]


def steps(numbers, region: str = "440900") -> list:
    return [[region, nth, "" if number is None else number] for nth, number in enumerate(numbers)]


RED = {"type": "threshold", "op": ">", "red": 20, "yellow": 10}


@pytest.mark.parametrize("case", cases("level_hysteresis_cases.json"))
def test_the_level_cases(backtest, case):
    told = answer(backtest(case["rule"], steps(case["values"])))
    assert states(told) == case["expected_state"]
    events = [{name: event[name] for name in ("step", "event", "level")} for event in told["events"]]
    assert events == case["expected_events"]


@pytest.mark.parametrize("case", cases("state_cases_prometheus.json"))
def test_the_state_cases(backtest, case):
    for name, samples in case["series"].items():
        told = answer(backtest({"id": case["id"], "rule": case["rule"]}, steps(samples, name)))
        found = [state.split("|")[0].split(":")[0] for state in states(told, name)]
        plain = ["inactive" if state == "normal" else state for state in found]
        assert plain == NAN_IS_MISSING.get(case["id"], case["expected"][name])


def of_spc(name: str) -> list:
    found = json.loads((CASES.parent / "spc" / "expected.json").read_text(encoding="utf-8"))[name]
    return [pytest.param(case, id=case["id"]) for case in found]


def chart(case: dict, centre: float, sd: float) -> dict:
    """The control chart of a case: its run rule is level red."""
    letters, number = case["rule"].rstrip("0123456789"), case["rule"].lstrip("NWE")
    kind = "western_electric" if letters == "WE" else "nelson"
    return {"type": "control", "chart": kind, "side": "both", "centre": centre, "sd": sd, "red": int(number)}


def firing_at(told: dict) -> list[int]:
    return [one["step"] for one in told["results"] if one["state"] == "firing:red"]


@pytest.mark.parametrize("case", of_spc("run_rules"))
def test_the_run_rules(backtest, case):
    told = answer(backtest(chart(case, case["center"], case["sd"]), steps(case["values"])))
    assert firing_at(told) == case["expected_violation_end_index0"]


@pytest.mark.parametrize("case", of_spc("run_rules_series_scaled"))
def test_the_run_rules_on_a_series_with_its_own_limits(backtest, case):
    rule = chart(case, statistics.mean(case["values"]), statistics.stdev(case["values"]))
    told = answer(backtest(rule, steps(case["values"])))
    assert firing_at(told) == case["window_end_index0_by_definition"]


@pytest.mark.parametrize("case", of_spc("ewma_small"))
def test_the_weighted_mean(backtest, case):
    rule = {
        "type": "control", "chart": "ewma", "side": "both", "centre": case["center"], "sd": case["sd"],
        "lambda": case["lam"], "red": case["nsigmas"],
    }  # fmt: skip
    told = answer(backtest(rule, steps(case["values"])))
    strayed = [
        (mean - case["center"]) / sigma for mean, sigma in zip(case["ewma"], case["sigma"], strict=True)
    ]
    assert [one["measure"] for one in told["results"]] == pytest.approx(strayed)


def test_a_rule_as_the_catalogue_writes_it(backtest):
    """Persisting twice and recovering a fifth of the way to the next milder threshold are filled in as live."""
    rule = {"op": "<", "red": -10, "orange": -5, "yellow": 0, "blue": 3, "persist": 2}
    months = [f"2024-{month:02d}" for month in range(2, 8)]
    rows = [["440981", month, value] for month, value in zip(months, [6, -1, -2, 0.5, 1.5, 4], strict=True)]
    told = answer(backtest(rule, rows))
    assert states(told, "440981") == [
        "normal", "pending:yellow", "firing:yellow", "firing:yellow", "firing:blue", "normal",
    ]  # fmt: skip
    assert told["rule"]["levels"]["yellow"] == {
        "threshold": [0], "recovery": [pytest.approx(0.6)], "for_periods": 1, "keep_periods": 0,
    }  # fmt: skip
    assert told["summary"]["by_year"] == {"2024": 1}


def test_a_period_that_no_row_names_is_missing_and_a_region_begins_with_its_first_row(backtest):
    rows = [["a", "2024-01", 30], ["a", "2024-04", 30], ["b", "2024-03", 5], ["b", "2024-04", ""]]
    told = answer(backtest(RED, rows))
    assert states(told, "a") == ["firing:red", "firing:red|no_data", "firing:red|no_data", "firing:red"]
    assert states(told, "b") == ["normal", "normal|no_data"]
    assert [one["period"] for one in told["results"] if one["region"] == "b"] == ["2024-03", "2024-04"]
    assert [event["event"] for event in told["events"]] == ["OPEN"]


@pytest.mark.parametrize(
    ("periods", "filled"),
    [
        (["2023", "2025"], ["2023", "2024", "2025"]),
        (["2024-Q1", "2024Q3"], ["2024-Q1", "2024-Q2", "2024Q3"]),
        (["2024-01-30", "2024-02-01"], ["2024-01-30", "2024-01-31", "2024-02-01"]),
        (["2024年1-2月", "2024年4月"], ["2024年1-2月", "2024-03", "2024年4月"]),
        (["7", "9"], ["7", "8", "9"]),
    ],
)
def test_gaps_are_filled_in_the_rhythm_of_the_periods(backtest, periods, filled):
    told = answer(backtest(RED, [["a", period, 1] for period in periods]))
    assert [one["period"] for one in told["results"]] == filled


def test_columns_are_found_by_their_usual_names_and_the_health_may_be_given(backtest):
    rows = [
        ["高州市", "2024-01", "30", ""],
        ["高州市", "2024-02", "", "stale"],
        ["高州市", "2024-03", "5", ""],
    ]
    told = answer(backtest(RED, rows, header=("地区", "时期", "数值", "health")))
    assert states(told, "高州市") == ["firing:red", "firing:red|stale", "normal"]


def test_growth_is_what_the_file_gives_or_is_computed_when_asked(backtest):
    rule = {"measure": "yoy_pct", "op": "<", "red": -10, "yellow": 0}
    rows = [["a", "2023-01", 100], ["a", "2023-02", 100], ["a", "2024-01", 85], ["a", "2024-02", 99]]
    assert answer(backtest(rule, rows))["compared"] == "value"
    told = answer(backtest(rule, rows, "--figures"))
    assert told["compared"] == "yoy_pct"
    assert [one["value"] for one in told["results"]][-2:] == [85, 99]
    assert [one["measure"] for one in told["results"]][-2:] == [pytest.approx(-15), pytest.approx(-1)]
    assert states(told, "a")[-2:] == ["firing:red", "firing:yellow"]


def test_a_rule_of_rules_needs_the_series_of_all_its_members(backtest):
    rules = {
        "indicators": [
            {"code": "a.b", "rule": {"op": "<", "red": 0, "yellow": 5}},
            {"code": "a.c", "rule": {"op": ">", "red": 9, "blue": 3}},
            {"code": "a.d", "rule": {"type": "composite", "of": ["a.b", "a.c"], "when": "and"}},
        ]
    }
    values = {"a.b": [9, 4, -1, -1], "a.c": [1, 4, 4, 10]}
    rows = [[code, "x", nth, one] for code, numbers in values.items() for nth, one in enumerate(numbers)]
    header = ("indicator", "region", "period", "value")
    told = answer(backtest(rules, rows, "--rule", "a.d", header=header))
    assert states(told, "x") == ["normal", "firing:blue", "firing:blue", "firing:red"]
    told = answer(backtest(rules, rows, "--rule", "a.c", header=header))
    assert states(told, "x") == ["normal", "firing:blue", "firing:blue", "firing:red"]
    rules["indicators"][2]["rule"]["of"] = ["a.b", "a.d"]
    assert "引用了自己" in backtest(rules, rows, "--rule", "a.d", header=header).stderr
    rules["indicators"][2]["rule"]["of"] = ["a.b", "a.x"]
    assert "没有规则 a.x" in backtest(rules, rows, "--rule", "a.d", header=header).stderr
    assert "文件里有几个指标" in backtest(RED, rows, header=header).stderr


def test_rules_about_a_course_or_about_siblings_look_at_the_whole_series(backtest):
    falling = {"type": "trend", "direction": "falling", "blue": 2, "red": 3}
    assert states(answer(backtest(falling, steps([9, 8, 7, 6, 7])))) == [
        "normal", "normal", "firing:blue", "firing:red", "normal",
    ]  # fmt: skip
    last = {"type": "rank", "end": "bottom", "red": 1}
    rows = [[code, 0, value] for code, value in (("440981", 3), ("440982", 1), ("440983", 2), ("441900", 0))]
    told = answer(backtest(last, rows))
    assert [one["state"] for one in told["results"]] == ["normal", "firing:red", "normal", "normal"]


def test_the_level_of_a_region_scales_the_thresholds(backtest):
    rule = {"op": ">", "yellow": 6, "blue": 3, "level_scale": {"city": 4, "county": 1}}
    told = answer(backtest(rule, [["440900", 0, 20], ["440981", 0, 20]]))
    assert (states(told, "440900"), states(told, "440981")) == (["firing:blue"], ["firing:yellow"])


def test_a_file_of_several_rules_asks_which(backtest):
    rules = {
        "indicators": [{"code": "a.b", "rule": RED, "rules": {"low": {"op": "<", "red": 0}}}, {"code": "a.c"}]
    }
    asked = backtest(rules, steps([-5]))
    assert asked.exit_code == 1
    assert "a.b, a.b~low" in asked.stderr
    assert states(answer(backtest(rules, steps([-5]), "--rule", "a.b~low"))) == ["firing:red"]
    assert backtest(rules, steps([-5]), "--rule", "a.c").exit_code == 1


@pytest.mark.parametrize(
    ("rule", "rows", "told"),
    [
        ({"op": ">", "red": 5, "yellow": 10}, [["a", 0, 1]], ["rule.yaml:1"]),
        ({"op": ">", "red": 5, "recover": {"red": 6}}, [["a", 0, 1]], ["恢复值须在阈值的良好一侧"]),
        ({"op": "~", "red": 5}, [["a", 0, 1]], ["规则的比较符无效：~"]),
        ("red: [1", [["a", 0, 1]], ["rule.yaml:2"]),
        ("[]", [["a", 0, 1]], ["文件里没有规则"]),
        ({"type": "none"}, [["a", 0, 1]], ["规则类型 none 不作判定"]),
        (RED, [["a", "2024-13", 1], ["a", "2024-02", "many"]], ["series.csv:2", "series.csv:3"]),
        (RED, [["a", 1, 1], ["a", 1, 2]], ["series.csv:3", "已在第 2 行写过"]),
        (RED, [["a", "", 1]], ["没有写时期"]),
        (RED, [], ["文件里没有数据"]),
        ({"op": "~", "red": 5}, [["a", "x", 1]], ["规则的比较符无效", "series.csv:2"]),
    ],
)
def test_bad_input_is_told_by_its_line_and_ends_with_an_error(backtest, rule, rows, told):
    result = backtest(rule, rows)
    assert result.exit_code == 1
    assert result.stdout == ""
    for words in told:
        assert words in result.stderr


def test_a_table_without_its_columns_is_refused(backtest):
    result = backtest(RED, [["a", 1]], header=("region", "number"))
    assert result.exit_code == 1
    assert "period, value" in result.stderr


def test_without_json_the_events_are_printed(backtest, tmp_path):
    backtest(RED, steps([1, 30, 1]))
    files = [str(tmp_path / name) for name in ("rule.yaml", "series.csv")]
    printed = CliRunner().invoke(cli.main, ["backtest", *files]).stdout
    assert printed.splitlines() == [
        "440900  1  新开  红色",
        "440900  2  解除  —",
        "区域 1 个，时期 3 期：新开 1，升降级 0，解除 1。",
    ]
