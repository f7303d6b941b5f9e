"""一数一源: sources, systems with use and idleness, resources, data quality, and the yearly reports on sharing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook

from data_access import engine as engines
from data_access import packs
from data_access.arrivals import ArrivalStore
from data_access.definitions import LIBRARY
from data_access.feeds import Feed, FeedStore
from data_access.observations import LoadInfo, ObservationStore
from data_access.registry import RegistryStore
from indicators import periods
from indicators.aggregation import TOTAL, Demand
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from services.access import Actor
from services.definitions import files_of
from services.quality_figures import FIGURES as QUALITY
from services.quality_figures import QualityFigures
from services.quality_view import QualityDesk
from services.recorded import DIGEST, Recorded
from services.registry import Registry
from services.registry_figures import RegistryFigures
from services.texts import Texts
from tests.builders import rows

ROOT = Path(__file__).resolve().parents[2]
CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
TAX, REVENUE, HOT = "econ.fiscal.tax", "econ.fiscal.revenue", "sign.gov.hot_total"
ZONE = timedelta(hours=8)

EDITOR = Actor("e", "editor", "editor", (CITY,))
COUNTY = Actor("c", "county-editor", "editor", (GAOZHOU,))
CLERK = Actor("k", "clerk", "clerk", (CITY,), department="finance")
LEADER = Actor("l", "leader", "leader", (CITY,))


@cache
def a_pack() -> packs.Pack:
    return packs.load_pack(ROOT / "packs" / "440900")


@cache
def library() -> Catalog:
    found = files_of(a_pack().files("indicators", "*.yaml"), LIBRARY)
    return assemble(layered(entries(found.sources())), 1)


class House:
    """A registry on an empty store."""

    def __init__(self, engine: Any, drawn_until: int | None = None) -> None:
        self.now = datetime(2026, 11, 2, 4, tzinfo=UTC)
        self.figures, self.feeds, self.kept = (
            ObservationStore(engine),
            FeedStore(engine),
            RegistryStore(engine),
        )
        catalog, tree, arrivals = library(), a_pack().tree, ArrivalStore(engine, DIGEST)
        recorded = Recorded(self.figures, catalog, ZONE)

        def names(language: str) -> dict[str, str]:
            return {one.id: one.name_zh for one in catalog.departments.values()}

        def begin() -> Any:
            return engines.transaction(engine)

        def clock() -> datetime:
            return self.now

        self.registry = Registry(self.kept, self.feeds, arrivals, catalog, tree, names, clock, ZONE)
        self.quality = QualityFigures(arrivals, recorded, catalog, tree, begin, drawn_until, clock, ZONE)
        self.shared = RegistryFigures(self.kept, recorded, catalog, tree, begin, ZONE)
        self.desk = QualityDesk(
            self.figures, catalog, tree, self.registry, self.kept, self.feeds, names, clock, ZONE
        )

    def at(self, day: str) -> int:
        return int((datetime.fromisoformat(day).replace(tzinfo=UTC) - ZONE).timestamp())

    def deliver(self, actor: str, *figures: tuple[str, int, int, float, dict[str, Any]]) -> None:
        number = len(self.figures.loads(limit=1000))
        self.figures.write(rows(*figures), LoadInfo(f"digest{number}", "file", actor, self.at("2026-08-01")))

    def figure(self, code: str, region: int, period: int, item: str = "") -> float | None:
        items = {name: number for number, (name, _) in self.figures.items().items()}
        wanted = items[item] if item else TOTAL
        found = self.figures.answer(Demand((code,), (region,), period, period, items=(wanted,))).rows
        return found[0][4] if len(found) else None


@pytest.fixture
def house(tmp_path: Path, empty_file: Path) -> Iterator[House]:
    (tmp_path / "store.db").write_bytes(empty_file.read_bytes())
    engine = engines.create_engine(engines.StoreSettings(url=f"sqlite:///{tmp_path}/store.db"))
    yield House(engine)
    engine.dispose()


def a_system(house: House, actor: Actor = EDITOR, **fields: str) -> int:
    given = {"name": "预算系统", "department": "finance", "region": str(CITY), "since": "2022-01-01"}
    return house.registry.save_system(actor, given | fields)


def a_resource(house: House, **fields: str) -> int:
    given = {
        "name": "税收数据",
        "department": "tax",
        "region": str(CITY),
        "needed_on": "2024-01-15",
        "share": "free",
    }
    return house.registry.save_resource(EDITOR, given | fields)


def a_supply(house: House, **fields: str) -> int:
    given = {
        "indicator": REVENUE,
        "region": str(CITY),
        "department": "finance",
        "way": "desk",
        "since": "2026-01-01",
    }
    return house.registry.save_supply(EDITOR, given | fields)


def problems(error: pytest.ExceptionInfo[CockpitError]) -> list[tuple[str, str]]:
    return [(issue.where, issue.key) for issue in error.value.issues]


# ---- systems


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"used_on": "2026-10-30"}, "used"),
        ({"used_on": "2026-05-06"}, "used"),
        ({"used_on": "2026-05-05"}, "suspected"),
        ({}, "suspected"),
        ({"since": "2026-10-01"}, "used"),
        ({"found_on": "2026-06-01", "idle_reason": "detached"}, "found"),
        ({"found_on": "2026-06-01", "idle_reason": "idle", "cleared_on": "2026-09-01"}, "cleared"),
    ],
)
def test_a_system_of_which_nobody_heard_for_half_a_year_is_suspected(house, fields, state):
    a_system(house, **fields)
    view = house.registry.systems(EDITOR, {}, "zh")
    assert [line.state for line in view.lines] == [state]
    assert view.counts[state] == 1


def test_a_feed_that_goes_through_is_use(house):
    number = a_system(house)
    feed = Feed("f", "n", "folder", "finance", CITY, system=number, good_at=house.at("2026-10-30"))
    house.feeds.keep(feed, at=1, actor="e", act="feeds.save", detail={})
    house.feeds.claim("f", "x", 1, 2)
    house.feeds.release("f", "x", good_at=house.at("2026-10-30"))
    line = house.registry.systems(EDITOR, {}, "zh").lines[0]
    assert (line.state, line.used_on, line.feeds) == ("used", 20261030, 1)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, ("name", "field_missing")),
        ({"department": "nobody"}, ("department", "unknown_department")),
        ({"since": "yesterday"}, ("since", "field_day")),
        ({"used_on": "2027-01-01"}, ("used_on", "moment_in_future")),
        ({"used_on": "2021-12-31"}, ("used_on", "before_begin")),
        ({"found_on": "2026-01-01"}, ("idle_reason", "idle_needs_both")),
        ({"idle_reason": "boring"}, ("idle_reason", "field_choice")),
        ({"users": "-1"}, ("users", "field_number")),
    ],
)
def test_what_cannot_be_so_of_a_system_is_said_at_its_field(house, fields, problem):
    with pytest.raises(CockpitError) as error:
        a_system(house, **fields)
    assert problem in problems(error)


def test_two_people_at_once_and_siblings_of_a_system(house):
    number = a_system(house)
    a_system(house, id=str(number), version="1", name="甲")
    with pytest.raises(CockpitError) as error:
        a_system(house, id=str(number), version="1", name="乙")
    assert error.value.key == "record_changed"
    assert house.registry.systems(COUNTY, {}, "zh").found == 0
    with pytest.raises(CockpitError) as error:
        house.registry.system(COUNTY, str(number))
    assert error.value.key == "unknown_entry"
    with pytest.raises(CockpitError) as error:
        a_system(house, COUNTY)
    assert error.value.key == "forbidden"
    with pytest.raises(CockpitError) as error:
        a_system(house, LEADER)
    assert error.value.key == "forbidden"
    assert not house.registry.systems(LEADER, {}, "zh").lines[0].changeable


def test_a_list_is_narrowed_by_words_department_and_state(house):
    for name, department in (("预算系统", "finance"), ("征管系统", "tax"), ("国库系统", "finance")):
        a_system(house, name=name, department=department, used_on="2026-10-30")
    a_system(house, name="旧系统", department="finance")
    found = house.registry.systems(EDITOR, {"department": "finance", "state": "used"}, "zh")
    assert [line.system.name for line in found.lines] == ["国库系统", "预算系统"]
    assert found.counts == {"used": 2, "suspected": 1, "found": 0, "cleared": 0}
    assert [line.system.name for line in house.registry.systems(EDITOR, {"q": "征管"}, "zh").lines] == [
        "征管系统"
    ]
    assert house.registry.systems(EDITOR, {"page": "99"}, "zh").page == 1


# ---- sources


def test_one_figure_has_one_source_at_a_time(house):
    a_supply(house)
    first = house.registry.line(EDITOR, REVENUE, "zh").supply
    a_supply(house, way="feed", since="2026-07-01", seen=str(first.id))
    told = [(one.way, one.since, one.until) for one in house.registry.history(REVENUE)]
    assert told == [("feed", 20260701, None), ("desk", 20260101, 20260630)]
    with pytest.raises(CockpitError) as error:
        a_supply(house, since="2026-08-01", seen=str(first.id))
    assert error.value.key == "record_changed"
    last = house.registry.line(EDITOR, REVENUE, "zh").supply
    with pytest.raises(CockpitError) as error:
        a_supply(house, since="2026-07-01", seen=str(last.id))
    assert problems(error) == [("since", "before_begin")]


def test_another_department_than_the_owner_needs_a_word_why(house):
    with pytest.raises(CockpitError) as error:
        a_supply(house, department="tax")
    assert problems(error) == [("note", "two_sources")]
    assert a_supply(house, department="tax", note="税务代收")


@pytest.mark.parametrize("code", ["econ.fiscal.tax_share", "no.such.code", "'; DROP TABLE x"])
def test_what_is_computed_or_unknown_has_no_source(house, code):
    with pytest.raises(CockpitError) as error:
        a_supply(house, indicator=code)
    assert problems(error)[0] == ("indicator", "unknown_indicator")


def test_what_is_registered_is_compared_with_what_really_came(house):
    assert house.registry.line(EDITOR, REVENUE, "zh").state == "unregistered"
    a_supply(house, way="feed")
    assert house.registry.line(EDITOR, REVENUE, "zh").state == "silent"
    house.deliver("editor", (REVENUE, CITY, periods.months_key(2026, 9, 109), 12.0, {}))
    line = house.registry.line(EDITOR, REVENUE, "zh")
    assert (line.state, line.came_by, line.way) == ("differs", "editor", "file")
    house.deliver(
        "feed:abc", (REVENUE, CITY, periods.months_key(2026, 9, 109), 13.0, {"known_at": 1_800_000_000})
    )
    assert house.registry.line(EDITOR, REVENUE, "zh").state == "agreed"


# ---- resources


def test_a_resource_that_is_not_shared_says_why(house):
    with pytest.raises(CockpitError) as error:
        a_resource(house, share="none", shared_on="2024-06-01")
    assert problems(error) == [("basis", "basis_missing"), ("shared_on", "not_to_be_shared")]
    with pytest.raises(CockpitError) as error:
        a_resource(house, codes="econ.fiscal.tax nonsense")
    assert problems(error) == [("codes", "unknown_indicator")]


def test_new_figures_bring_a_resource_up_to_date(house):
    a_resource(house, codes=TAX, updated_on="2025-01-01")
    assert house.registry.resources(EDITOR, {}, "zh").lines[0].updated_on == 20250101
    house.deliver("feed:abc", (TAX, CITY, periods.months_key(2026, 9, 109), 12.0, {}))
    assert house.registry.resources(EDITOR, {}, "zh").lines[0].updated_on == 20260801


def test_figures_of_the_digital_government_follow_from_the_registry(house):
    a_system(house, connected_on="2023-02-01")
    a_system(
        house,
        name="旧",
        since="2020-01-01",
        found_on="2025-03-01",
        idle_reason="idle",
        cleared_on="2025-12-01",
    )
    a_system(house, name="密", classified="yes")
    a_resource(house, catalogued_on="2024-05-01", shared_on="2026-02-01")
    a_resource(house, name="二")
    house.shared.settle(house.now)
    quarter = {month: periods.instant_key(2024, month) for month in (3, 6)}
    last = periods.instant_key(2026, 9)
    assert [house.figure("dgov.share.catalog_done", CITY, quarter[month]) for month in (3, 6)] == [0, 1]
    assert house.figure("dgov.share.catalog_need", CITY, last) == 2
    assert (
        house.figure("dgov.share.sys_need", CITY, quarter[6]),
        house.figure("dgov.share.sys_need", CITY, last),
    ) == (2, 1)
    assert house.figure("dgov.share.sys_in", CITY, last) == 1
    year = periods.instant_key(2025, 12)
    assert (
        house.figure("dgov.share.zombie_found", CITY, year),
        house.figure("dgov.share.zombie_cleared", CITY, year),
    ) == (1, 1)
    assert (
        house.figure("dgov.share.provide_count", CITY, periods.instant_key(2026, 10), "department=tax") == 1
    )
    assert house.figure("dgov.share.catalog_need", GAOZHOU, last) is None, "nothing registered is not zero"


# ---- quality


def hot(day: int, hour: int, region: int = GAOZHOU) -> tuple[str, int, int, float, dict[str, Any]]:
    """Cases of a day of October, and when they came: hours after the day was over."""
    known = int((datetime(2026, 10, day, tzinfo=UTC) + timedelta(days=1, hours=hour) - ZONE).timestamp())
    return HOT, region, periods.day_key(date(2026, 10, day)), 5.0, {"known_at": known}


def test_quality_is_counted_by_region_department_and_feed(house):
    due = int(library().get(HOT).release.due_after.total_seconds() // 3600)
    house.feeds.keep(
        Feed("abc", "热线", "http", "hotline", CITY), at=1, actor="e", act="feeds.save", detail={}
    )
    house.deliver("feed:abc", *(hot(day, due) for day in (1, 2, 3)), hot(5, due + 1), hot(6, due))
    house.quality.settle(house.now)
    view = house.desk.quality(EDITOR, None, None, "zh")
    assert view.period == periods.months_key(2026, 10, 1)
    lines = {line.id: line.quality for line in view.departments}
    assert (lines["hotline"].arrived, lines["hotline"].ok) == (5, 4)
    ends = [datetime(2026, 10, day, tzinfo=UTC) + timedelta(days=1, hours=due) for day in range(1, 32)]
    assert lines["hotline"].due == sum(end < datetime(2026, 11, 1, tzinfo=UTC) for end in ends), (
        "since the first, due in October"
    )
    assert [(line.name, line.quality.arrived) for line in view.feeds] == [("热线", 5)]
    assert view.whole == lines["hotline"]
    assert not view.simulated
    assert house.desk.quality(COUNTY, None, None, "zh").whole.arrived == 5
    sibling = Actor("h", "h", "county_head", (HUAZHOU,))
    assert house.desk.quality(sibling, None, None, "zh").whole.due is None
    with pytest.raises(CockpitError) as error:
        house.desk.quality(sibling, GAOZHOU, None, "zh")
    assert error.value.key == "forbidden"


def test_staleness_grows_until_a_figure_comes(house):
    due = int(library().get(HOT).release.due_after.total_seconds() // 3600)
    house.deliver("feed:abc", hot(1, due), hot(2, due), hot(10, due))
    house.quality.settle(house.now)
    stale = [
        house.figure("ops.feed.staleness", CITY, periods.day_key(date(2026, 10, day)) // 1000 * 1000)
        for day in range(1, 13)
    ]
    assert max(stale[:3]) == 0
    assert stale[6] == stale[5] + 1
    assert stale[-1] < stale[8], "a later figure ends the wait"


def test_counting_twice_changes_nothing(house):
    house.deliver("feed:abc", hot(1, 1), hot(2, 1))
    house.quality.settle(house.now)
    before = house.figures.counters()["data"]
    house.quality.settle(house.now)
    assert house.figures.counters()["data"] == before
    assert {code for code in QUALITY if code in library()} == set(QUALITY)


# ---- reports


def test_a_report_is_kept_as_it_stood_and_its_delay_is_told(house):
    a_system(house, connected_on="2023-02-01")
    line = next(one for one in house.desk.reports(EDITOR, 2025, "zh").lines if one.department == "finance")
    assert (line.content["systems"], line.content["systems_in"], line.handed, line.delay) == (1, 1, None, 296)
    house.desk.hand_in(CLERK, "finance", 2025, 0, "说明")
    a_system(house, name="后来的", since="2025-06-01")
    line = next(one for one in house.desk.reports(EDITOR, 2025, "zh").lines if one.department == "finance")
    assert (line.handed.content["systems"], line.handed.remarks, line.delay) == (1, "说明", 296)
    assert line.content["systems"] == 2
    with pytest.raises(CockpitError) as error:
        house.desk.hand_in(EDITOR, "finance", 2025, 0, "")
    assert error.value.key == "record_changed"
    house.desk.hand_in(EDITOR, "finance", 2025, line.handed.id, "更正")
    assert house.desk.reports(EDITOR, 2025, "zh").lines[-1].handed.remarks == "更正"


@pytest.mark.parametrize(
    ("actor", "department", "year", "key"),
    [(CLERK, "tax", 2025, "forbidden"), (LEADER, "finance", 2025, "forbidden"), (CLERK, "finance", 2026, "year_open"),
     (EDITOR, "nobody", 2025, "unknown_report")],
)  # fmt: skip
def test_a_report_is_handed_in_by_its_own_people_after_the_year(house, actor, department, year, key):
    with pytest.raises(CockpitError) as error:
        house.desk.hand_in(actor, department, year, 0, "")
    assert error.value.key == key


def test_reports_are_a_workbook(house):
    a_system(house, name="=HYPERLINK(1)")
    book = load_workbook(BytesIO(house.desk.export(EDITOR, 2025, Texts("zh"))))
    assert book.sheetnames == ["2025年共享情况", "系统清单"]
    assert [row[0].value for row in book["系统清单"].rows] == ["系统", "=HYPERLINK(1)"]
    assert all(cell.data_type != "f" for row in book["系统清单"].rows for cell in row)


# ---- sample


def test_the_sample_registry_is_marked_whole_and_the_same_for_the_same_seed(house):
    spec = yaml.safe_load(a_pack().file("sample/registry.yaml").read_text("utf-8"))
    count = house.registry.seed(spec, 440900)
    assert count > 300
    assert house.registry.seed(spec, 440900) == 0
    systems = house.registry.systems(EDITOR, {}, "zh")
    assert systems.counts["suspected"] == len(spec["unused"])
    assert systems.counts["cleared"] == len(spec["idle"])
    assert all(line.system.simulated for line in systems.lines)
    house.shared.settle(house.now, seed=True)
    rates = [
        house.figure(code, CITY, periods.instant_key(2026, 9))
        for code in ("dgov.share.sys_in", "dgov.share.sys_need")
    ]
    assert rates[0] == rates[1] > 40
    assert house.figure("dgov.share.report_delay", CITY, periods.instant_key(2026, 12)) == 0
    row = house.figures.answer(Demand(("dgov.share.sys_in",), (CITY,), 0, 10**16)).rows[0]
    assert row[6] == DataStatus.SIMULATED
