"""The warning centre as plain values: the same warnings for every door and every role, and what is done about them."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.config import load_settings
from data_access.engine import create_engine, transaction
from data_access.observations import LoadInfo
from indicators.errors import CockpitError
from indicators.periods import months_key
from services import warning_files
from services.access import Actor
from services.bootstrap import Services, build
from services.texts import Texts
from services.views import Choice, Face
from services.warning_centre import ORDERS, Selection
from services.warning_views import ListView, OneWarning, PastView, WarningRow

CITY, MAONAN, GAOZHOU, HUAZHOU, XINYI = 440900000000, 440902000000, 440981000000, 440982000000, 440983000000
LEADER = Actor("l", "leader", "leader", (CITY,), display="市领导")
HEAD = Actor("h", "head", "county_head", (GAOZHOU,))
ANALYST = Actor("a", "analyst", "analyst", (CITY,))
ECONOMIST = Actor("e", "economist", "analyst", (CITY,), systems=("econ",))
AUDITOR = Actor("u", "auditor", "auditor", (CITY,))
READERS = (LEADER, HEAD, ANALYST, ECONOMIST)
GROWTH = "econ.invest.growth"
FIGURES = {CITY: (4.0, 4.0), HUAZHOU: (4.0, 4.0), GAOZHOU: (-6.0, -7.0), MAONAN: (-1.0, -1.0)}
"""Growth of investment to September and to October: blue, blue below it, red, orange."""


class Clock:
    """A clock that is set by hand."""

    now = datetime(2026, 11, 22, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def world(published: Any, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The published figures of 茂名, and four regions whose investment grows too little."""
    folder = tmp_path_factory.mktemp("centre")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    given_settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"})
    services = build(given_settings, clock=Clock())
    write(services, FIGURES)
    return services


def write(services: Services, figures: dict[int, tuple[float, ...]], month: int = 9) -> None:
    """Store growth rates of the months from one on, and judge them."""
    rows = [
        (region, months_key(2026, month + step, month + step), value)
        for region, values in figures.items() for step, value in enumerate(values)
    ]  # fmt: skip
    columns = {
        "indicator": [GROWTH] * len(rows),
        "region": [region for region, _, _ in rows],
        "period": [key for _, key, _ in rows],
        "value": [value for _, _, value in rows],
        "source": 1,
        "status": 2,
        "reason": [None] * len(rows),
    }
    engine = create_engine(services.settings.store)
    with transaction(engine) as connection:
        services.store.write(columns, LoadInfo(f"{figures}", "f.csv", "tester", 1), connection)
    engine.dispose()
    services.alerts.evaluate_pending(Clock.now)


def chosen(world: Services, actor: Actor, region: int | None = None, **filters: str) -> Selection:
    """What a reader's filters leave."""
    found = world.centre.selected(actor, wish(region, **filters))
    assert isinstance(found, Selection)
    return found


def wish(region: int | None = None, **filters: str) -> Choice:
    return Choice(region=f"{region:012d}" if region else None, filters=filters)


def listed(world: Services, actor: Actor, **filters: str) -> ListView:
    """The list of a reader."""
    found = world.centre.listed(actor, wish(**filters))
    assert isinstance(found, ListView)
    return found


def of_growth(world: Services, actor: Actor, region: int) -> WarningRow:
    """The warning on the growth of a region."""
    rows = chosen(world, actor).rows
    return next(row for row in rows if (row.line.indicator, row.line.place.code) == (GROWTH, region))


def one(world: Services, actor: Actor, identity: str) -> OneWarning:
    """The page of a warning."""
    found = world.one_warnings.view(actor, identity, Clock.now)
    assert isinstance(found, OneWarning)
    return found


def ids(selection: Selection) -> set[str]:
    return {row.line.id for row in selection.rows}


# ---- one count for every door


