"""What an editor of a layout sees beside the board: the draft, its versions, what can be added, as plain values."""

from dataclasses import dataclass

from indicators.errors import Issue


@dataclass(frozen=True)
class Difference:
    """One thing that a layout has otherwise than another: added, removed, resized or moved, and its title."""

    kind: str
    title: str


@dataclass(frozen=True)
class LayoutVersion:
    """A published layout: its number, what it changed, who published it and when."""

    number: int
    note: str
    author: str
    at: int


@dataclass(frozen=True)
class OtherDraft:
    """A draft of somebody else: whose, who changed it last and when."""

    owner: str
    author: str
    at: int


@dataclass(frozen=True)
class Offer:
    """What can be put on a board; ``there`` where it already stands on it."""

    kind: str
    name: str
    title: str
    system: str
    there: bool


@dataclass(frozen=True)
class Editing:
    """What an editor of a layout needs beside the board.

    section    the tab that is being edited; empty on home, where all sections stand below each other
    owner      whose draft it is; ``mine`` where that is the reader
    revision   of the draft on the screen; 0: nothing has been changed yet
    in_force   the number of the published version; 0: the layout is the pack's
    changes    what the draft has otherwise than what is in force
    behind     the version that was published after the draft began; ``missed`` is what it changed
    previews   a region of each level to look at
    problems   what must be mended before publishing
    """

    board: str
    level: str
    section: str
    owner: str
    mine: bool
    revision: int
    saved_at: int | None
    author: str
    undoable: bool
    in_force: int
    changes: tuple[Difference, ...]
    behind: LayoutVersion | None
    missed: tuple[Difference, ...]
    versions: tuple[LayoutVersion, ...]
    others: tuple[OtherDraft, ...]
    previews: tuple[tuple[str, int], ...]
    offers: tuple[Offer, ...]
    problems: tuple[Issue, ...]
