"""The panels of the digital government: headline targets, yearly steps, evaluations, plans, regulation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from data_access.targets import MILESTONE
from indicators import periods
from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.definition import Plan, Target
from indicators.errors import N_
from services import access, courses
from services.answers import Answer, Question
from services.digital_views import (
    DepartmentRow,
    HeadlineRow,
    HeadlineView,
    PlanView,
    RegulationView,
    ScoreRow,
    ScoresView,
    SharingView,
    StepLine,
    StepsView,
    SupervisionRow,
)
from services.health import Method
from services.panels import Maker, PanelWish
from services.plans import MET, OPEN, SHORT, STATES, UNKNOWN, Plans, due, reached
from services.query import Query
from services.scenes import Scene, published
from services.views import Face, Figure

SYSTEM: Final = "dgov"
HEADLINES, EVALUATION, SHARING = "core9", "svceval", "sharing"
"""Themes of the catalogue that have a panel of their own."""

BY_DEPARTMENT: Final = "department"

NO_PLAN = N_("没有收录本地区的数字政府方案，因此没有目标记录")
NO_STEPS = N_("没有按年度分步的目标")


class DigitalPanels:
    """Makes the views of the panels of the digital government.

    items  the breakdown and the scope of every item, by its number
    """

    def __init__(
        self,
        query: Query,
        catalog: Catalog,
        plans: Plans,
        method: Method,
        items: Callable[[], Mapping[int, tuple[str, str]]],
        zone: timedelta,
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._plans = plans
        self._method = method
        self._items = items
        self._zone = zone

    def panels(self) -> dict[str, Maker]:
        """The makers by the names of their panels."""
        return {
            "digital.headlines": self.headlines,
            "digital.steps": self.steps,
            "digital.evaluation": self.evaluation,
            "digital.sharing": self.sharing,
            "digital.plan": self.plan,
            "digital.regulation": self.regulation,
        }

    # ---- targets

    def headlines(self, wish: PanelWish) -> HeadlineView | Face:
        """The nine headline indicators; the plan's targets hold for its own region and are reference elsewhere."""
        scene, today = wish.scene, self._today(wish)
        plan, own = self._setter(scene, HEADLINES)
        if plan is None:
            return Face("empty", NO_PLAN, {})
        theme = self._catalog.headline(SYSTEM, HEADLINES)
        shown = [
            one for one in theme if published(self._catalog, one.code, scene.tree.get(scene.region).level)
        ]
        answer = self._ask(scene, tuple(one.code for one in shown))
        targets = {target.indicator: target for target in self._plans.targets(plan)}
        rows = []
        for one in shown:
            target = targets.get(one.code)
            line = answer.row(one.code, scene.region)
            judged = self._plans.line(scene, target, answer if own else None, today) if target else None
            rows.append(
                HeadlineRow(
                    one.code,
                    one.name(scene.language),
                    one.definition_zh,
                    courses.figure(line) if line else courses.nothing(one, None),
                    str(one.frequency),
                    judged,
                    own,
                )
            )
        year = max(
            (target.year for code, target in targets.items() if code in {one.code for one in shown}),
            default=0,
        )
        return HeadlineView(scene.place(scene.region), self._plans.name(plan, scene), own, year, tuple(rows))

    def steps(self, wish: PanelWish) -> StepsView | Face:
        """The indicator with a target for every year: what was due, and the own figure of that year."""
        scene, today = wish.scene, self._today(wish)
        plan, own, steps = self._stepped(scene)
        if plan is None or not steps:
            return Face("empty", NO_STEPS, {})
        indicator = self._catalog.get(str(steps[0].indicator))
        if not published(self._catalog, indicator.code, scene.tree.get(scene.region).level):
            return Face("empty", NO_STEPS, {})
        years = tuple(periods.months_key(step.year, 12, 1) for step in steps)
        keys = tuple(periods.instant_key(step.year, 12) for step in steps)
        answer = self._query.ask(
            scene.actor, Question((indicator.code,), (scene.region,), periods=keys, as_of=scene.as_of)
        )
        lines = []
        for step, year in zip(steps, years, strict=True):
            line = next((one for one in answer if one.period // periods.YEAR == year // periods.YEAR), None)
            figure = courses.figure(line) if line else courses.nothing(indicator, None)
            lines.append(
                StepLine(step.year, step.due, step.value or 0.0, figure, _stepped_state(step, figure, today))
            )
        return StepsView(
            scene.place(scene.region),
            self._plans.name(plan, scene),
            own,
            indicator.code,
            indicator.name(scene.language),
            indicator.unit,
            str(indicator.frequency),
            steps[0].statement_zh,
            tuple(lines),
        )

    def plan(self, wish: PanelWish) -> PlanView | Face:
        """The region's own plan, target by target."""
        scene, today = wish.scene, self._today(wish)
        plan = self._plans.of(scene.region)
        below = set(scene.tree.subtree(scene.region)) - {scene.region} if scene.own else set()
        known = (region for region in self._plans.regions() if region in below)
        elsewhere = tuple(scene.place(region) for region in access.narrow(scene.actor, scene.tree, known))
        if plan is None:
            here = scene.place(scene.region)
            return PlanView(here, None, (), (), elsewhere) if elsewhere else Face("empty", NO_PLAN, {})
        targets = self._plans.targets(plan)
        codes = tuple(
            dict.fromkeys(
                target.indicator
                for target in targets
                if target.indicator and target.indicator in self._catalog
            )
        )
        answer = self._ask(scene, codes) if codes else None
        lines = tuple(self._plans.line(scene, target, answer, today) for target in targets)
        counts = tuple((state, sum(line.state == state for line in lines)) for state in STATES)
        return PlanView(scene.place(scene.region), self._plans.name(plan, scene), lines, counts, elsewhere)

    def _setter(self, scene: Scene, theme: str) -> tuple[Plan | None, bool]:
        """The plan that sets targets for a theme: the region's own, else the one that does, for reference."""
        own = self._plans.of(scene.region)
        codes = {one.code for one in self._catalog.headline(SYSTEM, theme)}
        if own is not None and any(target.indicator in codes for target in self._plans.targets(own)):
            return own, True
        found = [plan for plan in self._catalog.plans.values() if self._covers(plan, codes)]
        return max(found, key=lambda plan: plan.issued, default=None), False

    def _covers(self, plan: Plan, codes: set[str]) -> bool:
        return codes <= {str(target.indicator) for target in self._plans.targets(plan)}

    def _stepped(self, scene: Scene) -> tuple[Plan | None, bool, tuple[Target, ...]]:
        """The plan that sets one indicator a target for several years; the region's own first."""
        own = self._plans.of(scene.region)
        others = [plan for plan in self._catalog.plans.values() if plan is not own]
        for plan in ([own] if own else []) + others:
            by: dict[str, list[Target]] = {}
            for target in self._plans.targets(plan):
                if target.indicator and target.op != MILESTONE:
                    by.setdefault(target.indicator, []).append(target)
            longest = max(by.values(), key=len, default=[])
            if len(longest) > 2:
                return plan, plan is own, tuple(sorted(longest, key=lambda one: one.year))
        return None, False, ()

    # ---- evaluations

    def evaluation(self, wish: PanelWish) -> ScoresView | Face:
        """The evaluation of online services: its dimensions and their total, by region."""
        return self._scores(wish.scene, EVALUATION)

    def sharing(self, wish: PanelWish) -> SharingView | Face:
        """The evaluation of sharing, by region and by department."""
        scene = wish.scene
        scores = self._scores(scene, SHARING)
        if isinstance(scores, Face):
            return scores
        kept = [one for one in self._catalog.headline(SYSTEM, SHARING) if BY_DEPARTMENT in one.dimensions]
        question = Question(
            tuple(one.code for one in kept), (scene.region,), until=scene.until, items=None, as_of=scene.as_of
        )
        answer = self._query.ask(scene.actor, question)
        items = self._items()
        named: dict[str, dict[str, Figure]] = {}
        for line in answer:
            dimension, _, name = items.get(line.item, ("", ""))[0].partition("=")
            if line.item != TOTAL and dimension == BY_DEPARTMENT and line.value is not None:
                named.setdefault(name, {})[line.indicator] = courses.figure(line)
        rows = tuple(
            DepartmentRow(
                self._department(name, scene.language),
                tuple(found.get(one.code) or courses.nothing(one, None) for one in kept),
            )
            for name, found in sorted(named.items())
        )
        columns = tuple((one.code, one.name(scene.language), one.unit) for one in kept)
        return SharingView(scores, columns, rows)

    def regulation(self, wish: PanelWish) -> RegulationView | Face:
        """互联网+监管: how far supervision reaches and what it brings, by the department in charge."""
        scene = wish.scene
        level = scene.tree.get(scene.region).level
        chosen = {
            "coverage": [code for code in self._method.coverage if published(self._catalog, code, level)],
            "effect": [code for code in self._method.effect if published(self._catalog, code, level)],
        }
        codes = tuple(
            code for codes in chosen.values() for code in codes
            if access.may(scene.actor, "view", system=self._catalog.get(code).system)
        )  # fmt: skip
        if not codes:
            return Face("empty", N_("本级没有监管类指标"), {})
        answer = self._ask(scene, codes)
        by: dict[str, dict[str, list[ScoreRow]]] = {}
        for kind, some in chosen.items():
            for code in some:
                if code in codes:
                    row = self._row(scene, code, (scene.region,), answer)
                    by.setdefault(row.department, {}).setdefault(kind, []).append(row)
        rows = tuple(
            SupervisionRow(name, tuple(found.get("coverage", ())), tuple(found.get("effect", ())))
            for name, found in by.items()
        )
        kept = any(BY_DEPARTMENT in self._catalog.get(code).dimensions for code in codes)
        return RegulationView(scene.place(scene.region), rows, kept)

    def _scores(self, scene: Scene, theme: str) -> ScoresView | Face:
        """The indicators of a theme in the own region and in those below it."""
        level = scene.tree.get(scene.region).level
        codes = tuple(
            one.code
            for one in self._catalog.headline(SYSTEM, theme)
            if published(self._catalog, one.code, level)
        )
        if not codes:
            return Face("empty", N_("本级不发布这些指标"), {})
        below = scene.tree.children(scene.region, territories_only=True) if scene.own else ()
        seen = [
            region
            for region in access.narrow(scene.actor, scene.tree, below)
            if any(published(self._catalog, code, scene.tree.get(region).level) for code in codes)
        ]
        regions = (scene.region, *seen)
        answer = self._ask(scene, codes, regions)
        return ScoresView(
            tuple(scene.place(region) for region in regions),
            tuple(self._row(scene, code, regions, answer) for code in codes),
        )

    def _row(self, scene: Scene, code: str, regions: Sequence[int], answer: Answer) -> ScoreRow:
        indicator = self._catalog.get(code)
        lines = [answer.row(code, region) for region in regions]
        return ScoreRow(
            code=code,
            name=indicator.name(scene.language),
            unit=indicator.unit,
            frequency=str(indicator.frequency),
            definition=indicator.definition_zh,
            department=courses.department(self._catalog, indicator, scene.language),
            figures=tuple(
                courses.figure(line) if line else courses.nothing(indicator, None) for line in lines
            ),
            total=indicator.derived and str(indicator.agg_region) == "derived",
        )

    # ---- asking

    def _ask(self, scene: Scene, codes: tuple[str, ...], regions: Sequence[int] = ()) -> Answer:
        question = Question(codes, tuple(regions) or (scene.region,), until=scene.until, as_of=scene.as_of)
        return self._query.ask(scene.actor, question)

    def _department(self, name: str, language: str) -> str:
        found = self._catalog.departments.get(name)
        return name if found is None else found.name_en if language == "en" else found.name_zh

    def _today(self, wish: PanelWish) -> date:
        """The day on which targets are judged: the end of the period chosen, else today on the city's clock."""
        today = (wish.moment + self._zone).date()
        return min(today, periods.Period(wish.scene.until).end) if wish.scene.until else today


def _stepped_state(step: Target, figure: Figure, today: date) -> str:
    """A step is judged by the figure of its own year."""
    if figure.value is None:
        return UNKNOWN if due(step) < today else OPEN
    if reached(step, figure.value):
        return MET
    return SHORT if due(step) < today else OPEN
