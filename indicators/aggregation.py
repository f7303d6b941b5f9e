"""Adding figures up, over regions and over time; and the Demand that a store answers."""

from dataclasses import dataclass

TOTAL = 0
"""The item of the headline figure: no breakdown, no narrower scope."""


@dataclass(frozen=True)
class Demand:
    """What is needed from the store, in one question.

    indicators  catalogue codes
    regions     region codes, as integers of twelve digits
    first, last period keys, both included
    items       ids of (breakdown, scope); None asks for all of them
    as_of       an instant (epoch seconds, UTC): the figures as they were known then; None asks for the current ones
    """

    indicators: tuple[str, ...]
    regions: tuple[int, ...]
    first: int
    last: int
    items: tuple[int, ...] | None = (TOTAL,)
    as_of: int | None = None
