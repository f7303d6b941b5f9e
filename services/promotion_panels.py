"""What boards show of deals: batches followed through their stages, those that stand still, money, the list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_access.registers import Stretch
from indicators.errors import N_
from services import promotion_figures
from services.panels import Maker, PanelWish
from services.promotion import Promotion
from services.promotion_book import (
    INDUSTRIES,
    KINDS,
    LANDED,
    MARKS,
    ORIGINS,
    PRODUCING,
    REASONS,
    SIGNED,
    STAGES,
    STARTED,
    CohortRow,
    DealRecord,
    cohort,
    day_of,
    month_end,
    month_key,
    month_of,
    month_of_key,
)
from services.promotion_forms import shown
from services.scenes import Scene
from services.views import Face, Place

FOLLOWED = (LANDED, STARTED, PRODUCING)
"""The stages that a signed batch is followed to."""

JUDGED_AFTER = {LANDED: 6, STARTED: 6, PRODUCING: 18}
"""Months of following before a batch says anything (``min_age_months`` of the catalogue)."""

LONGEST = 24
"""How many months a batch is followed on the screen."""

HEAT_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24)
PAGE = 20
NOTHING = Face("empty", N_("这里还没有登记招商项目。有登记权限的人员可以逐个登记，或按模板导入。"), {})


@dataclass(frozen=True)
class Curve:
    """How the share that reached a stage grew: one share for every month since signing, None where not yet known."""

    stage: int
    name: str
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class Step:
    """One stage of the funnel: how many of the batch have reached it by now.

    young  months that the batch must be followed before this says anything; 0 when it has been
    """

    stage: int
    name: str
    count: int
    share: float
    young: int = 0


@dataclass(frozen=True)
class FunnelView:
    """The deals signed in one quarter, followed through later months.

    quarters  what can be chosen, newest first
    age       whole months for which every deal of the batch has been followed
    left_out  framework and letter-of-intent agreements of the quarter, which are not counted
    """

    place: Place
    quarters: tuple[str, ...]
    quarter: str
    age: int
    amount: float
    arrived: float
    steps: tuple[Step, ...]
    curves: tuple[Curve, ...]
    left_out: int
    until: int
    late: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class HeatView:
    """Quarters by months since signing: the share that had reached a stage."""

    place: Place
    stage: int
    stages: tuple[tuple[int, str], ...]
    months: tuple[int, ...]
    rows: tuple[tuple[str, int, tuple[float | None, ...]], ...]
    until: int
    simulated: bool


@dataclass(frozen=True)
class StalledRow:
    """One deal that stands still."""

    id: int
    name: str
    company: str
    place: Place
    signed: str
    months: int
    amount: float
    reason: str
    mark: str
    note: str
    simulated: bool


@dataclass(frozen=True)
class StalledView:
    """Deals signed over six months ago that have not landed; by reason class, largest first."""

    place: Place
    rows: tuple[StalledRow, ...]
    reasons: tuple[tuple[str, int], ...]
    until: int
    simulated: bool


@dataclass(frozen=True)
class MoneyRow:
    """A batch's contracts and the money that has arrived of them; ``young``: not followed for a year yet."""

    quarter: str
    contracted: float
    arrived: float
    share: float | None
    young: bool


@dataclass(frozen=True)
class MoneyView:
    """Money arrived against contract, quarter by quarter of signing."""

    place: Place
    rows: tuple[MoneyRow, ...]
    until: int
    simulated: bool


@dataclass(frozen=True)
class DealRow:
    """One deal of the list."""

    id: int
    code: str
    name: str
    company: str
    place: Place
    industry: str
    stage: int
    stage_name: str
    since: str
    amount: float | None
    arrived: float
    state: str
    simulated: bool


@dataclass(frozen=True)
class ListView:
    """A page of deals; ``options`` are what each filter offers, ``chosen`` what is set."""

    place: Place
    rows: tuple[DealRow, ...]
    total: int
    page: int
    pages: int
    chosen: Mapping[str, str]
    options: Mapping[str, tuple[tuple[str, str], ...]]
    may_record: bool
    simulated: bool


