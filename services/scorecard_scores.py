"""The scores of a card as they stand now: every subject in every line, by the rule that is stated there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data_access.plans_book import key_of
from data_access.scorecards import AppealRuling, Card, Hand, Result
from indicators import supervision
from indicators.catalog import Catalog
from indicators.definition import Target
from indicators.periods import Period
from indicators.regions import Level, RegionTree
from indicators.scorecards import FULL, OF_FIGURES, Item, Way, of_figure
from services.access import SYSTEM
from services.answers import Question
from services.plans import DONE, MET, OPEN, due
from services.plans_reading import PlanReading
from services.query import Query
from services.supervision import Supervision
from services.supervision_reading import course

COUNTY, DEPARTMENT = "county", "department"
MISSING, NOT_DUE, UNSCORED, NOTHING = "missing", "not_due", "unscored", "nothing"
"""Why there is no score: no figure, nothing due yet, nobody has scored, no supervised item in the time."""

BY_HAND, BY_APPEAL, RECORDS = "hand", "appeal", "records"
"""Where a score comes from that is no figure: a person, an appeal that was upheld, records."""


def item_of(written: Mapping[str, Any]) -> Item:
    """A line as it is stored."""
    return Item(**{**written, "way": Way(written["way"]), "only": tuple(written.get("only", ()))})


def written(item: Item) -> dict[str, Any]:
    """A line as it is stored."""
    return {**asdict(item), "way": item.way.value, "only": list(item.only)}


class Scores:
    """Works out the scores of cards from figures, targets, supervised items, and what was given by hand."""

    def __init__(
        self, query: Query, plans: PlanReading, items: Supervision, catalog: Catalog, tree: RegionTree,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        self._query = query
        self._plans = plans
        self._items = items
        self._catalog = catalog
        self._tree = tree
        self._clock = clock
        self._zone = zone

    def counties(self, region: int) -> tuple[int, ...]:
        """The counties that a card of a region can judge."""
        return tuple(
            code
            for code in self._tree.children(region, territories_only=True)
            if self._tree.get(code).level is Level.COUNTY
        )

    def now(
        self, card: Card, items: Sequence[Item], subjects: Sequence[str], hands: Iterable[Hand],
        upheld: Mapping[tuple[str, str], AppealRuling],
    ) -> list[Result]:  # fmt: skip
        """The results of a card as they stand now."""
        given = {(one.subject, one.item): one for one in hands}  # in order: the last one holds
        figures = self._figures(card, items, subjects)
        found = []
        for subject in subjects:
            for item in (one for one in items if one.judges(subject)):
                cell = self._cell(card, item, subject, figures, given)
                found.append(_after_appeal(cell, upheld.get((subject, item.id))))
        return found

    def _cell(
        self, card: Card, item: Item, subject: str, figures: Mapping[tuple[str, int], Any],
        given: Mapping[tuple[str, str], Hand],
    ) -> Result:  # fmt: skip
        empty = Result(card.id, 0, subject, item.id, item.weight, None, "", None, MISSING, None, "")
        if item.way in OF_FIGURES:
            line = figures.get((item.indicator, self._region(card, subject)))
            if line is None or line.value is None:
                return empty
            score = of_figure(item, line.value)
            return empty._replace(
                value=line.value, unit=line.unit, period=line.period, status=line.status, score=score
            )
        if item.way is Way.HAND:
            hand = given.get((subject, item.id))
            if hand is None or hand.score is None:
                return empty._replace(status=UNSCORED)
            return empty._replace(score=hand.score, status=BY_HAND, evidence=hand.evidence)
        share = self._reached(card, subject) if item.way is Way.TARGETS else self._punctual(card, subject)
        if share is None:
            return empty._replace(status=NOT_DUE if item.way is Way.TARGETS else NOTHING)
        return empty._replace(value=share, unit="%", score=share, status=RECORDS)

    def _region(self, card: Card, subject: str) -> int:
        """Where the figure of a subject stands: its own county, or of a department the card's region."""
        return int(subject) if card.subjects == COUNTY else card.region

    def _figures(
        self, card: Card, items: Sequence[Item], subjects: Sequence[str]
    ) -> dict[tuple[str, int], Any]:
        codes = tuple(
            {one.indicator for one in items if one.way in OF_FIGURES and one.indicator in self._catalog}
        )
        regions = tuple({self._region(card, subject) for subject in subjects})
        if not codes or not regions:
            return {}
        answer = self._query.ask(SYSTEM, Question(codes, regions, until=card.until))
        first = date(card.year, 1, 1)
        return {
            (line.indicator, line.region): line
            for line in answer
            if line.period and Period(line.period).end >= first
        }

    def _reached(self, card: Card, subject: str) -> float | None:
        """The share of targets that fell due by the end of the card and are reached."""
        end = Period(card.until).end
        own = [one for one in self._targets(card, subject) if due(one) <= end]
        if not own:
            return None
        states = {one.key: one.state for one in self._plans.views(SYSTEM, own, "zh")}
        judged = [states[key_of(one)] for one in own if states[key_of(one)] != OPEN]
        return FULL * sum(state in (DONE, MET) for state in judged) / len(judged) if judged else None

    def _targets(self, card: Card, subject: str) -> list[Target]:
        if card.subjects == DEPARTMENT:
            return self._plans.owners().get(subject, [])
        return [one for one in self._plans.all() if one.region == int(subject)]

    def _punctual(self, card: Card, subject: str) -> float | None:
        """按期反馈率 of the items that were dispatched in the time of the card."""
        first, last = (
            self._moment(date(card.year, 1, 1)),
            self._moment(Period(card.until).end + timedelta(days=1)),
        )
        items = [
            one
            for one in self._items.items(SYSTEM)
            if first <= one.dispatched_at < last and self._concerns(card, subject, one.department, one.region)
        ]
        at = min(int(self._clock().timestamp()), last)
        return supervision.rates(map(course, items), at).punctuality

    def _concerns(self, card: Card, subject: str, department: str, region: int) -> bool:
        if card.subjects == DEPARTMENT:
            return department == subject
        return self._tree.has(int(subject)) and self._tree.contains(int(subject), region)

    def _moment(self, day: date) -> int:
        return int((datetime(day.year, day.month, day.day, tzinfo=UTC) - self._zone).timestamp())


def _after_appeal(cell: Result, ruling: AppealRuling | None) -> Result:
    """A score that an appeal changed takes the place of the one that was worked out."""
    if ruling is None or ruling.score is None:
        return cell
    return cell._replace(score=ruling.score, status=BY_APPEAL, evidence=ruling.reason)
