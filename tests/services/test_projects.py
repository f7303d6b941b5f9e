"""Key projects as use cases: figures that add up, every wrong entry answered at its field, nobody beyond his regions."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_access.config import load_settings
from indicators import periods
from indicators.definition import SeasonCurve
from indicators.errors import CockpitError
from services import bootstrap
from services.access import Actor
from services.answers import Question
from services.bootstrap import Services
from services.panels import PanelWish
from services.projects_boards import ProjectBoards
from services.scenes import Scene
from services.views import Choice, Face

CITY, GAOZHOU, XINYI = 440900000000, 440981000000, 440983000000
TOWN_A, TOWN_B, TOWN_OF_XINYI = 440981100000, 440981101000, 440983101000
NOW = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)
EDITOR = Actor("1", "editor", "editor", (CITY,))
GAOZHOU_EDITOR = Actor("2", "gaozhou", "editor", (GAOZHOU,))
COUNTY = Actor("3", "county", "county_head", (GAOZHOU,))
OCTOBER = periods.months_key(2026, 10, 10)


@pytest.fixture
def world(city) -> Services:
    """The services on a store with the published figures and the published projects of 茂名."""
    return bootstrap.build(city, clock=lambda: NOW)


def an_entry(**fields: str) -> dict[str, str]:
    """What is typed into the form of a new project."""
    return {
        "name": "荔枝深加工项目", "region": str(TOWN_A), "stage": "building", "department": "agri", "total": "12",
        "planned_start": "2025-03-01", "actual_start": "2025-03-10", "planned_finish": "2027-06-30",
        "year": "2026", "amount": "6",
    } | fields  # fmt: skip


def a_month(done: str, **fields: str) -> dict[str, str]:
    return {"year": "2026", "month": "10", "done": done} | fields


def added(world: Services, actor: Actor = EDITOR, **fields: str) -> int:
    return world.projects.add(actor, an_entry(**fields))


def keys(refused: pytest.ExceptionInfo[CockpitError]) -> list[tuple[str, str]]:
    return [(issue.where, issue.key) for issue in refused.value.issues]


def figure(world: Services, code: str, region: int, period: int | None = None) -> float | None:
    question = Question((code,), (region,), periods=(period,) if period else None)
    line = world.query.ask(EDITOR, question).row(code, region)
    return None if line is None else line.value


def boards(world: Services) -> ProjectBoards:
    return ProjectBoards(world.projects, world.query, world.maps)


def a_wish(
    world: Services, region: int, actor: Actor = EDITOR, filters: Mapping[str, str] | None = None
) -> PanelWish:
    own = world.tree.contains(actor.regions[0], region)
    scene = Scene(actor, world.tree, region, own, "zh", None, None, world.targets.current())
    return PanelWish(scene, Choice(filters=filters or {}), NOW)


def panel(world: Services, name: str, region: int, actor: Actor = EDITOR, **filters: str) -> object:
    return boards(world).panels()[name](a_wish(world, region, actor, filters))


@pytest.fixture(scope="module")
def filled(published, tmp_path_factory) -> Path:
    """A store with four projects in two counties: one far behind, one without a township. Made once."""
    path = tmp_path_factory.mktemp("portfolio") / "city.db"
    copied(published, path)
    world = opened(path)
    for name, region, plan, done in (
        ("甲", TOWN_A, "6", "2"), ("乙", TOWN_B, "3", "2.8"), ("丙", GAOZHOU, "1", "0.9"), ("丁", TOWN_OF_XINYI, "10", "9"),
    ):  # fmt: skip
        number = added(world, name=name, region=str(region), amount=plan)
        world.projects.report(EDITOR, number, a_month(done, fund_plan="1", fund_own="0.5"))
    return path


@pytest.fixture
def portfolio(filled, tmp_path) -> Services:
    """The services on a copy of that store."""
    copied(filled, tmp_path / "portfolio.db")
    return opened(tmp_path / "portfolio.db")


def copied(store: Path, to: Path) -> None:
    for file in store.parent.glob(f"{store.name}*"):
        shutil.copy(file, to.parent / file.name.replace(store.name, to.name))


def opened(store: Path) -> Services:
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{store}"})
    return bootstrap.build(settings, clock=lambda: NOW)


# ---- figures


def test_the_citys_completion_is_the_sum_of_completion_over_the_sum_of_plans(portfolio):
    assert figure(portfolio, "proj.invest.completion_rate", CITY) == pytest.approx(100 * 14.7 / 20)
    assert figure(portfolio, "proj.invest.completion_rate", GAOZHOU) == pytest.approx(57.0)
    assert figure(portfolio, "proj.invest.ytd", TOWN_B) == 2.8
    assert figure(portfolio, "proj.fund.arrival_rate", CITY) == pytest.approx(50.0)


@pytest.mark.parametrize("region", [CITY, GAOZHOU, XINYI])
def test_contributions_add_up_to_the_gap_with_what_lies_in_no_township(portfolio, region):
    view = panel(portfolio, "projects.drivers", region)
    whole = view.schedule.whole
    assert sum(row.contribution for row in view.schedule.rows) == pytest.approx(whole.gap)
    assert whole.gap == pytest.approx(figure(portfolio, "proj.invest.schedule_gap", region))
    assert whole.rate == pytest.approx(figure(portfolio, "proj.invest.completion_rate", region))
    if region == GAOZHOU:
        assert [row.place.code if row.place else None for row in view.schedule.rows] == [TOWN_A, None, TOWN_B]


def test_beside_the_gap_stand_its_parts_and_what_runs_ahead(portfolio):
    view = panel(portfolio, "projects.drivers", GAOZHOU)
    assert {one.indicator: one.leading for one in view.components} == {
        "proj.invest.ytd": False, "proj.invest.year_plan": False, "proj.start.rate": True,
        "proj.fund.arrival_rate": True, "proj.issue.open": True,
    }  # fmt: skip


@pytest.mark.parametrize("region", [CITY, GAOZHOU, TOWN_A, TOWN_B, XINYI])
def test_every_project_has_one_light(portfolio, region):
    lights = [figure(portfolio, f"proj.light.{colour}", region) for colour in ("red", "yellow", "green")]
    assert sum(lights) == figure(portfolio, "proj.count", region)


def test_published_projects_and_programmes_are_listed_and_never_counted(portfolio):
    assert figure(portfolio, "proj.count", CITY) == 4
    view = panel(portfolio, "projects.list", CITY, record="programme")
    assert {row.kind for row in view.rows} == {"programme"}
    nested = next(row for row in view.rows if "7项" in row.project.name)
    assert nested.rate == pytest.approx(100 * 16.75 / 14.5)
    assert not any(row.listed for row in view.rows)


def test_a_season_curve_takes_the_place_of_the_calendar(portfolio):
    shares = (2.0, 4.0, 10.0, 18.0, 28.0, 38.0, 46.0, 54.0, 64.0, 76.0, 88.0, 100.0)
    portfolio.targets.add_curves([SeasonCurve("proj.invest.completion_rate", None, shares)], 1)
    view = panel(portfolio, "projects.schedule", CITY)
    assert (view.due, view.seasonal) == (76.0, True)
    assert panel(portfolio, "projects.scurve", CITY).planned[2] == pytest.approx(2.0)


def test_a_corrected_report_moves_the_figure_and_keeps_the_old_one(portfolio):
    number = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "甲")
    portfolio.projects.report(EDITOR, number, a_month("5", reason="核实更正"))
    assert figure(portfolio, "proj.invest.ytd", TOWN_A) == 5.0
    change = portfolio.projects.history(EDITOR, number)[0]
    assert (change.key, change.field, change.old, change.new) == ("2026-10", "done", "2", "5")


def test_a_month_waits_for_the_last_report_and_goes_on_without_it_after_a_grace(city):
    waiting = bootstrap.build(city, clock=lambda: datetime(2026, 11, 5, 1, 0, tzinfo=UTC))
    first, second = added(waiting), added(waiting, name="乙", region=str(TOWN_B))
    for number in (first, second):
        waiting.projects.report(EDITOR, number, a_month("3", month="9"))
    waiting.projects.report(EDITOR, first, a_month("4"))
    assert figure(waiting, "proj.invest.ytd", TOWN_A, OCTOBER) == 4.0
    assert figure(waiting, "proj.invest.ytd", GAOZHOU) == 6.0  # of September; October is there in part only
    october = waiting.query.ask(EDITOR, Question(("proj.invest.ytd",), (GAOZHOU,), periods=(OCTOBER,)))
    assert october.row("proj.invest.ytd", GAOZHOU).state == "partial"
    later = bootstrap.build(city, clock=lambda: NOW)
    later.projects.report(EDITOR, first, a_month("4.2"))
    assert figure(later, "proj.invest.ytd", GAOZHOU, OCTOBER) == pytest.approx(7.2)


def test_problems_are_open_until_their_reporter_confirms(portfolio):
    number = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "甲")
    given = {
        "category": "land",
        "department": "natres",
        "registered": "2026-10-01",
        "deadline": "2026-10-20",
        "title": "用地未落实",
    }
    portfolio.projects.problem(EDITOR, number, given)
    record = str(portfolio.projects.register().problems[number][0].id)
    portfolio.projects.problem(EDITOR, number, {"record": record, "reported": "2026-10-15"})
    assert figure(portfolio, "proj.issue.open", TOWN_A) == 1
    assert figure(portfolio, "proj.issue.overdue", CITY) == 1
    view = panel(portfolio, "projects.problems", CITY)
    assert (view.open, view.overdue, view.rows[0].age, view.rows[0].overdue) == (1, 1, 30, 11)
    portfolio.projects.problem(
        EDITOR, number, {"record": record, "confirmed": "2026-11-02", "confirmed_by": "高州市发改局"}
    )
    assert figure(portfolio, "proj.issue.open", TOWN_A) == 0
    assert figure(portfolio, "proj.issue.days", GAOZHOU) is None  # its month has no report yet
    assert panel(portfolio, "projects.problems", CITY).open == 0


def test_a_ruling_changes_the_light_of_its_month_with_the_reason(portfolio):
    number = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "甲")
    assert figure(portfolio, "proj.light.red", TOWN_A) == 1
    portfolio.projects.rule(
        EDITOR, number, {"year": "2026", "month": "10", "light": "yellow", "reason": "台风停工"}
    )
    assert figure(portfolio, "proj.light.red", TOWN_A) == 0
    row = panel(portfolio, "projects.lights", CITY).rows[0]
    assert (row.project.name, row.colour, row.ruled) == ("甲", "yellow", True)


def test_a_project_that_leaves_the_list_counts_no_longer(portfolio):
    number = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "丁")
    portfolio.projects.leave(EDITOR, number, {"year": "2026", "left": "2026-10-08", "reason": "转入储备"})
    assert figure(portfolio, "proj.count", XINYI) == 0
    assert figure(portfolio, "proj.count", XINYI, periods.instant_key(2026, 9)) == 1


# ---- wrong entries


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, ("name", "required")),
        ({"region": "440999"}, ("region", "unknown_region")),
        ({"region": "广州市"}, ("region", "unknown_region")),
        ({"total": "十二亿"}, ("total", "not_a_number")),
        ({"total": "-1"}, ("total", "out_of_range")),
        ({"planned_finish": "2024-12-31"}, ("planned_finish", "dates_cross")),
        ({"actual_start": "2026-12-01"}, ("actual_start", "day_to_come")),
        ({"planned_start": "2025年13月1日"}, ("planned_start", "not_a_day")),
        ({"stage": "reserve"}, ("stage", "stage_behind")),
        ({"stage": "finished"}, ("actual_finish", "finish_missing")),
        ({"department": "nobody"}, ("department", "not_a_choice")),
        ({"part_of": "没有的项目包"}, ("part_of", "programme_unknown")),
        ({"name": "高州市2026年重点建设项目（41项）"}, ("kind", "programme_as_project")),
        ({"citation": "javascript:alert(1)"}, ("citation", "address_kind")),
    ],
)
def test_a_wrong_entry_is_answered_at_its_field(world, fields, expected):
    with pytest.raises(CockpitError) as refused:
        added(world, **fields)
    assert expected in keys(refused)
    assert not any(one.name == "荔枝深加工项目" for one in world.projects.register().projects.values())


def test_all_that_is_wrong_is_told_at_once(world):
    with pytest.raises(CockpitError) as refused:
        added(world, name="", total="x", planned_finish="2020-01-01")
    assert {where for where, _ in keys(refused)} == {"name", "total", "planned_finish"}


def test_a_duplicate_is_refused_by_code_and_by_name(world):
    added(world, code="2405-440981-04-01-123456")
    with pytest.raises(CockpitError) as refused:
        added(world, name="别的名字", code="2405-440981-04-01-123456")
    assert keys(refused) == [("code", "duplicate_code")]
    with pytest.raises(CockpitError) as refused:
        added(world)
    assert keys(refused) == [("name", "duplicate_name")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (a_month("7"), ("done", "above_plan")),
        (a_month("0.5"), ("done", "negative_month")),
        (a_month("3", month="13"), ("month", "out_of_range")),
        (a_month("3", year="2027", month="1"), ("year", "out_of_range")),
        (a_month("3", month="12"), ("month", "month_to_come")),
        (a_month("3", year="2025"), ("year", "not_listed")),
        (a_month("3", fund_own="1", paid="2"), ("paid", "paid_above_arrived")),
    ],
)
def test_a_report_that_contradicts_itself_is_answered_at_its_field(world, given, expected):
    number = added(world)
    world.projects.report(EDITOR, number, a_month("2", month="9"))
    with pytest.raises(CockpitError) as refused:
        world.projects.report(EDITOR, number, given)
    assert expected in keys(refused)


def test_more_than_the_plan_is_taken_with_a_word_of_explanation(world):
    number = added(world)
    world.projects.report(EDITOR, number, a_month("6.6", note="提前完成二期"))
    assert figure(world, "proj.invest.completion_rate", TOWN_A) == pytest.approx(110.0)


def test_a_programme_takes_no_plan_and_no_months(world):
    number = world.projects.add(EDITOR, {"name": "集中开工项目（13项）", "region": str(GAOZHOU), "kind": "programme",
                                         "stage": "building", "year": "2026", "amount": "42"})  # fmt: skip
    assert world.projects.register().projects[number].printed_plan == 42
    for act in (world.projects.report, world.projects.plan, world.projects.rule):
        with pytest.raises(CockpitError) as refused:
            act(EDITOR, number, a_month("1"))
        assert refused.value.key == "programme_not_counted"
    assert figure(world, "proj.count", GAOZHOU) in (None, 0)


def test_a_programme_cannot_lie_in_itself(world):
    outer = next(one for one in world.projects.register().projects.values() if "116项" in one.name)
    inner = next(
        one
        for one in world.projects.register().projects.values()
        if "（7项" in one.name or "(7项" in one.name
    )
    with pytest.raises(CockpitError) as refused:
        world.projects.edit(EDITOR, outer.id, {"name": outer.name, "region": str(outer.region), "kind": "programme",
                                               "stage": "building", "part_of": str(inner.id)})  # fmt: skip
    assert keys(refused) == [("part_of", "programme_loop")]


def test_a_milestone_moved_with_approval_keeps_its_first_day(world):
    number = added(world)
    world.projects.milestone(EDITOR, number, {"name": "封顶", "planned": "2026-09-10"})
    record = str(world.projects.register().milestones[number][0].id)
    with pytest.raises(CockpitError) as refused:
        world.projects.milestone(EDITOR, number, {"record": record, "approved": "2026-12-01"})
    assert keys(refused) == [("reason", "required")]
    world.projects.milestone(
        EDITOR, number, {"record": record, "approved": "2026-12-01", "reason": "雨季停工"}
    )
    one = world.projects.register().milestones[number][0]
    assert (one.planned.month, one.due.month) == (9, 12)


def test_permits_count_when_due_and_take_working_days(portfolio):
    number = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "甲")
    portfolio.projects.permit(EDITOR, number, {"permit": "land", "due": "2026-10-20"})
    assert figure(portfolio, "proj.permit.rate", GAOZHOU) == 0.0
    with pytest.raises(CockpitError) as refused:
        portfolio.projects.permit(
            EDITOR,
            number,
            {"permit": "land", "due": "2026-10-20", "accepted": "2026-10-19", "granted": "2026-10-09"},
        )
    assert keys(refused) == [("granted", "dates_cross")]
    portfolio.projects.permit(
        EDITOR,
        number,
        {"permit": "land", "due": "2026-10-20", "accepted": "2026-10-09", "granted": "2026-10-19"},
    )
    assert (figure(portfolio, "proj.permit.rate", GAOZHOU), figure(portfolio, "proj.permit.days", CITY)) == (
        100.0,
        6.0,
    )


# ---- who may


def test_a_county_records_at_home_and_nowhere_else(world):
    number = added(world, GAOZHOU_EDITOR)
    elsewhere = added(world, region=str(TOWN_OF_XINYI))
    with pytest.raises(CockpitError) as refused:
        added(world, GAOZHOU_EDITOR, name="越界", region=str(TOWN_OF_XINYI))
    assert refused.value.key == "forbidden"
    world.projects.report(GAOZHOU_EDITOR, number, a_month("1"))
    for act in (world.projects.report, world.projects.plan, world.projects.problem, world.projects.edit):
        with pytest.raises(CockpitError) as refused:
            act(GAOZHOU_EDITOR, elsewhere, a_month("1"))
        assert refused.value.key == "project_unknown"
    with pytest.raises(CockpitError) as refused:
        world.projects.report(COUNTY, number, a_month("1"))
    assert refused.value.key == "forbidden"


def test_a_project_of_a_sibling_is_as_unknown_as_none(portfolio):
    theirs = next(one.id for one in portfolio.projects.register().projects.values() if one.name == "丁")
    pages = portfolio.project_pages
    assert pages.view(COUNTY, theirs, "zh") == pages.view(COUNTY, 999_999, "zh")
    rows = panel(portfolio, "projects.list", GAOZHOU, COUNTY).rows
    assert all(portfolio.tree.contains(GAOZHOU, row.project.place.code) for row in rows)
    for name in boards(portfolio).panels():
        assert isinstance(panel(portfolio, name, CITY, COUNTY), Face)


# ---- the list


def test_the_list_is_narrowed_sorted_and_searched_by_the_address(portfolio):
    def names(**filters: str) -> list[str]:
        return [row.project.name for row in panel(portfolio, "projects.list", CITY, **filters).rows]

    assert names(record="simulated") == []
    assert names(light="red") == ["甲"]
    assert names(place=str(GAOZHOU), sort="plan", stage="building")[:3] != []
    assert names(q="甲") == ["甲"]
    assert names(q="没有这样的项目") == []
    assert names(light="red", department="agri", place=str(XINYI)) == []
    assert names(sort="rate")[0] == min(
        (row for row, _ in boards(portfolio).rows(a_wish(portfolio, CITY).scene) if row.rate is not None),
        key=lambda row: row.rate,
    ).project.name  # fmt: skip
    assert names(stage="nonsense") == names()


def test_a_page_beyond_the_last_is_the_last(portfolio):
    view = panel(portfolio, "projects.list", CITY, page="99")
    assert (view.page, view.pages) == (2, 2)
    assert panel(portfolio, "projects.list", CITY, page="0").page == 1
