"""Cases beside rules: what they say is held against the state machine that judges live."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from data_access.definitions import CASES, LIBRARY
from services import rule_cases
from services.definitions import files_of

RULE = {"op": "<", "red": 0, "yellow": 5, "persist": 2}
CASE = {"rule": RULE, "figures": [9, 4, -1, None], "states": ["normal", "pending:yellow", "firing:yellow", "firing:yellow|no_data"]}  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return files_of().catalog()


def told(folder: Path, *cases: object, catalog=None) -> list[tuple[str, str]]:
    """What is wrong with cases: key and the line after the file."""
    place = folder / CASES
    place.mkdir(exist_ok=True)
    file = place / "own.yaml"
    text = yaml.safe_dump({"cases": deepcopy([*cases])}, allow_unicode=True, sort_keys=False)
    file.write_text(text, "utf-8")
    return [(issue.key, issue.where.rsplit(":", 1)[-1]) for issue in rule_cases.check([file], catalog)]


def test_the_cases_of_the_library_come_out_as_they_say(catalog):
    files = rule_cases.files_of([LIBRARY])
    assert files
    assert rule_cases.check(files, catalog) == []


def test_a_case_that_comes_out_as_it_says_is_not_spoken_of(tmp_path):
    assert told(tmp_path, CASE) == []
    events = [{"period": 2, "event": "OPEN", "level": "yellow"}]
    assert told(tmp_path, CASE | {"events": events}) == []


def test_a_state_that_differs_is_told_by_its_line(tmp_path):
    wrong = CASE | {"states": ["normal", "firing:yellow", "firing:yellow", "firing:yellow|no_data"]}
    assert told(tmp_path, wrong) == [("case_differs", "14")]


@pytest.mark.parametrize(
    ("events", "differ"),
    [
        ([], 1),
        ([{"event": "OPEN", "level": "red"}], 1),
        ([{"event": "OPEN", "level": "yellow"}, {"event": "RESOLVE", "level": None}], 1),
    ],
)
def test_events_that_differ_are_told(tmp_path, events, differ):
    assert [key for key, _ in told(tmp_path, CASE | {"events": events})] == ["case_differs"] * differ


def test_a_case_may_name_a_rule_of_the_catalogue_and_a_series_beside_it(tmp_path, catalog):
    (tmp_path / CASES).mkdir()
    rows = (
        "region,period,value\n440981,2024-05,-4\n440981,2024-06,-12\n440982,2024-05,-31\n440982,2024-06,-31\n"
    )
    (tmp_path / CASES / "pace.csv").write_text(rows, "utf-8")
    case = {
        "rule": "proj.invest.completion_rate",
        "series": "pace.csv",
        "states": {"440981": ["normal", "firing:yellow"], "440982": ["firing:red", "firing:red"]},
    }
    assert told(tmp_path, case, catalog=catalog) == []
    case["states"]["440981"][0] = "firing:red"
    case["states"]["441900"] = []
    keys = [key for key, _ in told(tmp_path, case, catalog=catalog)]
    assert keys == ["case_differs", "case_region"]


@pytest.mark.parametrize(
    ("case", "key"),
    [
        (CASE | {"rule": "no.such.rule"}, "unknown_rule"),
        (CASE | {"rule": {"op": "<", "red": 5, "yellow": 0}}, "rule_order"),
        (CASE | {"periods": ["2024-01"]}, "case_length"),
        (CASE | {"states": ["normal"]}, "case_length"),
        (CASE | {"figures": [9, "x", -1, None]}, "not_a_number"),
        (CASE | {"figures": [{"valve": 9}, 4, -1, None]}, "not_a_number"),
        (CASE | {"state": []}, "case_fields"),
        ({"rule": RULE, "states": []}, "case_fields"),
        ("a case", "case_fields"),
    ],
)
def test_a_case_that_cannot_be_run_is_told(tmp_path, catalog, case, key):
    assert [found for found, _ in told(tmp_path, case, catalog=catalog)][:1] == [key]


def test_a_file_without_cases_is_told(tmp_path):
    file = tmp_path / "empty.yaml"
    file.write_text("rules: []\n", "utf-8")
    assert [issue.key for issue in rule_cases.check([file], None)] == ["case_list"]
