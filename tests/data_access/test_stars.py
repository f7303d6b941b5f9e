"""The lists of starred indicators in the store."""

import sqlalchemy as sa

from data_access.accounts import audit
from data_access.stars import StarStore


def test_a_list_comes_back_in_its_order_and_replaces_the_one_before(engine):
    store = StarStore(engine)
    assert store.of("a") is None
    store.keep("a", ("x.b", "x.a"), at=1, actor="ann")
    store.keep("a", ("x.c", "x.b", "x.a"), at=2, actor="ann")
    assert store.of("a") == ("x.c", "x.b", "x.a")
    assert store.of("b") is None


def test_an_empty_list_is_a_choice(engine):
    store = StarStore(engine)
    store.keep("a", (), at=1, actor="ann")
    assert store.of("a") == ()


def test_every_change_is_in_the_audit_log(engine):
    StarStore(engine).keep("a", ("x.b",), at=7, actor="ann")
    with engine.connect() as connection:
        row = connection.execute(sa.select(audit.c.at, audit.c.actor, audit.c.act, audit.c.detail)).one()
    assert tuple(row)[:3] == (7, "ann", "stars.keep")
    assert "x.b" in row.detail
