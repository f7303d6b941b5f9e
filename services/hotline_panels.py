"""What boards show of the hotline: volume, closure, satisfaction and repeats by place, class and department; where the
loop stands; the list of cases; and what other places published, for reference only.

Rates are asked of the query like every other number, so that two screens cannot disagree; a sample that is too small
gives none, and says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import isfinite
from pathlib import Path

import numpy as np

from data_access.hotline import COUNTS, Case
from indicators import periods
from indicators.aggregation import TOTAL
from indicators.errors import N_
from indicators.evaluate import compiled
from indicators.formula import evaluate
from indicators.regions import Level
from services import access, hotline_reference
from services.access import Actor
from services.answers import Answer, Line, Question
from services.hotline import DAY, Hotline
from services.hotline_book import (
    CHANNELS,
    CLASSES,
    CLOSED,
    LEAST_RATED,
    NEXT,
    RATINGS,
    STAGES,
)
from services.hotline_views import (
    BreakdownRow,
    BreakdownView,
    CaseRow,
    CasesView,
    CaseView,
    LoopView,
    Rate,
    ReferenceView,
    RisingRow,
    RisingView,
    StageCount,
    StepView,
)
from services.panels import Maker, PanelWish
from services.query import Query
from services.scenes import Scene, level_of, name_of
from services.views import Face, Place

SHOWN = ("total", "ontime", "satisfied", "solved", "repeat")
"""The columns of a table, in their order."""

CODES = {
    "total": "sign.gov.hot_total",
    "due": "sign.gov.hot_due",
    "ontime": "sign.gov.hot_ontime",
    "rated": "sign.gov.hot_rated",
    "satisfied": "sign.gov.hot_satisfy",
    "solved": "sign.gov.hot_solve_rate",
    "repeats": "sign.gov.hot_repeat",
    "repeat": "sign.gov.hot_repeat_rate",
}

INPUTS = tuple(f"sign.gov.hot_{name}" for name in COUNTS)
"""What the formulas of the rates are made of."""

UPSIDE_DOWN = ("repeat",)
"""Columns of which more is worse."""

RISING_MONTHS = 6
LEAST_REPEATS = 5
"""Fewer repeats than this in a month are no trend."""

PAGE = 20
NOTHING = Face("empty", N_("这里还没有登记12345工单。有登记权限的人员可以逐件登记，或按模板导入。"), {})

BACKLOG = ((3, N_("3天内")), (7, N_("4—7天")), (15, N_("8—15天")), (10_000, N_("15天以上")))
"""How long an open case has been waiting where it stands."""


class HotlinePanels:
    """Makers of the panels of the hotline.

    items      all breakdowns by their numbers: (dimensions, scope)
    reference  the file of what other places published; None where there is none
    """

    def __init__(
        self,
        hotline: Hotline,
        query: Query,
        items: Callable[[], Mapping[int, tuple[str, str]]],
        reference: Path | None,
        names: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._hotline, self._query, self._items = hotline, query, items
        self._reference, self._names = reference, names

    def panels(self) -> dict[str, Maker]:
        """The makers by the names that layouts use."""
        makers: dict[str, Maker] = {
            "hotline.regions": self.regions,
            "hotline.classes": lambda wish: self.broken_down(wish, "appeal_class"),
            "hotline.departments": lambda wish: self.broken_down(wish, "department"),
            "hotline.loop": self.loop,
            "hotline.rising": self.rising,
            "hotline.cases": self.cases,
            "hotline.reference": self.reference,
        }
        return {name: self._there(make) for name, make in makers.items()}

    def _there(self, make: Maker) -> Maker:
        def panel(wish: PanelWish) -> object:
            return make(wish) if make == self.reference or self._hotline.store.any() else NOTHING

        return panel

    # ---- by place, class, department

    def regions(self, wish: PanelWish) -> object:
        """The children of the region, each with volume, closure, satisfaction, repeats."""
        scene = wish.scene
        tree = scene.tree
        below = access.narrow(scene.actor, tree, tree.children(scene.region, territories_only=True))
        month = self._month(scene)
        if month is None:
            return NOTHING
        answer = self._asked(scene, (scene.region, *below), month, (TOTAL,))
        rows = [self._line(answer, code, TOTAL, f"{code:012d}", scene.name(code)) for code in below]
        whole = self._line(answer, scene.region, TOTAL, f"{scene.region:012d}", scene.name(scene.region))
        return self._table(wish, "region", [row for row in rows if row.total], whole, month, answer)

    def broken_down(self, wish: PanelWish, by: str) -> object:
        """The classes, or the departments, of the region's cases."""
        scene = wish.scene
        month = self._month(scene, whole=True)
        if month is None:
            return NOTHING
        words = {item: told.partition("=")[2] for item, (told, narrower) in self._items().items()
                 if told.startswith(by + "=") and ";" not in told and not narrower}  # fmt: skip
        question = Question(
            INPUTS, (scene.region,), periods=(month,), items=(TOTAL, *words), as_of=scene.as_of
        )
        answer = self._query.ask(scene.actor, question)
        names = self._words(by, scene.language)
        rows = [
            self._counted(answer, scene.region, item, word, names.get(word, word))
            for item, word in words.items()
        ]
        whole = self._counted(answer, scene.region, TOTAL, "", scene.name(scene.region))
        return self._table(wish, by, [row for row in rows if row.total], whole, month, answer)

    def _words(self, by: str, language: str) -> Mapping[str, str]:
        return {"appeal_class": CLASSES, "channel": CHANNELS}.get(by) or self._names(language)

    def _month(self, scene: Scene, whole: bool = False) -> int | None:
        """The last month with cases, not after the board's period.

        whole  of which no county of the region has a day to come: what is broken down is told of whole months
        """
        tree = scene.tree
        mine = [
            told for county, told in self._hotline.store.ends().items()
            if tree.contains(scene.region, county) or tree.contains(county, scene.region)
        ]  # fmt: skip
        if not mine:
            return None
        ends = [periods.Period(told.until).end for told in mine]
        last = min(min(ends) if whole else max(ends), _until(scene) or date.max)
        first = periods.Period(min(told.since for told in mine)).end
        if whole and (last + timedelta(days=1)).day != 1:
            last = last.replace(day=1) - timedelta(days=1)
        return periods.months_key(last.year, last.month, 1) if last >= first else None

    def _asked(self, scene: Scene, regions: Sequence[int], month: int, items: tuple[int, ...]) -> Answer:
        question = Question(
            tuple(CODES.values()), tuple(regions), periods=(month,), items=items, as_of=scene.as_of
        )
        return self._query.ask(scene.actor, question)

    def _line(self, answer: Answer, region: int, item: int, code: str, name: str) -> BreakdownRow:
        found = {column: answer.row(one, region, item) for column, one in CODES.items()}
        total = found["total"]
        rated, due = _value(found["rated"]), _value(found["due"])
        return BreakdownRow(
            code, name, _value(total),
            Rate(_value(found["ontime"]), due),
            _rate(found["satisfied"], rated), _rate(found["solved"], rated),
            Rate(_value(found["repeat"]), _value(found["repeats"])),
            total.reported if total else 0, total.expected if total else 1,
        )  # fmt: skip

    def _counted(self, answer: Answer, region: int, item: int, code: str, name: str) -> BreakdownRow:
        """A row whose rates are made here by the formulas of the catalogue: the month is whole, nobody is missing,
        and to ask for the rates of every class would have them computed for every day as well."""
        told = {one: _value(answer.row(one, region, item)) for one in INPUTS}

        def rate(column: str) -> float | None:
            formula = compiled(self._query.catalog.get(CODES[column]).formula or "")
            values = [told[one] for one in formula.inputs]
            if None in values:
                return None
            cells = {one: np.array([told[one]], np.float64) for one in formula.inputs}
            found = float(evaluate(formula.tree, cells, np.zeros(1))[0])
            return found if isfinite(found) else None

        rated = told[CODES["rated"]]
        thin = rated is not None and rated < LEAST_RATED
        return BreakdownRow(
            code, name, told[CODES["total"]], Rate(rate("ontime"), told[CODES["due"]]),
            Rate(None if thin else rate("satisfied"), rated, thin), Rate(None if thin else rate("solved"), rated, thin),
            Rate(rate("repeat"), told[CODES["repeats"]]),
        )  # fmt: skip

    def _table(
        self,
        wish: PanelWish,
        by: str,
        rows: list[BreakdownRow],
        whole: BreakdownRow,
        month: int,
        answer: Answer,
    ) -> object:
        if not rows:
            return NOTHING
        sort = wish.choice.filters.get(f"sort_{by}", "total")
        sort = sort if sort in SHOWN else "total"
        rows.sort(key=lambda row: _weight(row, sort))
        return BreakdownView(
            wish.scene.place(wish.scene.region), by, tuple(rows), whole, sort, month,
            any(line.status == "simulated" for line in answer), sum(row.satisfied.thin for row in rows),
        )  # fmt: skip

    # ---- the loop

    def loop(self, wish: PanelWish) -> object:
        """Open cases by stage, with how long they have been there and how many are overdue."""
        now = int(wish.moment.timestamp())
        rows = self._hotline.store.open_stages(*self._within(wish.scene))
        ends = self._hotline.store.ends()
        at = min(now, self._end(max(told.until for told in ends.values()))) if ends else now
        counts: dict[int, list[tuple[int | None, int]]] = {}
        for stage, due, since in rows:
            counts.setdefault(stage, []).append((due, since))
        stages = tuple(
            StageCount(stage, STAGES[stage], len(found), sum(due is not None and due < at for due, _ in found),
                       _ages([at - since for _, since in found]))
            for stage, found in sorted(counts.items()) if stage < CLOSED
        )  # fmt: skip
        soon = sum(due is not None and at <= due < at + DAY for _, due, _ in rows)
        return LoopView(
            wish.scene.place(wish.scene.region), stages, tuple(name for _, name in BACKLOG),
            sum(one.total for one in stages), sum(one.overdue for one in stages), soon, at,
            self._simulated(wish.scene),
        )  # fmt: skip

    def rising(self, wish: PanelWish) -> object:
        """Classes of which more and more cases come again."""
        scene = wish.scene
        last = self._month(scene, whole=True)
        if last is None:
            return NOTHING
        months = [int(periods.shift_months(last, -step)) for step in range(RISING_MONTHS - 1, -1, -1)]
        words = {item: told.partition("=")[2] for item, (told, narrower) in self._items().items()
                 if told.startswith("appeal_class=") and ";" not in told and not narrower}  # fmt: skip
        codes = (CODES["repeats"], CODES["repeat"])
        answer = self._query.ask(scene.actor, Question(
            codes, (scene.region,), periods=tuple(months), items=tuple(words), as_of=scene.as_of))  # fmt: skip
        told = {(line.indicator, line.item, line.period): line for line in answer}
        rows = []
        for item, word in words.items():
            counts = tuple(_value(told.get((codes[0], item, month))) for month in months)
            row = RisingRow(word, CLASSES.get(word, word), counts,
                            _value(told.get((codes[1], item, last))), _mean(counts[:3]))  # fmt: skip
            if _mean(counts[-2:]) >= LEAST_REPEATS and _mean(counts[-2:]) > 1.3 * row.before:
                rows.append(row)
        rows.sort(key=lambda row: -(_mean(row.counts[-2:]) / max(row.before, 1)))
        return RisingView(scene.place(scene.region), tuple(rows), tuple(months),
                          any(line.status == "simulated" for line in answer))  # fmt: skip

    # ---- cases

    def cases(self, wish: PanelWish) -> object:
        """The cases, overdue first, narrowed by what the reader has chosen."""
        scene, given = wish.scene, wish.choice.filters
        options = self._options(scene)
        chosen = {name: given[name] for name, offered in options.items() if given.get(name) in dict(offered)}
        text = given.get("page", "1")
        wished = int(text) if text.isdigit() and len(text) < 6 else 1
        now = self._now(wish)
        within, by = self._within(scene)
        conditions = {
            name: int(value) if name in ("town", "county") else value for name, value in chosen.items()
        }
        found, total = self._hotline.store.found(within, by, conditions, now, PAGE, (wished - 1) * PAGE)
        pages = max(1, -(-total // PAGE))
        if wished > pages:
            found, total = self._hotline.store.found(within, by, conditions, now, PAGE, (pages - 1) * PAGE)
        names = self._names(scene.language)
        return CasesView(
            scene.place(scene.region), tuple(self._row(scene, one, now, names) for one in found), total,
            min(max(wished, 1), pages), pages, chosen, options, bool(self._hotline.counties(scene.actor)),
            any(one.simulated for one in found),
        )  # fmt: skip

    def _row(self, scene: Scene, one: Case, now: int, names: Mapping[str, str]) -> CaseRow:
        return CaseRow(
            one.number, scene.place(one.town), CLASSES.get(one.appeal_class, one.appeal_class), one.matter,
            names.get(one.department, one.department), one.accepted_at, one.due_at, STAGES[one.stage],
            one.closed_at is not None, one.closed_at is None and one.due_at is not None and one.due_at < now,
            one.repeat_of is not None, one.simulated,
        )  # fmt: skip

    def _options(self, scene: Scene) -> dict[str, tuple[tuple[str, str], ...]]:
        below = access.narrow(
            scene.actor, scene.tree, scene.tree.children(scene.region, territories_only=True)
        )
        level = "county" if scene.tree.get(scene.region).level == Level.CITY else "town"
        names = self._names(scene.language)
        return {
            "state": tuple(CASE_STATES.items()),
            level: tuple((f"{code:012d}", scene.name(code)) for code in below),
            "appeal_class": tuple(CLASSES.items()),
            "department": tuple((code, names.get(code, code)) for code in self._hotline.departments()),
            "channel": tuple(CHANNELS.items()),
        }

    def _within(self, scene: Scene) -> tuple[tuple[int, ...], str]:
        """The counties, or the township, whose cases the reader may see here."""
        tree, region = scene.tree, scene.region
        if tree.get(region).level == Level.TOWN:
            return (region,) if access.scope(scene.actor, tree, region) == "own" else (), "town"
        counties = [code for code in self._hotline.territories() if tree.contains(region, code)]
        mine = tuple(code for code in counties if access.scope(scene.actor, tree, code) == "own")
        if mine or not counties:
            return mine, "county"
        towns = [town for county in counties for town in self._hotline.towns(county)]
        return tuple(town for town in towns if access.scope(scene.actor, tree, town) == "own"), "town"

    def _now(self, wish: PanelWish) -> int:
        return int(wish.moment.timestamp())

    def _end(self, key: int) -> int:
        day = periods.Period(key).end + timedelta(days=1)
        return int((day - date(1970, 1, 1)).days * DAY - self._hotline.zone.total_seconds())

    def _simulated(self, scene: Scene) -> bool:
        found, _ = self._hotline.store.found(*self._within(scene), {}, 0, 1, 0)
        return any(one.simulated for one in found)

    def departments(self, language: str) -> dict[str, str]:
        """Those that handle appeals, in a language."""
        names = self._names(language)
        return {code: names.get(code, code) for code in self._hotline.departments()}

    def page(self, actor: Actor, number: str, language: str) -> CaseView:
        """One case as its page shows it; see ``Hotline.case`` for what it raises."""
        case, steps = self._hotline.case(actor, number)
        names, now = self._names(language), int(self._hotline.clock().timestamp())
        earlier = self._hotline.store.by_id(case.repeat_of) if case.repeat_of else None
        seen: set[int] = set()
        told = []
        for step in steps:
            unit = names.get(step.unit, step.unit)
            told.append(
                StepView(
                    STAGES[step.stage], step.begun_at, step.ended_at, unit, step.note, step.stage in seen
                )
            )
            seen.add(step.stage)
        late = case.due_at is not None and case.closed_at is not None and case.closed_at > case.due_at
        return CaseView(
            case, self._place(case.town, language), self._place(case.county, language),
            CLASSES.get(case.appeal_class, ""), CHANNELS.get(case.channel, ""),
            names.get(case.department, case.department), STAGES[case.stage], tuple(told),
            earlier.number if earlier else "", RATINGS.get(case.rating or 0, ""),
            case.closed_at is None and case.due_at is not None and case.due_at < now, late,
            tuple((stage, STAGES[stage]) for stage in NEXT[case.stage]),
            self._hotline.may_record(actor, case.county),
        )  # fmt: skip

    def _place(self, code: int, language: str) -> Place:
        tree = self._hotline.tree
        return Place(code, name_of(tree, code, language), level_of(tree, code))

    # ---- other places

    def reference(self, wish: PanelWish) -> object:
        """What another place published of its hotline, for reference only."""
        if self._reference is None:
            return Face("empty", N_("没有可供参考的外地数据。"), {})
        tables = hotline_reference.read(self._reference)
        wished = wish.choice.filters.get("place", "")
        number = int(wished) if wished.isdigit() and len(wished) < 4 and int(wished) < len(tables) else 0
        return ReferenceView(
            tuple((str(place), f"{one.area} {one.period}") for place, one in enumerate(tables)), str(number),
            tables[number],
        )  # fmt: skip


CASE_STATES = {"open": N_("在办"), "overdue": N_("超期"), "closed": N_("已办结"), "repeat": N_("重复")}
"""The states by which cases are listed."""


def _value(line: Line | None) -> float | None:
    return line.value if line is not None else None


def _rate(line: Line | None, rated: float | None) -> Rate:
    thin = rated is not None and rated < LEAST_RATED
    return Rate(None if thin else _value(line), rated, thin)


def _weight(row: BreakdownRow, sort: str) -> tuple[bool, float]:
    """Volume and repeats from the highest, rates from the lowest; what has none comes last."""
    value = row.total if sort == "total" else getattr(row, sort).value
    if value is None:
        return True, 0.0
    return False, -value if sort == "total" or sort in UPSIDE_DOWN else value


def _ages(seconds: Iterable[int]) -> tuple[int, ...]:
    days = [one / DAY for one in seconds]
    bounds = [0, *(bound for bound, _ in BACKLOG)]
    return tuple(sum(low <= day < high for day in days) for low, high in pairwise(bounds))


def _mean(values: Sequence[float | None]) -> float:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else 0.0


def _until(scene: Scene) -> date | None:
    return periods.Period(scene.until).end if scene.until else None
