"""What drives a warning: regions below, parts of the formula, items; what they add, and what moved before.

The gap or the change that is warned of is taken apart three ways; each adds up to it, with what is left as a line
of its own, or says why it does not.
source  docs/methods.md, "预警归因"
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indicators import drivers, formula, periods
from indicators.aggregation import TOTAL, refusal
from indicators.catalog import Catalog
from indicators.contribution import to_growth
from indicators.definition import DataStatus, Indicator, RegionAggregation
from indicators.drivers import Quotient
from indicators.errors import N_, CockpitError, Issue
from indicators.measures import RATES, Targets
from indicators.regions import Level, RegionTree
from services import access, compositions, courses
from services.access import Actor
from services.alerts import Alerts, AlertView, alert_key
from services.answers import Line, Question
from services.drivers_aspect import Aspect, Standing, aspect_of, candidates
from services.drivers_leading import Leads
from services.drivers_views import DriverRow, DriversView, Split
from services.drivers_words import sentence
from services.query import Query
from services.scenes import level_of, name_of
from services.texts import Texts
from services.views import Figure, Mark, Place

Floats = NDArray[np.float64]
Cells = Mapping[str, Line]
"""The figures of one part by the codes that are needed."""

EXTREMES = ("max", "min", "max_severity")
GONE = N_("这条预警已经解除，或不在您的范围内")


@dataclass(frozen=True)
class Part:
    """One part of the figure: who it is, and the figures of it that are needed."""

    row: DriverRow
    cells: Cells


@dataclass(frozen=True)
class Case:
    """A warning as it is taken apart.

    aspect    what the contributions add up to
    quotient  the formula, where the figure is one sum divided by another
    weight    the code of the weights, where the figure is a weighted mean
    whole     the figures of the region itself by code, and ``before`` in the period a change is told against
    """

    actor: Actor
    alert: AlertView
    indicator: Indicator
    texts: Texts
    place: Place
    aspect: Aspect
    quotient: Quotient | None
    weight: str | None
    whole: Cells
    before: Cells
    against: int | None

    @property
    def additive(self) -> bool:
        """Whether figures of parts are added."""
        return self.quotient is None and self.indicator.agg_region is RegionAggregation.SUM

    @property
    def codes(self) -> tuple[str, ...]:
        """What must be known of a part to say what it adds; none where nothing can be said."""
        if self.quotient is not None:
            names = (self.quotient.numerator, self.quotient.denominator)
            return tuple(dict.fromkeys(code for node in names for code in formula.references(node)))
        if self.weight is not None:
            return (self.indicator.code, self.weight)
        return (self.indicator.code,) if self.additive else ()

    @cached_property
    def word(self) -> str:
        """The indicator in the reader's language."""
        return self.indicator.name(self.texts.language)


