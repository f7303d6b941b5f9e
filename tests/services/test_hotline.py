"""The hotline: the loop of a case as records, counts that follow from it, small samples, who may register what, files."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
import yaml

from data_access.definitions import library_files, read_files
from data_access.engine import transaction
from data_access.hotline import COUNTS, Case, HotlineStore
from data_access.packs import load_pack
from data_access.registers import Stretch
from indicators.catalog import assemble, entries, layered
from indicators.errors import CockpitError
from indicators.periods import day_key, months_key
from indicators.regions import Level
from services import hotline_files, hotline_reference, hotline_sample
from services.access import Actor
from services.bootstrap import ROOT
from services.hotline import Hotline
from services.hotline_book import CLOSED, DISPATCHED, HANDLED, RATED, STAGES
from services.hotline_figures import FIGURES
from services.hotline_panels import HotlinePanels
from services.panels import PanelWish
from services.query import Query, Question
from services.recorded import Recorded
from services.scenes import Scene
from services.views import Choice, Face
from tests.builders import CITY, COUNTY_A, COUNTY_B, TOWN_A1, TOWN_A2, a_region, a_tree

ZONE = timedelta(hours=8)
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TOWN_B1 = 440982100000
TREE = a_tree(a_region(TOWN_B1, COUNTY_B, Level.TOWN))
EDITOR = Actor("e", "editor", "editor", (CITY,))
COUNTY_EDITOR = Actor("c", "county", "editor", (COUNTY_A,))
DEPARTMENTS = {"cityadmin": "市城市管理局", "env": "市生态环境局", "hotline": "市12345热线中心"}
OCTOBER, SEPTEMBER = months_key(2026, 10, 1), months_key(2026, 9, 1)


@cache
def catalog():
    return assemble(layered(entries(read_files(library_files(), "library"))))


class Judged(list):
    """The moments at which rules were judged."""

    evaluate_pending = list.append


class World:
    """A hotline on a store of its own, with a clock that stands still until it is told to run."""

    def __init__(self, engine, store):
        self.now = NOW
        self.store, self.observed = HotlineStore(engine), store
        self.judged = Judged()
        self.hotline = Hotline(
            self.store, lambda: transaction(engine), TREE, Recorded(store, catalog(), ZONE), self.judged,
            lambda: DEPARTMENTS, lambda: self.now, ZONE,
        )  # fmt: skip
        self.query = Query(store, catalog(), TREE, lambda: self.now)
        self.panels = HotlinePanels(
            self.hotline, self.query, store.items, ROOT / "packs/common/reference/hotline_reference_real.csv",
            lambda _language: DEPARTMENTS,
        )  # fmt: skip

    def add(self, **fields):
        usual = {
            "region": str(TOWN_A1), "appeal_class": "noise", "channel": "phone", "department": "env", "matter": "夜间施工噪声",
            "day": "2026-10-05", "limit": "5",
        }  # fmt: skip
        return self.hotline.add(EDITOR, {**usual, **fields})

    def seed(self, *cases, until=day_key(date(2026, 10, 31)), since=day_key(date(2026, 9, 1))):
        """Put cases (see ``a_case``) into the store, the registers of both counties complete."""
        rows = [tuple(vars(one).values()) for one in cases]
        stretches = {COUNTY_A: Stretch(since, until), COUNTY_B: Stretch(since, until)}
        self.hotline.seed(hotline_sample.Drawn(rows, [], stretches))

    def figure(self, name, region, period, item=0):
        answer = self.query.ask(
            EDITOR, Question((f"sign.gov.hot_{name}",), (region,), (period,), items=(item,))
        )
        return answer.one()

    def panel(self, name, region=CITY, actor=EDITOR, **filters):
        scene = Scene(actor, TREE, region, True, "zh", None, None, None)
        return self.panels.panels()[name](PanelWish(scene, Choice(filters=filters), self.now))


@pytest.fixture
def world(engine, store):
    return World(engine, store)


def moment(month, day, hour=12):
    return int((datetime(2026, month, day, hour, tzinfo=UTC) - ZONE).timestamp())


def a_case(number, *, county=COUNTY_A, town=TOWN_A1, day=5, month=10, due=10, closed=9, rated=None, rating=5, solved=True,
           about="noise", department="env", repeat_of=None, stage=CLOSED):  # fmt: skip
    """A case accepted on a day, due and closed on others of the same month; ``rated``: the day of a valid rating."""
    return Case(
        number, f"T{number}", county, town, about, "phone", department, "夜间施工噪声", 20260000 + month * 100 + day,
        moment(month, day), 20260000 + month * 100 + due if due else None, moment(month, due) if due else None, 0, stage,
        moment(month, closed or day), moment(month, closed) if closed else None,
        20260000 + month * 100 + rated if rated else None, rating if rated else None, rated is not None,
        solved if rated else None, repeat_of, True,
    )  # fmt: skip


# ---- counts


def test_every_count_falls_on_its_own_day(world):
    world.seed(a_case(1, day=5, due=10, closed=9, rated=12), a_case(2, day=5, due=8, closed=9))
    days = {name: [world.figure(name, COUNTY_A, day_key(date(2026, 10, day))).value for day in (5, 8, 10, 12)]
            for name in COUNTS if name != "repeat"}  # fmt: skip
    assert days == {
        "total": [2, 0, 0, 0], "due": [0, 1, 1, 0], "ok": [0, 0, 1, 0], "rated": [0, 0, 0, 1], "satisfied": [0, 0, 0, 1],
        "solved": [0, 0, 0, 1],
    }  # fmt: skip
    assert world.figure("ontime", COUNTY_A, OCTOBER).value == 50
    assert world.figure("ontime", TOWN_A1, OCTOBER).value == 50
    assert world.figure("total", TOWN_A2, OCTOBER).value == 0
    assert world.figure("total", CITY, OCTOBER).value == 2
    assert world.figure("total", CITY, OCTOBER).status == "simulated"


@pytest.mark.parametrize(("rated", "value", "reason"), [(29, None, "sample_too_small"), (30, 80.0, "")])
def test_fewer_than_thirty_ratings_give_no_satisfaction(world, rated, value, reason):
    cases = [a_case(n, rated=12, rating=5 if n <= rated * 0.8 else 2) for n in range(1, rated + 1)]
    world.seed(*cases)
    line = world.figure("satisfy", TOWN_A1, OCTOBER)
    assert (line.value, line.reason) == (value, reason)


def test_a_case_open_past_its_time_is_due_and_not_on_time(world):
    world.seed(a_case(1, due=8, closed=None, stage=HANDLED))
    assert world.figure("due", COUNTY_A, OCTOBER).value == 1
    assert world.figure("ok", COUNTY_A, OCTOBER).value == 0


def test_one_answered_at_once_is_never_due(world):
    world.seed(a_case(1, due=None, closed=5))
    assert world.figure("due", COUNTY_A, OCTOBER).value == 0
    assert world.figure("total", COUNTY_A, OCTOBER).value == 1


def test_a_feed_that_stops_leaves_the_days_out_and_the_city_says_how_many_counties_told(world, engine):
    world.seed(a_case(1), a_case(2, county=COUNTY_B, town=TOWN_B1))
    stopped = Stretch(day_key(date(2026, 9, 1)), day_key(date(2026, 10, 6)))
    with transaction(engine) as connection:
        world.store.complete(connection, {COUNTY_B: stopped}, at=1, actor="x")
    world.hotline._change(EDITOR, [(COUNTY_B, 20261005)], lambda _connection, _at: None)
    late = day_key(date(2026, 10, 20))
    assert world.figure("total", COUNTY_B, late).value is None
    city = world.figure("total", CITY, late)
    assert (city.reported, city.expected) == (1, 2)
    assert world.figure("repeat", COUNTY_B, OCTOBER).value is None  # the month is not whole


# ---- the loop


def walk(world, number, *steps):
    for place, (stage, more) in enumerate(steps):
        world.now = NOW + timedelta(hours=place + 1)
        world.hotline.advance(EDITOR, number, {"stage": str(stage), **more})


def test_a_case_walks_its_loop_and_every_step_stays(world):
    number = world.add(day="2026-11-19")
    walk(world, number, (2, {}), (3, {}), (4, {}), (6, {}), (7, {}), (8, {"rating": "4", "solved": "yes"}))
    case, steps = world.hotline.case(EDITOR, number)
    assert [step.stage for step in steps] == [1, 2, 3, 4, 6, 7, 8]
    assert [step.ended_at for step in steps[:-1]] == [step.begun_at for step in steps[1:]]
    assert (case.stage, case.rating, case.solved, case.valid) == (RATED, 4, True, True)
    assert steps[2].unit == "env"


def test_a_return_opens_a_case_again_wants_a_reason_and_is_kept(world):
    number = world.add(day="2026-11-19")
    walk(world, number, (2, {}), (3, {}), (4, {}), (6, {}))
    with pytest.raises(CockpitError) as refused:
        world.hotline.advance(EDITOR, number, {"stage": str(DISPATCHED)})
    assert [(issue.key, issue.where) for issue in refused.value.issues] == [("required", "note")]
    world.hotline.advance(EDITOR, number, {"stage": str(DISPATCHED), "note": "回访未解决"})
    case, steps = world.hotline.case(EDITOR, number)
    assert case.closed_at is None
    assert [step.stage for step in steps] == [1, 2, 3, 4, 6, 2]
    assert world.panels.page(EDITOR, number, "zh").steps[-1].again


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"stage": "8"}, "stage"),
        ({"stage": ""}, "stage"),
        ({"stage": "2", "department": "nobody"}, "department"),
    ],
)
def test_a_case_goes_only_where_the_loop_leads(world, fields, where):
    number = world.add()
    with pytest.raises(CockpitError) as refused:
        world.hotline.advance(EDITOR, number, fields)
    assert where in [issue.where for issue in refused.value.issues]


def test_an_approved_delay_moves_the_due_time_and_none_is_approved_afterwards(world):
    number = world.add(day="2026-11-19", limit="5")
    world.hotline.extend(EDITOR, number, {"days": "3", "note": "需现场检测"})
    case, _ = world.hotline.case(EDITOR, number)
    assert (case.due_on, case.extended) == (20261127, 3)
    world.now = NOW + timedelta(days=30)
    with pytest.raises(CockpitError) as refused:
        world.hotline.extend(EDITOR, number, {"days": "3", "note": "再延"})
    assert refused.value.key == "due_passed"


def test_a_repeat_is_the_same_matter_within_a_month_of_closing(world):
    world.seed(
        a_case(1, day=2, closed=9),
        a_case(2, day=2, closed=9, about="housing"),
        a_case(3, closed=None, stage=HANDLED),
    )
    again = world.add(day="2026-10-20", repeat_of="T1")
    assert world.hotline.case(EDITOR, again)[0].repeat_of == 1
    assert world.figure("repeat", TOWN_A1, OCTOBER).value == 1
    for earlier, day, key in (
        ("T9", "2026-10-20", "unknown_case"), ("T2", "2026-10-20", "other_matter"), ("T1", "2026-11-15", "not_a_repeat"),
        ("T3", "2026-10-20", "not_a_repeat"),
    ):  # fmt: skip
        with pytest.raises(CockpitError) as refused:
            world.add(day=day, repeat_of=earlier)
        assert (key, "repeat_of") in [(issue.key, issue.where) for issue in refused.value.issues]


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"region": str(COUNTY_A)}, "town_needed", "region"),
        ({"region": ""}, "required", "region"),
        ({"matter": ""}, "required", "matter"),
        ({"day": "2026-12-01"}, "day_to_come", "day"),
        ({"day": "昨天"}, "not_a_day", "day"),
        ({"limit": "90"}, "out_of_range", "limit"),
        ({"appeal_class": "weather"}, "not_a_choice", "appeal_class"),
        ({"department": "nobody"}, "not_a_choice", "department"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_is_kept(world, fields, key, where):
    with pytest.raises(CockpitError) as refused:
        world.add(**fields)
    assert (key, where) in [(issue.key, issue.where) for issue in refused.value.issues]
    assert not world.store.any()


def test_confirming_a_day_tells_its_figures(world):
    world.add(day="2026-10-05")
    assert world.figure("total", COUNTY_A, day_key(date(2026, 10, 5))).value is None
    world.hotline.complete(EDITOR, {"county": str(COUNTY_A), "until": "2026-10-31"})
    assert world.figure("total", COUNTY_A, day_key(date(2026, 10, 5))).value == 1
    with pytest.raises(CockpitError) as refused:
        world.hotline.complete(EDITOR, {"county": str(COUNTY_A), "until": "2026-10-30"})
    assert refused.value.key == "complete_before_day"


def test_a_county_sees_and_changes_its_own_cases_only(world):
    world.seed(a_case(1), a_case(2, county=COUNTY_B, town=TOWN_B1))
    assert world.hotline.case(COUNTY_EDITOR, "T1")[0].id == 1
    for attempt in (
        lambda: world.hotline.case(COUNTY_EDITOR, "T2"),
        lambda: world.hotline.advance(COUNTY_EDITOR, "T2", {"stage": "7"}),
        lambda: world.hotline.complete(COUNTY_EDITOR, {"county": str(COUNTY_B), "until": "2026-11-01"}),
        lambda: world.hotline.advance(Actor("l", "leader", "leader", (CITY,)), "T1", {"stage": "7"}),
    ):
        with pytest.raises(CockpitError) as refused:
            attempt()
        assert refused.value.key == "forbidden"
    rows = world.panel("hotline.cases", actor=COUNTY_EDITOR).rows
    assert [row.number for row in rows] == ["T1"]
    assert world.panel("hotline.loop", COUNTY_B, actor=COUNTY_EDITOR).total == 0


# ---- panels


def test_a_table_says_which_sample_is_too_small_and_gives_no_rate(world):
    many = [a_case(n, rated=12) for n in range(1, 31)]
    few = [a_case(n, town=TOWN_A2, rated=12, rating=1, solved=False) for n in range(40, 45)]
    world.seed(*many, *few)
    view = world.panel("hotline.regions", COUNTY_A)
    rates = {row.name: (row.total, row.satisfied.value, row.satisfied.thin) for row in view.rows}
    assert rates == {f"R{TOWN_A1}": (30, 100, False), f"R{TOWN_A2}": (5, None, True)}
    assert view.thin == 1
    assert round(view.whole.satisfied.value, 1) == 85.7


def test_tables_by_class_and_department_add_up_to_the_region_and_sort_by_what_is_asked(world):
    world.seed(
        a_case(1), a_case(2, about="housing", department="cityadmin", closed=11),
        a_case(3, about="housing", department="cityadmin"),
        a_case(4, county=COUNTY_B, town=TOWN_B1),
    )  # fmt: skip
    view = world.panel("hotline.classes")
    assert {row.code: row.total for row in view.rows} == {"noise": 2, "housing": 2}
    assert view.whole.total == 4
    asked = [world.figure(name, CITY, OCTOBER).value for name in ("ontime", "repeat_rate")]
    assert [view.whole.ontime.value, view.whole.repeat.value] == asked  # two screens cannot disagree
    worst = world.panel("hotline.departments", sort_department="ontime")
    assert [row.code for row in worst.rows] == ["cityadmin", "env"]
    assert [row.ontime.value for row in worst.rows] == [50, 100]


def test_open_cases_are_counted_where_they_stand_with_how_long_and_how_late(world):
    world.seed(
        a_case(1, day=20, due=25, closed=None, stage=HANDLED), a_case(2, day=30, due=None, closed=None, stage=2),
        a_case(3), until=day_key(date(2026, 10, 31)),
    )  # fmt: skip
    view = world.panel("hotline.loop")
    assert [(one.stage, one.total, one.overdue, one.ages) for one in view.stages] == [
        (2, 1, 0, (1, 0, 0, 0)), (3, 1, 1, (0, 0, 1, 0)),
    ]  # fmt: skip
    assert (view.total, view.overdue) == (2, 1)


def test_cases_are_listed_overdue_first_and_hold_nobody(world):
    world.seed(
        a_case(1), a_case(2, due=8, closed=None, stage=HANDLED), a_case(3, due=30, closed=None, stage=HANDLED)
    )
    view = world.panel("hotline.cases")
    assert [row.number for row in view.rows] == ["T2", "T3", "T1"]
    assert [row.number for row in world.panel("hotline.cases", state="closed").rows] == ["T1"]
    assert world.panel("hotline.cases", state="'; drop", page="99999").page == 1
    assert not {"caller", "name", "phone", "address"} & set(vars(world.hotline.case(EDITOR, "T1")[0]))


def test_a_class_with_more_and_more_repeats_is_named(world):
    cases = [a_case(1, month=4, day=1, due=2, closed=2)]
    for month, count in ((5, 2), (6, 2), (7, 2), (8, 2), (9, 9), (10, 10)):
        cases += [a_case(month * 100 + n, month=month, repeat_of=1) for n in range(count)]
        cases += [a_case(month * 1000 + n, month=month, about="housing", repeat_of=1) for n in range(2)]
    world.seed(*cases, since=day_key(date(2026, 4, 1)))
    view = world.panel("hotline.rising")
    assert [row.code for row in view.rows] == ["noise"]
    assert view.rows[0].counts == (2, 2, 2, 2, 9, 10)


def test_what_other_places_published_is_shown_as_theirs_and_enters_no_figure(world):
    published = world.panel("hotline.reference").table
    assert (published.area, published.period) == ("乳源瑶族自治县", "2020-12")
    tables = hotline_reference.read(ROOT / "packs/common/reference/hotline_reference_real.csv")
    assert [table.area for table in tables] == ["乳源瑶族自治县", "连平县", "连平县", "唐山市", "丰城市"]
    ((_, total, _),) = published.groups["total"]
    assert sum(value for _, value, _ in published.groups["type"]) == total
    assert isinstance(world.panel("hotline.regions"), Face)


# ---- the simulated register


@cache
def drawn():
    spec = yaml.safe_load((ROOT / "packs/440900/sample/hotline.yaml").read_text(encoding="utf-8"))
    tree = load_pack(ROOT / "packs/440900").tree
    counties = [int(code.ljust(12, "0")) for code in spec["counties"]]
    return hotline_sample.draw(
        spec, {county: tree.children(county, territories_only=True) for county in counties}, 1, ZONE
    )


def columns(*names):
    places = [list(Case.__dataclass_fields__).index(name) for name in names]
    return [tuple(row[place] for place in places) for row in drawn().cases]


def test_simulated_cases_are_of_a_fit_number_and_all_say_what_they_are():
    assert 40_000 < len(drawn().cases) < 70_000
    assert {row[0] for row in columns("simulated")} == {True}
    assert len({row[0] for row in columns("number")}) == len(drawn().cases)


def test_simulated_loops_run_forward_and_end_where_the_case_stands():
    last = {}
    for case, number, stage, begun, ended, _unit, _note in drawn().steps:
        before = last.get(case)
        if before is not None:
            assert (number, begun) == (before[0] + 1, before[2])
        assert stage in STAGES
        assert ended is None or ended >= begun
        last[case] = (number, stage, ended)
    assert all(ended is None for _, _, ended in last.values())
    assert {case: stage for case, (_, stage, _) in last.items()} == dict(columns("id", "stage"))


def test_simulated_repeats_came_within_a_month_of_the_closing_of_the_first():
    closed = dict(columns("id", "closed_at"))
    repeats = [
        (at, closed[earlier]) for at, earlier in columns("accepted_at", "repeat_of") if earlier is not None
    ]
    assert len(repeats) > 300
    assert all(before is not None and 0 < at - before <= 31 * 86_400 for at, before in repeats)


def test_the_episodes_of_the_hotline_show_in_their_counties():
    xinyi, huazhou = 440983000000, 440982000000
    assert max(day for county, day in columns("county", "accepted_on") if county == xinyi) == 20261023
    due = [
        (county, closed is not None and closed <= at)
        for county, day, at, closed in columns("county", "due_on", "due_at", "closed_at")
        if day is not None and 20261020 <= day <= 20261031
    ]
    here, elsewhere = (
        [ok for county, ok in due if (county == huazhou) == mine and county != xinyi]
        for mine in (True, False)
    )
    assert sum(here) / len(here) < 0.92 < sum(elsewhere) / len(elsewhere)


def test_every_figure_is_one_of_the_catalogue():
    assert all(code in catalog() for code in FIGURES)


# ---- files


def test_a_file_of_cases_is_registered_whole_or_told_cell_by_cell(world):
    head = "镇街,诉求类别,承办部门,诉求摘要,受理日期,办理时限"
    good = f"{TOWN_A1},噪声扰民,市生态环境局,夜间施工,2026-10-05,5"
    bad = f"{TOWN_A1},天气,市生态环境局,夜间施工,2026-10-05,很久"
    with pytest.raises(CockpitError) as refused:
        hotline_files.load(world.hotline, EDITOR, "cases.csv", f"{head}\n{good}\n{bad}\n".encode())
    assert {(issue.key, issue.where) for issue in refused.value.issues} == {
        ("not_a_choice", "B3"),
        ("not_a_number", "F3"),
    }
    assert not world.store.any()
    assert hotline_files.load(world.hotline, EDITOR, "cases.csv", f"{head}\n{good}\n".encode()).added == 1


def test_the_template_comes_back_without_its_example(world):
    with pytest.raises(CockpitError) as refused:
        hotline_files.load(
            world.hotline, EDITOR, "x.xlsx", hotline_files.template("xlsx", "金塘镇", DEPARTMENTS)
        )
    assert refused.value.key == "no_rows"
