"""People come and go: sign-in, sessions that end, lockout, passwords, demo accounts, rights that change at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from data_access.accounts import AccountStore
from data_access.config import SecuritySettings
from data_access.packs import load_pack
from indicators.errors import CockpitError
from services.access import SYSTEM, Actor, narrow
from services.accounts import DEMO_ACCOUNTS, Accounts, fresh_password

PACK = Path(__file__).resolve().parents[2] / "packs" / "440900"
CITY, GAOZHOU, HUAZHOU = 440900000000, 440981000000, 440982000000
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"
GOOD = "four quiet herons wade"
START = datetime(2026, 10, 28, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def pass_(self, **time):
        self.now += timedelta(**time)


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACK)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(engine):
    return AccountStore(engine)


def house(store, pack, clock, *, demo=True, **security):
    """The use cases, with a hash that costs nothing."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Accounts(store, pack.tree, pack.root, SecuritySettings(**security), clock, demo=demo, hasher=cheap)


@pytest.fixture
def accounts(store, pack, clock):
    return house(store, pack, clock)


def a_person(accounts, name="wang", role="leader", regions=(CITY,), password=GOOD):
    """An account that is ready for use."""
    made = accounts.create(SYSTEM, name, "王某", role, regions)
    actor = accounts.visitor(accounts.sign_in(name, made.password, HERE)).actor
    accounts.change_password(actor, made.password, password, HERE)
    return actor


def refusal(act, *arguments, **fields):
    with pytest.raises(CockpitError) as refused:
        act(*arguments, **fields)
    return refused.value.key


# ---- the first start


def test_the_first_start_makes_one_administrator_whose_password_is_shown_once(accounts):
    admin = accounts.first_start()
    assert (admin.name, admin.role) == ("admin", "admin")
    assert len(admin.password) >= 20
    assert accounts.first_start() is None


def test_the_first_password_is_random(store, pack, clock):
    assert fresh_password() != fresh_password()


def test_demo_accounts_alone_do_not_count_as_started(accounts):
    accounts.settle_demo()
    assert accounts.first_start() is not None


def test_a_one_time_password_must_be_changed_first(accounts):
    admin = accounts.first_start()
    token = accounts.sign_in("admin", admin.password, HERE)
    visitor = accounts.visitor(token)
    assert visitor.must_change
    accounts.change_password(visitor.actor, admin.password, GOOD, HERE)
    assert accounts.visitor(token) is None
    assert not accounts.visitor(accounts.sign_in("admin", GOOD, HERE)).must_change


# ---- demonstration


def test_demo_accounts_exist_only_while_it_is_a_demonstration(store, pack, clock):
    open_house = house(store, pack, clock, demo=True)
    roles = {
        "leader",
        "county_head",
        "analyst",
        "editor",
        "duty",
        "unit",
        "clerk",
        "reviewer",
        "publisher",
        "expert",
    }
    assert {demo.role for demo in open_house.settle_demo()} == roles
    leader = DEMO_ACCOUNTS[0]
    token = open_house.sign_in(leader.name, leader.password, HERE)

    closed = house(store, pack, clock, demo=False)
    assert closed.visitor(token) is None
    assert refusal(closed.sign_in, leader.name, leader.password, HERE) == "wrong_credentials"
    assert closed.settle_demo() == ()
    assert all(store.account(demo.name) is None for demo in DEMO_ACCOUNTS)


def test_the_demo_head_of_a_county_answers_for_gaozhou(accounts):
    accounts.settle_demo()
    county = next(demo for demo in DEMO_ACCOUNTS if demo.role == "county_head")
    actor = accounts.visitor(accounts.sign_in(county.name, county.password, HERE)).actor
    assert actor.regions == (GAOZHOU,)


def test_a_real_account_of_the_same_name_is_not_touched_by_the_demonstration(accounts, store):
    accounts.create(SYSTEM, "leader", "真的领导", "leader", (CITY,))
    accounts.settle_demo()
    assert not store.account("leader").demo


# ---- signing in


def test_a_name_is_found_in_any_case_and_width(accounts):
    a_person(accounts, "wang")
    assert accounts.sign_in("  ＷＡＮＧ ", GOOD, HERE)


