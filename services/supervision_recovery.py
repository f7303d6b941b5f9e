"""回看: when a warning resolves, the items on it keep what the figures were then, beside what they were at dispatch.

It hears of every round of judging in the transaction that stores it, so that no recovery is lost to a stop.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from data_access.alerts import Outcome, StoredAlert, StoredEvent
from data_access.supervision import Frozen, Item, Step, SupervisionStore
from indicators.alerts import EventKind
from indicators.supervision import Act, State, moved
from services.access import SYSTEM
from services.notices import Notice, Teller
from services.supervision_notices import notice

ENDS = frozenset({EventKind.RESOLVE, EventKind.REVISED})
"""After such an event the instance may be normal again: resolved, or never warned of on today's figures."""


class Freezer(Protocol):
    """What is needed of the sources: figures as they stand now."""

    def again(self, frozen: list[Frozen]) -> list[Frozen]: ...


class Recovery:
    """Follows the warnings, and notes a recovery with every item on the matter."""

    def __init__(self, store: SupervisionStore, teller: Teller, freezer: Freezer) -> None:
        self._store = store
        self._teller = teller
        self._freezer = freezer

    def follow(self, connection: Any, outcome: Outcome, _before: Mapping[Any, StoredAlert], now: int) -> None:
        """Note what recovered in a round, within its transaction."""
        stands = {(one.rule, one.region) for one in outcome.alerts if one.level > 0 and one.item == 0}
        ended = {
            (event.rule, event.region): event
            for event in outcome.events
            if EventKind(event.kind) in ENDS and event.item == 0 and (event.rule, event.region) not in stands
        }
        told: list[Notice] = []
        for (rule, region), event in ended.items():
            matter = f"{rule}:{region}"
            for item in self._store.items(kind="alert", matter=matter, connection=connection):
                if item.recovered_at is None and item.state != State.WITHDRAWN:
                    told.append(self._recover(connection, item, event, now))
        if told:
            self._teller.put(connection, told)

    def _recover(self, connection: Any, item: Item, event: StoredEvent, now: int) -> Notice:
        number = item.version + 1
        state = moved(State(item.state), Act.RECOVER)
        step = Step(
            item.id, number, Act.RECOVER.value, state.value, item.round, now, SYSTEM.name, SYSTEM.name
        )
        first = self._store.frozen(item.id, connection)
        figures = [_as_told(one, event) for one in self._freezer.again(first)]
        measured = next((one for one in first if one.role == "measure"), None)
        if event.measure is not None and measured is not None:
            figures.append(measured._replace(value=event.measure, period=event.period, place=len(figures)))
        frozen = [one._replace(item=item.id, number=number) for one in figures]
        self._store.step(connection, item, step, frozen, actor=SYSTEM.name, recovered_at=now)
        return notice(item, step)


def _as_told(one: Frozen, event: StoredEvent) -> Frozen:
    """The figure warned of as the event tells it; the others as they are."""
    if one.role != "subject" or event.value is None:
        return one
    return one._replace(value=event.value, period=event.period)