@pytest.mark.parametrize("actor", READERS, ids=lambda one: one.name)
def test_page_tiles_interface_and_file_count_the_same(world: Services, actor: Actor) -> None:
    found = chosen(world, actor)
    home = world.boards.view("home", actor, Choice())
    assert (found.counts.statutory, found.counts.management) == tuple(one.counts for one in home.warnings)
    assert found.found == found.counts.total == sum(one.total for one in home.warnings) > 0
    told = warning_files.document(found)
    assert told["counts"]["total"] == len(told["warnings"]) == found.found
    by_level = Counter((one["kind"], one["level"]) for one in told["warnings"])
    assert all(told["counts"][kind][level] == count for (kind, level), count in by_level.items())
    for kind in warning_files.FORMATS:
        assert rows_of(warning_files.file(found, kind, Texts("zh")), kind) == found.found


def rows_of(content: bytes, kind: str) -> int:
    """How many rows below its head a file has."""
    if kind == "xlsx":
        return openpyxl.load_workbook(BytesIO(content)).active.max_row - 1
    return content.decode("utf-8-sig").count("\r\n") - 1


def test_a_county_lists_its_own_warnings_and_no_others(world: Services) -> None:
    regions = {row.line.place.code for row in chosen(world, HEAD).rows}
    assert regions
    assert all(world.tree.contains(GAOZHOU, region) for region in regions)
    assert isinstance(world.centre.selected(HEAD, wish(HUAZHOU)), Face)


def test_who_may_view_nothing_gets_a_face_and_no_count(world: Services) -> None:
    found = world.centre.selected(AUDITOR, Choice())
    assert isinstance(found, Face)
    assert found.kind == "forbidden"


# ---- filters and orders


@given(st.sampled_from(["level", "place", "department", "system", "kind"]))
@settings(max_examples=5, deadline=None)
def test_the_values_of_a_filter_divide_the_list(world: Services, name: str) -> None:
    everything = chosen(world, LEADER)
    parts = [ids(chosen(world, LEADER, **{name: code})) for code, _ in everything.options[name]]
    whole = set().union(*parts)
    assert sum(map(len, parts)) == len(whole)
    outside = {row.line.id for row in everything.rows if row.line.place.code == CITY}
    assert whole | (outside if name == "place" else set()) == ids(everything)


def test_kind_and_level_narrow_the_list_and_not_the_counts(world: Services) -> None:
    red = chosen(world, LEADER, level="red")
    assert {row.line.level for row in red.rows} == {4}
    assert red.counts == chosen(world, LEADER).counts


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"q": "固定资产 高州"}, {GAOZHOU}),
        ({"q": GROWTH.upper()}, set(FIGURES)),
        ({"q": "没有这样的预警"}, set()),
        ({"since": "1", "q": GROWTH}, set(FIGURES)),
        ({"state": "untouched", "q": GROWTH}, set(FIGURES)),
        ({"state": "flapping", "q": GROWTH}, set()),
    ],
)
def test_a_list_is_searched_by_words_age_and_what_was_done(
    world: Services, filters: dict[str, str], left: set[int]
) -> None:
    assert {row.line.place.code for row in chosen(world, LEADER, **filters).rows} == left


def test_filters_that_mean_nothing_are_named_and_passed_over(world: Services) -> None:
    found = listed(world, LEADER, level="purple", place="440982000000", nonsense="1")
    assert set(found.vain) == {"level", "nonsense"}
    assert found.filters == {"place": "440982000000"}


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_keeps_every_warning(world: Services, order: str) -> None:
    rows = chosen(world, LEADER, sort=order).rows
    assert {row.line.id for row in rows} == ids(chosen(world, LEADER))
    if order == "level":
        levels = [row.line.level for row in rows]
        assert levels == sorted(levels, reverse=True)
    if order == "long":
        lasted = [row.line.lasted for row in rows]
        assert lasted == sorted(lasted, reverse=True)


# ---- folding