@pytest.mark.parametrize(
    ("name", "password"), [("wang", "wrong"), ("nobody", GOOD), ("", ""), ("wang", "x" * 10_000)]
)
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(accounts, name, password):
    a_person(accounts)
    assert refusal(accounts.sign_in, name, password, HERE) == "wrong_credentials"


def test_a_disabled_account_is_refused_like_a_wrong_password(accounts):
    a_person(accounts)
    accounts.disable(SYSTEM, "wang")
    assert refusal(accounts.sign_in, "wang", GOOD, HERE) == "wrong_credentials"
    accounts.enable(SYSTEM, "wang")
    assert accounts.sign_in("wang", GOOD, HERE)


def test_too_many_wrong_passwords_lock_the_account_for_that_address_and_that_time(accounts, clock):
    a_person(accounts)
    tries = [refusal(accounts.sign_in, "wang", "wrong", HERE) for _ in range(6)]
    assert tries == ["wrong_credentials"] * 4 + ["locked"] * 2
    assert refusal(accounts.sign_in, "wang", GOOD, HERE) == "locked"
    assert accounts.sign_in("wang", GOOD, ELSEWHERE), "a stranger cannot lock the owner out"
    clock.pass_(minutes=15)
    assert accounts.sign_in("wang", GOOD, HERE)


def test_a_locked_account_does_not_lock_another(accounts):
    a_person(accounts, "wang")
    a_person(accounts, "li")
    for _ in range(6):
        refusal(accounts.sign_in, "wang", "wrong", HERE)
    assert accounts.sign_in("li", GOOD, HERE)


def test_a_right_password_in_between_begins_the_count_anew(accounts):
    a_person(accounts)
    for _ in range(3):
        for _ in range(4):
            assert refusal(accounts.sign_in, "wang", "wrong", HERE) == "wrong_credentials"
        assert accounts.sign_in("wang", GOOD, HERE)


def test_a_lock_and_every_refusal_are_in_the_audit_log(accounts, store):
    a_person(accounts)
    for _ in range(5):
        refusal(accounts.sign_in, "wang", "wrong", HERE)
    acts = [entry.act for entry in store.log()]
    assert acts[0] == "sign_in.locked"
    assert acts.count("sign_in.refused") == 5


# ---- sessions


def test_a_session_ends_after_idle_time_and_polling_does_not_extend_it(accounts, clock):
    a_person(accounts)
    token = accounts.sign_in("wang", GOOD, HERE)
    for _ in range(29):
        clock.pass_(minutes=1)
        assert accounts.visitor(token, active=False)
    clock.pass_(minutes=1)
    assert accounts.visitor(token, active=False) is None
    assert accounts.visitor(token) is None


def test_activity_extends_a_session_up_to_its_absolute_limit(accounts, clock):
    a_person(accounts)
    token = accounts.sign_in("wang", GOOD, HERE)
    for _ in range(35):
        clock.pass_(minutes=20)
        assert accounts.visitor(token)
    clock.pass_(minutes=20)
    assert accounts.visitor(token) is None


def test_signing_out_ends_the_session_and_only_that_one(accounts):
    actor = a_person(accounts)
    here, there = accounts.sign_in("wang", GOOD, HERE), accounts.sign_in("wang", GOOD, ELSEWHERE)
    accounts.sign_out(here, actor)
    assert accounts.visitor(here) is None
    assert accounts.visitor(there)


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "\ud800", "a" * 10_000])
def test_a_token_that_was_never_given_opens_nothing(accounts, token):
    assert accounts.visitor(token) is None


def test_tokens_are_not_stored_as_they_are(accounts, store):
    a_person(accounts)
    token = accounts.sign_in("wang", GOOD, HERE)
    assert store.session(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.disable(SYSTEM, "wang"),
        lambda accounts: accounts.set_role(SYSTEM, "wang", "viewer"),
        lambda accounts: accounts.reset_password(SYSTEM, "wang"),
    ],
    ids=["disabled", "another role", "another password"],
)
def test_a_changed_account_is_out_at_once(accounts, change):
    a_person(accounts)
    token = accounts.sign_in("wang", GOOD, HERE)
    change(accounts)
    assert accounts.visitor(token) is None


# ---- rights