class Drivers:
    """Says what drives warnings.

    items    the breakdown and the scope of every item, by its number
    targets  what regions are to reach
    """

    def __init__(
        self,
        alerts: Alerts,
        query: Query,
        catalog: Catalog,
        tree: RegionTree,
        items: Callable[[], Mapping[int, tuple[str, str]]],
        targets: Callable[[], Targets],
    ) -> None:
        self._alerts = alerts
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._items = items
        self._targets = targets
        self._leads = Leads(query, catalog)

    def of(self, actor: Actor, alert: str, language: str) -> DriversView:
        """What drives an open warning, as far as the actor may see it.

        raises  CockpitError ``alert_not_open`` where no open warning of this id is seen
        """
        region = alert_key(alert).region
        around = (region, *self._tree.children(region)) if self._tree.has(region) else ()
        standing = self._alerts.open_alerts(actor, around)
        found = next((one for one in standing if one.id == alert), None)
        if found is None:
            raise CockpitError(Issue("alert_not_open", GONE, N_("请回到预警列表。")))
        marks = {
            (one.indicator, one.region): Mark(int(one.level), str(one.kind)) for one in reversed(standing)
        }
        return self._view(self._case(actor, found, Texts(language)), marks)

    def _view(self, case: Case, marks: Mapping[tuple[str, int], Mark]) -> DriversView:
        splits = (self._by_region(case, marks), self._by_part(case), self._by_item(case))
        leading = self._leads.of(case.actor, case.alert, case.texts, marks)
        whole = case.whole.get(case.indicator.code)
        return DriversView(
            alert=case.alert.id,
            indicator=case.indicator.code,
            name=case.word,
            place=case.place,
            period=case.alert.period,
            frequency=str(case.indicator.frequency),
            sentence=sentence(case.alert, case.indicator, case.place.name, case.aspect, case.texts, splits, leading),
            splits=splits,
            leading=leading,
            against=case.against,
            simulated=case.alert.simulated or bool(whole and whole.simulated),
        )  # fmt: skip

    # ---- what is to be explained

    def _case(self, actor: Actor, alert: AlertView, texts: Texts) -> Case:
        indicator = self._catalog.get(alert.indicator)
        node = self._catalog.compiled(indicator.code)
        quotient = drivers.quotient(node) if node is not None else None
        weighted = str(indicator.agg_region) == "weighted_mean" and indicator.weight in self._catalog
        weight = indicator.weight if weighted and quotient is None else None
        codes = (indicator.code, *self._catalog.inputs(indicator.code), weight or indicator.code)
        wished = candidates(alert, indicator)
        by_period = self._at_each(actor, dict.fromkeys(codes), alert.region, (alert.period, *wished))
        against = next(
            (key for key in wished if _value(by_period.get(key, {}), indicator.code) is not None), None
        )
        whole, before = by_period.get(alert.period, {}), by_period.get(against or 0, {})
        place = Place(alert.region, name_of(self._tree, alert.region, texts.language),
                      level_of(self._tree, alert.region), alert.context)  # fmt: skip
        parted = quotient is not None or indicator.agg_region is not RegionAggregation.SUM
        base = _value(before, indicator.code)
        standing = Standing(alert, indicator, _value(whole, indicator.code), against, base, parted)
        aspect = aspect_of(standing, self._alerts.rule(alert.rule).type, self._target(alert))
        return Case(actor, alert, indicator, texts, place, aspect, quotient, weight, whole, before, against)

    def _target(self, alert: AlertView) -> float | None:
        """What the region is to reach in the year of the figure."""
        year = alert.period // 10**13
        own = self._targets().target(alert.indicator, alert.region, year)
        return own.value if own is not None else self._catalog.get(alert.indicator).targets.get(year)

    # ---- regions

    def _by_region(self, case: Case, marks: Mapping[tuple[str, int], Mark]) -> Split:
        title = case.texts.t(N_("下级地区"))
        children = self._tree.children(case.place.code)
        reason = self._no_children(case, children)
        if reason:
            return Split("regions", title, "", None, "", (), reason)
        seen = access.narrow(case.actor, self._tree, children)
        cells = self._cells(case.actor, (case.indicator.code, *case.codes), seen, case.alert.period)
        parts = []
        for region in seen:
            own = cells[region]
            line = own.get(case.indicator.code)
            unit = self._tree.get(region).reporting_unit
            if unit and (line is None or line.value is None):
                continue
            place = Place(
                region, name_of(self._tree, region, case.texts.language), level_of(self._tree, region)
            )
            figure = courses.figure(line) if line else courses.nothing(case.indicator, case.alert.period)
            parts.append(Part(DriverRow("reporting_unit" if unit else "region", place.name, figure, None, place=place,
                                        code=case.indicator.code, mark=marks.get((case.indicator.code, region))), own))  # fmt: skip
        return self._split(case, "regions", title, parts, self._refused(case))

    def _no_children(self, case: Case, children: Sequence[int]) -> str:
        """Why there is nothing to be said of the regions below."""
        t = case.texts.t
        if case.place.context:
            return t(N_("您看不到{place}的下级地区"), place=case.place.name)
        if not children:
            return t(N_("{place}没有下级地区"), place=case.place.name)
        lowest = Level.parse(case.indicator.lowest_level)
        if self._tree.get(children[0]).level > lowest:
            return t(N_("{name}不公布到下一级"), name=case.word)
        return ""

    def _refused(self, case: Case) -> str:
        """Why figures of regions below do not add up to this one; empty where they do."""
        how = str(case.indicator.agg_region)
        if case.codes:
            return ""
        if how in EXTREMES:
            return case.texts.t(N_("{name}取下级中最突出的一个，不由各地相加"), name=case.word)
        issue = refusal(how, case.word, weighted=False)
        return case.texts.what(issue) if issue else case.texts.t(N_("{name}不由下级的数相加"), name=case.word)

    # ---- items

    def _by_item(self, case: Case) -> Split:
        """The breakdown that comes closest to the whole."""
        title = case.texts.t(N_("分项"))
        codes = case.codes if case.weight is None else ()
        if not codes or not all(self._catalog.get(code).dimensions for code in codes):
            reason = case.texts.t(N_("{name}没有分项"), name=case.word)
            return Split("items", title, "", None, "", (), reason)
        found = [
            self._split(case, "items", self._dimension(case, name), parts)
            for name, parts in self._item_parts(case, codes).items()
            if len(parts) > 1
        ]
        whole = [one for one in found if one.adds_up]
        if not whole:
            reason = case.texts.t(N_("这一期没有公布分项的数"))
            return Split("items", title, "", None, "", (), reason)
        return min(whole, key=_left_over)

    def _dimension(self, case: Case, name: str) -> str:
        return compositions.dimension_name(self._catalog, name, case.texts.language) or name

    def _item_parts(self, case: Case, codes: Sequence[str]) -> dict[str, list[Part]]:
        """The items with all figures that are needed, by breakdown."""
        question = Question(tuple(codes), (case.place.code,), periods=(case.alert.period,), items=None)
        items, by = self._items(), dict[str, dict[str, dict[str, Line]]]()
        for line in self._query.ask(case.actor, question):
            written, narrower = items.get(line.item, ("", ""))
            name, _, item = written.partition("=")
            if line.item != TOTAL and item and not narrower and ";" not in item and line.value is not None:
                by.setdefault(name, {}).setdefault(item, {})[line.indicator] = line
        return {
            name: [self._item(case, name, item, cells) for item, cells in found.items() if len(cells) == len(codes)]
            for name, found in by.items()
        }  # fmt: skip

    def _item(self, case: Case, dimension: str, item: str, cells: Cells) -> Part:
        name = compositions.item_name(self._catalog, dimension, item, case.texts.language)
        line = cells.get(case.indicator.code)
        figure = courses.figure(line) if line else _figure(case, cells)
        return Part(DriverRow("item", name, figure, None), cells)

    # ---- parts of the formula, or of an identity

    def _by_part(self, case: Case) -> Split:
        title = case.texts.t(N_("组成"))
        node = self._catalog.compiled(case.indicator.code)
        if node is not None and (case.quotient is not None or not case.additive):
            return self._effects(case, title, node)
        codes = self._identity(case.indicator.code)
        if not codes:
            reason = case.texts.t(N_("{name}是直接上报的数，目录里没有写明组成"), name=case.word)
            return Split("components", title, "", None, "", (), reason)
        cells = self._cells(case.actor, codes, (case.place.code,), case.alert.period)[case.place.code]
        parts = [
            Part(DriverRow("part", self._catalog.get(code).name(case.texts.language), courses.figure(line), None, code=code),
                 {case.indicator.code: line})
            for code, line in cells.items() if line.value is not None
        ]  # fmt: skip
        return self._split(case, "components", title, parts)

    def _identity(self, code: str) -> tuple[str, ...]:
        """The parts of a total: of its largest identity, else what says of itself that it is a part that adds up."""
        listed = [one.parts for one in self._catalog.identities if one.total == code]
        found = max(listed, key=len, default=())
        if not found:
            found = tuple(
                one.code for one in self._catalog.newest()
                if any(r.type == "component_of" and r.code == code and r.additive for r in one.related)
            )  # fmt: skip
        return tuple(one for one in found if one in self._catalog)

    def _effects(self, case: Case, title: str, node: formula.Node) -> Split:
        """What each part of the formula made of the change."""
        names = formula.references(node)
        now, base = _values(case.whole, names), _values(case.before, names)
        found = None
        if now.keys() == base.keys() == set(names) and not formula.uses_time_progress(node):
            found = drivers.effects(node, now, base)
        effects, change = found or ({}, None)
        rows = [
            DriverRow("part", self._catalog.get(code).name(case.texts.language), courses.figure(case.whole[code]),
                      effects.get(code), base.get(code), code, driving=effects.get(code, 0.0) * case.aspect.bad > 0)
            for code in names if code in case.whole
        ]  # fmt: skip
        unit = courses.POINTS if case.indicator.unit in RATES else case.indicator.unit
        if change is None:
            reason = case.texts.t(N_("没有可比的一期，只列出组成的数"))
            return Split("components", title, "", None, unit, tuple(rows), reason)
        of = case.texts.t(N_("与{period}相比的变化"), period=self._period(case, case.against or 0))
        rows.sort(key=lambda row: -(row.contribution or 0.0) * case.aspect.bad)
        return Split("components", title, of, change, unit, tuple(rows))

    def _period(self, case: Case, key: int) -> str:
        return case.texts.period(key, str(case.indicator.frequency))

    # ---- adding up

    def _split(self, case: Case, by: str, title: str, parts: Sequence[Part], refused: str = "") -> Split:
        """The parts with what they add, those that drive first, and what they leave."""
        aspect = case.aspect
        if refused or aspect.total is None:
            reason = refused or case.texts.t(N_("这一期没有本级的数"))
            rows = sorted((part.row for part in parts), key=lambda row: _worst_first(row, aspect.bad))
            return Split(by, title, "", None, case.indicator.unit, tuple(rows), reason)
        adds = [courses.number(one) for one in self._contributions(case, parts)]
        rows = [
            _with(part.row, add, driving=add is not None and add * aspect.bad > 0)
            for part, add in zip(parts, adds, strict=True)
        ]
        rows.sort(
            key=lambda row: (row.contribution is None, -(row.contribution or 0.0) * aspect.bad, row.name)
        )
        if not any(add is not None for add in adds):
            reason = case.texts.t(N_("各部分没有可以相加的数"))
            return Split(by, title, "", None, case.indicator.unit, tuple(rows), reason)
        less = -(aspect.reference or 0.0) if self._subtracts(case) else None
        if less is not None:
            rows.append(DriverRow("less", aspect.less(case.texts), None, less))
        left = drivers.rest(aspect.total, [row.contribution for row in rows])
        if left is not None:
            name = case.texts.t(N_("其余（未列出或不能分到各项）"))
            rows.append(
                DriverRow(
                    "rest",
                    name,
                    None,
                    left,
                    driving=left * aspect.bad > 0 and not any(r.driving for r in rows),
                )
            )
        return Split(by, title, aspect.of(case.texts, case.indicator), aspect.total, aspect.unit, tuple(rows))

    def _subtracts(self, case: Case) -> bool:
        """Whether the parts make the figure itself, and the gap only with what it is measured from as a line."""
        return case.aspect.kind == "gap" and case.additive

    def _contributions(self, case: Case, parts: Sequence[Part]) -> Floats:
        aspect, code = case.aspect, case.indicator.code
        cells = [part.cells for part in parts]
        if case.quotient is not None and aspect.kind == "gap":
            above, below = (
                _evaluated(node, cells) for node in (case.quotient.numerator, case.quotient.denominator)
            )
            whole = float(_evaluated(case.quotient.denominator, [case.whole])[0])
            return drivers.gap(above, below, whole, (aspect.reference or 0.0) - case.quotient.shift)
        values = _column(cells, code)
        if case.weight is not None and aspect.kind == "gap":
            weights = _column(cells, case.weight)
            whole = float(_column([case.whole], case.weight)[0])
            return drivers.gap(values * weights, weights, whole, aspect.reference or 0.0)
        if aspect.kind == "growth":
            bases = self._bases(case, [*cells, case.whole])
            added = to_growth(values, bases[:-1], float(bases[-1]))
            return np.asarray(added - (aspect.reference or 0.0) * bases[:-1] / bases[-1])
        return values * aspect.scale

    def _bases(self, case: Case, cells: Sequence[Cells]) -> Floats:
        """The figures a period before: of the year before by the published growth, which is comparable, where there is
        one.
        """
        lines = [own.get(case.indicator.code) for own in cells]
        before = int(periods.year_before(np.array([case.alert.period]))[0])
        if case.aspect.against == before:
            return np.array([_year_base(line) for line in lines])
        known = [line for line in lines if line is not None]
        items = None if any(line.item != TOTAL for line in known) else (TOTAL,)
        question = Question(
            tuple(dict.fromkeys(line.indicator for line in known)),
            tuple(dict.fromkeys(line.region for line in known)),
            periods=(case.aspect.against or 0,),
            items=items,
        )
        there = {
            (line.indicator, line.region, line.item): line.value
            for line in self._query.ask(case.actor, question)
        }
        found = [line and there.get((line.indicator, line.region, line.item)) for line in lines]
        return np.array([np.nan if value is None else value for value in found], np.float64)

    def _at_each(
        self, actor: Actor, codes: Iterable[str], region: int, keys: Sequence[int]
    ) -> dict[int, dict[str, Line]]:
        """The figures of a region by period asked for; a yearly plan has another period than the month asked for."""
        asked, lines = sorted(keys), dict[str, list[Line]]()
        for line in self._query.ask(actor, Question(tuple(codes), (region,), periods=tuple(asked))):
            lines.setdefault(line.indicator, []).append(line)
        found: dict[int, dict[str, Line]] = {key: {} for key in asked}
        for code, own in lines.items():
            for key, line in zip(asked, own, strict=True):
                found[key][code] = line
        return found

    def _cells(
        self, actor: Actor, codes: Iterable[str], regions: Sequence[int], period: int | None
    ) -> dict[int, dict[str, Line]]:
        """The figures of regions in one period, by region and code; regions that the actor may see."""
        found: dict[int, dict[str, Line]] = {region: {} for region in regions}
        wanted = tuple(dict.fromkeys(codes))
        if not wanted or not regions or period is None:
            return found
        for line in self._query.ask(actor, Question(wanted, tuple(regions), periods=(period,))):
            found[line.region][line.indicator] = line
        return found