@dataclass(frozen=True)
class Ground:
    """The deals of a board's region and how far they are known."""

    deals: tuple[DealRecord, ...]
    observed: Mapping[int, int]
    until: int
    late: tuple[str, ...]

    @property
    def counted(self) -> tuple[DealRecord, ...]:
        """The signed ones that count."""
        return tuple(
            one for one in self.deals if one.counted and one.by(SIGNED, self.observed[one.deal.county])
        )

    @property
    def simulated(self) -> bool:
        """Whether any of them is made up."""
        return any(one.deal.simulated for one in self.deals)


class PromotionPanels:
    """Makers of the panels of deals."""

    def __init__(self, promotion: Promotion) -> None:
        self._promotion = promotion

    def panels(self) -> dict[str, Maker]:
        """The makers by the names that layouts use."""
        makers: Mapping[str, Callable[[PanelWish, Ground], object]] = {
            "promotion.funnel": self.funnel,
            "promotion.cohorts": self.heat,
            "promotion.stalled": self.stalled,
            "promotion.money": self.money,
            "promotion.list": self.list,
        }
        return {name: self._grounded(make) for name, make in makers.items()}

    def _grounded(self, make: Callable[[PanelWish, Ground], object]) -> Maker:
        def panel(wish: PanelWish) -> object:
            ground = self._ground(wish.scene)
            return make(wish, ground) if ground.deals else NOTHING

        return panel

    def _ground(self, scene: Scene) -> Ground:
        """What the reader may see of the region's deals, as of the end of the board's period."""
        deals = self._promotion.seen(scene.actor, scene.region)
        _, ends = self._promotion.book()
        until = month_of_key(scene.until) if scene.until else None
        counties = {one.deal.county for one in deals}
        today = month_of(day_of(self._promotion.today()))
        months = {county: _month(ends.get(county), today, until) for county in counties}
        last = max(months.values(), default=today)
        late = tuple(scene.name(county) for county in sorted(months) if months[county] < last)
        observed = {county: month_end(month) for county, month in months.items()}
        return Ground(deals, observed, month_key(last), late)

    def funnel(self, wish: PanelWish, ground: Ground) -> object:
        """The batch of one quarter."""
        batches = _quarters(ground.counted)
        if not batches:
            return NOTHING
        quarters = tuple(sorted(batches, reverse=True))
        wished = _quarter_of_text(wish.choice.cohort)
        quarter = wished if wished in batches else self._first_choice(batches, ground)
        members = batches[quarter]
        rows = {stage: cohort(quarter, members, stage, ground.observed, LONGEST) for stage in FOLLOWED}
        age = _age(rows[LANDED], members, ground)
        return FunnelView(
            wish.scene.place(wish.scene.region), tuple(map(quarter_text, quarters)), quarter_text(quarter), age,
            sum(one.amount for one in members), _arrived(members, ground),
            tuple(_steps(members, ground, age)),
            tuple(Curve(stage, STAGES[stage], _shares(rows[stage])) for stage in FOLLOWED),
            sum(one.deal.kind != "formal" and SIGNED in one.reached and _quarter(one) == quarter
                for one in ground.deals),
            ground.until, ground.late, any(one.deal.simulated for one in members),
        )  # fmt: skip

    def _first_choice(self, batches: Mapping[int, Sequence[DealRecord]], ground: Ground) -> int:
        """The newest batch that is old enough to say something; the oldest where none is."""
        old = [
            quarter for quarter, members in batches.items()
            if _followed(members, ground) >= JUDGED_AFTER[LANDED]
        ]  # fmt: skip
        return max(old, default=min(batches))

    def heat(self, wish: PanelWish, ground: Ground) -> object:
        """Quarter by quarter, how the share that reached a stage grew."""
        stage = int(_one(wish.choice.filters.get("step"), [str(one) for one in FOLLOWED], str(LANDED)))
        batches = _quarters(ground.counted)
        if not batches:
            return NOTHING
        rows = [
            (quarter_text(quarter), len(members), _shares(cohort(quarter, members, stage, ground.observed, LONGEST)))
            for quarter, members in sorted(batches.items(), reverse=True)[:12]
        ]  # fmt: skip
        return HeatView(
            wish.scene.place(wish.scene.region), stage, tuple((one, STAGES[one]) for one in FOLLOWED), HEAT_MONTHS,
            tuple((name, size, tuple(shares[month] for month in HEAT_MONTHS)) for name, size, shares in rows),
            ground.until, ground.simulated,
        )  # fmt: skip

    def stalled(self, wish: PanelWish, ground: Ground) -> object:
        """Deals that stand still, the oldest first."""
        found = [one for one in ground.deals if one.stalled(ground.observed[one.deal.county])]
        rows = sorted((self._standing(wish.scene, one, ground) for one in found), key=lambda row: row.signed)
        reasons: dict[str, int] = {}
        for row in rows:
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
        return StalledView(
            wish.scene.place(wish.scene.region), tuple(rows),
            tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
            ground.until, any(row.simulated for row in rows),
        )  # fmt: skip

    def _standing(self, scene: Scene, one: DealRecord, ground: Ground) -> StalledRow:
        day = ground.observed[one.deal.county]
        last = one.marks[-1] if one.marks else None
        mark, signed = one.mark(day) if scene.until else last, one.reached[SIGNED]
        return StalledRow(
            one.deal.id, one.deal.name, one.deal.company, scene.place(one.deal.county), shown(signed),
            month_of(day) - month_of(signed), one.amount, REASONS[mark.reason_class] if mark else "",
            MARKS[mark.mark] if mark else "", mark.note if mark else "", one.deal.simulated,
        )  # fmt: skip

    def money(self, wish: PanelWish, ground: Ground) -> object:
        """Contract and money arrived of every batch."""
        rows = [
            _money(quarter, members, ground)
            for quarter, members in sorted(_quarters(ground.counted).items())[-12:]
        ]
        return MoneyView(wish.scene.place(wish.scene.region), tuple(rows), ground.until, ground.simulated)

    def list(self, wish: PanelWish, ground: Ground) -> object:
        """The deals, narrowed by what the reader has chosen; the last to move first."""
        scene, given = wish.scene, wish.choice.filters
        options = _options(scene, ground)
        chosen = {name: given[name] for name, offered in options.items() if given.get(name) in dict(offered)}
        found = [one for one in ground.deals if _fits(one, chosen, ground)]
        found.sort(key=lambda one: (-max(one.reached.values(), default=0), one.deal.id))
        pages = max(1, -(-len(found) // PAGE))
        text = given.get("page", "1")
        page = min(max(int(text) if text.isdigit() and len(text) < 6 else 1, 1), pages)
        actor = scene.actor
        return ListView(
            scene.place(scene.region),
            tuple(_row(scene, one, ground) for one in found[(page - 1) * PAGE : page * PAGE]),
            len(found), page, pages, chosen, options, bool(self._promotion.counties(actor)),
            any(one.deal.simulated for one in found),
        )  # fmt: skip


STATES = {
    "active": N_("在谈"),
    "moving": N_("推进中"),
    "stalled": N_("停滞"),
    "done": N_("已投产"),
    "off": N_("已退出或终止"),
}
"""Where a deal stands, in a word."""


def state_of(one: DealRecord, day: int) -> str:
    """Where a deal stands on a day: a key of STATES."""
    mark = one.mark(day)
    if one.gone(day) or (mark is not None and mark.mark == "end" and not one.by(LANDED, day)):
        return "off"
    if one.stalled(day):
        return "stalled"
    if one.by(PRODUCING, day):
        return "done"
    return "moving" if one.by(SIGNED, day) else "active"


def quarter_text(quarter: int) -> str:
    """A quarter (year × 4 + quarter − 1) as 2026-Q1."""
    return f"{quarter // 4}-Q{quarter % 4 + 1}"


def _quarter_of_text(text: str | None) -> int | None:
    return int(text[:4]) * 4 + int(text[6]) - 1 if text else None


def _quarter(one: DealRecord) -> int:
    return month_of(one.reached[SIGNED]) // 3


def _quarters(deals: Iterable[DealRecord]) -> dict[int, list[DealRecord]]:
    found: dict[int, list[DealRecord]] = {}
    for one in deals:
        found.setdefault(_quarter(one), []).append(one)
    return found


def _month(stretch: Stretch | None, today: int, until: int | None) -> int:
    """The last month known of a county: what its register confirms, else the last that is over; not after ``until``."""
    known = month_of_key(stretch.until) if stretch else today - 1
    return min(known, until) if until is not None else known


def _followed(members: Sequence[DealRecord], ground: Ground) -> int:
    """Whole months since the last month of signing, for all of them."""
    return min(month_of(ground.observed[one.deal.county]) - month_of(one.reached[SIGNED]) for one in members)


def _age(row: CohortRow, members: Sequence[DealRecord], ground: Ground) -> int:
    known = [month for month, count in enumerate(row.reached) if count is not None]
    return max(known, default=-1) if len(known) <= LONGEST else _followed(members, ground)


def _shares(row: CohortRow) -> tuple[float | None, ...]:
    return tuple(row.share(month) for month in range(len(row.reached)))


def _steps(members: Sequence[DealRecord], ground: Ground, age: int) -> Iterable[Step]:
    yield Step(SIGNED, STAGES[SIGNED], len(members), 100.0)
    for stage in FOLLOWED:
        count = sum(one.by(stage, ground.observed[one.deal.county]) for one in members)
        young = JUDGED_AFTER[stage] if age < JUDGED_AFTER[stage] else 0
        yield Step(stage, STAGES[stage], count, 100 * count / len(members), young)


def _arrived(members: Sequence[DealRecord], ground: Ground) -> float:
    return sum(one.arrived(ground.observed[one.deal.county]) for one in members)


def _money(quarter: int, members: Sequence[DealRecord], ground: Ground) -> MoneyRow:
    contracted, arrived = sum(one.amount for one in members), _arrived(members, ground)
    young = _followed(members, ground) < promotion_figures.COHORTS["fund_rate"]
    share = 100 * arrived / contracted if contracted and not young else None
    return MoneyRow(quarter_text(quarter), contracted, arrived, share, young)


def _options(scene: Scene, ground: Ground) -> dict[str, tuple[tuple[str, str], ...]]:
    places = sorted({one.deal.county for one in ground.deals})
    return {
        "county": tuple((f"{code:012d}", scene.name(code)) for code in places) if len(places) > 1 else (),
        "stage": tuple((str(number), name) for number, name in STAGES.items()),
        "state": tuple(STATES.items()),
        "kind": tuple(KINDS.items()),
        "industry": tuple(INDUSTRIES.items()),
        "origin": tuple(ORIGINS.items()),
    }


def _fits(one: DealRecord, chosen: Mapping[str, str], ground: Ground) -> bool:
    day = ground.observed[one.deal.county]
    said: dict[str, Any] = {
        "county": f"{one.deal.county:012d}", "stage": str(one.stage), "kind": one.deal.kind,
        "industry": one.deal.industry, "origin": one.deal.origin,
    }  # fmt: skip
    if "state" in chosen:
        said["state"] = state_of(one, day)
    return all(said[name] == value for name, value in chosen.items())


def _row(scene: Scene, one: DealRecord, ground: Ground) -> DealRow:
    day = ground.observed[one.deal.county]
    return DealRow(
        one.deal.id, one.deal.code, one.deal.name, one.deal.company, scene.place(one.deal.county),
        INDUSTRIES.get(one.deal.industry, one.deal.industry), one.stage, STAGES[one.stage],
        shown(one.reached[one.stage]) if one.reached else "",
        one.amount if one.deal.amount is not None else None, one.arrived(day), STATES[state_of(one, day)],
        one.deal.simulated,
    )  # fmt: skip


def _one(wish: str | None, offered: Sequence[str], usual: str) -> str:
    return wish if wish is not None and wish in offered else usual
