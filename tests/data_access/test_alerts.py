"""Warnings in the store: written whole or not at all, history that cannot be changed."""

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from data_access import alerts as room
from data_access.alerts import AlertStore, Outcome, OvertakenError, StoredAlert, StoredEvent, StoredRule

NORTH, SOUTH = 440981000000, 440982000000
JUNE = 202406312359101


def an_alert(rule: str = "econ.cases", region: int = NORTH, level: int = 2, **changes) -> StoredAlert:
    plain = StoredAlert(
        rule, region, 0, level, opened=JUNE if level else 0, opened_at=1, lasted=1, period=JUNE, value=12.0,
        measure=12.0, threshold=10.0, data_period=JUNE, status=2, reason=0, health=0, version=1, judged_by=1,
        latches="2.0 2.0 0.0 0.0",
    )  # fmt: skip
    return plain._replace(**changes)


def an_event(rule: str = "econ.cases", region: int = NORTH, **changes) -> StoredEvent:
    plain = StoredEvent(
        rule, region, 0, alert=JUNE, period=JUNE, kind=1, level=2, previous=0, cause=0, value=12.0, measure=12.0,
        threshold=10.0, version=1, at=1, back_dated=False,
    )  # fmt: skip
    return plain._replace(**changes)


@pytest.fixture
def alerts(engine: Engine) -> AlertStore:
    return AlertStore(engine)


def test_what_is_recorded_comes_back_as_it_was(alerts: AlertStore):
    rule = StoredRule("econ.cases", version=1, health=0, period=JUNE, since=0, at=1)
    assert alerts.record(Outcome(0, [an_alert()], [an_event()], [rule])) == 1
    assert alerts.of_rules(["econ.cases", "econ.other"]) == [an_alert()]
    assert alerts.events(["econ.cases"], [NORTH]) == [an_event()]
    assert alerts.rules() == {"econ.cases": rule}
    assert alerts.version() == 1


def test_a_missing_number_stays_missing(alerts: AlertStore):
    silent = an_alert(value=None, measure=None, threshold=None)
    alerts.record(Outcome(0, [silent], [an_event(value=None, measure=None, threshold=None)]))
    assert alerts.of_rules(["econ.cases"]) == [silent]
    assert alerts.events(["econ.cases"], [NORTH])[0].value is None


def test_an_instance_is_one_row_whatever_happens_to_it(alerts: AlertStore):
    alerts.record(Outcome(0, [an_alert(level=2)]))
    alerts.record(Outcome(1, [an_alert(level=4)]))
    assert [alert.level for alert in alerts.of_rules(["econ.cases"])] == [4]


def test_open_warnings_come_with_the_most_severe_first(alerts: AlertStore):
    alerts.record(
        Outcome(
            0,
            [an_alert("a", level=1), an_alert("b", level=4), an_alert("c", level=0), an_alert("d", level=3)],
        )
    )
    assert [alert.rule for alert in alerts.open()] == ["b", "d", "a"]


def test_an_outcome_that_was_overtaken_is_refused(alerts: AlertStore):
    alerts.record(Outcome(0, [an_alert(level=2)]))
    with pytest.raises(OvertakenError):
        alerts.record(Outcome(0, [an_alert(level=4)], [an_event()]))
    assert ([alert.level for alert in alerts.open()], alerts.version()) == ([2], 1)
    assert alerts.events(["econ.cases"], [NORTH]) == []


def test_notes_are_settled_in_the_same_transaction_or_not_at_all(alerts: AlertStore):
    def fails(_):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        alerts.record(Outcome(0, [an_alert()], [an_event()]), fails)
    assert (alerts.open(), alerts.version()) == ([], 0)


def test_what_is_gone_is_gone_but_its_history_stays(alerts: AlertStore):
    rule = StoredRule("econ.cases", 1, 0, JUNE, 0, 1)
    alerts.record(Outcome(0, [an_alert(), an_alert(region=SOUTH)], [an_event()], [rule]))
    alerts.record(Outcome(1, gone=[("econ.cases", NORTH, 0)], removed=["econ.cases"]))
    assert [alert.region for alert in alerts.open()] == [SOUTH]
    assert alerts.rules() == {}
    assert alerts.events(["econ.cases"], [NORTH]) == [an_event()]


def test_history_is_read_newest_first_page_by_page(alerts: AlertStore):
    told = [an_event(period=JUNE + n, region=NORTH if n % 2 else SOUTH) for n in range(6)]
    alerts.record(Outcome(0, events=told))
    first = alerts.latest_events([NORTH, SOUTH], limit=4)
    assert [event.period - JUNE for _, event in first] == [5, 4, 3, 2]
    rest = alerts.latest_events([NORTH, SOUTH], limit=4, before=first[-1][0])
    assert [event.period - JUNE for _, event in rest] == [1, 0]
    assert [event.period - JUNE for _, event in alerts.latest_events([NORTH], limit=9)] == [5, 3, 1]
    assert alerts.latest_events([NORTH], limit=9, rules=["econ.other"]) == []


@pytest.mark.parametrize("act", ["UPDATE alert_events SET level = 0", "DELETE FROM alert_events"])
def test_the_history_refuses_to_be_changed(alerts: AlertStore, engine: Engine, act: str):
    alerts.record(Outcome(0, events=[an_event()]))
    with engine.begin() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(sa.text(act))
    assert alerts.events(["econ.cases"], [NORTH]) == [an_event()]


def test_many_instances_are_written_at_once(alerts: AlertStore, engine: Engine):
    alerts.record(Outcome(0, [an_alert("econ.cases", NORTH + n, level=n % 5) for n in range(3000)]))
    assert len(alerts.of_rules(["econ.cases"])) == 3000
    assert len(alerts.open()) == 2400
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(room.alerts)) == 3000
