"""What a list of revisions shows, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RevisedFigure:
    """What a figure said: its value (None: no figure), its growth as published, its stage as a word; ``held``: held back."""

    value: float | None
    yoy: float | None
    status: str


@dataclass(frozen=True)
class RevisionView:
    """One revision.

    new     None where the figure was taken away
    kind    of KINDS; ``reason`` is what somebody wrote
    who     the person, or ``system``
    source  the delivery that brought the new figure; of an undo the one that was undone
    """

    indicator: str
    name: str
    unit: str
    frequency: str
    region: int
    place: str
    period: int
    old: RevisedFigure
    new: RevisedFigure | None
    kind: str
    reason: str
    who: str
    at: int
    source: str
    load: int
