"""A published number enters as a file and ends as a tile whose colour a leader can trust; undone, it turns back."""

from pathlib import Path

import pytest

from data_access.config import Settings
from data_access.sources import files
from services import bootstrap
from services.access import SYSTEM, Actor
from services.bootstrap import Services
from services.views import Choice

CITY = 440900000000
LEADER = Actor(id="1", name="leader", role="leader", regions=(CITY,))
RETAIL = "econ.retail.total"


@pytest.fixture
def cockpit(city: Settings) -> Services:
    return bootstrap.build(city)


def a_figure(folder: Path, name: str, value: float, growth: float) -> files.Source:
    path = folder / name
    path.write_text(
        f"指标,地区,期别,数值,单位,同比,来源\n{RETAIL},茂名市,2026-09,{value},亿元,{growth},茂名市统计局\n",
        encoding="utf-8",
    )
    return files.from_path(path, 10**6)


def level(cockpit: Services) -> str | None:
    found = [alert for alert in cockpit.alerts.open_alerts(LEADER, (CITY,)) if alert.indicator == RETAIL]
    return found[0].level.name.lower() if found else None


def tile(cockpit: Services) -> tuple[float | None, int]:
    board = cockpit.boards.economy(LEADER, Choice(theme="consume", period="2026-09"))
    found = next(tile for group in board.groups for tile in group.tiles if tile.indicator == RETAIL)
    return found.figure.value, found.mark.level if found.mark else 0


def test_a_corrected_figure_turns_the_tile_red_and_undoing_it_turns_it_back(cockpit, tmp_path):
    good = cockpit.intake.load(SYSTEM, a_figure(tmp_path, "july.csv", 800.0, 5.1))
    assert good.state == "stored", good.issues
    assert tile(cockpit) == (800.0, 0)
    assert level(cockpit) is None

    corrected = cockpit.intake.load(SYSTEM, a_figure(tmp_path, "corrected.csv", 700.0, -9.5))
    assert corrected.corrected == 1
    assert level(cockpit) == "red"
    assert tile(cockpit) == (700.0, 4)

    cockpit.intake.undo(SYSTEM, corrected.load)
    assert level(cockpit) is None
    assert tile(cockpit) == (800.0, 0)
    told = [event.kind.name for event in cockpit.alerts.history(LEADER, (CITY,)) if event.indicator == RETAIL]
    assert "OPEN" in told  # what happened is still there to be read: nothing was deleted


def test_a_stop_between_load_and_evaluation_loses_nothing(city, cockpit, tmp_path):
    cockpit.intake.load(SYSTEM, a_figure(tmp_path, "july.csv", 700.0, -9.5), evaluate=False)
    assert level(cockpit) is None
    again = bootstrap.build(city)
    again.alerts.tick(again.clock())
    assert level(again) == "red"


def test_every_screen_learns_of_a_load_from_one_version(cockpit, tmp_path):
    before = cockpit.version()
    cockpit.intake.load(SYSTEM, a_figure(tmp_path, "july.csv", 700.0, -9.5))
    assert cockpit.version() != before


def test_a_target_judges_what_stands_and_taking_it_back_ends_that(cockpit, tmp_path):
    def taken_in(name: str, *rows: str) -> int:
        path = tmp_path / name
        path.write_text("指标,地区,期别,数值,单位,状态,来源\n" + "\n".join(rows) + "\n", encoding="utf-8")
        report = cockpit.intake.load(SYSTEM, files.from_path(path, 10**6))
        assert report.state == "stored", report.issues
        return report.load

    def level() -> str | None:
        found = cockpit.alerts.open_alerts(LEADER, (CITY,), "econ")
        return next((a.level.name.lower() for a in found if a.rule == "econ.fiscal.revenue"), None)

    taken_in("revenue.csv", "econ.fiscal.revenue,茂名市,2026-09,65.0,亿元,快报,市财政局")
    assert level() is None  # without a target nothing can be said
    target = taken_in("target.csv", "econ.fiscal.revenue,茂名市,2026,200,亿元,目标,预算报告")
    assert level() == "red"
    cockpit.intake.undo(SYSTEM, target)
    assert level() is None
