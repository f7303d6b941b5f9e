"""Accounts and the audit log, on each engine: what is written is written with the act, and nothing can be taken back."""

import json

import pytest
import sqlalchemy as sa

from data_access import accounts as rooms
from data_access.accounts import Account, AccountStore, Grant, record
from data_access.engine import transaction

AT = 1_790_000_000
NAUGHTY = "tests/cases/text/blns.json"


@pytest.fixture
def store(engine):
    return AccountStore(engine)


def an_account(name="wang", **fields):
    return Account(**({"id": f"id-{name}"[:32], "name": name, "display": "王某", "role": "leader"} | fields))


def test_an_account_comes_back_as_it_was_stored(store):
    account = an_account(
        grants=(Grant(440900000000), Grant(440981000000, ("econ", "emerg"), AT)), must_change=True
    )
    store.create(account, "hash", at=AT, actor="system")
    found = store.account("wang")
    assert (found.display, found.grants, found.must_change, found.created_at) == (
        "王某",
        account.grants,
        True,
        AT,
    )
    assert store.password_hash(found.id) == "hash"
    assert store.account("nobody") is None


def test_a_session_shows_the_account_as_it_is_now(store):
    account = an_account(grants=(Grant(440900000000),))
    store.create(account, "hash", at=AT, actor="system")
    store.open_session(account, "d" * 64, at=AT, address="10.0.0.1", expired=0)
    store.revoke(account, 440900000000, at=AT, actor="security")
    store.grant(account, Grant(440981000000), at=AT, actor="security")
    session = store.session("d" * 64)
    assert session.account.grants == (Grant(440981000000),)
    assert (session.opened_at, session.seen_at) == (AT, AT)


def test_opening_a_session_sweeps_out_those_past_their_limit(store):
    account = an_account()
    store.create(account, "hash", at=AT, actor="system")
    store.open_session(account, "a" * 64, at=AT, address="", expired=0)
    store.open_session(account, "b" * 64, at=AT + 100, address="", expired=AT + 50)
    assert store.session("a" * 64) is None
    assert store.session("b" * 64)


def test_every_act_leaves_an_entry_that_says_who_what_and_when(store):
    account = an_account()
    store.create(account, "hash", at=AT, actor="admin")
    store.set_disabled(account, True, at=AT + 1, actor="admin")
    newest, first = store.log()
    assert (newest.act, newest.actor, newest.subject, newest.at) == (
        "account.disable",
        "admin",
        "wang",
        AT + 1,
    )
    assert (first.number, json.loads(first.detail)["role"]) == (1, "leader")


def test_an_act_that_fails_leaves_neither_itself_nor_an_entry(store, engine):
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        fail_after_noting(connection)
    assert store.log() == ()
    assert store.broken_link() is None


def fail_after_noting(connection):
    record(connection, at=AT, actor="wang", act="load", subject="a.csv")
    raise ZeroDivisionError


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_log_refuses_to_be_changed(store, engine, change):
    store.note(at=AT, actor="wang", act="load")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction(engine) as connection:
        connection.execute(sa.text(change))
    assert [entry.actor for entry in store.log()] == ["wang"]


def test_the_chain_is_whole_after_many_entries(store):
    for number in range(20):
        store.note(at=AT + number, actor="wang", act="load", subject=f"{number}.csv", detail={"rows": number})
    assert store.broken_link() is None
    assert [entry.number for entry in store.log(limit=3, before=11)] == [10, 9, 8]


def test_a_changed_entry_breaks_the_chain_even_where_the_triggers_were_removed(store, engine):
    for number in range(5):
        store.note(at=AT, actor="wang", act="load", subject=str(number))
    remove_triggers(engine)
    with transaction(engine) as connection:
        connection.execute(sa.update(rooms.audit).where(rooms.audit.c.number == 3).values(subject="x"))
    assert store.broken_link() == 3


def test_a_tail_that_was_cut_off_is_missed(store, engine):
    for number in range(5):
        store.note(at=AT, actor="wang", act="load", subject=str(number))
    remove_triggers(engine)
    with transaction(engine) as connection:
        connection.execute(sa.delete(rooms.audit).where(rooms.audit.c.number > 3))
    assert store.broken_link() == 4


def remove_triggers(engine):
    names = {
        "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
        "postgresql": ["DROP TRIGGER audit_append_only ON audit"],
    }
    with transaction(engine) as connection:
        for statement in names[engine.dialect.name]:
            connection.execute(sa.text(statement))


def test_two_who_begin_together_share_one_key(store):
    assert store.secret("forms", "first") == "first"
    assert store.secret("forms", "second") == "first"


def naughty_strings():
    """Strings that break programs; what no database can hold as text (NUL, lone halves) is left out."""
    with open(NAUGHTY, encoding="utf-8") as text:
        strings = json.load(text)["strings"]
    return [
        one for one in strings if "\x00" not in one and not any("\ud800" <= sign <= "\udfff" for sign in one)
    ]


def test_texts_come_back_byte_for_byte(store):
    for number, text in enumerate(naughty_strings()):
        display = text[:64]
        store.create(an_account(f"n{number}", display=display), "hash", at=AT, actor=text[:64])
        assert store.account(f"n{number}").display == display
    assert store.broken_link() is None
