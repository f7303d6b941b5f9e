"""What the pages of regions show, as plain data."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class RegionLine:
    """One stretch of validity of a region.

    parent     the name of the region above; ``above`` its code, 0 where there is none
    heirs      of an abolished region: who took over
    today      whether it is in force
    zone       a reporting unit; ``inside``: its figures lie inside those of its siblings
    depth      how far below the root it stands
    below      how many regions stand below it
    """

    code: int
    name: str
    parent: str
    above: int
    level: str
    first: date | None
    last: date | None
    heirs: tuple[str, ...]
    today: bool
    zone: bool
    inside: bool
    depth: int
    below: int = 0


@dataclass(frozen=True)
class ChangeLine:
    """One change in words: what, from when, from what to what.

    moves  regions that come to stand elsewhere: name and where
    """

    kind: str
    day: date
    before: tuple[str, ...]
    after: tuple[str, ...]
    parent: str
    inside: bool
    note: str


@dataclass(frozen=True)
class Affected:
    """What a proposal touches, counted; the lists are shortened.

    figures   stored figures of codes that are no more, and of regions whose territory is another
    alerts    open warnings of codes that are no more: they are resolved
    grants    accounts whose right is bound to a code that is no more
    targets   targets of codes that are no more, for the year of the day and later
    subscriptions  subscriptions on codes that are no more
    outlines  regions whose outline is put together from those before; ``missing`` have none
    broken    regions that cannot be compared across the day; ``mapped`` of them have a series on new boundaries
    """

    ended: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    mapped: tuple[str, ...] = ()
    figures: int = 0
    alerts: int = 0
    grants: tuple[str, ...] = ()
    targets: int = 0
    subscriptions: int = 0
    outlines: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepLine:
    """What somebody did about a proposal."""

    state: str
    at: int
    by: str
    note: str


@dataclass(frozen=True)
class ProposalLine:
    """A proposal of changes.

    state   proposed, confirmed (its day is to come or past), returned, withdrawn
    seen    how many steps it has; goes back with an act
    mine    whether the reader proposed it
    """

    id: int
    title: str
    state: str
    first: date
    changes: tuple[ChangeLine, ...]
    reason: str
    steps: tuple[StepLine, ...]
    seen: int
    mine: bool
    outlined: bool
    may_confirm: bool = False
    may_withdraw: bool = False
    in_force: bool = False
    affected: Affected = field(default_factory=Affected)


@dataclass(frozen=True)
class GrantLine:
    """A right that is bound to a code that is no more.

    heirs     the codes that took over, with their names
    decision  what was decided: moved, kept, ended; empty while it waits
    """

    account: str
    name: str
    display: str
    role: str
    region: int
    place: str
    ended: date | None
    heirs: tuple[tuple[int, str], ...]
    until: int | None
    systems: tuple[str, ...] = ("*",)
    decision: str = ""
    by: str = ""
    at: int | None = None
    reason: str = ""
