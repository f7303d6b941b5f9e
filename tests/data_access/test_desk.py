"""Deliveries on every engine: heads move on top of what was seen, cells and acceptances only grow, every act is logged."""

import pytest
from sqlalchemy import Engine, text

from data_access.desk import Acceptance, Checked, Delivery, DeskStore, Sheet, Typed
from indicators.errors import CockpitError

CITY = 440900000000
SHEETS = (
    Sheet("填报", (1, 2), (("指标代码", "数值"), ("econ.fiscal.revenue", "1"))),
    Sheet("", (1,), (("\0", "“"),)),
)


def a_delivery(**fields):
    usual = Delivery(
        id=0, kind="upload", title="八月.csv", owner="c1", department="finance", region=CITY, period=20260831,
        state="draft", revision=1, release_at=100, load=None, figures=0, errors=0, warnings=0, accepted=0,
        author="clerk", created_at=1, at=1,
    )  # fmt: skip
    return usual._replace(**fields)


@pytest.fixture
def store(engine: Engine) -> DeskStore:
    return DeskStore(engine)


def opened(store, **fields):
    with store.transaction() as connection:
        return store.open(a_delivery(**fields), SHEETS, [{"key": "macros"}], connection)


def test_a_delivery_comes_back_as_it_was_stored(store):
    number = opened(store)
    assert store.delivery(number) == a_delivery(id=number)
    assert store.content(number) == SHEETS
    assert store.notes(number) == [{"key": "macros"}]
    assert [one.event for one in store.events(number)] == ["opened"]
    assert store.delivery(number + 1) is None


def test_what_is_typed_and_accepted_is_added_and_raises_the_revision(store):
    head = store.delivery(opened(store))
    typed = Typed(0, 2, 1, "1", "２")
    with store.transaction() as connection:
        assert store.type(head, 1, [typed], author="clerk", at=2, connection=connection) == 2
        store.accept(
            head.id, [Acceptance("sudden_jump", "填报!B2", "相差悬殊", "核对过", "clerk", 3)], connection
        )
    assert store.typed(head.id) == [typed._replace(author="clerk", at=2, revision=2)]
    assert [one.reason for one in store.acceptances(head.id)] == ["核对过"]
    with pytest.raises(CockpitError) as refused, store.transaction() as connection:
        store.type(head, 1, [typed], author="editor", at=4, connection=connection)
    assert (refused.value.key, refused.value.issues[0].params["author"]) == ("record_changed", "clerk")
    assert len(store.typed(head.id)) == 1


def test_deliveries_are_found_by_region_department_state_and_load(store):
    first, second, third = (
        opened(store),
        opened(store, region=CITY + 81, department="tax"),
        opened(store, state="scheduled"),
    )
    assert [one.id for one in store.deliveries()] == [third, second, first]
    assert [one.id for one in store.deliveries([CITY + 81])] == [second]
    assert [one.id for one in store.deliveries(department="finance", states=["draft"])] == [first]
    assert [one.id for one in store.due(99)] == []
    assert [one.id for one in store.due(100)] == [third]
    with store.transaction() as connection:
        store.move(
            store.delivery(third), 1, author="clerk", at=5, connection=connection, state="released", load=7
        )
    assert store.of_load(7).id == third
    assert store.of_load(8) is None


def test_what_a_check_counted_is_kept_without_another_revision(store):
    number = opened(store)
    store.checked(number, Checked(5, 1, 2, 0))
    head = store.delivery(number)
    assert (head.figures, head.errors, head.warnings, head.revision) == (5, 1, 2, 1)


def test_every_change_leaves_a_line_in_the_audit_log(store, engine):
    head = store.delivery(opened(store))
    with store.transaction() as connection:
        store.type(head, 1, [Typed(0, 2, 1, "1", "2")], author="clerk", at=2, connection=connection)
        store.happened(head, "scheduled", "", author="clerk", at=3, connection=connection)
    with engine.connect() as connection:
        acts = connection.scalars(text("SELECT act FROM audit ORDER BY number")).all()
        counted = connection.scalar(text("SELECT value FROM versions WHERE name = 'desk'"))
    assert acts[-3:] == ["desk.opened", "desk.type", "desk.scheduled"]
    assert counted == 2
