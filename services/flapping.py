"""Which warnings open and close too often, by what a round left of them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from data_access.alerts import Outcome, StoredAlert
from data_access.config import WarningSettings
from data_access.handling import HandlingStore
from indicators import periods
from indicators.alerts import EventKind
from indicators.catalog import Catalog
from indicators.definition import Frequency, indicator_of
from indicators.handling import RESULTS, Instance, flaps, turns_often, unrest
from services import access
from services.answers import Question
from services.rounds import STEPS, Asked

BY_RESULTS: Mapping[Frequency, int] = {Frequency.REALTIME: 1, Frequency.HOURLY: 2}
"""Frequencies of which the last results count, with the days in which these are sought."""

FEWEST_CHANGES = 3
"""Fewer changes among the last results are no flapping by any setting that makes sense."""


class Flapping:
    """Tells what flaps: by the last periods, or by the last results where figures come fast."""

    def __init__(
        self, store: HandlingStore, query: Asked, catalog: Catalog, settings: WarningSettings
    ) -> None:
        self._store = store
        self._query = query
        self._catalog = catalog
        self._settings = settings

    def after(
        self,
        connection: Any,
        outcome: Outcome,
        flapped: Iterable[Instance],
        stored: Mapping[Instance, StoredAlert],
    ) -> dict[Instance, bool]:
        """Whether the instances flap that a round touched; one that is not named goes on as before.

        flapped  those that flapped before the round
        """
        before = set(flapped)
        rules = {one.rule for one in outcome.events if one.kind in (EventKind.OPEN, EventKind.RESOLVE)}
        rules |= {instance.rule for instance in before}
        newest: dict[str, int] = {}
        touched = set()
        for one in outcome.alerts:
            if one.rule in rules and one.period:
                newest[one.rule] = max(newest.get(one.rule, 0), one.period)
                if before:
                    touched.add(Instance(one.rule, one.region, one.item))
        found = dict.fromkeys(before & touched, False)
        for frequency, those in self._by_frequency(newest).items():
            often = self._turning(connection, frequency, those, min(newest[rule] for rule in those))
            if frequency in BY_RESULTS:
                often |= {one: () for one in before & touched if one.rule in those and one not in often}
            for instance, turns in often.items():
                last = stored[instance].period if instance in stored else newest[instance.rule]
                found[instance] = self._flaps(instance, frequency, turns, last, instance in before)
        return found

    def _by_frequency(self, rules: Iterable[str]) -> dict[Frequency, list[str]]:
        found: dict[Frequency, list[str]] = defaultdict(list)
        for rule in rules:
            if indicator_of(rule) in self._catalog:
                found[self._catalog.get(indicator_of(rule)).frequency].append(rule)
        return found

    def _turning(
        self, connection: Any, frequency: Frequency, rules: Sequence[str], newest: int
    ) -> dict[Instance, Sequence[int]]:
        """The instances that may flap, with the periods in which they opened or closed."""
        if frequency in BY_RESULTS:
            first, most = first_of(newest, Frequency.DAILY, BY_RESULTS[frequency]), FEWEST_CHANGES
        else:
            first = first_of(newest, frequency, self._settings.flap_periods)
            most = self._settings.flap_changes
        return dict(self._store.turning(connection, rules, first, most))

    def _flaps(
        self, instance: Instance, frequency: Frequency, turns: Sequence[int], last: int, before: bool
    ) -> bool:
        settings = self._settings
        if frequency not in BY_RESULTS:
            first = first_of(last, frequency, settings.flap_periods)
            return turns_often(turns, first, settings.flap_changes)
        share = unrest(self._results(instance, frequency, turns, last))
        return flaps(share, before, settings.flap_low_percent, settings.flap_high_percent)

    def _results(
        self, instance: Instance, frequency: Frequency, turns: Sequence[int], last: int
    ) -> list[bool]:
        """Whether a warning stood open after each of the last figures, of which the newest is `last`."""
        code, region, _ = instance
        since = first_of(last, Frequency.DAILY, BY_RESULTS[frequency])
        question = Question((indicator_of(code),), (region,), since=since, until=last)
        reading = self._query.readings(access.SYSTEM, question).get(indicator_of(code))
        if reading is None:
            return []
        there = reading.value[:, 0] == reading.value[:, 0]
        seen = reading.periods[there].tolist()
        changed = sorted(turns)
        # Open or not: only changes count, so it does not matter that what was open before the first turn is unknown.
        return [bisect_right(changed, key) % 2 == 1 for key in seen[-RESULTS:]]


def first_of(period: int, frequency: Frequency, count: int) -> int:
    """From which key on the last so many periods begin, of which this one is the newest."""
    first = periods.Period(period).end - STEPS[frequency] * count + timedelta(days=1)
    return int(f"{first:%Y%m%d}") * 10**7
