"""Checking the books: what does not add up is held back everywhere until somebody lets it through or corrects it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from data_access import engine as engines
from data_access import schema
from data_access.check_tables import check_decisions
from data_access.checks import CheckStore, Wanted
from data_access.observations import LoadInfo, ObservationStore
from data_access.withholding import Withholding
from indicators.catalog import Catalog, Context
from indicators.definition import Identity, Indicator
from indicators.errors import CockpitError
from indicators.identities import key_of
from indicators.periods import months_key
from services.access import SYSTEM, Actor
from services.answers import Question
from services.identity_checks import ACTS, STATES, CheckFilter, IdentityChecks
from services.query import Query
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_ratio, a_tree, an_indicator, rows

NAUGHTY = json.loads(
    (Path(__file__).resolve().parents[1] / "cases" / "text" / "blns.json").read_text("utf-8")
)["strings"]

JUNE, MAY = months_key(2024, 6, 6), months_key(2024, 5, 5)
TOTAL, TAX, FEES = "econ.revenue", "econ.tax", "econ.fees"
SHARE = "econ.share"
LATER = 2_000_000_000
IDENTITY = Identity(TOTAL, (TAX, FEES), 0.05)
NOW = datetime(2024, 7, 20, 4, tzinfo=UTC)

CHECKER = Actor(id="c", name="editor", role="editor", regions=(CITY,))
OF_COUNTY = Actor(id="d", name="county editor", role="editor", regions=(COUNTY_A,))
LEADER = Actor(id="l", name="leader", role="leader", regions=(CITY,))


@dataclass
class Books:
    """A store that tests every load, and what stands on it."""

    engine: Engine
    store: ObservationStore
    checks: CheckStore
    catalog: Catalog
    query: Query
    service: IdentityChecks
    judged: list[datetime]
    loads: int = 0

    def load(self, *figures: Any, actor: str = "editor") -> int:
        self.loads += 1
        at = 1_700_000_000 + self.loads
        known = [(*one[:4], {"known_at": at} | (one[4] if len(one) > 4 else {})) for one in figures]
        info = LoadInfo(f"load {self.loads}", f"delivery {self.loads}.csv", actor, at)
        return self.store.write(rows(*known), info).load

    def shown(
        self, code: str, region: int = CITY, period: int = JUNE, as_of: int | None = None
    ) -> float | str | None:
        """The figure as boards show it, or why they show none."""
        question = Question((code,), (region,), (period,), as_of=as_of)
        line = self.query.ask(LEADER, question).one()
        return line.reason if line.value is None else line.value

    def failures(self, *states: str) -> list[Any]:
        return self.checks.failures(Wanted(states))


@pytest.fixture
def books(engine: Engine) -> Books:
    return bound(engine, IDENTITY)


def bound(engine: Engine, *identities: Identity, store: ObservationStore | None = None) -> Books:
    indicators: list[Indicator] = [
        *(an_indicator(code) for code in (TOTAL, TAX, FEES)), a_ratio(SHARE, f"100 * {TAX} / {TOTAL}")
    ]  # fmt: skip
    catalog = Catalog(indicators, Context(identities=identities))
    store = store or ObservationStore(engine)
    checks, tree, judged = CheckStore(engine), a_tree(), []
    store.follow[:] = [
        lambda connection, spans, at, actor: checks.follow(connection, identities, spans, at, actor)
    ]
    query = Query(Withholding(store, checks), catalog, tree, lambda: NOW)
    service = IdentityChecks(checks, store, catalog, tree, judged.append, lambda: NOW)
    return Books(engine, store, checks, catalog, query, service, judged)


def june(total: float, tax: float, fees: float, region: int = CITY) -> tuple[Any, ...]:
    return ((TOTAL, region, JUNE, total), (TAX, region, JUNE, tax), (FEES, region, JUNE, fees))


def test_what_adds_up_is_shown_and_leaves_no_trace(books: Books) -> None:
    books.load(*june(100.0, 70.0, 30.04))
    assert books.shown(TOTAL) == 100.0
    assert books.failures() == []


def test_what_does_not_add_up_is_held_back_with_all_that_is_made_of_it(books: Books) -> None:
    books.load(*june(100.0, 70.0, 30.06))
    assert [books.shown(code) for code in (TOTAL, TAX, FEES, SHARE)] == ["held"] * 4
    (failure,) = books.failures("open")
    assert failure.gap == pytest.approx(-0.06)
    assert failure.figures == {TOTAL: 100.0, TAX: 70.0, FEES: 30.06}


def test_nothing_takes_the_place_of_a_figure_that_is_held_back(books: Books) -> None:
    """Neither the sum of the counties nor a formula: a reader would take it for the figure itself."""
    books.load((TOTAL, COUNTY_A, JUNE, 60.0), (TOTAL, COUNTY_B, JUNE, 40.0))
    assert books.shown(TOTAL) == 100.0  # rolled up, before the city publishes
    books.load(*june(150.0, 70.0, 30.0), (SHARE, CITY, JUNE, 46.7))
    assert books.shown(TOTAL) == "held"
    assert books.shown(TOTAL, COUNTY_A) == 60.0


def test_rules_judge_nothing_that_is_held_back(books: Books) -> None:
    books.load(*june(100.0, 70.0, 10.0))
    reading = books.query.readings(SYSTEM, Question((TOTAL,), (CITY,), since=MAY, until=JUNE))[TOTAL]
    assert np.isnan(reading.value).all()


def test_only_what_came_last_is_held_back(books: Books) -> None:
    """What stood before had been in order with the rest."""
    books.load(*june(100.0, 70.0, 30.0))
    books.load((FEES, CITY, JUNE, 38.0))
    assert (books.shown(TOTAL), books.shown(TAX), books.shown(FEES)) == (100.0, 70.0, "held")


def test_a_part_that_is_missing_is_not_zero(books: Books) -> None:
    books.load((TOTAL, CITY, JUNE, 100.0), (TAX, CITY, JUNE, 70.0))
    assert books.failures() == []
    books.load((FEES, CITY, JUNE, 5.0))  # now all are there
    assert books.shown(FEES) == "held"


def test_a_correction_brings_the_figures_back(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    books.load((FEES, CITY, JUNE, 30.0))
    assert (books.shown(TOTAL), books.shown(FEES)) == (100.0, 30.0)
    (failure,) = books.failures()
    assert (failure.state, failure.ended_at) == ("corrected", 1_700_000_002)
    (decision,) = books.checks.decisions([failure.id])
    assert (decision.act, decision.actor) == ("corrected", "editor")


def test_another_wrong_figure_is_another_failure(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    books.load((FEES, CITY, JUNE, 39.0))
    assert [one.state for one in books.failures()] == ["open", "replaced"]
    assert (books.shown(TOTAL), books.shown(FEES)) == (100.0, "held")


def test_an_undo_takes_the_failure_back_with_the_figures(books: Books) -> None:
    books.load(*june(100.0, 70.0, 30.0))
    wrong = books.load((TAX, CITY, JUNE, 80.0))
    books.store.undo(wrong, "editor", 1_800_000_000)
    assert (books.shown(TAX), books.failures("open")) == (70.0, [])
    first = books.load(*june(100.0, 1.0, 2.0, COUNTY_A))
    books.store.undo(first, "editor", 1_800_000_001)
    assert [one.state for one in books.failures()] == ["gone", "corrected"]


def test_somebody_lets_it_through_with_a_reason_that_is_kept(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    (failure,) = books.failures("open")
    version = books.store.data_version()
    with engines.transaction(books.engine) as connection:
        books.store.settle([one.id for one in books.store.pending()], connection)
    books.service.accept(CHECKER, failure.id, {"reason": "四舍五入后印的数"})
    assert books.shown(TOTAL) == 100.0
    assert books.store.data_version() > version  # answers that were kept are not given again
    assert books.judged == [NOW]
    assert {(one.indicator, one.region) for one in books.store.pending()} == {
        (code, CITY) for code in (TOTAL, TAX, FEES)
    }  # the rules look at the figures again
    view = books.service.one(CHECKER, failure.id, "zh")
    assert [(one.act, one.reason, one.actor) for one in view.decisions] == [
        ("accepted", "四舍五入后印的数", "editor")
    ]
    books.load((TAX, COUNTY_A, JUNE, 1.0))
    assert books.shown(TOTAL) == 100.0  # the same figures are not asked about twice


def test_what_was_let_through_can_be_held_back_again(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    (failure,) = books.failures("open")
    books.service.accept(CHECKER, failure.id, {"reason": "先放行"})
    books.service.reopen(CHECKER, failure.id, {"reason": "来源单位说错了"})
    assert books.shown(TOTAL) == "held"
    assert [one.act for one in books.checks.decisions([failure.id])] == ["accepted", "reopened"]


def test_the_second_of_two_people_is_told(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    (failure,) = books.failures("open")
    books.service.accept(CHECKER, failure.id, {"reason": "甲"})
    with pytest.raises(CockpitError) as refused:
        books.service.accept(CHECKER, failure.id, {"reason": "乙"})
    assert refused.value.key == "record_changed"
    assert [one.reason for one in books.checks.decisions([failure.id])] == ["甲"]


@pytest.mark.parametrize(
    ("reason", "key"), [("", "field_missing"), ("  ", "field_missing"), ("字" * 1001, "text_too_long")]
)
def test_a_reason_is_asked_for_at_its_field(books: Books, reason: str, key: str) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    (failure,) = books.failures("open")
    with pytest.raises(CockpitError) as refused:
        books.service.accept(CHECKER, failure.id, {"reason": reason})
    assert [(one.key, one.where) for one in refused.value.issues] == [(key, "reason")]
    assert books.shown(TOTAL) == "held"


def test_every_string_is_kept_as_it_was_written(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    (failure,) = books.failures("open")
    written = [text.strip() for text in NAUGHTY if text.strip() and "\x00" not in text][::40]
    for number, text in enumerate(written):
        act = books.service.reopen if number % 2 else books.service.accept
        act(CHECKER, failure.id, {"reason": text})
    assert [one.reason for one in books.checks.decisions([failure.id])] == written


def test_the_past_is_shown_as_it_was_published(books: Books) -> None:
    """What is held back is one figure of one delivery, not the cell for all time."""
    books.load(*june(100.0, 70.0, 30.0))
    books.load((FEES, CITY, JUNE, 38.0))
    assert books.shown(FEES, as_of=1_700_000_001) == 30.0
    assert books.shown(FEES, as_of=1_700_000_002) == "held"


def test_a_county_sees_and_decides_its_own(books: Books) -> None:
    books.load(*june(9.0, 5.0, 1.0, COUNTY_A), *june(8.0, 5.0, 1.0, COUNTY_B))
    seen = books.service.book(OF_COUNTY, CheckFilter(), "zh")
    assert [one.region for one in seen.failures] == [COUNTY_A]
    assert (seen.found, seen.counts["open"], seen.identities[0].tested) == (1, 1, 1)
    (other,) = (one for one in books.failures() if one.region == COUNTY_B)
    for act in (
        lambda: books.service.one(OF_COUNTY, other.id, "zh"),
        lambda: books.service.accept(OF_COUNTY, other.id, {"reason": "不该能做"}),
    ):
        with pytest.raises(CockpitError) as refused:
            act()
        assert refused.value.key == "unknown_check"
    assert [one.count for one in books.service.waiting(OF_COUNTY, "zh")] == [1]


def test_who_may_not_check_sees_nothing(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    with pytest.raises(CockpitError) as refused:
        books.service.book(LEADER, CheckFilter(), "zh")
    assert refused.value.key == "forbidden"
    assert books.service.waiting(LEADER, "zh") == ()
    assert books.service.held_of(LEADER, TOTAL, "zh") == ()
    assert [one.gap for one in books.service.held_of(CHECKER, TAX, "zh")] == [-8.0]


def test_the_list_says_what_was_tested_and_what_failed(books: Books) -> None:
    books.load(
        *june(100.0, 70.0, 38.0), (TOTAL, CITY, MAY, 50.0), (TAX, CITY, MAY, 30.0), (FEES, CITY, MAY, 20.0)
    )
    view = books.service.book(CHECKER, CheckFilter(), "zh")
    (identity,) = view.identities
    assert (identity.tested, identity.failing, identity.tolerance) == (2, 1, 0.05)
    (failure,) = view.failures
    assert (failure.summed, failure.gap, failure.delivery, failure.by) == (
        108.0,
        -8.0,
        "delivery 1.csv",
        "editor",
    )
    assert {part.code for part in failure.parts if part.held} == {TAX, FEES}
    elsewhere = books.service.book(CHECKER, CheckFilter(identity="0" * 16), "zh")
    assert (elsewhere.failures, elsewhere.found) == ((), 0)


def test_a_new_identity_looks_at_everything_that_is_stored(engine: Engine) -> None:
    bare = bound(engine)
    bare.load(*june(100.0, 70.0, 38.0))
    assert bare.shown(TOTAL) == 100.0
    books = bound(engine, IDENTITY, store=bare.store)
    assert books.checks.catch_up((IDENTITY,), 5) == 1
    assert books.shown(TOTAL) == "held"
    assert books.checks.catch_up((IDENTITY,), 6) == 0  # once


def test_a_wider_tolerance_lets_go_and_a_dropped_identity_holds_nothing(books: Books) -> None:
    books.load(*june(100.0, 70.0, 38.0))
    wide = Identity(TOTAL, (FEES, TAX), 10.0)  # the order of the parts does not matter
    assert key_of(wide) == key_of(IDENTITY)
    books.checks.catch_up((IDENTITY,), LATER)
    books.checks.catch_up((wide,), LATER + 1)
    assert books.shown(TOTAL) == 100.0
    books.checks.catch_up((IDENTITY,), LATER + 2)
    assert books.shown(TOTAL) == "held"
    books.checks.catch_up((), LATER + 3)
    assert books.shown(TOTAL) == 100.0
    assert [one.state for one in books.failures()] == ["gone", "corrected"]


def test_a_load_that_fails_leaves_neither_figures_nor_failures(books: Books) -> None:
    """The test stands in the transaction of the load: what is not there is not held back."""

    def refuse(*_: object) -> None:
        raise RuntimeError("the power went")

    books.store.follow.append(refuse)
    with pytest.raises(RuntimeError):
        books.load(*june(100.0, 70.0, 38.0))
    assert books.failures() == []
    with books.engine.connect() as connection:
        assert connection.execute(select(schema.current)).all() == []
        assert connection.execute(select(check_decisions)).all() == []


def test_every_state_and_act_has_its_words(books: Books) -> None:
    states = {"open", "accepted", "corrected", "replaced", "gone"}
    assert states == set(STATES)
    assert {"accepted", "reopened", "corrected", "replaced", "gone"} == set(ACTS)


def test_the_newest_figure_says_that_it_is_held_back_and_not_an_older_one(books: Books) -> None:
    books.load((TOTAL, CITY, MAY, 50.0), *june(100.0, 70.0, 38.0))
    line = books.query.ask(LEADER, Question((TOTAL,), (CITY,))).one()
    assert (line.period, line.value, line.reason) == (JUNE, None, "held")
