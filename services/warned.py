"""Every warning that ever stood, as the history tells it today: from when to when, how severe, noticed when."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from data_access.alerts import StoredEvent, StoredRule
from indicators.alerts import Cause, Event, EventKind, standing
from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.regions import RegionTree
from services.alerts import AlertKey


class History(Protocol):
    """What is needed of the store of warnings."""

    def rules(self) -> dict[str, StoredRule]: ...
    def events(self, rules: Iterable[str], regions: Iterable[int]) -> list[StoredEvent]: ...


@dataclass(frozen=True)
class Warned:
    """One warning from its opening to its end.

    closed     the period in which it ended; 0 while it stands
    worst      the most severe level that it reached
    noticed    when its opening was recorded, epoch seconds; ``late``: for a time that was past by then
    ended      when its end was recorded; None while it stands
    ended_late whether the end was recorded for a time that was past by then
    """

    key: AlertKey
    closed: int
    worst: int
    noticed: int
    late: bool
    ended: int | None = None
    ended_late: bool = False

    @property
    def standing(self) -> bool:
        """Whether it is open."""
        return self.closed == 0


def warned(store: History, catalog: Catalog, tree: RegionTree) -> list[Warned]:
    """All warnings of rules that are known, by rule and region in the order in which they opened.

    What a revision took back is not among them.
    """
    rules = [rule for rule in store.rules() if indicator_of(rule) in catalog]
    regions = sorted({region.code for region in tree})
    events = store.events(rules, regions)
    found: list[Warned] = []
    for (rule, region), group in groupby(sorted(events, key=_instance), key=_instance):
        found += _of_instance(rule, region, list(group))
    return found


def _instance(event: StoredEvent) -> tuple[str, int]:
    return event.rule, event.region


def _of_instance(rule: str, region: int, events: list[StoredEvent]) -> list[Warned]:
    told = {(one.alert, one.period, one.kind): one for one in events}
    plain = [
        Event(0, one.alert, one.period, EventKind(one.kind), one.level, one.previous, Cause(one.cause))
        for one in events
    ]
    by_alert = groupby(
        sorted(standing(plain), key=lambda one: (one.alert, one.period)), key=lambda one: one.alert
    )
    return [_one(AlertKey(rule, region, opened), list(held), told) for opened, held in by_alert]


def _one(key: AlertKey, held: list[Event], told: dict[tuple[int, int, int], StoredEvent]) -> Warned:
    last = held[-1]
    first = told[held[0].alert, held[0].period, held[0].kind]
    over = last.kind is EventKind.RESOLVE
    end = told[last.alert, last.period, last.kind] if over else None
    return Warned(
        key=key,
        closed=last.period if over else 0,
        worst=max(one.level for one in held),
        noticed=first.at,
        late=first.back_dated,
        ended=end.at if end else None,
        ended_late=bool(end and end.back_dated),
    )