def test_what_a_warning_stands_for_is_listed_under_it_and_counted(world: Services) -> None:
    city, below = of_growth(world, LEADER, CITY), of_growth(world, LEADER, HUAZHOU)
    assert below.under == city.line.id
    view = listed(world, LEADER)
    flat = [row.line.id for top in view.rows for row in top.flat]
    assert len(flat) == len(set(flat)) == view.found - len(view.messages)
    assert below.line.id not in {row.line.id for row in view.rows}
    unfolded = {row.line.id for row in listed(world, LEADER, fold="all").rows}
    assert below.line.id in unfolded
    assert of_growth(world, LEADER, GAOZHOU).under == ""  # red is never told by blue


# ---- acts on several


@pytest.fixture
def red(world: Services) -> Iterator[WarningRow]:
    """The warning of 高州, which nobody has touched before or after."""
    yield of_growth(world, LEADER, GAOZHOU)
    row = of_growth(world, LEADER, GAOZHOU)
    badges = {badge.kind: badge for badge in row.badges}
    if "acked" in badges:
        world.warning_acts.unack(LEADER, {row.line.id: row.version})
    if "silenced" in badges:
        world.warning_acts.lift(LEADER, [int(badges["silenced"].key)])


def kinds(world: Services, region: int = GAOZHOU) -> set[str]:
    return {badge.kind for badge in of_growth(world, LEADER, region).badges}


def test_what_was_taken_bears_its_badge_until_it_is_given_back(world: Services, red: WarningRow) -> None:
    picked = {red.line.id: red.version}
    assert world.warning_acts.ack(LEADER, picked, "已布置") == 1
    badge = next(one for one in of_growth(world, LEADER, GAOZHOU).badges if one.kind == "acked")
    assert (badge.who, badge.text) == ("市领导", "已布置")
    assert ids(chosen(world, LEADER, state="acked")) == {red.line.id}
    assert red.line.id not in ids(chosen(world, LEADER, state="untouched"))
    world.warning_acts.unack(LEADER, picked)
    assert "acked" not in kinds(world)


def test_a_silence_has_an_end_and_a_reason_and_can_be_lifted(world: Services, red: WarningRow) -> None:
    with pytest.raises(CockpitError) as refused:
        world.warning_acts.silence(LEADER, [red.line.id], None, " ")
    assert {issue.where for issue in refused.value.issues} == {"until", "reason"}
    assert "silenced" not in kinds(world)
    numbers = world.warning_acts.silence(LEADER, [red.line.id], 3, "汛期")
    badge = next(one for one in of_growth(world, LEADER, GAOZHOU).badges if one.kind == "silenced")
    assert badge.until == int((Clock.now + timedelta(days=3)).timestamp())
    world.warning_acts.lift(LEADER, numbers)
    assert "silenced" not in kinds(world)


def test_a_silence_of_a_rule_or_a_place_is_listed_for_whoever_sees_it(world: Services) -> None:
    number = world.warning_acts.hush(LEADER, GROWTH, HUAZHOU, 2, 7, "统计口径调整")
    line = next(one for one in world.silences.view(LEADER).lines if one.id == number)
    assert (line.name, line.place, line.level, line.state) == ("固定资产投资增速", "化州市", 2, "active")
    assert "silenced" in kinds(world, HUAZHOU)
    assert number not in {one.id for one in world.silences.view(HEAD).lines}
    world.warning_acts.lift(LEADER, [number])
    assert next(one for one in world.silences.view(LEADER).lines if one.id == number).state == "lifted"
    assert world.silences.view(ANALYST).regions == ()  # who may set none is offered none
    with pytest.raises(CockpitError):
        world.warning_acts.hush(LEADER, "", CITY, 4, 1, "全部")


