"""The operator's door: what is typed, what is printed, and how a wrong word is answered."""

import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli
from data_access.config import Settings
from tests.data_access.test_cap import CASES as CAP_CASES
from tests.data_access.test_cap import a_message

COUNTIES = ("茂南区", "电白区", "高州市", "化州市", "信宜市")


@pytest.fixture
def chengmai(city: Settings, monkeypatch: pytest.MonkeyPatch):
    """Runs a command on a store with the published figures of 茂名."""
    monkeypatch.setenv("CHENGMAI_STORE_URL", city.store.url)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli.main, list(words))

    return run


def a_file(folder: Path, *rows: str) -> str:
    path = folder / "month.csv"
    path.write_text("指标,地区,期别,数值,单位,状态,来源\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def answer(result: Result) -> object:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_published_figure_comes_with_its_citation(chengmai):
    figure = answer(chengmai("query", "econ.gdp.total", "440900000000", "2023", "--json"))
    assert (figure["value"], figure["unit"], figure["period"], figure["basis"]) == (
        3987.22,
        "亿元",
        "2023",
        "ytd",
    )
    assert figure["status"] == "preliminary"
    assert figure["state"] == "ok"
    assert figure["source"]["title"] == "维基百科：茂名市（信息框）"
    assert figure["source"]["citation"].startswith("https://")
    assert figure["yoy_published"] is None
    assert figure["yoy_computed"] == pytest.approx(100 * (3987.22 / 3904.63 - 1))
    assert figure["warning"] is None


@pytest.mark.parametrize("region", ["440900000000", "440900", "4409", "茂名市", "茂名"])
def test_a_region_is_read_in_every_spelling(chengmai, region):
    assert answer(chengmai("query", "econ.gdp.total", region, "2023", "--json"))["region"] == "440900000000"


@pytest.mark.parametrize("period", ["2023", "2023年", "2023-Q4", "2023-12", "2023年1-12月"])
def test_a_year_and_its_cumulative_end_are_one_figure(chengmai, period):
    assert answer(chengmai("query", "econ.gdp.total", "440900", period, "--json"))["value"] == 3987.22


def test_the_parts_that_a_source_prints_make_the_total_with_a_rest(chengmai):
    def revenue(region: str) -> float:
        return answer(chengmai("query", "econ.fiscal.revenue", region, "2024-06", "--json"))["value"]

    counties = sum(revenue(name) for name in COUNTIES)
    assert counties == pytest.approx(41.89)
    assert revenue("440970000000") == 21.87
    assert revenue("440900") - counties - revenue("440970000000") == pytest.approx(1.82)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "econ.gdp.totl", "440900", "2023"), "econ.gdp.total"),
        (("query", "econ.gdp.total", "440999", "2023"), "440999"),
        (("query", "econ.gdp.total", "440900", "2023-13"), "2023-13"),
        (("load", "nowhere.csv"), "nowhere.csv"),
        (("undo", "4711"), "4711"),
        (("account", "create", "x", "--role", "leader", "--region", "河西街道"), "河西街道"),
    ],
)
def test_a_wrong_word_is_answered_with_what_was_wrong_and_no_traceback(chengmai, words, said):
    result = chengmai(*words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_a_load_can_be_tried_stored_repeated_and_undone(chengmai, tmp_path):
    file = a_file(tmp_path, "econ.gdp.total,茂名市,2023,4000,亿元,revised,修订公报")

    def value() -> float:
        return answer(chengmai("query", "econ.gdp.total", "440900", "2023", "--json"))["value"]

    tried = answer(chengmai("load", file, "--dry-run", "--json"))
    assert (tried["state"], tried["corrected"], value()) == ("dry_run", 1, 3987.22)
    stored = answer(chengmai("load", file, "--json"))
    assert (stored["state"], stored["corrected"], value()) == ("stored", 1, 4000)
    assert answer(chengmai("load", file, "--json"))["state"] == "unchanged"
    assert chengmai("undo", str(stored["load"])).exit_code == 0
    assert value() == 3987.22


def test_what_was_known_on_a_day_stays_known(chengmai, tmp_path):
    answer(
        chengmai("load", a_file(tmp_path, "econ.gdp.total,茂名市,2023,4000,亿元,revised,修订公报"), "--json")
    )
    then = answer(chengmai("query", "econ.gdp.total", "440900", "2023", "--as-of", "2020-01-01", "--json"))
    assert (then["value"], then["state"]) == (None, "missing")


def test_a_file_with_errors_is_refused_whole_and_says_where(chengmai, tmp_path):
    file = a_file(
        tmp_path,
        "econ.gdp.total,茂名市,2024,4001,亿元,,甲",
        "econ.gdp.total,高洲市,2024,800,亿元,,甲",
        "econ.gdp.total,高州市,2024,八百又几,亿元,,甲",
    )
    result = chengmai("load", file, "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["state"]) == (1, "refused")
    assert {
        issue["where"].rpartition("!")[2] for issue in report["issues"] if issue["severity"] == "error"
    } >= {"B3", "D4"}
    assert answer(chengmai("query", "econ.gdp.total", "440900", "2024", "--json"))["value"] != 4001


def test_the_library_and_the_pack_pass_their_own_check(chengmai):
    assert chengmai("check").exit_code == 0


def test_a_bad_definition_fails_the_check_with_its_line(chengmai, tmp_path):
    path = tmp_path / "bad.yaml"
    library = (cli.ROOT / "indicators" / "library" / "economy.yaml").read_text("utf-8")
    path.write_text(library.replace("100 * econ.fiscal.tax /", "100 * econ.fiscal.tx /"), "utf-8")
    result = chengmai("check", str(path))
    assert result.exit_code == 1
    assert "econ.fiscal.tx" in result.stderr
    assert "bad.yaml:" in result.stderr


def test_an_unfinished_definition_is_told_everything_at_once(chengmai, tmp_path):
    path = tmp_path / "draft.yaml"
    path.write_text(
        "system: econ\nindicators:\n"
        "  - code: econ.draft.one\n    formula: econ.gdp.totl / 2\n"
        '  - code: econ.draft.two\n    unit: "%"\n    agg_region: sum\n    formula: 100 * econ.draft.three / econ.gdp.total\n'
        '    rule: {type: threshold, measure: value, op: "<", red: 5, orange: 3}\n'
        "  - code: econ.draft.three\n    formula: econ.draft.two * 2\n",
        encoding="utf-8",
    )
    said = chengmai("check", str(path)).stderr
    for problem in (
        "缺少字段 name_zh",
        "econ.gdp.totl",
        "不能跨地区相加",
        "公式循环引用",
        "阈值须按级别严格递进",
    ):
        assert problem in said


def test_people_are_made_granted_and_closed(chengmai):
    made = chengmai("account", "create", "zhang", "--role", "leader", "--region", "高州市")
    assert made.exit_code == 0
    assert "zhang" in made.stdout
    assert chengmai("account", "grant", "zhang", "化州市").exit_code == 0
    listing = chengmai("account", "list").stdout
    assert "高州市" in listing
    assert "化州市" in listing
    assert chengmai("account", "disable", "zhang").exit_code == 0
    assert chengmai("account", "password", "nobody").exit_code == 1


def test_without_a_store_the_operator_is_told_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("CHENGMAI_STORE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    result = CliRunner().invoke(cli.main, ["tick"])
    assert result.exit_code == 1
    assert "chengmai init" in result.stderr
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("key", "variable", "value"),
    [
        ("server.port", "CHENGMAI_SERVER_PORT", "99999"),
        ("interface.time_zone", "CHENGMAI_INTERFACE_TIME_ZONE", "Mars/Base"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(monkeypatch, key, variable, value):
    monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(cli.main, ["tick"])
    assert result.exit_code == 1
    assert value in result.stderr
    assert key in result.stderr


def test_a_store_that_cannot_be_reached_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("CHENGMAI_STORE_URL", "postgresql://me:hunter2@127.0.0.1:1/chengmai")
    result = CliRunner().invoke(cli.main, ["tick"])
    assert result.exit_code == 1
    assert "127.0.0.1:1" in result.stderr
    assert "hunter2" not in result.output


def test_a_port_that_is_taken_is_not_shared(chengmai):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = chengmai("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "server.port" in result.stderr


def test_warnings_are_read_in_the_language_of_the_settings(chengmai, monkeypatch, tmp_path):
    file = tmp_path / "growth.csv"
    file.write_text(
        "指标,地区,期别,数值,单位,同比,来源\necon.retail.total,茂名市,2026-09,700,亿元,-9.54,公报\n",
        encoding="utf-8",
    )
    answer(chengmai("load", str(file), "--json"))
    assert "红色  茂名市 社会消费品零售总额  −9.54  (< −2)  2026-09" in chengmai("warnings").stdout
    monkeypatch.setenv("CHENGMAI_INTERFACE_LANGUAGE", "en")
    told = chengmai("warnings").stdout
    assert "Maoming City Total retail sales of consumer goods" in told
    assert "OPEN" not in chengmai("warnings", "--history").stdout


def test_warnings_of_authorities_are_taken_in_by_file_and_by_folder(chengmai, monkeypatch, tmp_path):
    good = tmp_path / "good.xml"
    good.write_bytes(a_message())
    taken = chengmai("cap", str(good))
    assert taken.exit_code == 0
    assert "已收下" in taken.output
    again = chengmai("cap", str(good), str(CAP_CASES / "weather.cap"), "--json")
    assert again.exit_code == 1
    assert [one["state"] for one in json.loads(again.stdout)] == ["repeated", "refused"]
    assert chengmai("cap").exit_code == 2
    folder = tmp_path / "drop"
    folder.mkdir()
    monkeypatch.setenv("CHENGMAI_CAP_FOLDER", str(folder))
    bad = folder / "bad.xml"
    bad.write_bytes(b"<alert/>")
    os.utime(bad, (0, 0))
    ticked = chengmai("tick")
    assert ticked.exit_code == 0
    assert "拒收" in ticked.output
    assert (folder / "refused" / "bad.xml.reason.txt").exists()
    assert chengmai("cap", "--folder").exit_code == 0
    monkeypatch.setenv("CHENGMAI_CAP_FOLDER", str(tmp_path / "nowhere"))
    assert chengmai("cap", "--folder").exit_code == 1
    assert chengmai("tick").exit_code == 0


def test_messages_are_listed_and_sent_by_hand(chengmai):
    told = answer(chengmai("notices", "list", "--json"))
    assert told == {
        "channels": [],
        "counts": {"waiting": 0, "sent": 0, "failed": 0, "messages": 0},
        "failures": [],
    }
    assert "已送出 0 条" in chengmai("notices", "send").stdout
    refused = chengmai("notices", "test", "nowhere")
    assert refused.exit_code == 1
    assert "没有这个渠道" in refused.stderr
