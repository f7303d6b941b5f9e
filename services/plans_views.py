"""What the pages of plans and of scorecards show, as plain frozen values; names are in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from data_access.plans_book import Evidence, Ruling, TargetStep
from data_access.scorecards import Appeal, AppealRuling, Card, CardStep, Hand
from indicators.definition import Target
from indicators.scorecards import CardState, Item, Total
from services.views import Figure


@dataclass(frozen=True)
class PlanHead:
    """One plan.

    own      whether it holds for a region of this cockpit; else it stands for reference
    counts   how many of its targets stand how
    """

    id: str
    name: str
    issued: date | None
    place: str
    own: bool
    count: int
    counts: Mapping[str, int]
    source: str = ""


@dataclass(frozen=True)
class EvidenceView:
    """A piece of evidence, and what became of it: submitted, accepted or returned."""

    evidence: Evidence
    state: str
    rulings: tuple[Ruling, ...]
    own: bool


@dataclass(frozen=True)
class TargetView:
    """One target or milestone.

    owner     the department that answers for it, as a code and in words
    figure    the newest figure that judges it; of a target for reference the reader's own city's, which judges nothing
    state     done, met, short, open, unknown; empty for one that stands for reference
    expected  what should have been reached by the period of the figure, along the season curve
    part      how much of the target is reached, in percent
    pace      ahead or behind of what is expected; empty where nothing can be said
    shown_by  evidence that came with the pack: its day and title
    may       change, end, owner, evidence, rule
    """

    key: str
    target: Target
    plan: str
    place: str
    own: bool
    owner: str
    owner_name: str
    name: str
    figure: Figure | None
    state: str
    expected: float | None
    part: float | None
    pace: str
    shown_by: str
    evidence: tuple[EvidenceView, ...]
    steps: tuple[TargetStep, ...]
    may: frozenset[str]


@dataclass(frozen=True)
class PlansView:
    """Plans, and the targets that the reader chose.

    options  what the filters offer: plan, state, department, year
    """

    plans: tuple[PlanHead, ...]
    targets: tuple[TargetView, ...]
    total: int
    page: int
    pages: int
    chosen: Mapping[str, str]
    options: Mapping[str, tuple[tuple[str, str], ...]]
    may_add: bool


# ---- scorecards


@dataclass(frozen=True)
class CardLine:
    """One scorecard in the list.

    appeals  how many appeals wait for a decision; None for those who do not decide
    """

    id: int
    title: str
    year: int
    subjects: str
    state: CardState
    appeal_on: date | None
    appeals: int | None
    simulated: bool


@dataclass(frozen=True)
class Cell:
    """The score of one subject in one line of a card.

    state     scored, or why there is no score: missing (no figure), not_due, no_evidence, unscored, not_judged
    evidence  of a score given by hand, and of one that an appeal changed
    """

    item: str
    weight: float
    figure: Figure | None
    score: float | None
    state: str
    evidence: str


@dataclass(frozen=True)
class SubjectRow:
    """One department or county with its lines and their total; ``rank`` is None where it is not told."""

    code: str
    name: str
    cells: tuple[Cell, ...]
    total: Total
    rank: int | None
    own: bool


@dataclass(frozen=True)
class AppealView:
    """An appeal, and how it was decided."""

    appeal: Appeal
    subject: str
    item: str
    ruling: AppealRuling | None


@dataclass(frozen=True)
class CardView:
    """One scorecard as the reader may see it.

    rows      the subjects that the reader may see; ``hidden`` says how many there are beside them
    mean      of all subjects
    edition   which edition of results is shown; 0: as they stand now, nothing was shown yet
    editions  those there are
    may       edit, score, show, recall, confirm, withdraw, appeal, rule
    """

    line: CardLine
    card: Card
    items: tuple[Item, ...]
    names: Mapping[str, str]
    rows: tuple[SubjectRow, ...]
    hidden: int
    mean: float | None
    edition: int
    editions: tuple[int, ...]
    steps: tuple[CardStep, ...]
    hands: tuple[Hand, ...]
    appeals: tuple[AppealView, ...]
    may: frozenset[str]
    subjects: tuple[tuple[str, str], ...]
    place: str
    simulated: bool
