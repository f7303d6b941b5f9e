"""Running servers follow the registry: one new bundle for each change, in the place of the old one, and a day that comes."""

import gc
import threading
import weakref
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from data_access.accounts import AccountStore
from data_access.config import load_settings
from data_access.definitions import LIBRARY, DefinitionStore
from data_access.engine import raise_counter
from data_access.publications import publish
from data_access.schema import versions
from data_access.targets import TargetStore
from indicators.catalog import Entry, Kind
from services import bootstrap
from services.definitions import Definitions, files_of
from services.living import PATIENCE_SECONDS, Living
from services.schedule import Job, Schedule
from services.sharing import Sharing

AT = 1_790_000_000
CITY_ZONE = timedelta(hours=8)


class Clock:
    """Seconds that run on when they are told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Bundle:
    """Services that know nothing but the state they were built on."""

    def __init__(self, world, built_on):
        self.world, self.built_on = world, built_on
        self.schedule = world["schedule"]

    def standing(self):
        return (self.world["version"],)

    def renewed(self):
        self.world["built"] += 1
        if self.world["version"] == self.world.get("bad"):
            raise ValueError("a catalogue that contradicts itself")
        return Bundle(self.world, (self.world["version"],))


@pytest.fixture
def world():
    """A registry of one number."""
    return {"version": 1, "built": 0, "schedule": None}


def test_a_change_is_followed_by_one_new_bundle_for_all_who_ask(world):
    living = Living(Bundle(world, (1,)), Clock())
    first = living.follow()
    world["version"] = 2
    askers = [threading.Thread(target=living.follow) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert living.now() is not first
    assert living.now().built_on == (2,)
    assert world["built"] == 1


def test_whoever_asks_is_answered_at_once_by_the_bundle_of_now(world):
    clock = Clock()
    living = Living(Bundle(world, (1,)), clock)
    world["version"] = 2
    assert living.now().built_on == (1,)  # what is built in the background is not waited for
    assert living.follow().built_on == (2,)
    assert world["built"] == 1


def test_what_cannot_be_built_leaves_what_was_in_force_and_is_tried_again_later(world, caplog):
    clock = Clock()
    living = Living(Bundle(world, (1,)), clock)
    world["version"] = world["bad"] = 2
    assert living.follow().built_on == (1,)
    assert living.follow().built_on == (1,)
    assert world["built"] == 1
    assert "those before stay in force" in caplog.text
    clock.now += PATIENCE_SECONDS
    world["bad"] = None
    assert living.follow().built_on == (2,)


def test_something_newer_is_tried_although_what_was_before_it_could_not_be_built(world):
    living = Living(Bundle(world, (1,)), Clock())
    world["version"] = world["bad"] = 2
    living.follow()
    world["version"] = 3
    assert living.follow().built_on == (3,)


# -- jobs ----------------------------------------------------------------------------------------------------


class Leases:
    """A store of the schedule in which everything is free."""

    def __init__(self):
        self.kept = []

    def leases(self):
        return {}

    def states(self):
        return {}

    def hold(self, names, *_):
        return frozenset(names)

    def done(self, states):
        self.kept += [state.name for state in states]

    def release(self, _holder):
        pass


def test_the_jobs_of_a_new_bundle_take_the_place_of_those_of_the_same_names():
    ran = []

    def job(name, who, every=60):
        return Job(name, name, every, lambda _moment: ran.append((name, who)))

    schedule = Schedule(
        Leases(), [job("both", "old"), job("gone", "old")], lambda: datetime(2026, 11, 22, tzinfo=UTC)
    )
    schedule.follow([job("both", "new"), job("fresh", "new")])
    schedule.once()
    assert ran == [("both", "new"), ("fresh", "new")]


def test_a_schedule_that_runs_gives_each_new_job_its_turn_and_forgets_the_others():
    before = [Job("both", "", 60, print), Job("gone", "", 60, print)]
    schedule = Schedule(Leases(), before, lambda: datetime.now(UTC))
    schedule.start()
    try:
        schedule.follow([Job("both", "", 30, print), Job("fresh", "", 60, print)])
        kept = {one.id: one.trigger.interval for one in schedule._scheduler.get_jobs() if one.args}
        assert {name: kept[name].total_seconds() for name in ("both", "fresh")} == {"both": 30, "fresh": 60}
        assert "gone" not in kept
    finally:
        schedule.stop()


# -- walls ---------------------------------------------------------------------------------------------------


def test_a_wall_is_handed_the_answer_of_before_while_the_new_bundle_makes_its_own():
    first = Sharing(lambda: "1")
    assert first.ready("wall", lambda: b"old").plain == b"old"
    second = first.succeeded(lambda: "2")
    made, told = threading.Event(), threading.Event()

    def make():
        told.wait(5)
        made.set()
        return b"new"

    assert second.ready("wall", make).plain == b"old"
    told.set()
    assert made.wait(5)
    for _ in range(100):
        if second.ready("wall", make).plain == b"new":
            break
        threading.Event().wait(0.02)
    assert second.ready("wall", make).plain == b"new"
    assert first.ready("wall", lambda: b"late").plain == b"new"  # who began before is given the newer one too


# -- the real bundle -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """The whole product on an empty store."""
    url = f"sqlite:///{tmp_path_factory.mktemp('living')}/store.db"
    return bootstrap.build(
        load_settings(environ={"CHENGMAI_STORE_URL": url}), clock=lambda: datetime.now(UTC)
    )


def raised(services, name):
    """Another value of a counter of the store."""
    with DefinitionStore(services.store.engine).begin() as connection:
        raise_counter(connection, versions, name)


@pytest.mark.parametrize("name", bootstrap.FOLLOWED)
def test_registry_and_regions_are_followed_and_told_only_when_they_can_be_drawn(services, name):
    living = Living(services.renewed())
    before = living.now()
    told = before.version()
    raised(services, name)
    assert before.version() == told
    fresh = living.follow()
    assert fresh is not before
    assert fresh.version() != told
    assert fresh.standing() == fresh.built_on


def test_a_bundle_that_was_followed_by_another_is_let_go(services):
    living = Living(services.renewed())
    old = weakref.ref(living.now())
    living.now().sharing.ready("wall", lambda: b"")
    raised(services, "registry")
    living.follow()
    gc.collect()
    assert old() is None


# -- a day that comes ----------------------------------------------------------------------------------------


class Days:
    """A clock that is set to moments of the city."""

    def __init__(self):
        self.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # a minute before the city's midnight

    def __call__(self):
        return self.now


def adopt(store, entry, day):
    """Publish a text from a day on."""
    with store.begin() as connection:
        publish(connection, entry, day, draft=1, at=AT, today=day)


def test_what_is_published_for_a_day_to_come_holds_from_the_citys_midnight_on(engine):
    clock, store = Days(), DefinitionStore(engine)
    definitions = Definitions(store, TargetStore(engine), files_of(library=LIBRARY), clock, CITY_ZONE)
    code = "econ.gdp.total"
    old = definitions.catalog().get(code)
    assert definitions.take_effect() == ()
    adopt(store, Entry(Kind.INDICATOR, code, {**old.document, "name_zh": "新名"}), date(2026, 12, 1))
    adopt(
        store,
        Entry(Kind.INDICATOR, "econ.gdp.later", {**old.document, "code": "econ.gdp.later"}),
        date(2026, 12, 1),
    )
    before = definitions.catalog()
    assert before.get(code).name_zh == old.name_zh
    assert before.get(code).valid_to is None
    assert "econ.gdp.later" not in before
    assert definitions.take_effect() == ()

    clock.now += timedelta(minutes=2)
    assert definitions.take_effect() == ("econ.gdp.later", code)
    after = definitions.catalog()
    assert after.version == before.version + 1
    assert after.get(code).name_zh == "新名"
    assert after.get(code, date(2026, 11, 30)).name_zh == old.name_zh
    assert "econ.gdp.later" in after
    assert definitions.take_effect() == ()
    assert AccountStore(engine).log()[0].act == "definitions_take_effect"


def test_a_stop_over_the_day_loses_nothing(engine):
    clock, store = Days(), DefinitionStore(engine)
    definitions = Definitions(store, TargetStore(engine), files_of(library=LIBRARY), clock, CITY_ZONE)
    old = definitions.catalog().get("econ.gdp.total")
    definitions.take_effect()
    adopt(store, Entry(Kind.INDICATOR, old.code, {**old.document, "name_zh": "新名"}), date(2026, 12, 3))
    clock.now += timedelta(days=9)
    assert definitions.take_effect() == ("econ.gdp.total",)
    with engine.connect() as connection:
        noted = connection.execute(
            select(versions.c.value).where(versions.c.name == "effective")
        ).scalar_one()
    assert date.fromordinal(noted) == date(2026, 12, 9)