def test_all_that_was_chosen_or_nothing(world: Services, red: WarningRow) -> None:
    stale = {red.line.id: red.version, of_growth(world, LEADER, MAONAN).line.id: 1}
    with pytest.raises(CockpitError) as refused:
        world.warning_acts.ack(LEADER, stale)
    assert refused.value.key == "record_changed"
    assert "acked" not in kinds(world)
    with pytest.raises(CockpitError, match="没有选中预警"):
        world.warning_acts.ack(LEADER, {})
    with pytest.raises(CockpitError) as over:
        world.warning_acts.silence(LEADER, [f"{GROWTH}:{GAOZHOU}:1"], 1, "x")
    assert over.value.key == "record_changed"


def test_who_only_looks_may_not_handle(world: Services, red: WarningRow) -> None:
    assert not of_growth(world, ANALYST, GAOZHOU).acts
    with pytest.raises(CockpitError) as refused:
        world.warning_acts.ack(ANALYST, {red.line.id: red.version})
    assert refused.value.key == "forbidden"


def test_several_warnings_go_to_their_departments_at_once(world: Services) -> None:
    row = of_growth(world, LEADER, MAONAN)
    numbers = world.warning_acts.dispatch(LEADER, [row.line.id], {"instruction": "请说明原因", "days": "5"})
    assert len(numbers) == 1
    assert "supervised" in kinds(world, MAONAN)
    world.supervision.withdraw(LEADER, numbers[0], {"text": "试派", "step": "1"})
    assert "supervised" not in kinds(world, MAONAN)


# ---- views


def test_a_view_is_kept_under_its_name_for_one_account(world: Services) -> None:
    world.centre.keep_view(LEADER, "  我的  红色 ", "filter=level:red")
    world.centre.keep_view(LEADER, "我的 红色", "filter=level:red;system:econ")
    views = listed(world, LEADER).views
    assert [(view.name, view.address) for view in views] == [("我的 红色", "filter=level:red;system:econ")]
    assert listed(world, ANALYST).views == ()
    assert world.centre.forget_view(ANALYST, views[0].id) is None
    assert world.centre.forget_view(LEADER, views[0].id) == views[0]
    assert listed(world, LEADER).views == ()


@pytest.mark.parametrize("name", ["", " ", "长" * 41])
def test_a_view_needs_a_name_of_some_letters(world: Services, name: str) -> None:
    with pytest.raises(CockpitError) as refused:
        world.centre.keep_view(LEADER, name, "")
    assert refused.value.issues[0].where == "name"


def test_nobody_keeps_views_without_end(world: Services) -> None:
    for number in range(20):
        world.centre.keep_view(ECONOMIST, f"视图{number}", "")
    world.centre.keep_view(ECONOMIST, "视图0", "filter=level:red")  # another look under a known name
    with pytest.raises(CockpitError, match="最多保存 20 个视图"):
        world.centre.keep_view(ECONOMIST, "又一个", "")


# ---- one warning


def test_the_page_of_a_warning_has_its_course_its_bounds_and_its_history(world: Services) -> None:
    view = one(world, LEADER, of_growth(world, LEADER, GAOZHOU).line.id)
    assert view.open
    assert view.worst == 4
    assert view.course is not None
    assert view.course.compared[-1] == -7.0
    assert {bound.level: bound.values[-1] for bound in view.course.bounds} == {4: -5, 3: 0, 2: 3, 1: 5}
    assert [event.kind for event in view.events] == ["open"]
    assert {row.line.place.code for row in view.same} >= {CITY, MAONAN}


def test_what_stands_for_a_warning_is_named_on_its_page(world: Services) -> None:
    city = of_growth(world, LEADER, CITY).line.id
    below = one(world, LEADER, of_growth(world, LEADER, HUAZHOU).line.id)
    assert below.parent is not None
    assert below.parent.line.id == city
    assert [row.line.place.code for row in one(world, LEADER, city).below] == [HUAZHOU]


