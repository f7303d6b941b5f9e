"""Keys of screens and machines: shown once, exchanged once, limited to their region, gone when revoked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_access.accounts import AccountStore
from data_access.config import SecuritySettings
from data_access.keys import KeyStore
from data_access.packs import load_pack
from indicators.errors import CockpitError
from services.access import Actor, may, narrow
from services.accounts import digest_of
from services.keys import Keys, KeyWish, ScreenSettings, normal

PACK = Path(__file__).resolve().parents[2] / "packs" / "440900"
CITY, GAOZHOU, HUAZHOU, SHIZILING = 440900000000, 440981000000, 440982000000, 440981002000
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"
ADMIN = Actor(id="a", name="admin", role="admin", regions=(CITY,))
A_SECOND = {"seconds": 1}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = datetime(2026, 10, 28, 1, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_(self, **time):
        self.now += timedelta(**time)


@pytest.fixture(scope="module")
def tree():
    return load_pack(PACK).tree


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(engine):
    return AccountStore(engine)


@pytest.fixture
def process(engine, log, tree, clock):
    """Another process of the cockpit on the same store."""
    return lambda: Keys(KeyStore(engine), log, tree, SecuritySettings(lockout_attempts=3), clock)


@pytest.fixture
def keys(process):
    return process()


def a_screen(region=GAOZHOU, **fields):
    return KeyWish(**({"purpose": "screen", "name": "三楼大屏", "region": region} | fields))


def acts(log):
    return [entry.act for entry in log.log()]


def refusal(raised):
    return [issue.key for issue in raised.value.issues]


# ---- made and shown once


def test_a_key_is_told_once_and_only_its_digest_is_stored(keys, engine):
    made = keys.new(ADMIN, a_screen())
    with engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM access_keys").all())
        stored += str(connection.exec_driver_sql("SELECT * FROM audit").all())
    assert digest_of(normal(made.text)) in stored
    assert made.text not in stored
    assert normal(made.text) not in stored


def test_a_key_may_be_typed_as_people_type(keys):
    made = keys.new(ADMIN, a_screen())
    token, _ = keys.enter(
        f"  {made.text.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ", HERE
    )
    assert keys.screen(token)


@pytest.mark.parametrize("role", ["leader", "editor", "viewer", "feed", "security_admin", "auditor"])
def test_only_who_manages_screens_makes_lists_or_revokes_keys(keys, role):
    other = Actor(id="x", name="x", role=role, regions=(CITY,))
    made = keys.new(ADMIN, a_screen())
    for attempt in (
        lambda: keys.new(other, a_screen()),
        lambda: keys.listing(other),
        lambda: keys.revoke(other, made.key.id),
    ):
        with pytest.raises(CockpitError) as raised:
            attempt()
        assert refusal(raised) == ["forbidden"]


def test_a_countys_administrator_has_no_hand_in_keys_of_the_city(keys):
    local = Actor(id="g", name="local", role="admin", regions=(GAOZHOU,))
    city = keys.new(ADMIN, a_screen(CITY))
    own = keys.new(local, a_screen())
    with pytest.raises(CockpitError) as raised:
        keys.new(local, a_screen(HUAZHOU))
    assert refusal(raised) == ["forbidden"]
    assert [one.id for one in keys.listing(local)] == [own.key.id]
    with pytest.raises(CockpitError) as raised:
        keys.revoke(local, city.key.id)
    assert refusal(raised) == ["unknown_key"]


def test_everything_that_is_wrong_with_a_wish_is_told_at_once(keys):
    screen = ScreenSettings(scenes=("economy", "weather"), seconds=1, wartime="always")
    with pytest.raises(CockpitError) as raised:
        keys.new(ADMIN, KeyWish("screen", " ", 110000000000, days=0, screen=screen))
    assert refusal(raised) == [
        "bad_key_name",
        "unknown_region",
        "bad_days",
        "unknown_scene",
        "bad_seconds",
        "bad_screen",
    ]


# ---- exchanged once


def test_a_screen_reads_as_a_viewer_of_its_region_and_nothing_else(keys, tree):
    settings = ScreenSettings("en", "light", ("economy",), 60, "switch")
    token, _ = keys.enter(keys.new(ADMIN, a_screen(screen=settings)).text, HERE)
    screen = keys.screen(token)
    assert (screen.actor.role, screen.actor.regions, screen.settings) == ("viewer", (GAOZHOU,), settings)
    assert narrow(screen.actor, tree, (CITY, GAOZHOU, HUAZHOU, SHIZILING)) == (CITY, GAOZHOU, SHIZILING)
    assert not any(may(screen.actor, act) for act in ("load", "record", "command", "screens", "handle"))


def test_a_key_that_was_exchanged_opens_nothing_a_second_time(keys, log):
    made = keys.new(ADMIN, a_screen())
    token, _ = keys.enter(made.text, HERE)
    with pytest.raises(CockpitError) as raised:
        keys.enter(made.text, ELSEWHERE)
    assert refusal(raised) == ["wrong_key"]
    assert keys.screen(token)
    assert acts(log)[:2] == ["key.refused", "key.enter"]


def test_a_key_itself_is_no_cookie_and_a_cookie_no_key(keys):
    made = keys.new(ADMIN, a_screen())
    assert keys.screen(made.text) is None
    token, _ = keys.enter(made.text, HERE)
    with pytest.raises(CockpitError):
        keys.enter(token, HERE)


@pytest.mark.parametrize("text", ["", "x", "0" * 25, "' OR 1=1 --", "A" * 10_000, "\ud800"])
def test_any_other_text_is_refused_in_the_same_words(keys, text):
    with pytest.raises(CockpitError) as raised:
        keys.enter(text, HERE)
    assert refusal(raised) == ["wrong_key"]


def test_too_many_wrong_keys_lock_the_address_and_no_other(keys, clock, log):
    made = keys.new(ADMIN, a_screen())
    for _ in range(2):
        with pytest.raises(CockpitError) as raised:
            keys.enter("wrong", HERE)
    assert refusal(raised) == ["wrong_key"]
    for text in ("wrong", made.text):
        with pytest.raises(CockpitError) as raised:
            keys.enter(text, HERE)
        assert refusal(raised) == ["key_locked"]
    assert acts(log).count("key.locked") == 1
    assert keys.enter(made.text, ELSEWHERE)
    clock.pass_(minutes=16)
    with pytest.raises(CockpitError) as raised:
        keys.enter("wrong", HERE)
    assert refusal(raised) == ["wrong_key"]


# ---- ended


def test_a_revoked_key_ends_its_screen_within_a_second_in_every_process(keys, process, clock, log):
    made = keys.new(ADMIN, a_screen())
    token, _ = keys.enter(made.text, HERE)
    other = process()
    assert other.screen(token)
    keys.revoke(ADMIN, made.key.id, "屏幕已拆除")
    clock.pass_(**A_SECOND)
    assert keys.screen(token) is None
    assert other.screen(token) is None
    assert acts(log)[0] == "key.revoke"


def test_a_screen_that_enters_in_one_process_is_known_in_another(keys, process, clock):
    other = process()
    assert other.screen("nobody") is None
    token, _ = keys.enter(keys.new(ADMIN, a_screen()).text, HERE)
    clock.pass_(**A_SECOND)
    assert other.screen(token)


def test_an_expired_key_ends_its_screen_and_is_exchanged_for_nothing(keys, clock):
    token, _ = keys.enter(keys.new(ADMIN, a_screen(days=2)).text, HERE)
    late = keys.new(ADMIN, a_screen(days=2))
    clock.pass_(days=2)
    assert keys.screen(token) is None
    with pytest.raises(CockpitError):
        keys.enter(late.text, HERE)
    assert [keys.state(one) for one in keys.listing(ADMIN)] == ["expired", "expired"]


def test_open_sessions_are_read_from_the_store_only_when_a_key_has_changed(keys, clock, monkeypatch):
    token, _ = keys.enter(keys.new(ADMIN, a_screen()).text, HERE)
    assert keys.screen(token)
    reads = []
    monkeypatch.setattr(keys._store, "open_sessions", lambda: reads.append(1))
    for _ in range(5):
        clock.pass_(**A_SECOND)
        assert keys.screen(token)
    assert reads == []


# ---- machines


def test_a_machines_key_makes_a_feed_of_its_region_as_often_as_it_is_presented(keys, clock, log):
    made = keys.new(ADMIN, KeyWish("cap", "省预警平台", CITY))
    for _ in range(3):
        actor = keys.check(made.text, "cap", HERE)
        assert (actor.role, actor.regions, actor.display) == ("feed", (CITY,), "省预警平台")
    assert may(actor, "load")
    assert not may(actor, "view")
    keys.revoke(ADMIN, made.key.id)
    assert keys.check(made.text, "cap", HERE) is None
    assert acts(log)[0] == "key.refused"


def test_a_key_serves_no_other_purpose(keys):
    screen, cap = keys.new(ADMIN, a_screen()), keys.new(ADMIN, KeyWish("cap", "省预警平台", CITY))
    assert keys.check(screen.text, "cap", HERE) is None
    with pytest.raises(CockpitError):
        keys.enter(cap.text, HERE)
