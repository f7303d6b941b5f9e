"""What waits for somebody: one line a kind of work, gathered from the rooms where it lies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.access import Actor


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind that wait for the reader.

    kind   a word for it, unique among rooms: ``review``, ``desk.due``
    title  what is to be done, in the reader's language
    href   where it is done, the list narrowed to what waits
    due    the first day on which one of them is due, if they have days
    late   whether that day has passed
    """

    kind: str
    title: str
    count: int
    href: str
    due: date | None = None
    late: bool = False


class Waits(Protocol):
    """A room in which work waits; the answer costs one or two queries."""

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]: ...


class Work:
    """Everything that waits for a reader, from every room."""

    def __init__(self, rooms: Iterable[Waits]) -> None:
        self._rooms: Sequence[Waits] = tuple(rooms)

    def of(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """What waits for the actor: what is late first, then by day; nothing is listed with a count of zero."""
        found = [line for room in self._rooms for line in room.waiting(actor, language) if line.count]
        return tuple(sorted(found, key=lambda line: (not line.late, line.due or date.max)))
