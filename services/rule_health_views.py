"""What the list of rules shows, as plain frozen values; names are in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.texts import Texts
from services.views import Place

Option = tuple[str, str]


@dataclass(frozen=True)
class Count:
    """What a rule did over a stretch of time, or would have done."""

    openings: int
    changes: int
    messages: int


@dataclass(frozen=True)
class ProposalView:
    """A proposed change of a rule.

    written   what is proposed, field by field: the field, what is in force, what is proposed
    tried     what a back-test said of the draft when it was proposed; `live` of the rule in force then
    first, last, frequency  the periods of the back-test
    missed    episodes that the draft would not have seen
    muted_until  the end of the silence while it is looked at; None: none, or it was lifted
    draft     the draft of the definition by which it was adopted
    """

    id: int
    rule: str
    name: str
    reason: str
    by: str
    at: int
    place: Place
    changes: tuple[tuple[str, str, str], ...]
    tried: Count | None
    live: Count | None
    first: int
    last: int
    frequency: str
    missed: tuple[str, ...] = ()
    muted_until: int | None = None
    withdrawn_at: int | None = None
    withdrawn_by: str = ""
    withdrawn_why: str = ""
    mine: bool = False
    adopted_at: int | None = None
    draft: int | None = None

    @property
    def open(self) -> bool:
        """Whether it still stands."""
        return self.withdrawn_at is None and self.adopted_at is None


@dataclass(frozen=True)
class RuleRow:
    """One rule in the list.

    noise      percent; None of too few warnings. ``over``: above the limit
    reasons    why no action was needed, most often first: the words, how often
    overlaps   rules that repeat it: identity, name, percent of its warnings
    last       the day of its newest opening; None: it never opened
    troubles   what is wrong with it, as words of `indicators.rule_health.Trouble`
    muted_until  the end of a silence on all of it; None: there is none
    silent     why it could not speak: no figures come
    """

    id: str
    name: str
    system: str
    department: str
    fired: int
    standing: int
    answered: int
    useless: int
    noise: float | None
    over: bool
    reasons: tuple[tuple[str, int], ...]
    flapping: int
    overlaps: tuple[tuple[str, str, float], ...]
    last: date | None
    troubles: tuple[str, ...]
    muted_until: int | None = None
    muted_by: str = ""
    proposals: int = 0
    silent: bool = False


@dataclass(frozen=True)
class RulesView:
    """The list of rules, the worst first.

    limit    the noise in percent above which a rule is to be looked at
    since    the first day of what is counted
    counts   of all rules, how many have each trouble
    """

    place: Place
    rows: tuple[RuleRow, ...]
    found: int
    page: int
    pages: int
    limit: float
    since: date
    counts: Mapping[str, int]
    filters: Mapping[str, str]
    options: Mapping[str, tuple[Option, ...]]
    proposals: tuple[ProposalView, ...] = ()
    vain: tuple[str, ...] = ()
    simulated: bool = False


def shown(value: object, texts: Texts) -> str:
    """A field of a rule as people read it."""
    if isinstance(value, bool) or value is None:
        return "—" if value is None else str(value)
    if isinstance(value, int | float):
        return texts.number(float(value), decimals=None)
    if isinstance(value, list | tuple):
        return " — ".join(shown(one, texts) for one in value)
    return str(value)
