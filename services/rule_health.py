"""The health of the rules: which are raised for nothing, flap, repeat another or never speak; and what is proposed.

Counted from the history of warnings and from what their owners answered, within the regions of the reader.
source  docs/rule_health.md
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from data_access.config import WarningSettings
from data_access.handling import StoredAnswer
from indicators import periods
from indicators.alerts import Health
from indicators.backtest import FOREVER, Span
from indicators.catalog import Catalog
from indicators.definition import Frequency, indicator_of
from indicators.errors import N_
from indicators.regions import RegionTree
from indicators.rule_health import Raised, Record, Trouble, record, repeated, worst_first
from indicators.rules import LEVELS, Rule, rules_of
from services.access import Actor
from services.alerts import AlertKey
from services.flapping import first_of
from services.handling import SilenceView
from services.handling_wishes import REASONS
from services.rule_health_views import Option, ProposalView, RuleRow, RulesView
from services.rule_proposals import RuleProposals
from services.scenes import Scene
from services.texts import Texts
from services.views import Choice, Face
from services.warned import History, Warned, warned

NOISE_RATE = "ops.warn.noise_rate"
USUAL_LIMIT = 20.0
"""The noise in percent above which a rule is to be looked at, where the catalogue's rule on it says nothing."""

WINDOW = timedelta(days=365)
PAGE = 40
FREE = ("q", "page")
SEEN = ("alerts", "handling", "registry")
"""The counters of what the records are read from."""

TROUBLES: Mapping[str, str] = {
    Trouble.NOISE: N_("无效预警过多"),
    Trouble.FLAPPING: N_("频繁波动"),
    Trouble.OVERLAP: N_("与其他规则重复"),
    Trouble.SILENT: N_("从未触发"),
}


class Answers(Protocol):
    """What owners answered (``data_access.handling``)."""

    def answers(self, alert: Any = None) -> list[StoredAnswer]: ...


@dataclass(frozen=True)
class _Read:
    """The history as it stands: warnings and the last answer to each."""

    warned: tuple[Warned, ...]
    answers: Mapping[AlertKey, StoredAnswer]
    silent: frozenset[str]