def test_a_warning_that_is_over_keeps_its_page(world: Services) -> None:
    write(world, {XINYI: (-1.0, -1.0)})
    identity = of_growth(world, LEADER, XINYI).line.id
    write(world, {XINYI: (12.0,)}, month=11)
    closed = one(world, LEADER, identity)
    assert not closed.open
    assert closed.closed == months_key(2026, 11, 11)
    assert closed.worst == 3
    assert [event.kind for event in closed.events] == ["open", "resolve"]
    assert identity not in ids(chosen(world, LEADER))
    past = world.past.view(LEADER, Choice(period="2026-11"), Clock.now)
    assert isinstance(past, PastView)
    assert identity in {line.id for line in past.happened}


@pytest.mark.parametrize(
    "identity",
    ["", "nonsense", f"{GROWTH}:{GAOZHOU}:1", f"no.such.rule:{GAOZHOU}:202610312359110", f"{GROWTH}:1:2"],
)
def test_no_page_stands_for_what_never_was(world: Services, identity: str) -> None:
    assert isinstance(world.one_warnings.view(LEADER, identity, Clock.now), Face)


def test_a_siblings_warning_is_as_unknown_as_none(world: Services) -> None:
    identity = of_growth(world, LEADER, HUAZHOU).line.id
    assert isinstance(world.one_warnings.view(HEAD, identity, Clock.now), Face)
    assert world.one_warnings.view(HEAD, identity, Clock.now) == world.one_warnings.view(HEAD, "x", Clock.now)


def test_a_reader_of_one_system_opens_no_warning_of_another(world: Services) -> None:
    blind = Actor("b", "blind", "analyst", (CITY,), systems=("proj",))
    assert isinstance(
        world.one_warnings.view(blind, of_growth(world, LEADER, GAOZHOU).line.id, Clock.now), Face
    )


# ---- the past


def test_every_month_tells_what_stood_in_it(world: Services) -> None:
    past = world.past.view(LEADER, Choice(), Clock.now)
    assert isinstance(past, PastView)
    strips = {strip.key: {cell.month: cell for cell in strip.cells} for strip in past.strips}
    september, october = months_key(2026, 9, 1), months_key(2026, 10, 1)
    gaozhou = strips[f"{GAOZHOU:012d}"]
    assert gaozhou[september].mark is not None
    assert gaozhou[september].mark.level == 4
    assert gaozhou[september].opened == 1
    assert gaozhou[october].opened == 0
    assert gaozhou[october].standing == gaozhou[september].standing
    years = dict(past.years)
    assert years[2026][8] is not None
    assert years[2026][8].opened == sum(one[september].opened for one in strips.values())
    assert years[2026][11] is None  # December is still to come


def test_the_past_of_a_county_holds_nothing_of_its_siblings(world: Services) -> None:
    past = world.past.view(HEAD, Choice(period="2026-09"), Clock.now)
    assert isinstance(past, PastView)
    assert {world.tree.contains(GAOZHOU, line.place.code) for line in past.happened} == {True}
    assert all(world.tree.contains(GAOZHOU, int(strip.key)) for strip in past.strips)


def test_a_warning_that_a_revision_took_back_is_told_and_not_drawn(world: Services) -> None:
    before = world.past.view(LEADER, Choice(), Clock.now)
    assert isinstance(before, PastView)
    write(world, {HUAZHOU: (9.0, 9.0)})
    after = world.past.view(LEADER, Choice(period="2026-10"), Clock.now)
    assert isinstance(after, PastView)
    taken = [line for line in after.happened if line.place.code == HUAZHOU]
    assert taken[0].event.kind == "revised"
    cells = {strip.key: strip.cells[-2] for strip in after.strips}
    drawn = {strip.key: strip.cells[-2] for strip in before.strips}
    assert cells[f"{HUAZHOU:012d}"].standing == drawn[f"{HUAZHOU:012d}"].standing - 1
    write(world, {HUAZHOU: FIGURES[HUAZHOU]})