def _value(cells: Cells, code: str) -> float | None:
    return cells[code].value if code in cells else None


def _year_base(line: Line | None) -> float:
    if line is None or line.value is None:
        return float("nan")
    if line.yoy_published is not None and line.yoy_published > -100:
        return line.value / (1 + line.yoy_published / 100)
    return float("nan") if line.base is None else line.base


def _with(row: DriverRow, contribution: float | None, *, driving: bool) -> DriverRow:
    return DriverRow(
        row.role, row.name, row.figure, contribution, row.base, row.code, row.place, row.mark, driving
    )


def _values(cells: Cells, names: Iterable[str]) -> dict[str, float]:
    found = ((name, cells[name].value) for name in names if name in cells)
    return {name: value for name, value in found if value is not None}


def _column(cells: Sequence[Cells], code: str) -> Floats:
    """The figures of one code, one for each part; NaN where there is none."""
    lines = (own.get(code) for own in cells)
    return np.array([np.nan if line is None or line.value is None else line.value for line in lines])


def _evaluated(node: formula.Node, cells: Sequence[Cells]) -> Floats:
    """A formula for each part."""
    known = {code: _column(cells, code)[:, None] for code in formula.references(node)}
    return formula.evaluate(node, known)[:, 0]


def _figure(case: Case, cells: Cells) -> Figure:
    """The figure of an item, which nobody published, from what the formula is made of."""
    quotient = case.quotient
    value = None
    if quotient is not None:
        above, below = (_evaluated(node, [cells])[0] for node in (quotient.numerator, quotient.denominator))
        value = courses.number(above / below + quotient.shift) if below else None
    simulated = any(line.simulated for line in cells.values())
    status = "simulated" if simulated else DataStatus.COMPUTED.word
    return Figure(
        value, case.indicator.unit, case.alert.period, "ok" if value is not None else "missing", status
    )


def _worst_first(row: DriverRow, bad: int) -> tuple[bool, float, str]:
    value = row.figure.value if row.figure else None
    return value is None, -(value or 0.0) * bad, row.name


def _left_over(split: Split) -> float:
    """How much of a split its items do not tell."""
    return sum(abs(row.contribution or 0.0) for row in split.rows if row.role == "rest")
