"""One history, however it came about: streamed, restarted at any point, loaded at once, or revised afterwards."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_access.alerts import AlertStore
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from indicators.alerts import Event, EventKind, standing
from indicators.definition import RegionAggregation
from tests.services.test_alerts import NORTH, World, an_indicator, month

CASES = "econ.cases"
RULE = {
    "type": "threshold", "measure": "value", "op": ">", "red": 20, "yellow": 10, "blue": 5,
    "persist": {"red": 1, "yellow": 1, "blue": 2}, "recover": {"red": 18, "yellow": 9, "blue": 4},
}  # fmt: skip
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
figures = st.lists(st.sampled_from([1, 4.5, 6, 9.5, 12, 19, 25, None]), min_size=2, max_size=7)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, of which each world gets a copy."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def fresh(empty: Path, tmp_path: Path):
    """A maker of worlds, each on an empty store of its own."""
    made = []

    def make() -> World:
        path = tmp_path / f"{len(made)}.db"
        shutil.copy(empty, path)
        made.append(create_engine(StoreSettings(url=f"sqlite:///{path}")))
        return World(made[-1], the_figure())

    yield make
    for engine in made:
        engine.dispose()


def the_figure():
    return an_indicator(CASES, RULE, agg_region=RegionAggregation.DISTINCT)


def after(number: int) -> datetime:
    """A moment at which the figure of a month is there, or overdue, and the next one is not due."""
    return datetime(2024, number, 28, 4, tzinfo=UTC) + timedelta(days=28)


def comes(world: World, number: int, value: float | None) -> None:
    """The figure of a month, or none; judged when it comes, and when it would have been due."""
    world.now = after(number)
    if value is not None:
        world.load(CASES, {month(number): value})
        world.alerts.evaluate_pending(world.now)
    world.alerts.tick(world.now)


def streamed(world: World, values: Sequence[float | None], restart: int = 0) -> World:
    """Month by month; after `restart` of them by another process."""
    for number, value in enumerate(values, 1):
        comes(world, number, value)
        if number == restart:
            world.define(the_figure())
    return world


def written(world: World) -> list[tuple[object, ...]]:
    """The whole history as it was written."""
    store = AlertStore(world.engine)
    return [tuple(event) for event in store.events([CASES], [NORTH])]


def holds(world: World) -> list[tuple[int, EventKind, int, int]]:
    """The history as it now stands."""
    history = AlertStore(world.engine).events([CASES], [NORTH])
    told = [Event(0, one.alert, one.period, EventKind(one.kind), one.level, one.previous) for one in history]
    return [(one.period, one.kind, one.level, one.alert) for one in standing(told)]


@QUICK
@given(figures, st.data())
def test_a_restart_at_any_point_changes_nothing(fresh, values, data):
    plain = streamed(fresh(), values)
    again = streamed(fresh(), values, data.draw(st.integers(1, len(values))))
    assert written(again) == written(plain)


@QUICK
@given(figures)
def test_what_is_judged_at_once_is_judged_as_it_would_have_been_month_by_month(fresh, values):
    plain, whole = streamed(fresh(), values), fresh()
    given_values = {month(n): v for n, v in enumerate(values, 1) if v is not None}
    whole.now = after(len(values))
    if given_values:
        whole.load(CASES, given_values)
    whole.alerts.evaluate_all(whole.now)
    assert holds(whole) == holds(plain)


@QUICK
@given(figures, st.data())
def test_a_revision_replays_and_deletes_nothing(fresh, values, data):
    first, revised = streamed(fresh(), values), list(values)
    before = written(first)
    place = data.draw(st.integers(0, len(values) - 1))
    revised[place] = data.draw(st.sampled_from([1, 6, 12, 25]))
    first.load(CASES, {month(place + 1): revised[place]})
    first.alerts.evaluate_pending(first.now)
    assert written(first)[: len(before)] == before
    assert holds(first) == holds(streamed(fresh(), revised))


@QUICK
@given(figures, st.data())
def test_the_order_in_which_figures_arrive_does_not_matter(fresh, values, data):
    there = [(number, value) for number, value in enumerate(values, 1) if value is not None]
    shuffled = fresh()
    shuffled.now = after(len(values))
    for number, value in data.draw(st.permutations(there)):
        shuffled.load(CASES, {month(number): value})
        shuffled.alerts.evaluate_pending(shuffled.now)
    shuffled.alerts.tick(shuffled.now)
    assert holds(shuffled) == holds(streamed(fresh(), values))
