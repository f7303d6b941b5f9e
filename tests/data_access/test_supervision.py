"""Supervised items on both engines: what was seen is what one moves, history stays, corrections follow each other."""

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from data_access import supervision_tables as tables
from data_access.supervision import Correction, Frozen, Item, Step, SupervisionStore

GAOZHOU, HUAZHOU = 440981000000, 440982000000

ITEM = Item(
    0, None, "hotline", "noise-440981000000", "noise-440981000000", "高州市 噪声", "Gaozhou: noise", GAOZHOU, "sign", 0, "env",
    "", "请处理", "dispatched", 1, 1, 100, "leader", "leader", 200, 20261204, 300, None, None, None, False, None, None, None,
    False,
)  # fmt: skip
FIRST = Step(0, 1, "dispatch", "dispatched", 1, 100, "leader", "市领导", "请处理", due_on=20261204)
SEEN = Frozen(
    0, 1, 0, "subject", "sign.gov.hot_total", "受理量", "cases", GAOZHOU, 202610312359001, 12.0, "件", "cases"
)


def opened(store: SupervisionStore) -> int:
    with store.transaction() as connection:
        return store.open(connection, ITEM, FIRST, [SEEN], actor="leader")


def test_an_item_is_moved_only_on_top_of_what_was_seen(engine: Engine) -> None:
    store = SupervisionStore(engine)
    number = opened(store)
    before = store.item(number)
    assert before is not None
    signed = Step(number, 2, "sign", "signed", 1, 150, "unit", "经办人")
    with store.transaction() as connection:
        assert store.step(connection, before, signed, actor="unit", signed_at=150)
    with store.transaction() as connection:
        assert not store.step(connection, before, signed._replace(shown="同事"), actor="unit", signed_at=160)
    after = store.item(number)
    assert after is not None
    assert (after.state, after.version, after.signed_at, after.open) == ("signed", 2, 150, True)
    assert [step.shown for step in store.steps([number])] == ["市领导", "经办人"]
    assert store.frozen(number) == [SEEN._replace(item=number)]
    assert store.version() == 2


def test_items_are_found_by_what_they_are_about(engine: Engine) -> None:
    store = SupervisionStore(engine)
    number = opened(store)
    for asked in (
        {"regions": [GAOZHOU]}, {"ids": [number]}, {"department": "env"}, {"kind": "hotline"}, {"open_only": True},
        {"subjects": [ITEM.subject]}, {"matter": ITEM.matter},
    ):  # fmt: skip
        assert [one.id for one in store.items(**asked)] == [number]
    for asked in (
        {"regions": [HUAZHOU]},
        {"ids": []},
        {"department": "agri"},
        {"kind": "alert"},
        {"subjects": []},
    ):
        assert store.items(**asked) == []


def test_loaded_items_bring_their_numbers_and_the_next_one_follows(engine: Engine) -> None:
    store = SupervisionStore(engine)
    with store.transaction() as connection:
        store.load(
            connection,
            [ITEM._replace(id=7, origin="sample:7")],
            [FIRST._replace(item=7)],
            [],
            at=1,
            actor="x",
        )
    assert opened(store) == 8
    assert store.any()


def test_of_two_corrections_of_a_day_the_later_comes_last(engine: Engine) -> None:
    store = SupervisionStore(engine)
    told = [Correction(20261130, works, "通知", at, "editor") for at, works in ((1, False), (2, True))]
    for one in told:
        with store.transaction() as connection:
            store.correct_day(connection, one)
    assert store.corrections() == told


@pytest.mark.parametrize("table", tables.KEPT, ids=lambda table: table.name)
def test_history_cannot_be_changed_by_anybody(engine: Engine, table: sa.Table) -> None:
    store = SupervisionStore(engine)
    opened(store)
    with store.transaction() as connection:
        store.correct_day(connection, Correction(20261130, False, "通知", 1, "editor"))
    column = next(iter(table.primary_key))
    for act in (sa.delete(table), sa.update(table).values({column: 9})):
        with store.transaction() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
            connection.execute(act)
