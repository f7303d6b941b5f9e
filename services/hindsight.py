"""What is known of the past: episodes that a rule should have seen, and warnings as days in regions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from data_access.alerts import AlertStore, StoredEvent
from indicators import periods
from indicators.alerts import standing
from indicators.backtest import FOREVER, Span, Stretch, stretches
from indicators.catalog import Catalog
from indicators.definition import Frequency, indicator_of
from services.evaluation import as_event

EPISODES: Final = ("sample/episodes.yaml", "episodes.yaml")
"""Files of a pack that say what is known to have happened: planted in the sample figures, and real."""


@dataclass(frozen=True)
class Watch:
    """What should have been seen of an episode: an indicator in a region, from one day to another."""

    indicator: str
    span: Span


@dataclass(frozen=True)
class Known:
    """Something known to have happened."""

    id: str
    zh: str
    en: str
    watch: tuple[Watch, ...]

    def text(self, language: str) -> str:
        """What happened, in a language."""
        return self.en if language == "en" else self.zh


def known_episodes(paths: Iterable[Path]) -> tuple[Known, ...]:
    """What packs say is known to have happened.

    ``watch`` names what should have been seen; without it that is what the episode did to sample figures.
    """
    found = []
    for path in paths:
        told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for one in told.get("episodes", ()):
            watched = one.get("watch") or one.get("effects") or ()
            watch = tuple(_watched(each) for each in watched)
            found.append(Known(one["id"], one["zh"], one.get("en", one["zh"]), watch))
    return tuple(found)


def _watched(written: Mapping[str, Any]) -> Watch:
    first = _day(periods.read(str(written["from"]), "period"))
    last = _day(periods.read(str(written["to"]), "period")) if "to" in written else FOREVER
    return Watch(str(written["indicator"]), Span(int(str(written["region"]).ljust(12, "0")), first, last))


def _day(key: int) -> np.datetime64:
    return np.datetime64(periods.Period(key).end, "D")


def spans(warnings: Iterable[Stretch], regions: Sequence[int], frequency: Frequency) -> list[Span]:
    """Warnings as days: from the first day of the period that opened one to the day before that which ended it."""
    return [
        Span(
            regions[one.row],
            _begin(one.opened, frequency),
            _begin(one.closed, frequency) - np.timedelta64(1, "D") if one.closed else FOREVER,
        )
        for one in warnings
    ]


def recorded(store: AlertStore, catalog: Catalog, regions: Sequence[int]) -> Mapping[str, list[Span]]:
    """The recorded warnings of every rule as days in regions, by the identity of the rule."""
    by_rule: dict[str, list[StoredEvent]] = {}
    for event in store.events(store.rules(), regions):
        by_rule.setdefault(event.rule, []).append(event)
    found = {}
    for identity, events in by_rule.items():
        code = indicator_of(identity)
        if code in catalog:
            rows = {region: row for row, region in enumerate(sorted({event.region for event in events}))}
            held = standing(as_event(event, rows[event.region]) for event in events)
            found[identity] = spans(stretches(held), list(rows), catalog.get(code).frequency)
    return found


def _begin(key: int, frequency: Frequency) -> np.datetime64:
    """The first day of a period in the rhythm of its indicator: a cumulative month begins with its month."""
    step = periods.MONTHS_OF.get(frequency)
    if step is None:
        return _day(key)
    month = np.datetime64(f"{periods.Period(key).end:%Y-%m}", "M") - (step - 1)
    first: np.datetime64 = month.astype("datetime64[D]")
    return first
