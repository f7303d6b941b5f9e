"""Incidents as stored: nothing of their history is lost, whatever is asked of the store, on every engine."""

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from data_access import incident_tables as tables
from data_access.accounts import AccountStore
from data_access.engine import transaction
from data_access.incidents import (
    PUBLISHED,
    Assessment,
    Contact,
    Duty,
    Entry,
    Incident,
    IncidentStore,
    Stage,
    Task,
    WarningLevel,
)

COUNTY, OTHER = 440981000000, 440982000000
NOW = 1_800_000_000


def an_incident(**fields: object) -> Incident:
    """An incident of a county, reported after twenty minutes."""
    told = {
        "id": 0, "origin": None, "title": "滑坡", "category": "natural", "kind": "山体滑坡", "code": "", "code_system": "",
        "level": 4, "region": COUNTY, "place": "", "lon": None, "lat": None, "occurred_at": NOW, "reported_at": NOW + 1200,
        "reported_by": "", "channel": "电话", "confidentiality": "internal", "reportable": True, "sensitive": False,
        "simulated": False, "terminated_at": None, "merged_into": None, "registered_at": NOW + 1200, "registered_by": "duty",
    }  # fmt: skip
    return Incident(**(told | fields))  # type: ignore[arg-type]


def a_task(incident: int) -> Task:
    """A task that nobody has acknowledged."""
    return Task(
        0,
        incident,
        "消防",
        "救援",
        True,
        True,
        False,
        NOW,
        "duty",
        NOW + 300,
        NOW + 3600,
        None,
        None,
        None,
        None,
        "",
        None,
    )


@pytest.fixture
def incidents(engine: Engine) -> IncidentStore:
    return IncidentStore(engine)


def add(store: IncidentStore, row: object) -> int:
    with store.transaction() as connection:
        return store.add(connection, row)


def test_what_is_stored_is_what_is_read(incidents: IncidentStore) -> None:
    number = add(incidents, an_incident(lon=111.2, lat=21.5))
    assert incidents.heads([COUNTY]) == [an_incident(id=number, lon=111.2, lat=21.5)]
    assert incidents.heads([OTHER]) == []


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (tables.stages, Stage(0, 1, "接报", NOW, "duty", NOW + 60, "duty", "", None, NOW)),
        (tables.warning_levels, WarningLevel(0, 1, 3, NOW, "duty", "", NOW)),
        (tables.log, Entry(0, 1, NOW, "duty", "note", "…")),
    ],
)
def test_no_row_of_the_history_is_deleted_or_changed(
    engine: Engine, incidents: IncidentStore, table: sa.Table, row: object
) -> None:
    number = add(incidents, an_incident())
    add(incidents, row._replace(incident=number))  # type: ignore[attr-defined]
    for statement in (sa.delete(table), sa.update(table).values(incident=number, id=9)):
        with (
            pytest.raises(sa.exc.DBAPIError, match="history of an incident"),
            transaction(engine) as connection,
        ):
            connection.execute(statement)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1


def test_the_end_of_a_stage_and_a_stamp_of_a_task_are_set_once(incidents: IncidentStore) -> None:
    number = add(incidents, an_incident())
    stage = add(incidents, Stage(0, number, "响应", NOW, "duty", None, "", "", None, NOW))
    task = add(incidents, a_task(number))
    with incidents.transaction() as connection:
        assert incidents.stamp(connection, Stage, stage, ended_at=NOW + 60, ended_by="one")
        assert not incidents.stamp(connection, Stage, stage, ended_at=NOW + 90, ended_by="two")
        assert incidents.stamp(connection, Task, task, acknowledged_at=NOW + 10)
        assert not incidents.stamp(connection, Task, task, acknowledged_at=NOW + 20)
    file = incidents.file(incidents.heads())
    assert (file.stages[0].ended_at, file.stages[0].ended_by) == (NOW + 60, "one")
    assert file.tasks[0].acknowledged_at == NOW + 10


def test_open_are_those_that_nobody_ended_merged_or_printed(incidents: IncidentStore) -> None:
    kept = add(incidents, an_incident())
    add(incidents, an_incident(terminated_at=NOW + 9000))
    add(incidents, an_incident(origin=PUBLISHED + "韦帕"))
    add(incidents, an_incident(merged_into=kept))
    assert [one.id for one in incidents.heads([COUNTY], open_only=True)] == [kept]
    assert len(incidents.heads([COUNTY])) == 3, "a merged duplicate is found by its number only"
    assert len(incidents.heads(ids=range(10))) == 4


def test_rows_that_bring_their_numbers_leave_the_next_number_free(incidents: IncidentStore) -> None:
    with incidents.transaction() as connection:
        first = incidents.next_numbers(connection)[Incident]
        rows = {
            Incident: [an_incident(id=first), an_incident(id=first + 1)],
            Assessment: [Assessment(first, NOW, None, "", "")],
        }
        incidents.load(connection, rows, at=NOW, actor="init", subject="突发事件")
    assert add(incidents, an_incident()) == first + 2


def test_a_change_leaves_a_log_entry_an_audit_row_and_a_higher_version(
    engine: Engine, incidents: IncidentStore
) -> None:
    number, before = add(incidents, an_incident()), incidents.version()
    with incidents.transaction() as connection:
        incidents.note(
            connection, number, at=NOW, actor="duty", act="note", note="水位上涨", detail={"row": 1}
        )
    assert [one.note for one in incidents.file(incidents.heads()).log] == ["水位上涨"]
    entry = AccountStore(engine).log()[0]
    assert (entry.actor, entry.act, entry.subject) == ("duty", "incident_note", str(number))
    assert incidents.version() == before + 1


def test_whoever_has_the_turn_is_on_duty(incidents: IncidentStore) -> None:
    day, night = (
        add(incidents, Contact(0, COUNTY, name, "值班员", "0668-0000000", False)) for name in ("甲", "乙")
    )
    with incidents.transaction() as connection:
        incidents.put(connection, Duty(COUNTY, NOW, "officer", NOW + 100, "day", night))
        incidents.put(connection, Duty(COUNTY, NOW, "officer", NOW + 100, "day", day))
        incidents.put(connection, Duty(COUNTY, NOW + 100, "officer", NOW + 200, "night", night))
    names = [
        [who.name for _, who in incidents.on_duty([COUNTY], at, at)]
        for at in (NOW - 1, NOW, NOW + 100, NOW + 200)
    ]
    assert names == [[], ["甲"], ["乙"], []]
    assert incidents.on_duty([OTHER], NOW, NOW) == []