class RuleHealth:
    """Looks at rules.

    simulated  whether warnings and answers come from sample data
    """

    def __init__(
        self,
        history: History,
        answers: Answers,
        proposals: RuleProposals,
        catalog: Catalog,
        tree: RegionTree,
        placed: Callable[[Actor, Choice, str], Scene | Face],
        settings: WarningSettings,
        versions: Callable[[], Mapping[str, int]],
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
        simulated: bool = False,
    ) -> None:
        self._history = history
        self._answers = answers
        self._proposals = proposals
        self._catalog = catalog
        self._tree = tree
        self._placed = placed
        self._settings = settings
        self._counters = versions
        self._clock = clock
        self._zone = timezone(zone)
        self._simulated = simulated
        self._kept: tuple[tuple[int, ...], _Read] | None = None

    # ---- the list

    def listed(self, actor: Actor, choice: Choice, language: str = "zh") -> RulesView | Face:
        """The rules that the reader may see, the worst first; a face where there is nothing to stand on."""
        scene = self._placed(actor, choice, language)
        if isinstance(scene, Face):
            return scene
        since = self._today() - WINDOW
        rules = self._proposals.rules(actor)
        records = worst_first(self.records(scene, rules, since), self.limit)
        proposals = self._proposals.all(actor, language)
        muted = self._proposals.muted(actor, rules)
        rows = [self._row(one, rules[one.rule], scene, proposals, muted.get(one.rule)) for one in records]
        filters, options, vain = self._choice(choice, rows, language)
        kept = [row for row in rows if _passes(row, filters)]
        pages = max(1, -(-len(kept) // PAGE))
        page = min(max(int(filters.get("page", "1")), 1), pages)
        return RulesView(
            place=scene.place(scene.region),
            rows=tuple(kept[(page - 1) * PAGE : page * PAGE]),
            found=len(kept),
            page=page,
            pages=pages,
            limit=self.limit,
            since=since,
            counts=dict(Counter(trouble for row in rows for trouble in row.troubles)),
            filters=filters,
            options=options,
            proposals=tuple(one for one in proposals if one.open),
            vain=vain,
            simulated=self._simulated,
        )

    @cached_property
    def limit(self) -> float:
        """The noise above which a rule is to be looked at: the mildest bound of the catalogue's own rule on it."""
        if NOISE_RATE in self._catalog:
            for rule in rules_of(self._catalog.get(NOISE_RATE)):
                bounds = [bound for level in LEVELS for bound in rule.threshold(int(level)) if bound == bound]
                if bounds:
                    return float(min(bounds))
        return USUAL_LIMIT

    def records(self, scene: Scene, rules: Iterable[str], since: date) -> list[Record]:
        """What each rule did within a region since a day."""
        read, day = self._read(), np.datetime64(since)
        raised: dict[str, list[Raised]] = {rule: [] for rule in rules}
        inside = {
            region.code for region in self._tree
            if scene.own and self._tree.contains(scene.region, region.code)
        }  # fmt: skip
        turns = self._turns(read, inside)
        for one in read.warned:
            if one.key.rule in raised and one.key.region in inside:
                raised[one.key.rule].append(self._raised(one, read.answers.get(one.key), turns))
        spans = {rule: [one.span for one in found if one.span.first >= day] for rule, found in raised.items()}
        alike = repeated(spans)
        return [
            replace(record(rule, found, day), overlaps=alike.get(rule, ())) for rule, found in raised.items()
        ]

    def _raised(
        self, one: Warned, answer: StoredAnswer | None, turns: Mapping[tuple[str, int], bool]
    ) -> Raised:
        useless = answer is not None and answer.kind == "no_action"
        return Raised(
            span=Span(one.key.region, _day(one.key.opened), _day(one.closed) if one.closed else FOREVER),
            standing=one.standing,
            answered=answer is not None,
            reason=(answer.reason or "other") if answer is not None and useless else "",
            flapped=turns.get((one.key.rule, one.key.region), False),
        )

    def _turns(self, read: _Read, inside: set[int]) -> dict[tuple[str, int], bool]:
        """Which instances ever opened and closed too often within the periods that the settings look at."""
        turns: dict[tuple[str, int], list[int]] = {}
        for one in read.warned:
            if one.key.region in inside:
                turns.setdefault((one.key.rule, one.key.region), []).extend(
                    filter(None, (one.key.opened, one.closed))
                )
        return {key: self._often(sorted(found), self._frequency(key[0])) for key, found in turns.items()}

    def _often(self, turns: Sequence[int], frequency: Frequency) -> bool:
        most, span = self._settings.flap_changes, self._settings.flap_periods
        return any(
            turns[place - most + 1] >= first_of(turns[place], frequency, span)
            for place in range(most - 1, len(turns))
        )

    def _frequency(self, rule: str) -> Frequency:
        return self._catalog.get(indicator_of(rule)).frequency

    def _read(self) -> _Read:
        """The history; read again when something was added to it."""
        counters = self._counters()
        version = tuple(counters.get(name, 0) for name in SEEN)
        if self._kept is None or self._kept[0] != version:
            answers = {AlertKey(one.rule, one.region, one.opened): one for one in self._answers.answers()}
            silent = frozenset(
                rule
                for rule, one in self._history.rules().items()
                if one.health in (Health.NO_DATA, Health.ERROR)
            )
            read = _Read(tuple(warned(self._history, self._catalog, self._tree)), answers, silent)
            self._kept = version, read
        return self._kept[1]

    def _row(
        self,
        one: Record,
        rule: Rule,
        scene: Scene,
        proposals: Sequence[ProposalView],
        muted: SilenceView | None,
    ) -> RuleRow:
        indicator = self._catalog.get(rule.code)
        department = self._catalog.departments.get(indicator.department)
        texts = Texts(scene.language)
        troubles = one.troubles(self.limit)
        return RuleRow(
            id=one.rule,
            name=self._proposals.name(one.rule, scene.language),
            system=indicator.system,
            department=(department.name_en if scene.language == "en" else department.name_zh) if department else "",
            fired=one.fired,
            standing=one.standing,
            answered=one.answered,
            useless=one.useless,
            noise=one.noise,
            over=Trouble.NOISE in troubles,
            reasons=tuple((texts.t(REASONS.get(reason, REASONS["other"])), count) for reason, count in one.reasons.items()),
            flapping=one.flapping,
            overlaps=tuple((other, self._proposals.name(other, scene.language), 100 * share) for other, share in one.overlaps),
            last=one.last.astype(date) if one.last is not None else None,
            troubles=tuple(map(str, troubles)),
            muted_until=muted.ends if muted else None,
            muted_by=muted.by if muted else "",
            proposals=sum(other.rule == one.rule and other.open for other in proposals),
            silent=one.rule in self._read().silent,
        )  # fmt: skip

    def _choice(
        self, choice: Choice, rows: Sequence[RuleRow], language: str
    ) -> tuple[dict[str, str], dict[str, tuple[Option, ...]], tuple[str, ...]]:
        texts = Texts(language)
        systems = {row.system for row in rows}
        options: dict[str, tuple[Option, ...]] = {
            "trouble": tuple((str(word), texts.t(name)) for word, name in TROUBLES.items()),
            "system": tuple(
                (one.id, one.name_en if language == "en" else one.name_zh)
                for one in self._catalog.systems.values() if one.id in systems
            ),
        }  # fmt: skip
        filters = {
            name: value for name, value in choice.filters.items()
            if value in dict(options.get(name, ())) or (name == "q" and value) or (name == "page" and value.isdigit())
        }  # fmt: skip
        return filters, options, tuple(name for name in choice.filters if name not in filters)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()


def _passes(row: RuleRow, filters: Mapping[str, str]) -> bool:
    text = filters.get("q", "").lower()
    return (
        filters.get("trouble") in (None, *row.troubles)
        and filters.get("system") in (None, row.system)
        and (not text or text in f"{row.name} {row.id} {row.department}".lower())
    )


def _day(key: int) -> np.datetime64:
    """The last day of a period."""
    return np.datetime64(periods.Period(key).end, "D")
