"""A figure is what the definition of its day makes it; across a break nothing is compared but by a linked series."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.observations import LoadInfo
from indicators.catalog import Entry, Kind
from indicators.catalog.reading import begun
from indicators.comparison import Note
from indicators.definition import CalibreBreak, LimitVersion, RuleSpec
from indicators.periods import Period, day_key, months_key
from services import courses
from services.access import SYSTEM
from services.backtest import wish_of
from services.query import Query, Question
from services.scenes import LIMIT
from services.sheets import Sheets, SheetWish
from services.views import Place, Point, Series
from services.warning_course import breaks_over
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_ratio, a_tree, an_indicator, rows

NOW = datetime(2024, 7, 20, 4, tzinfo=UTC)
MONTHS = [months_key(2023 + n // 12, n % 12 + 1, n % 12 + 1) for n in range(18)]
DAYS = [Period(key).end for key in MONTHS]
TAX = an_indicator("econ.tax")
GIVEN = {"econ.tax": TAX}


def asked(store, *indicators, **more):
    """A query over one figure in every month: 1, 2, 3…"""
    if not store.loads(1):
        figures = [("econ.tax", CITY, key, float(nth)) for nth, key in enumerate(MONTHS, 1)]
        store.write(rows(*figures), LoadInfo("load", "test.csv", "analyst", 1_700_000_000))
    return Query(store, a_catalog(TAX, *indicators), a_tree(), lambda: NOW, **more)


def versions_of(cuts):
    """Versions of one share, each with another factor, that follow each other at these days without a gap."""
    edges = [None, *sorted(set(cuts)), None]
    return [
        a_ratio(
            "econ.share", f"{nth} * econ.tax", version=nth, valid_from=first,
            valid_to=last - timedelta(days=1) if last else None,
        )
        for nth, (first, last) in enumerate(itertools.pairwise(edges), 1)
    ]  # fmt: skip


def in_force(versions, day):
    """The version that holds on a day."""
    return next(one for one in versions if one.holds(day))


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """A store that all examples of a law share."""
    from data_access.config import StoreSettings
    from data_access.engine import create_engine
    from data_access.migrations import create_schema
    from data_access.observations import ObservationStore

    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path_factory.mktemp('dated')}/store.db"))
    create_schema(engine)
    yield ObservationStore(engine)
    engine.dispose()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dates(date(2022, 12, 1), date(2024, 8, 1)), max_size=4))
def test_each_figure_is_computed_and_numbered_by_what_was_in_force_at_the_end_of_its_period(memory, cuts):
    versions = versions_of(cuts)
    answer = asked(memory, *versions).ask(SYSTEM, Question(("econ.share",), (CITY,), tuple(MONTHS)))
    expected = [in_force(versions, day).version for day in DAYS]
    assert [line.version for line in answer] == expected
    assert [line.value for line in answer] == [n * version for n, version in enumerate(expected, 1)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.dates(date(2023, 1, 1), date(2024, 12, 1)), min_size=1, max_size=4),
    st.dates(date(2023, 1, 1), date(2024, 12, 31)),
)
def test_what_begins_later_is_as_if_it_were_not_there(cuts, today):
    versions = versions_of(cuts)
    entries = [
        Entry(Kind.INDICATOR, one.code, {
            "version": one.version,
            "valid_from": one.valid_from and one.valid_from.isoformat(),
            "valid_to": one.valid_to and one.valid_to.isoformat(),
        })
        for one in versions
    ]  # fmt: skip
    held = begun(entries, today)
    assert [one.version for one in held] == [
        v.version for v in versions if v.valid_from is None or v.valid_from <= today
    ]
    assert held[-1].document["valid_to"] is None  # what ends on a day to come has no end before that day
    assert begun(entries, date.max) == [replace(one) for one in entries]


def test_outside_its_days_a_definition_computes_nothing_and_says_why(store):
    only = a_ratio("econ.share", "econ.tax", valid_from=date(2024, 1, 1), valid_to=date(2024, 3, 31))
    answer = asked(store, only).ask(SYSTEM, Question(("econ.share",), (CITY,), tuple(MONTHS[11:16])))
    assert [line.value for line in answer] == [None, 13, 14, 15, None]
    assert [line.reason for line in answer] == ["not_in_force", "", "", "", "not_in_force"]


def test_a_figure_that_was_collected_before_it_was_computed_keeps_both(store):
    collected = an_indicator("econ.both", valid_to=date(2023, 12, 31))
    derived = an_indicator("econ.both", version=2, formula="10 * econ.tax", valid_from=date(2024, 1, 1))
    query = asked(store, collected, derived)
    store.write(
        rows(("econ.both", CITY, MONTHS[11], 7.0)), LoadInfo("more", "m.csv", "analyst", 1_700_000_100)
    )
    answer = query.ask(SYSTEM, Question(("econ.both",), (CITY,), tuple(MONTHS[10:13])))
    assert [(line.value, line.version) for line in answer] == [(None, 1), (7.0, 1), (130.0, 2)]


def test_children_are_put_together_as_the_definition_of_the_day_says(store):
    added = an_indicator("econ.jobs", valid_to=date(2023, 12, 31))
    largest = an_indicator("econ.jobs", agg_region="max", version=2, valid_from=date(2024, 1, 1))
    figures = [
        ("econ.jobs", county, key, float(n))
        for key in MONTHS[11:13]
        for n, county in ((3, COUNTY_A), (4, COUNTY_B))
    ]
    store.write(rows(*figures), LoadInfo("jobs", "j.csv", "analyst", 1_700_000_100))
    answer = asked(store, added, largest).ask(
        SYSTEM, Question(("econ.jobs",), (CITY,), tuple(MONTHS[11:13]), children=True)
    )
    assert [line.value for line in answer if line.region == CITY] == [7.0, 4.0]


def test_a_target_of_a_year_is_that_of_the_definition_in_force_at_its_end(store):
    old = an_indicator("econ.tax", targets={2023: 100.0, 2024: 110.0}, valid_to=date(2023, 12, 31))
    new = an_indicator("econ.tax", targets={2023: 1.0, 2024: 150.0}, version=2, valid_from=date(2024, 1, 1))
    asked(store)
    query = Query(store, a_catalog(old, new), a_tree(), lambda: NOW)
    question = Question(("econ.tax",), (CITY,), (MONTHS[11], MONTHS[12]), measures=("target_gap_pp",))
    gaps = [line.value - line.measures["target_gap_pp"] for line in query.ask(SYSTEM, question)]
    nobody = SimpleNamespace(target=lambda *_: None, curve=lambda *_: None)
    course = courses.TargetCourse(nobody, new, CITY, (old, new))
    assert gaps == [course.year(2023), course.year(2024)] == [100.0, 150.0]


def test_the_sheet_of_an_old_figure_says_the_definition_of_its_day(store):
    old = a_ratio(
        "econ.share", "econ.tax", valid_to=date(2023, 12, 31), definition_zh="旧", calibre_zh="旧口径"
    )
    new = replace(
        old, version=2, formula="2 * econ.tax", valid_from=date(2024, 1, 1), valid_to=None, definition_zh="新"
    )
    query = asked(store, old, new)
    alerts = SimpleNamespace(history=lambda *_: ())
    sheets = Sheets(query, query.catalog, alerts, dict)
    nobody = SimpleNamespace(target=lambda *_: None, curve=lambda *_: None)
    found = {}
    for until in (MONTHS[11], MONTHS[17]):
        wish = SheetWish(SYSTEM, new, Place(CITY, "城", "city"), "zh", until, None)
        sheet = sheets.sheet(wish, nobody, None)
        found[until] = sheet.definition, sheet.formula, sheet.version, sheet.figure.value
    assert list(found.values()) == [("旧", "econ.tax", 1, 12.0), ("新", "2 * econ.tax", 2, 36.0)]


# -- breaks --------------------------------------------------------------------------------------------------

BREAK = date(2024, 3, 1)
BACK = an_indicator("econ.back")


def broken(backcast=""):
    """A figure that means something else from March 2024 on."""
    return an_indicator("econ.air", calibre_breaks=(CalibreBreak(BREAK, "标准换版", backcast),))


@pytest.fixture
def air(store):
    """A store in which the figure stands at 100 before the break and 90 after it, back-cast to 80."""
    figures = [("econ.air", CITY, key, 100.0 if Period(key).end < BREAK else 90.0) for key in MONTHS]
    figures += [("econ.back", CITY, key, 80.0) for key in MONTHS[2:] if Period(key).end < BREAK]
    store.write(rows(*figures), LoadInfo("load", "air.csv", "analyst", 1_700_000_000))
    return lambda *indicators: Query(store, a_catalog(*indicators), a_tree(), lambda: NOW)


def test_across_a_break_growth_is_withheld_with_the_reason(air):
    query = air(broken("econ.back"), BACK)
    answer = query.ask(SYSTEM, Question(("econ.air",), (CITY,), tuple(MONTHS[12:]), measures=("mom_pct",)))
    assert [(line.period, line.yoy, line.note) for line in answer if line.period < MONTHS[14]] == [
        (MONTHS[12], 0.0, Note.NONE), (MONTHS[13], 0.0, Note.NONE)
    ]  # fmt: skip
    after = [line for line in answer if line.period >= MONTHS[14]]
    assert {(line.yoy, line.note) for line in after} == {(None, Note.CALIBRE_BREAK)}
    assert after[0].measures["mom_pct"] is None


def test_with_the_linked_series_both_ends_mean_the_same_and_it_is_said(air):
    query = air(broken("econ.back"), BACK)
    answer = query.ask(SYSTEM, Question(("econ.air",), (CITY,), tuple(MONTHS), backcast=True))
    by_period = {line.period: line for line in answer}
    march = by_period[MONTHS[14]]
    assert (march.value, march.base, march.yoy, march.note) == (90.0, 80.0, 12.5, Note.BACK_CAST)
    assert {(line.value, line.origin) for line in answer if MONTHS[2] <= line.period < MONTHS[14]} == {
        (80.0, "back_cast")
    }
    assert by_period[MONTHS[0]].value == 100.0  # of which the linked series says nothing stays as it is
    assert [comparison.kind for comparison in courses.growth(broken(), march)] == ["yoy_recast"]


@settings(max_examples=20, deadline=None)
@given(st.booleans())
def test_without_a_linked_series_the_choice_changes_nothing(memory, backcast):
    query = asked(memory, replace(TAX, code="econ.other"))
    question = Question(("econ.tax",), (CITY,), tuple(MONTHS))
    plain, chosen = query.ask(SYSTEM, question), query.ask(SYSTEM, replace(question, backcast=backcast))
    assert [line.value for line in plain] == [line.value for line in chosen]


def test_breaks_and_limits_are_told_where_they_lie_within_what_is_drawn():
    limits = (LimitVersion(35, None, date(2024, 2, 29)), LimitVersion(30, BREAK, None))
    one = replace(broken(), limit_versions=limits)
    line = Series("current", "", tuple(Point(key, 1.0) for key in MONTHS[12:]))
    assert courses.breaks_within(one, [line]) == ((day_key(BREAK), "标准换版"),)
    assert courses.limits_within(one, [line]) == ((day_key(BREAK), 30),)
    early = Series("current", "", line.points[:2])
    assert courses.breaks_within(replace(one, frequency="daily"), [early]) == ()
    then = courses.limit_line(one, line.points)
    today = courses.limit_line(one, line.points, date(2024, 7, 20))
    assert [point.value for point in then.points] == [35, 35, 30, 30, 30, 30]
    assert {point.value for point in today.points} == {30}


def test_a_curve_of_a_rule_tells_both_in_the_order_of_time():
    limits = (LimitVersion(35, None, date(2024, 4, 30)), LimitVersion(30, date(2024, 5, 1), None))
    one = replace(
        broken(),
        limit_versions=limits,
        rule=RuleSpec({"type": "threshold", "op": ">", "red": 35, "limit_level": "red"}),
    )
    from indicators.rules import rule_of

    rule = rule_of(one)
    marks = breaks_over(one, np.array(MONTHS[12:]), rule)
    assert [(mark.reason, mark.limit) for mark in marks] == [("标准换版", None), ("", 30)]
    assert breaks_over(one, np.array(MONTHS[:12]), rule) == ()


def test_the_address_of_a_rule_may_ask_for_todays_limit():
    name, value = LIMIT
    assert wish_of("sign.env.pm25", {name: value}).today
    assert not wish_of("sign.env.pm25", {}).today
