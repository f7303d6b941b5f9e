"""What may be seen of plans: targets and milestones, who answers for them, how far they are, and what shows it.

A target is judged by the records of its own region; one of a plan of another city stands for reference and is judged
by nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from data_access.plans_book import Evidence, PlansBook, Ruling, TargetStep, key_of
from data_access.targets import MILESTONE, TargetStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Indicator, Plan, Target
from indicators.errors import N_, CockpitError, Issue
from indicators.measures import RATES
from indicators.regions import RegionTree
from services import access, courses
from services.access import Actor
from services.answers import Answer, Line, Question
from services.collection_forms import local_day
from services.plans import OPEN, UNKNOWN, Plans, due, reached, state_of
from services.plans_views import EvidenceView, PlanHead, PlansView, TargetView
from services.query import Query
from services.scenes import name_of
from services.texts import Texts
from services.views import Figure
from services.waiting import Waiting

PAGE: Final = 40
SUBMITTED, ACCEPTED, RETURNED = "submitted", "accepted", "returned"
"""What becomes of a piece of evidence."""


class PlanReading:
    """Answers questions about plans and targets, narrowed to who asks."""

    def __init__(
        self, book: PlansBook, targets: TargetStore, plans: Plans, catalog: Catalog, tree: RegionTree, query: Query, clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        self.book = book
        self._targets = targets
        self._plans = plans
        self.catalog = catalog
        self.tree = tree
        self._query = query
        self._clock = clock
        self.zone = zone

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    def today(self) -> date:
        """This day on the city's clock."""
        return local_day(self.now(), self.zone)

    # ---- who

    def keeps(self, actor: Actor, region: int) -> bool:
        """Whether the actor keeps the targets of a region."""
        return self.tree.has(region) and access.may(actor, "plans", self.tree, region)

    def sees(self, actor: Actor, region: int) -> bool:
        """Whether the actor may see a target: of a region of the own or above it, or of another city's plan."""
        if not any(access.may(actor, act) for act in ("view", "plans", "propose")):
            return False
        return not self._within(region) or access.scope(actor, self.tree, region) is not None

    def _within(self, region: int) -> bool:
        """Whether a region is one of this cockpit's."""
        return self.tree.has(region) and self.tree.contains(self.tree.root, region)

    def answers(self, actor: Actor, owner: str) -> bool:
        """Whether the actor hands in evidence for a department."""
        return bool(owner) and actor.department == owner and access.may(actor, "propose")

    # ---- reading

    def plans(self) -> tuple[tuple[Plan, str], ...]:
        """All plans, those of the catalogue and those entered here, each with where it was published."""
        return (*((plan, "") for plan in self.catalog.plans.values()), *self.book.plans())

    def all(self) -> list[Target]:
        """Every target and milestone that holds, by the day on which it is due."""
        regions = {plan.region for plan, _ in self.plans()} | set(self.tree.subtree(self.tree.root))
        found = [one for one in self._targets.all() if one.region in regions]
        return sorted(found, key=lambda one: (due(one), one.plan, one.statement_zh))

    def page(self, actor: Actor, filters: Mapping[str, str], language: str = "zh") -> PlansView:
        """Plans and targets, narrowed to the reader and to what the reader chose."""
        views = self._all(actor, language)
        heads = self._heads(views, language)
        chosen = {name: text for name, text in filters.items() if name in _READ}
        kept = _fitting(views, chosen)
        pages = max(1, -(-len(kept) // PAGE))
        text = filters.get("page", "")
        page = min(max(1, int(text)), pages) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        return PlansView(
            plans=heads,
            targets=tuple(kept[(page - 1) * PAGE : page * PAGE]),
            total=len(kept),
            page=page,
            pages=pages,
            chosen=chosen,
            options=_options(views, heads),
            may_add=any(self.keeps(actor, region) for region in actor.regions),
        )

    def found(self, actor: Actor, filters: Mapping[str, str], language: str) -> list[TargetView]:
        """All targets that the reader may see and chose, in the order of the page."""
        return _fitting(self._all(actor, language), filters)

    def _all(self, actor: Actor, language: str) -> list[TargetView]:
        known = [one for one in self.all() if self.sees(actor, one.region)]
        views = self.views(actor, known, language)
        return sorted(
            views, key=lambda one: (not one.own, _FIRST.get(one.state, 0), -due(one.target).toordinal())
        )

    def target(self, actor: Actor, key: str, language: str = "zh") -> TargetView:
        """One target.

        raises  CockpitError ``unknown_target``; the same for one that the actor may not see
        """
        found = self._find(actor, key)
        return self.views(actor, [found], language)[0]

    def _find(self, actor: Actor, key: str) -> Target:
        found = next((one for one in self.all() if key_of(one) == key), None)
        if found is None or not self.sees(actor, found.region):
            what, do = N_("没有这个规划目标，或您无权查看。"), N_("请从规划目标清单进入。")
            raise CockpitError(Issue("unknown_target", what, do))
        return found

    def _heads(self, views: Sequence[TargetView], language: str) -> tuple[PlanHead, ...]:
        known = {plan.id: (plan, source) for plan, source in self.plans()}
        heads = []
        for name in dict.fromkeys([*known, *(one.target.plan for one in views)]):
            own = [one for one in views if one.target.plan == name]
            plan, source = known.get(name, (None, ""))
            region = plan.region if plan is not None else own[0].target.region
            if not own and not self._within(region):
                continue
            heads.append(
                PlanHead(
                    name, plan.name_zh if plan else name, plan.issued if plan else None, self._place(region, language),
                    self._within(region), len(own), Counter(one.state for one in own if one.state), source,
                )
            )  # fmt: skip
        return tuple(sorted(heads, key=lambda one: (not one.own, -(one.issued or date.min).toordinal())))

    def _place(self, region: int, language: str) -> str:
        return name_of(self.tree, region, language) if self.tree.has(region) else ""

    def views(self, actor: Actor, targets: Sequence[Target], language: str) -> list[TargetView]:
        """Targets with their figures, what is expected by now, evidence and history."""
        figures = self._figures(actor, targets)
        keys = [key_of(one) for one in targets]
        steps, evidence, rulings = self.book.steps(keys), self.book.evidence(keys), self.book.rulings()
        names = self.departments(language)
        titles = {plan.id: plan.name_zh for plan, _ in self.plans()}
        return [
            self._view(
                actor, one, key, figures.get(key), tuple(steps.get(key, ())),
                tuple(_piece(actor, piece, rulings.get(piece.id, ())) for piece in evidence.get(key, ())), names, titles,
                language,
            )
            for one, key in zip(targets, keys, strict=True)
        ]  # fmt: skip

    def _view(
        self, actor: Actor, one: Target, key: str, figure: Figure | None, steps: tuple[TargetStep, ...],
        pieces: tuple[EvidenceView, ...], names: Mapping[str, str], titles: Mapping[str, str], language: str,
    ) -> TargetView:  # fmt: skip
        indicator = self._indicator(one)
        owner = self._owner(indicator, steps)
        own = self._within(one.region)
        proof = self._plans.evidence(one)
        value = figure.value if figure is not None else None
        state = state_of(one, value, proof, self.today()) if own else ""
        expected = self._expected(one, indicator, figure) if own else None
        return TargetView(
            key=key,
            target=one,
            plan=titles.get(one.plan, one.plan),
            place=self._place(one.region, language),
            own=own,
            owner=owner,
            owner_name=names.get(owner, owner),
            name=indicator.name(language) if indicator is not None else "",
            figure=figure,
            state=state,
            expected=expected,
            part=_part(one, value),
            pace=_pace(one, value, expected) if state == OPEN else "",
            shown_by=f"{proof.done_on.isoformat()} {proof.source_title}" if proof is not None else "",
            evidence=pieces,
            steps=steps,
            may=self._may(actor, one, owner, state),
        )

    def _indicator(self, one: Target) -> Indicator | None:
        return self.catalog.get(one.indicator) if one.indicator and one.indicator in self.catalog else None

    def _owner(self, indicator: Indicator | None, steps: Sequence[TargetStep]) -> str:
        """Who answers: as it was set last, else whose indicator it is."""
        given = [step.department for step in steps if step.department]
        return given[-1] if given else indicator.department if indicator is not None else ""

    def owners(self) -> dict[str, list[Target]]:
        """The targets of this cockpit's regions by the department that answers for them."""
        found: dict[str, list[Target]] = {}
        steps = self.book.steps()
        for one in self.all():
            if self._within(one.region):
                owner = self._owner(self._indicator(one), steps.get(key_of(one), ()))
                found.setdefault(owner, []).append(one)
        return found

    def _may(self, actor: Actor, one: Target, owner: str, state: str) -> frozenset[str]:
        can: set[str] = set()
        if not state:
            return frozenset()
        if self.keeps(actor, one.region):
            can |= {"change", "end", "owner", "rule"}
        milestone = one.op == MILESTONE
        if milestone and (self.keeps(actor, one.region) or self.answers(actor, owner)):
            can.add("evidence")
        return frozenset(can)

    def departments(self, language: str) -> dict[str, str]:
        """The departments of the catalogue by their codes."""
        return {
            one.id: one.name_en if language == "en" else one.name_zh
            for one in self.catalog.departments.values()
        }

    # ---- figures

    def _figures(self, actor: Actor, targets: Sequence[Target]) -> dict[str, Figure]:
        """The figure that judges each target: of its own year once that is over, else the newest."""
        if not access.may(actor, "view"):
            return {}
        found: dict[str, Figure] = {}
        this = self.today().year
        wanted: dict[int | None, list[tuple[Target, str, int]]] = {}
        for one in targets:
            indicator = self._indicator(one)
            if indicator is None or not access.may(actor, "view", system=indicator.system):
                continue
            own = self._within(one.region)
            region = one.region if own else self.tree.root
            year = one.year if own and one.year < this else None
            wanted.setdefault(year, []).append((one, indicator.code, region))
        for year, some in wanted.items():
            answer = self._ask(actor, {(code, region) for _, code, region in some}, year)
            for one, code, region in some:
                line = answer.row(code, region)
                if year is not None and line is not None and line.period // periods.YEAR != year:
                    line = None  # nothing was reported in the year of the target
                found[key_of(one)] = _judging(one, line) or courses.nothing(self.catalog.get(code), None)
        return found

    def _ask(self, actor: Actor, cells: Iterable[tuple[str, int]], year: int | None) -> Answer:
        codes = tuple(sorted({code for code, _ in cells}))
        regions = tuple(sorted({region for _, region in cells}))
        until = periods.months_key(year, 12, 12) if year is not None else None
        return self._query.ask(actor, Question(codes, regions, until=until))

    def _expected(self, one: Target, indicator: Indicator | None, figure: Figure | None) -> float | None:
        """What of a year's task should be done by the period of the figure; only for what runs up through the year."""
        if indicator is None or figure is None or figure.period is None or one.value is None:
            return None
        running = courses.seasonal(indicator) and indicator.unit not in RATES
        if not running or figure.period // periods.YEAR != one.year or one.op not in (">=", "="):
            return None
        month = periods.Period(figure.period).end.month
        curve = self._targets.curve(indicator.code, one.region, one.year)
        share = curve[month - 1] if curve else 100.0 * month / 12
        return one.value * share / 100.0

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """Evidence that waits to be accepted, and milestones of the actor's department that are overdue without any."""
        texts = Texts(language)
        if access.may(actor, "plans"):
            rulings = self.book.rulings()
            pieces = [one for some in self.book.evidence().values() for one in some if one.id not in rulings]
            title = texts.t("核收规划目标的完成凭证")
            return (Waiting("plans.evidence", title, len(pieces), "/plans?filter=evidence:submitted"),)
        if not actor.department or not access.may(actor, "propose"):
            return ()
        late = [
            one
            for one in self.owners().get(actor.department, ())
            if one.op == MILESTONE and due(one) < self.today() and self._plans.evidence(one) is None
        ]
        first = min((due(one) for one in late), default=None)
        title = texts.t("提交规划目标的完成凭证")
        return (Waiting("plans.milestones", title, len(late), "/plans?filter=state:unknown", first, True),)


_READ: Mapping[str, Callable[[TargetView, str], bool]] = {
    "plan": lambda one, text: one.target.plan == text,
    "state": lambda one, text: one.state == text,
    "department": lambda one, text: one.owner == text,
    "year": lambda one, text: str(one.target.year) == text,
    "evidence": lambda one, text: any(piece.state == text for piece in one.evidence),
}
"""How the list may be narrowed."""

STATE_WORDS: Mapping[str, str] = {
    "done": N_("已完成"), "met": N_("已达成"), "short": N_("未达成"), UNKNOWN: N_("到期无凭据"), OPEN: N_("未到期"),
}  # fmt: skip


def _judging(one: Target, line: Line | None) -> Figure | None:
    """The figure, or its growth, that judges a target."""
    if line is None:
        return None
    figure = courses.figure(line)
    if one.measure != "value":
        figure = replace(figure, value=line.yoy, unit="%")
    return figure


def _fitting(views: Sequence[TargetView], filters: Mapping[str, str]) -> list[TargetView]:
    chosen = {name: text for name, text in filters.items() if name in _READ}
    return [one for one in views if all(_READ[name](one, text) for name, text in chosen.items())]


_FIRST = {OPEN: 0, "short": 1, UNKNOWN: 2, "met": 3, "done": 4}
"""What is still to be reached comes first, then what was missed, then what is reached."""


def _options(
    views: Sequence[TargetView], heads: Sequence[PlanHead]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the filters offer: only what there is."""
    states = {one.state for one in views}
    return {
        "plan": tuple((one.id, one.name) for one in heads if one.count),
        "state": tuple((state, word) for state, word in STATE_WORDS.items() if state in states),
        "department": tuple(sorted({(one.owner, one.owner_name) for one in views if one.owner})),
        "year": tuple((str(year), str(year)) for year in sorted({one.target.year for one in views})),
    }


def _piece(actor: Actor, one: Evidence, rulings: Sequence[Ruling]) -> EvidenceView:
    state = rulings[-1].ruling if rulings else SUBMITTED
    return EvidenceView(one, state, tuple(rulings), one.actor == actor.name)


def _part(one: Target, value: float | None) -> float | None:
    """How much of a target is reached, in percent; only where more of the same leads there."""
    if value is None or one.value is None or one.op != ">=" or one.value <= 0:
        return None
    return 100.0 * value / one.value


def _pace(one: Target, value: float | None, expected: float | None) -> str:
    if value is None or expected is None or reached(one, value):
        return ""
    return "ahead" if value >= expected else "behind"
