"""Checking the books: identities by period and region, what fails, what is held back, and what somebody decides.

The figures themselves are tested where they are stored (``data_access.checks``), in the transaction of the load.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_access.checks import ACCEPTED, OPEN, CheckStore, Decision, Failure, Wanted
from data_access.observations import Load, ObservationStore
from indicators.catalog import Catalog
from indicators.definition import Identity
from indicators.errors import N_, CockpitError, Issue
from indicators.identities import key_of
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.incident_forms import Form
from services.scenes import name_of
from services.texts import Texts
from services.waiting import Waiting

A_PAGE = 50
LONGEST_REASON = 1000

STATES: dict[str, str] = {
    "open": N_("暂扣"),
    "accepted": N_("已放行"),
    "corrected": N_("已更正"),
    "replaced": N_("已换数"),
    "gone": N_("不再比对"),
}
"""What became of a failure, in words."""

ACTS: dict[str, str] = {
    "accepted": N_("放行"),
    "reopened": N_("重新暂扣"),
    "corrected": N_("数字已更正，勾稽相符"),
    "replaced": N_("来了新数，仍不相符"),
    "gone": N_("数字已不齐全，或不再核对"),
}
"""What was done, in words."""


@dataclass(frozen=True)
class Part:
    """One figure of a failure as it was found; ``held``: it came last, and is held back."""

    code: str
    name: str
    unit: str
    value: float
    held: bool


@dataclass(frozen=True)
class FailureView:
    """One cell whose parts do not make its total."""

    id: int
    state: str
    total: Part
    parts: tuple[Part, ...]
    region: int
    place: str
    period: int
    frequency: str
    gap: float
    summed: float
    tolerance: float
    breakdown: str
    found_at: int
    load: int
    delivery: str
    by: str
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class IdentityView:
    """One identity: what it adds up, in how many cells it could be tested, how many failed.

    states  how many failures by state
    """

    key: str
    total: str
    total_name: str
    parts: tuple[tuple[str, str], ...]
    unit: str
    tolerance: float
    tested: int
    states: Mapping[str, int]

    @property
    def failing(self) -> int:
        """In how many cells the parts do not make the total now."""
        return self.states.get(OPEN, 0) + self.states.get(ACCEPTED, 0)


@dataclass(frozen=True)
class CheckFilter:
    """How the list is narrowed: a state (empty: held back), an identity, the number of a page."""

    state: str = OPEN
    identity: str = ""
    page: int = 1


@dataclass(frozen=True)
class ChecksView:
    """The check list: every identity, and a page of failures."""

    identities: tuple[IdentityView, ...]
    failures: tuple[FailureView, ...]
    chosen: CheckFilter
    pages: int
    found: int
    counts: Mapping[str, int]


class IdentityChecks:
    """The use cases of those who check."""

    def __init__(
        self,
        checks: CheckStore,
        store: ObservationStore,
        catalog: Catalog,
        tree: RegionTree,
        judge: Callable[[datetime], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._checks = checks
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._judge = judge
        self._clock = clock
        self._kept: dict[object, int] = {}

    # ---- looking

    def book(self, actor: Actor, chosen: CheckFilter, language: str) -> ChecksView:
        """The check list of a reader.

        raises  CockpitError ``forbidden`` for who may not check
        """
        access.require(actor, "check")
        regions, totals = self._reach(actor), self._totals(actor)
        identities = [one for one in self._catalog.identities if one.total in totals]
        every = self._checks.counts(Wanted(regions=regions, totals=totals))
        views = tuple(self._identity(one, regions, every, language) for one in identities)
        states = () if chosen.state == "all" else (chosen.state,)
        wanted = Wanted(states, chosen.identity, regions, totals)
        found = sum(
            count
            for (identity, state), count in every.items()
            if (not states or state in states) and chosen.identity in ("", identity)
        )
        pages = max(1, -(-found // A_PAGE))
        page = min(max(chosen.page, 1), pages)
        failures = self._checks.failures(wanted, A_PAGE, (page - 1) * A_PAGE) if totals else []
        by_state = {
            state: sum(n for (key, one), n in every.items() if one == state and chosen.identity in ("", key))
            for state in STATES
        }
        return ChecksView(
            views,
            tuple(self._views(failures, language)),
            CheckFilter(chosen.state, chosen.identity, page),
            pages,
            found if totals else 0,
            by_state,
        )

    def one(self, actor: Actor, number: int, language: str) -> FailureView:
        """One failure with what was decided about it.

        raises  CockpitError ``unknown_check``, also for one that is not this reader's
        """
        return self._views([self._mine(actor, number)], language)[0]

    def held_of(self, actor: Actor, code: str, language: str) -> tuple[FailureView, ...]:
        """What of an indicator is held back, for who may check; nothing for anybody else."""
        if not access.may(actor, "check"):
            return ()
        totals = tuple(
            one.total for one in self._catalog.identities if code == one.total or code in one.parts
        )
        seen = tuple(one for one in dict.fromkeys(totals) if one in self._totals(actor))
        if not seen:
            return ()
        found = self._checks.failures(Wanted((OPEN,), regions=self._reach(actor), totals=seen))
        return tuple(self._views([one for one in found if code in one.figures], language))

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """How many failures wait for a decision."""
        if not access.may(actor, "check"):
            return ()
        totals = self._totals(actor)
        counts = (
            self._checks.counts(Wanted((OPEN,), regions=self._reach(actor), totals=totals)) if totals else {}
        )
        title = Texts(language).t(N_("勾稽不符、暂扣待处理"))
        return (Waiting("checks.open", title, sum(counts.values()), "/checks"),)

    # ---- deciding

    def accept(self, actor: Actor, number: int, values: Mapping[str, str]) -> None:
        """Let figures through although they do not add up; the reason is kept with the name.

        raises  CockpitError where the reason is missing or too long, and ``record_changed`` where somebody was quicker
        """
        failure, reason = self._mine(actor, number), _reason(values)
        at = self._clock()
        self._checks.accept(failure.id, reason, actor=actor.name, at=int(at.timestamp()))
        self._judge(at)

    def reopen(self, actor: Actor, number: int, values: Mapping[str, str]) -> None:
        """Hold figures back again that were let through.

        raises  as `accept`
        """
        failure, reason = self._mine(actor, number), _reason(values)
        at = self._clock()
        self._checks.reopen(failure.id, reason, actor=actor.name, at=int(at.timestamp()))
        self._judge(at)

    # ---- inside

    def _mine(self, actor: Actor, number: int) -> Failure:
        access.require(actor, "check")
        found = self._checks.failure(number)
        if found is None or found.total not in self._totals(actor) or not self._reaches(actor, found.region):
            raise CockpitError(
                Issue("unknown_check", N_("没有这条核对结果。"), N_("它可能不在您的范围内；请回到清单。"))
            )
        return found

    def _reaches(self, actor: Actor, region: int) -> bool:
        regions = self._reach(actor)
        return regions is None or region in regions

    def _reach(self, actor: Actor) -> frozenset[int] | None:
        """The regions that the actor checks; None: all."""
        if actor.role == "system" or self._tree.root in actor.regions:
            return None
        return frozenset(one for root in actor.regions for one in (root, *self._tree.subtree(root)))

    def _totals(self, actor: Actor) -> tuple[str, ...]:
        """The totals of the identities whose system the actor may see."""
        found = dict.fromkeys(one.total for one in self._catalog.identities if one.total in self._catalog)
        return tuple(
            code for code in found if access.may(actor, "view", system=self._catalog.get(code).system)
        )

    def _identity(
        self,
        identity: Identity,
        regions: frozenset[int] | None,
        counts: Mapping[tuple[str, str], int],
        language: str,
    ) -> IdentityView:
        total, key = self._catalog.get(identity.total), key_of(identity)
        return IdentityView(
            key,
            identity.total,
            total.name(language),
            tuple((code, self._name(code, language)) for code in identity.parts),
            total.unit,
            identity.tolerance,
            self._tested(identity, key, regions),
            {state: count for (one, state), count in counts.items() if one == key},
        )

    def _tested(self, identity: Identity, key: str, regions: frozenset[int] | None) -> int:
        """In how many cells an identity can be tested; counted once for every state of the figures."""
        version = self._store.data_version()
        of = (version, key, regions)
        if of not in self._kept:
            self._kept = {one: count for one, count in self._kept.items() if one[0] == version}  # type: ignore[index]
            self._kept[of] = self._checks.tested(identity, regions)
        return self._kept[of]

    def _views(self, failures: list[Failure], language: str) -> list[FailureView]:
        loads = {one.id: one for one in self._store.loads_of({failure.load for failure in failures})}
        items = self._store.items() if any(one.item for one in failures) else {}
        decisions: dict[int, list[Decision]] = {}
        for decision in self._checks.decisions([one.id for one in failures]):
            decisions.setdefault(decision.failure, []).append(decision)
        held = self._checks.held_in([one.id for one in failures])
        return [
            self._view(one, loads.get(one.load), held.get(one.id, frozenset()),
                       " · ".join(filter(None, items.get(one.item, ("", "")))),
                       tuple(decisions.get(one.id, ())), language)
            for one in failures
        ]  # fmt: skip

    def _view(
        self,
        one: Failure,
        load: Load | None,
        held: frozenset[str],
        breakdown: str,
        decisions: tuple[Decision, ...],
        language: str,
    ) -> FailureView:
        told = [
            Part(code, self._name(code, language), self._unit(code), value, code in held)
            for code, value in one.figures.items()
        ]
        total, *parts = told
        place = (
            name_of(self._tree, one.region, language) if self._tree.has(one.region) else f"{one.region:012d}"
        )
        frequency = str(self._catalog.get(one.total).frequency) if one.total in self._catalog else ""
        return FailureView(
            one.id, one.state, total, tuple(parts), one.region, place, one.period, frequency, one.gap,
            round(total.value - one.gap, 9), one.tolerance, breakdown, one.found_at, one.load,
            load.name if load else "", load.actor if load else "", decisions,
        )  # fmt: skip

    def _name(self, code: str, language: str) -> str:
        return self._catalog.get(code).name(language) if code in self._catalog else code

    def _unit(self, code: str) -> str:
        return self._catalog.get(code).unit if code in self._catalog else ""


def _reason(values: Mapping[str, str]) -> str:
    form = Form(values, timedelta(0))
    reason = form.text("reason", required=True, longest=LONGEST_REASON)
    form.done()
    return reason
