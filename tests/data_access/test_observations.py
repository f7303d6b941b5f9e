"""The store of observations: what is written, what is in force, what was known when."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from data_access import schema, vintages
from data_access.accounts import AccountStore
from data_access.engine import transaction
from data_access.observations import LoadInfo, ObservationStore, Source, WriteReport
from indicators.aggregation import Demand
from indicators.definition import DataStatus
from indicators.errors import CockpitError

CITY, GAOZHOU, XINYI = 440900000000, 440981000000, 440983000000
MARCH, JUNE, YEAR_2023 = 202403312359103, 202406312359106, 202312312359112
GDP, REVENUE = "econ.gdp.total", "econ.fiscal.revenue"
EVERYTHING = Demand((GDP, REVENUE), (CITY, GAOZHOU, XINYI), 0, 2**60, items=None)
SOURCE = Source("2023年统计公报", "https://example.org/2023", "A")

Write = Callable[..., WriteReport]


@pytest.fixture
def write(store: ObservationStore) -> Write:
    """Write figures {(indicator, region, period): value} as one load."""
    names = (f"delivery-{number}" for number in count(1))
    with transaction(store.engine) as connection:
        source = store.source_id(SOURCE, connection)

    def write(figures: Mapping[tuple[str, int, int], float | None], at: int, **columns: Any) -> WriteReport:
        indicator, region, period = zip(*figures, strict=True)
        rows = {
            "indicator": list(indicator),
            "region": list(region),
            "period": list(period),
            "value": [float("nan") if value is None else value for value in figures.values()],
            "source": source,
        }
        name = next(names)
        return store.write({**rows, **columns}, LoadInfo(name, f"{name}.csv", "analyst", at))

    return write


def values(store: ObservationStore, **changes: Any) -> dict[tuple[str, int, int], float | None]:
    """All stored headline figures, as they are or as they were."""
    answer = store.answer(replace(EVERYTHING, **changes))
    found = {(row[0], row[2], row[3]): row[4] for row in answer.rows}
    assert len(found) == len(answer), "a cell shows two figures"
    return found


# --- writing and asking -------------------------------------------------------------------------------------


def test_a_stored_figure_is_answered_with_its_code_status_and_load(
    store: ObservationStore, write: Write
) -> None:
    report = write({(GDP, CITY, YEAR_2023): 3987.2}, at=10, yoy=4.1, status=int(DataStatus.FINAL))
    assert store.answer(Demand((GDP,), (CITY,), YEAR_2023, YEAR_2023)).rows == [
        (GDP, 0, CITY, YEAR_2023, 3987.2, 4.1, DataStatus.FINAL, None, 1, 10, report.load)
    ]
    assert store.sources() == {1: SOURCE}


def test_many_indicators_and_regions_are_one_question(store: ObservationStore, write: Write) -> None:
    figures = {(code, region, MARCH): 1.0 for code in (GDP, REVENUE) for region in (CITY, GAOZHOU, XINYI)}
    write(figures, at=10)
    assert values(store) == figures
    assert values(store, indicators=(GDP,), regions=(XINYI,)) == {(GDP, XINYI, MARCH): 1.0}


def test_what_was_never_stored_is_an_empty_answer(store: ObservationStore) -> None:
    answer = store.answer(replace(EVERYTHING, indicators=("no.such.indicator",)))
    assert len(answer) == 0
    assert answer.frame().empty


def test_columns_come_as_arrays_with_nan_where_nothing_was_said(
    store: ObservationStore, write: Write
) -> None:
    write({(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 2.0}, at=10)
    answer = store.answer(EVERYTHING)
    assert answer.column("value").tolist() == [1.0, 2.0]
    assert answer.column("yoy").dtype == float
    assert answer.frame()["yoy"].isna().all()
    assert set(answer.column("indicator")) == {GDP}


def test_growth_without_a_level_is_a_figure(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): None}, at=10, yoy=5.3)
    (row,) = store.answer(EVERYTHING).rows
    assert row[4:7] == (None, 5.3, DataStatus.UNSTATED)


def test_a_missing_figure_is_stored_with_its_reason(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): None}, at=10, status=int(DataStatus.MISSING), reason="not_reported")
    (row,) = store.answer(EVERYTHING).rows
    assert row[4:8] == (None, None, DataStatus.MISSING, "not_reported")


@pytest.mark.parametrize(
    "columns",
    [
        {"value": [float("nan")]},
        {"value": [float("inf")]},
        {"value": [float("nan")], "status": int(DataStatus.MISSING)},
        {"value": [1.0], "status": int(DataStatus.MISSING), "reason": "not_reported"},
    ],
    ids=["nothing at all", "infinite", "missing without a reason", "missing with a value"],
)
def test_what_is_no_figure_stores_nothing(
    store: ObservationStore, write: Write, columns: dict[str, Any]
) -> None:
    with pytest.raises(CockpitError) as refused:
        write({(GDP, CITY, MARCH): 1.0}, at=10, **columns)
    assert refused.value.key == "not_a_figure"
    assert store.loads() == []
    assert values(store) == {}


def test_a_breakdown_or_a_narrower_scope_is_never_the_headline(store: ObservationStore, write: Write) -> None:
    with transaction(store.engine) as connection:
        narrow = store.item_id("", "省重点", connection)
        chemicals = store.item_id("industry=chemicals", "", connection)
        assert store.item_id("", "", connection) == 0
        assert store.item_id("", "省重点", connection) == narrow
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    write({(GDP, CITY, MARCH): 2.0}, at=10, item=narrow)
    write({(GDP, CITY, MARCH): 3.0}, at=10, item=chemicals)
    answer = store.answer(Demand((GDP,), (CITY,), MARCH, MARCH))
    assert [row[1:5] for row in answer.rows] == [(0, CITY, MARCH, 1.0)]
    assert {row[1]: row[4] for row in store.answer(EVERYTHING).rows} == {0: 1.0, narrow: 2.0, chemicals: 3.0}
    assert store.items() == {0: ("", ""), narrow: ("", "省重点"), chemicals: ("industry=chemicals", "")}


def test_latest_is_the_newest_period_of_each_series(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 2.0, (GDP, XINYI, MARCH): 3.0}, at=10)
    newest = {row[2]: row[3:5] for row in store.latest([GDP, REVENUE], [CITY, GAOZHOU, XINYI]).rows}
    assert newest == {CITY: (JUNE, 2.0), XINYI: (MARCH, 3.0)}
    until = {row[2]: row[3] for row in store.latest([GDP], [CITY, XINYI], until=JUNE - 1).rows}
    assert until == {CITY: MARCH, XINYI: MARCH}


# --- corrections and what was known when --------------------------------------------------------------------


def test_a_correction_keeps_what_it_replaced(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10, status=int(DataStatus.PRELIMINARY))
    report = write({(GDP, CITY, MARCH): 1.5}, at=20, status=int(DataStatus.FINAL))
    assert (report.inserted, report.corrected) == (0, 1)
    before, same_second, after = (values(store, as_of=moment) for moment in (9, 19, 20))
    assert before == {}
    assert same_second == {(GDP, CITY, MARCH): 1.0}
    assert after == values(store) == {(GDP, CITY, MARCH): 1.5}


def test_a_new_status_of_the_same_value_is_a_correction(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10, status=int(DataStatus.PRELIMINARY))
    assert write({(GDP, CITY, MARCH): 1.0}, at=20, status=int(DataStatus.FINAL)).corrected == 1


def test_the_same_delivery_again_changes_nothing(store: ObservationStore) -> None:
    rows = {"indicator": GDP, "region": CITY, "period": [MARCH], "value": [1.0], "source": 1}
    load = LoadInfo("digest", "figures.csv", "analyst", at=10)
    first = store.write(rows, load)
    version = store.data_version()
    again = store.write(rows, replace(load, at=20))
    assert again == WriteReport(first.load, repeated=True)
    assert (store.data_version(), len(store.loads())) == (version, 1)


def test_figures_that_stand_already_do_not_raise_the_version(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    version = store.data_version()
    assert write({(GDP, CITY, MARCH): 1.0}, at=20).unchanged == 1
    assert store.data_version() == version
    assert len(store.pending()) == 1


def test_one_delivery_may_tell_the_whole_story_of_a_cell(store: ObservationStore, write: Write) -> None:
    with transaction(store.engine) as connection:
        source = store.source_id(SOURCE, connection)
    story = {
        "indicator": GDP, "region": CITY, "period": [MARCH] * 3, "value": [3.0, 1.0, 2.0],
        "known_at": [30, 10, 20], "source": source,
    }  # fmt: skip
    report = store.write(story, LoadInfo("story", "story.csv", "analyst", at=40))
    assert (report.inserted, report.corrected) == (1, 2)
    assert [values(store, as_of=moment)[GDP, CITY, MARCH] for moment in (10, 20, 30)] == [1.0, 2.0, 3.0]


def test_a_simulated_figure_never_replaces_a_real_one(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    report = write({(GDP, CITY, MARCH): 9.0, (GDP, CITY, JUNE): 9.0}, at=20, status=int(DataStatus.SIMULATED))
    assert (report.inserted, report.refused_simulated) == (1, 1)
    assert values(store) == {(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 9.0}


def test_a_real_figure_replaces_a_simulated_one_whenever_it_was_known(
    store: ObservationStore, write: Write
) -> None:
    write({(GDP, CITY, MARCH): 9.0}, at=20, status=int(DataStatus.SIMULATED))
    assert write({(GDP, CITY, MARCH): 1.0}, at=10).corrected == 1
    assert values(store) == {(GDP, CITY, MARCH): 1.0}


def test_batches_of_one_delivery_are_one_load(store: ObservationStore) -> None:
    batches = (
        {"indicator": GDP, "region": CITY, "period": [period], "value": [1.0], "source": 1}
        for period in (MARCH, JUNE)
    )
    report = store.write(batches, LoadInfo("digest", "figures.csv", "analyst", at=10))
    assert report.inserted == 2
    assert [load.inserted for load in store.loads()] == [2]


def test_a_fault_in_a_later_batch_leaves_nothing(store: ObservationStore) -> None:
    good = {"indicator": GDP, "region": CITY, "period": [MARCH], "value": [1.0], "source": 1}
    with pytest.raises(CockpitError):
        store.write(
            [good, {**good, "value": [float("inf")]}], LoadInfo("digest", "figures.csv", "analyst", at=10)
        )
    assert (values(store), store.loads(), store.pending(), store.data_version()) == ({}, [], [], 0)


def test_a_load_can_share_the_transaction_of_its_caller(store: ObservationStore) -> None:
    rows = {"indicator": GDP, "region": CITY, "period": [MARCH], "value": [1.0], "source": 1}

    def think_better_of_it() -> None:
        with transaction(store.engine) as connection:
            store.write(rows, LoadInfo("digest", "figures.csv", "analyst", at=10), connection)
            raise RuntimeError("thought better of it")

    with pytest.raises(RuntimeError, match="thought better"):
        think_better_of_it()
    assert values(store) == {}


def test_a_large_delivery_that_mostly_repeats_is_told_apart_row_by_row(store: ObservationStore) -> None:
    periods = list(range(1000, 3000))
    base = {"indicator": GDP, "region": CITY, "source": 1}
    real, simulated = int(DataStatus.FINAL), int(DataStatus.SIMULATED)
    stored = [real if period % 2 else simulated for period in periods[:1500]]
    store.write(
        {**base, "period": periods[:1500], "value": [1.0] * 1500, "status": stored},
        LoadInfo("first", "first.csv", "analyst", at=10),
    )
    said = [1.0 if period % 3 else 2.0 for period in periods]
    as_simulated = store.write(
        {**base, "period": periods, "value": said, "status": simulated},
        LoadInfo("second", "second.csv", "analyst", at=20),
    )
    even = [period for period in periods[:1500] if period % 2 == 0]
    assert as_simulated.inserted == 500
    assert as_simulated.refused_simulated == 750
    assert as_simulated.corrected == sum(period % 3 == 0 for period in even)
    assert as_simulated.unchanged == sum(period % 3 > 0 for period in even)
    found = {row[3]: row[4] for row in store.answer(EVERYTHING).rows}
    expected = dict(zip(periods, said, strict=True)) | {
        period: 1.0 for period in periods[:1500] if period % 2
    }
    assert found == expected
    store.undo(as_simulated.load, "editor", at=30)
    assert {row[3]: row[4] for row in store.answer(EVERYTHING).rows} == dict.fromkeys(periods[:1500], 1.0)


def test_rows_in_any_order_are_stored_alike(store: ObservationStore) -> None:
    periods = [1500 - 7 * number % 1000 for number in range(1000)]
    rows = {
        "indicator": GDP,
        "region": CITY,
        "period": periods,
        "value": [float(one) for one in periods],
        "source": 1,
    }
    store.write(rows, LoadInfo("digest", "figures.csv", "analyst", at=10))
    assert {row[3]: row[4] for row in store.answer(EVERYTHING).rows} == {one: float(one) for one in periods}


# --- change notes and the audit log -------------------------------------------------------------------------


def test_change_notes_name_the_span_by_indicator_and_region(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 2.0, (GDP, XINYI, JUNE): 3.0}, at=10)
    assert [(note.indicator, note.region, note.first, note.last) for note in store.pending()] == [
        (GDP, CITY, MARCH, JUNE),
        (GDP, XINYI, JUNE, JUNE),
    ]


def test_settled_notes_are_not_pending_any_more(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0, (GDP, XINYI, JUNE): 3.0}, at=10)
    first, second = store.pending()
    with transaction(store.engine) as connection:
        store.settle([first.id], connection)
    assert store.pending() == [second]


def test_loads_and_undos_are_in_the_audit_log(store: ObservationStore, write: Write) -> None:
    report = write({(GDP, CITY, MARCH): 1.0}, at=10)
    store.undo(report.load, "editor", at=20)
    entries = AccountStore(store.engine).log()
    assert sorted((entry.at, entry.actor, entry.act) for entry in entries) == [
        (10, "analyst", "load"),
        (20, "editor", "undo"),
    ]


# --- undo ---------------------------------------------------------------------------------------------------


def test_undo_returns_what_stood_before_and_says_so(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    second = write({(GDP, CITY, MARCH): 1.5, (GDP, CITY, JUNE): 2.0}, at=20)
    version = store.data_version()
    report = store.undo(second.load, "editor", at=30)
    assert (report.corrected, report.removed) == (1, 1)
    assert values(store) == {(GDP, CITY, MARCH): 1.0}
    assert store.data_version() > version
    assert [(note.first, note.last) for note in store.pending()][-1] == (MARCH, JUNE)


def test_an_undo_takes_back_a_few_regions_at_a_time(
    store: ObservationStore, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {(GDP, region, MARCH): 1.0 for region in (CITY, XINYI)}
    write(first, at=10)
    second = write(
        {(GDP, region, key): 2.0 for region in (CITY, GAOZHOU, XINYI) for key in (MARCH, JUNE)}, at=20
    )
    sizes: list[int] = []
    hand_over = vintages._hand_over

    def watched(connection: Any, turn: Any, confirmed: Any, ledger: Any) -> Any:
        sizes.append(len(turn))
        return hand_over(connection, turn, confirmed, ledger)

    monkeypatch.setattr(vintages, "_hand_over", watched)
    monkeypatch.setattr(vintages, "TURN", 4)
    report = store.undo(second.load, "editor", at=30)
    assert sizes == [4, 2]
    assert (report.corrected, report.removed) == (2, 4)
    assert values(store) == first


def test_an_undone_figure_was_known_until_the_undo(store: ObservationStore, write: Write) -> None:
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    store.undo(write({(GDP, CITY, MARCH): 1.5}, at=20).load, "editor", at=30)
    known = [values(store, as_of=moment)[GDP, CITY, MARCH] for moment in (15, 25, 30)]
    assert known == [1.0, 1.5, 1.0]


def test_undo_leaves_what_a_later_load_corrected(store: ObservationStore, write: Write) -> None:
    first = write({(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 2.0}, at=10)
    write({(GDP, CITY, MARCH): 1.5}, at=20)
    store.undo(first.load, "editor", at=30)
    assert values(store) == {(GDP, CITY, MARCH): 1.5}


def test_a_figure_that_a_second_load_repeats_outlives_the_first(
    store: ObservationStore, write: Write
) -> None:
    first = write({(GDP, CITY, MARCH): 1.0, (GDP, CITY, JUNE): 2.0}, at=10)
    second = write({(GDP, CITY, MARCH): 1.0}, at=20)
    store.undo(first.load, "editor", at=30)
    assert values(store) == {(GDP, CITY, MARCH): 1.0}
    store.undo(second.load, "editor", at=40)
    assert values(store) == {}


def test_an_undone_delivery_can_be_stored_again(store: ObservationStore) -> None:
    rows = {"indicator": GDP, "region": CITY, "period": [MARCH], "value": [1.0], "source": 1}
    load = LoadInfo("digest", "figures.csv", "analyst", at=10)
    store.undo(store.write(rows, load).load, "editor", at=20)
    assert store.write(rows, replace(load, at=30)).inserted == 1


@pytest.mark.parametrize(("load", "key"), [(77, "unknown_load"), (1, "load_undone")])
def test_a_load_that_cannot_be_undone_says_why(
    store: ObservationStore, write: Write, load: int, key: str
) -> None:
    store.undo(write({(GDP, CITY, MARCH): 1.0}, at=10).load, "editor", at=20)
    with pytest.raises(CockpitError) as refused:
        store.undo(load, "editor", at=30)
    assert refused.value.key == key


# --- laws ---------------------------------------------------------------------------------------------------

CELLS = [(GDP, CITY, MARCH), (GDP, XINYI, JUNE), (REVENUE, CITY, MARCH)]
deliveries = st.lists(
    st.dictionaries(st.sampled_from(CELLS), st.sampled_from([1.0, 2.0, 3.0]), min_size=1),
    min_size=1,
    max_size=5,
)
laws = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def said(store: ObservationStore, figures: Mapping[tuple[str, int, int], float], at: int, name: str) -> int:
    """Store figures as the load `name` and give its number."""
    indicator, region, period = zip(*figures, strict=True)
    rows = {
        "indicator": list(indicator), "region": list(region), "period": list(period),
        "value": list(figures.values()), "source": 1,
    }  # fmt: skip
    return store.write(rows, LoadInfo(name, name, "analyst", at)).load


def emptied(store: ObservationStore) -> ObservationStore:
    """The store without loads, for the next example; the audit log stays, being what it is."""
    with transaction(store.engine) as connection:
        for table in (schema.current, schema.history, schema.confirmations, schema.changes, schema.loads):
            connection.execute(delete(table))
    return store


@laws
@given(deliveries, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    store: ObservationStore, figures: list[Any], chance: Any
) -> None:
    moments = [10 * number for number in range(1, len(figures) + 1)]
    arrivals = list(zip(moments, figures, strict=True))
    seen = []
    for order in (arrivals, chance.sample(arrivals, len(arrivals))):
        emptied(store)
        for at, delivery in order:
            said(store, delivery, at, f"delivery-{at}")
        seen.append([values(store), *(values(store, as_of=moment) for moment in moments)])
    assert seen[0] == seen[1]


@laws
@given(deliveries, st.data())
def test_undo_in_any_order_leaves_what_the_other_loads_say(
    store: ObservationStore, figures: list[Any], data: st.DataObject
) -> None:
    undone = data.draw(st.lists(st.sampled_from(range(len(figures))), unique=True))
    emptied(store)
    for number in (number for number in range(len(figures)) if number not in undone):
        said(store, figures[number], 10 * number, f"delivery-{number}")
    expected = values(store)
    emptied(store)
    loads = [
        said(store, delivery, 10 * number, f"delivery-{number}") for number, delivery in enumerate(figures)
    ]
    known = [values(store, as_of=10 * number) for number in range(len(figures))]
    for step, number in enumerate(undone):
        store.undo(loads[number], "editor", at=1000 + step)
    assert values(store) == expected
    assert [values(store, as_of=10 * number) for number in range(len(figures))] == known, "the past changed"


@laws
@given(deliveries)
def test_undoing_the_last_load_returns_the_state_before_it(
    store: ObservationStore, figures: list[Any]
) -> None:
    emptied(store)
    states, loads = [values(store)], []
    for number, delivery in enumerate(figures):
        loads.append(said(store, delivery, 10 * number, f"delivery-{number}"))
        states.append(values(store))
    for step, (load, before) in enumerate(zip(reversed(loads), reversed(states[:-1]), strict=True)):
        store.undo(load, "editor", at=1000 + step)
        assert values(store) == before


def test_it_is_known_whether_figures_wait_for_the_evaluation_of_warnings(
    store: ObservationStore, write: Write
) -> None:
    assert not store.unsettled()
    write({(GDP, CITY, MARCH): 1.0}, at=10)
    assert store.unsettled()
    with transaction(store.engine) as connection:
        store.settle([note.id for note in store.pending()], connection)
    assert not store.unsettled()
