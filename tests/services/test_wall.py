"""The wall: one rendering for all who may read the same, never one for somebody who may not; peace, war, scenes."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data_access.packs import load_pack
from data_access.shelf import Shelf
from data_access.wall_scenes import load_scenes
from services.access import SYSTEM, Actor
from services.bootstrap import ROOT, build
from services.sharing import Alone, Pulse, Ready, Sharing
from services.wall_views import MONTHS

CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
MOMENT = datetime(2026, 10, 28, 1, 0, tzinfo=UTC)
AT_ONCE = 24


class Version:
    """A version that stands until it is raised, and counts how often it was asked for."""

    def __init__(self):
        self.now, self.asked = 1, 0

    def __call__(self):
        self.asked += 1
        return str(self.now)


class Kitchen:
    """Makes answers, slowly, and counts them."""

    def __init__(self, seconds=0.0):
        self.made, self.seconds, self.lock = [], seconds, threading.Lock()

    def of(self, group, version):
        def make():
            with self.lock:
                self.made.append(group)
            time.sleep(self.seconds)
            return f"{group} at {version()}".encode()

        return make


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "ready")


def until(condition, seconds=5.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def all_at_once(act):
    """The answers that many readers get who ask at the same moment."""
    answers, ready = [], threading.Barrier(AT_ONCE)

    def ask():
        ready.wait()
        answers.append(act())

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


# ---- one rendering for many


def test_many_who_ask_at_once_are_given_one_rendering(shelf):
    version, kitchen = Version(), Kitchen(0.1)
    sharing = Sharing(version, shelf)
    answers = all_at_once(lambda: sharing.ready("a", kitchen.of("a", version)))
    assert kitchen.made == ["a"]
    assert {one.plain for one in answers} == {b"a at 1"}


def test_processes_share_what_one_of_them_has_rendered(shelf):
    version, kitchen = Version(), Kitchen(0.1)
    processes = [Sharing(version, shelf) for _ in range(AT_ONCE)]
    place = iter(processes)
    lock = threading.Lock()

    def ask():
        with lock:
            process = next(place)
        return process.ready("a", kitchen.of("a", version))

    answers = all_at_once(ask)
    assert kitchen.made == ["a"]
    assert {one.tag for one in answers} == {answers[0].tag}


def test_while_a_new_answer_is_made_nobody_waits_for_it(shelf):
    version, kitchen = Version(), Kitchen(0.3)
    sharing = Sharing(version, shelf)
    make = kitchen.of("a", version)
    old = sharing.ready("a", make)
    version.now = 2
    begun = time.monotonic()
    assert sharing.ready("a", make) is old
    assert time.monotonic() - begun < 0.2
    until(lambda: sharing.ready("a", make).plain == b"a at 2")
    assert kitchen.made == ["a", "a"]


def test_an_answer_that_cannot_be_made_leaves_the_one_before_and_is_tried_again(shelf):
    version = Version()
    sharing = Sharing(version, shelf)
    sharing.ready("a", lambda: b"good")
    version.now = 2
    tries = []

    def broken():
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError
        return b"better"

    assert sharing.ready("a", broken).plain == b"good"
    until(lambda: sharing.ready("a", broken).plain == b"better")


@pytest.mark.parametrize(
    "other",
    ["wall:viewer:(440982000000,)", "wall:leader:(440981000000,)", "wall:viewer:(440981000000,):en"],
)
def test_what_was_made_for_one_group_is_never_given_to_another(shelf, other):
    version, kitchen = Version(), Kitchen()
    group = "wall:viewer:(440981000000,)"
    for sharing in (Sharing(version, shelf), Sharing(version, shelf)):
        assert sharing.ready(group, kitchen.of(group, version)).plain == f"{group} at 1".encode()
        assert sharing.ready(other, kitchen.of(other, version)).plain == f"{other} at 1".encode()
    assert kitchen.made == [group, other]


@pytest.mark.parametrize("damage", [b"", b"x", b"t m 1 1 1 d\n--\nabc", None])
def test_a_damaged_file_is_made_again(shelf, damage):
    version, kitchen = Version(), Kitchen()
    whole = Sharing(version, shelf).ready("a", kitchen.of("a", version)).to_bytes()
    shelf.put("a\n1", whole[:-1] if damage is None else damage)
    assert Sharing(version, shelf).ready("a", kitchen.of("a", version)).plain == b"a at 1"
    assert kitchen.made == ["a", "a"]


def test_an_answer_comes_back_from_its_bytes_as_it_was():
    ready = Ready.of("茂名".encode() * 100)
    assert Ready.from_bytes(ready.to_bytes()) == ready


def test_files_can_be_read_by_the_account_of_the_cockpit_alone(shelf, tmp_path):
    shelf.put("a", b"figures")
    modes = {file.stat().st_mode & 0o777 for file in (tmp_path / "ready").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "ready").stat().st_mode & 0o777 == 0o700


def test_the_version_is_worked_out_twice_a_second_however_many_ask():
    version, moment = Version(), [0.0]
    pulse = Pulse(version, clock=lambda: moment[0])
    for _ in range(1000):
        assert pulse.version() == "1"
    assert version.asked == 1
    version.now = 2
    moment[0] += 0.5
    for _ in range(1000):
        assert pulse.version() == "2"
    assert version.asked == 3, "what has changed is looked at twice, since more may follow"


def test_figures_and_the_warnings_that_follow_are_told_as_one_change():
    version, moment, judged = Version(), [0.0], [True]
    pulse = Pulse(version, lambda: not judged[0], clock=lambda: moment[0])
    assert pulse.version() == "1"
    version.now, judged[0] = 2, False
    moment[0] += 0.5
    assert pulse.version() == "1"
    version.now, judged[0] = 3, True
    moment[0] += 0.1
    assert pulse.version() == "3"


def test_figures_that_nobody_judges_are_told_all_the_same_after_a_while():
    version, moment = Version(), [0.0]
    pulse = Pulse(version, lambda: True, clock=lambda: moment[0])
    assert pulse.version() == "1"
    version.now = 2
    for _ in range(100):
        moment[0] += 0.1
        if pulse.version() == "2":
            break
    assert 2 <= moment[0] < 3


def test_what_many_ask_for_at_once_is_made_by_the_first_of_them():
    alone, ready, made = Alone(), {}, []

    def ask():
        with alone.making("home"):
            if "home" not in ready:
                time.sleep(0.05)
                made.append(1)
                ready["home"] = "page"
        return ready["home"]

    assert all_at_once(ask) == ["page"] * AT_ONCE
    assert made == [1]


# ---- what a wall shows


@pytest.fixture(scope="module")
def services(published, tmp_path_factory):
    """The services on a store with the published figures."""
    import shutil

    from data_access.config import load_settings

    folder = tmp_path_factory.mktemp("wall")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"})
    return build(settings, clock=lambda: MOMENT)


def a_screen(region):
    return Actor(id="key:1", name="key:1", role="viewer", regions=(region,))


def test_a_wall_asks_once_for_all_its_figures(services, monkeypatch):
    asked = []
    ask = services.query.ask
    monkeypatch.setattr(
        services.query, "ask", lambda actor, question: asked.append(question) or ask(actor, question)
    )
    monkeypatch.setattr(services.walls, "_makers", {})
    services.walls.view(a_screen(CITY), None, "zh")
    assert len(asked) == 1
    assert asked[0].children


def test_every_scene_of_the_pack_is_shown_and_its_trends_share_one_axis(services):
    view = services.walls.view(a_screen(CITY), None, "zh")
    assert [one.id for one in view.scenes] == ["economy", "projects", "emergency", "signs"]
    months = [point.month for scene in view.scenes for trend in scene.trends for point in trend.points]
    assert all(0 <= month < MONTHS for month in months)


def test_a_countys_wall_shows_the_county_and_nothing_of_its_sisters(services):
    view = services.walls.view(a_screen(GAOZHOU), None, "zh")
    assert view.place.code == GAOZHOU
    told = str(view)
    assert services.tree.name(HUAZHOU) not in told
    assert str(HUAZHOU) not in told


@pytest.mark.parametrize("region", [HUAZHOU, 440000000000, 1])
def test_a_wall_of_a_region_that_is_not_ones_own_stays_shut(services, region):
    view = services.walls.view(a_screen(GAOZHOU), region, "zh")
    assert view.face is not None
    assert not view.scenes


def test_a_reader_of_one_system_sees_its_scene_alone(services):
    actor = replace(a_screen(CITY), systems=("econ",))
    assert [one.id for one in services.walls.view(actor, None, "zh").scenes] == ["economy"]


def test_an_incident_at_orange_calls_for_the_wartime_layout(services):
    actor = replace(SYSTEM, name="duty", display="值班员")
    assert services.walls.view(a_screen(CITY), None, "zh").triggers == ()
    services.incidents.register(actor, an_incident())
    number = services.incidents.open_incidents(SYSTEM, (CITY,))[0].id
    services.incidents.set_warning(
        actor, number, {"level": "3", "warning": "3", "reason": "台风逼近", "basis": "台风逼近"}
    )
    view = services.walls.view(a_screen(CITY), None, "zh")
    assert [one.kind for one in view.triggers] == ["incident"]
    assert GAOZHOU in view.war.affected
    assert not services.walls.view(a_screen(HUAZHOU), None, "zh").triggers


def an_incident():
    return {
        "title": "高州山体滑坡", "category": "natural", "kind": "山体滑坡", "region": str(GAOZHOU),
        "where": "石仔岭街道", "occurred_at": "2026-10-28 08:00", "reported_at": "2026-10-28 08:20",
        "channel": "电话", "lat": "21.9", "lon": "110.85",
    }  # fmt: skip


# ---- the scenes of a pack


@pytest.mark.parametrize("pack", sorted(path.parent.name for path in (ROOT / "packs").glob("*/pack.yaml")))
def test_the_scenes_of_every_pack_name_indicators_that_there_are(services, pack):
    for scene in load_scenes(load_pack(ROOT / "packs" / pack)):
        assert [code for code in scene.codes if code not in services.catalog] == []
        assert scene.system in services.catalog.systems