def test_changed_rights_hold_from_the_next_request_in_the_same_session(accounts, pack):
    a_person(accounts)
    token = accounts.sign_in("wang", GOOD, HERE)
    accounts.revoke(SYSTEM, "wang", CITY)
    accounts.grant(SYSTEM, "wang", GAOZHOU)
    actor = accounts.visitor(token).actor
    assert narrow(actor, pack.tree, (GAOZHOU, HUAZHOU)) == (GAOZHOU,)


def test_a_right_with_an_end_date_ends_by_itself(accounts, clock):
    a_person(accounts, regions=())
    accounts.grant(SYSTEM, "wang", GAOZHOU, until=START + timedelta(minutes=10))
    token = accounts.sign_in("wang", GOOD, HERE)
    assert accounts.visitor(token).actor.regions == (GAOZHOU,)
    clock.pass_(minutes=10)
    assert accounts.visitor(token).actor.regions == ()


@pytest.mark.parametrize("role", ["leader", "editor", "analyst", "viewer", "auditor", "security_admin"])
def test_only_an_administrator_manages_accounts(accounts, role):
    actor = Actor(id="1", name="wang", role=role, regions=(CITY,))
    assert refusal(accounts.create, actor, "li", "李某", "leader", (CITY,)) == "forbidden"
    assert refusal(accounts.listing, actor) == "forbidden"


def test_an_administrator_cannot_grant_and_a_security_administrator_cannot_create(accounts):
    a_person(accounts)
    admin, security = (Actor(id="1", name=role, role=role) for role in ("admin", "security_admin"))
    assert refusal(accounts.grant, admin, "wang", GAOZHOU) == "forbidden"
    accounts.grant(security, "wang", GAOZHOU)
    assert refusal(accounts.disable, security, "wang") == "forbidden"


def test_only_the_auditor_reads_the_log(accounts):
    a_person(accounts)
    auditor = Actor(id="1", name="auditor", role="auditor")
    assert accounts.audit_log(auditor)
    assert refusal(accounts.audit_log, Actor(id="2", name="admin", role="admin")) == "forbidden"


@pytest.mark.parametrize(
    ("name", "role", "regions", "key"),
    [
        ("", "leader", (CITY,), "bad_account_name"),
        ("two words", "leader", (CITY,), "bad_account_name"),
        ("a\x00b", "leader", (CITY,), "bad_account_name"),
        ("x" * 65, "leader", (CITY,), "bad_account_name"),
        ("li", "king", (CITY,), "unknown_role"),
        ("li", "system", (CITY,), "unknown_role"),
        ("li", "leader", (123,), "unknown_region"),
        ("li", "leader", (440000000000,), "not_grantable"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason(accounts, name, role, regions, key):
    assert refusal(accounts.create, SYSTEM, name, "李某", role, regions) == key


def test_a_name_is_given_once(accounts):
    a_person(accounts)
    assert refusal(accounts.create, SYSTEM, "WANG", "另一个", "leader", (CITY,)) == "account_exists"


# ---- passwords


@pytest.mark.parametrize(
    ("password", "keys"),
    [
        ("12345678", {"password_short"}),
        ("wang", {"password_short", "password_name", "password_common"}),
        ("WANG is my name", {"password_name"}),
        ("aaaaaaaaaaaaaaaa", {"password_common"}),
        ("Password123456", {"password_common"}),
        ("x" * 300 + "abcdefg", {"password_long"}),
        (GOOD, {"same_password"}),
    ],
)
def test_every_reason_against_a_password_is_told_at_once(accounts, password, keys):
    actor = a_person(accounts)
    with pytest.raises(CockpitError) as refused:
        accounts.change_password(actor, GOOD, password, HERE)
    assert {issue.key for issue in refused.value.issues} == keys


def test_the_old_password_is_needed_and_guessing_it_locks(accounts):
    actor = a_person(accounts)
    tries = [refusal(accounts.change_password, actor, "wrong", GOOD + "!", HERE) for _ in range(6)]
    assert tries == ["wrong_password"] * 5 + ["locked"]


def test_a_password_is_the_same_however_its_accents_were_typed(accounts):
    a_person(accounts, password="cafe\u0301 de la ville")
    assert accounts.sign_in("wang", "caf\u00e9 de la ville", HERE)


def test_the_key_of_the_forms_is_made_once_and_shared(accounts, store, pack, clock):
    assert accounts.form_key() == house(store, pack, clock).form_key()
    assert house(store, pack, clock, secret_key="s" * 40).form_key() == "s" * 40
