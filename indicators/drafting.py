"""A change of a definition on its way: its states and who may move it, what kind of change it is, line by line.

草稿 → 送审 → 待发布 → 已发布 (or 停用), by three different people; 退回 leads back to the author, 撤回 ends it. The kind
of a change follows from the fields that it touches: texts that change no figure (editorial), what figures are judged
by (threshold), and everything else, which changes what the figure means (calibre).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

from indicators.catalog.reading import MEASURED, Kind
from indicators.errors import N_, CockpitError, Issue

Document = Mapping[str, Any]


class State(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


class Act(StrEnum):
    """What can be done with a draft."""

    OPEN = "open"
    SUBMIT = "submit"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    RETIRE = "retire"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


MOVES: Final[Mapping[tuple[State | None, Act], State]] = {
    (None, Act.OPEN): State.DRAFT,
    (State.DRAFT, Act.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Act.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Act.APPROVE): State.APPROVED,
    (State.SUBMITTED, Act.SEND_BACK): State.RETURNED,
    (State.APPROVED, Act.SEND_BACK): State.RETURNED,
    (State.APPROVED, Act.PUBLISH): State.PUBLISHED,
    (State.APPROVED, Act.RETIRE): State.RETIRED,
    **{
        (state, Act.WITHDRAW): State.WITHDRAWN
        for state in State if state is not State.WITHDRAWN
    },
    (State.WITHDRAWN, Act.REOPEN): State.DRAFT,
}  # fmt: skip
"""Every move that there is; what is not here cannot be done."""

EDITABLE: Final = frozenset({State.DRAFT, State.RETURNED})
"""The states in which the text may be changed."""

OPEN: Final = frozenset({State.DRAFT, State.RETURNED, State.SUBMITTED, State.APPROVED})
"""The states in which nothing is decided yet."""

IN_FORCE: Final = frozenset({State.PUBLISHED, State.RETIRED})
"""The states that stand in the registry, from their day on."""


def moved(state: State | None, act: Act) -> State:
    """The state after an act.

    raises  CockpitError ``record_changed`` where there is no such move: somebody was quicker
    """
    found = MOVES.get((state, act))
    if found is None:
        raise CockpitError(
            Issue(
                "record_changed",
                N_("这份草稿的状态已经变了，这一步没有做。"),
                N_("页面已更新，请核对后再操作。"),
            )
        )
    return found


# -- three people --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hands:
    """Whose hands a draft went through, as identities of accounts.

    authors  whoever saved a line of it
    """

    authors: frozenset[str] = frozenset()
    reviewer: str = ""
    publisher: str = ""

    def may(self, act: Act, person: str) -> bool:
        """Whether this person has no other part in the draft that stands against the act."""
        match act:
            case Act.APPROVE:
                return person not in self.authors
            case Act.SEND_BACK:
                return person not in self.authors
            case Act.PUBLISH | Act.RETIRE:
                return person not in self.authors and person != self.reviewer
            case _:
                return True


# -- what is otherwise ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line that is otherwise: the way to the field in words with dots, and what stood and stands there.

    what  added, removed or changed
    """

    path: str
    what: str
    before: Any = None
    after: Any = None


BOOKKEEPING: Final = frozenset({"version", "valid_from", "valid_to"})
"""Fields that publication writes itself."""


def differences(before: Document | None, after: Document | None) -> tuple[Line, ...]:
    """Every field that one text of a definition has otherwise than another, down to the single value."""
    return tuple(_fields("", before or {}, after or {}, BOOKKEEPING))


def _fields(path: str, before: Document, after: Document, without: Collection[str] = ()) -> Iterator[Line]:
    for name in dict.fromkeys((*before, *after)):
        if name in without:
            continue
        here = f"{path}.{name}" if path else str(name)
        if name not in after:
            yield Line(here, "removed", before=before[name])
        elif name not in before:
            yield Line(here, "added", after=after[name])
        else:
            yield from _values(here, before[name], after[name])


def _values(path: str, before: Any, after: Any) -> Iterator[Line]:
    if before == after and isinstance(before, bool) == isinstance(after, bool):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _fields(path, before, after)
    elif _listed(before) and _listed(after) and any(isinstance(one, Mapping) for one in (*before, *after)):
        yield from _items(path, before, after)
    else:
        yield Line(path, "changed", before, after)


def _items(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Line]:
    """Lists of things: what stayed is passed over, wherever it stands now."""
    old, new = [repr(one) for one in before], [repr(one) for one in after]
    for tag, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(last - first, end - begin)
        for step in range(pairs):
            yield from _values(f"{path}.{begin + step}", before[first + step], after[begin + step])
        for place in range(first + pairs, last):
            yield Line(f"{path}.{place}", "removed", before=before[place])
        for place in range(begin + pairs, end):
            yield Line(f"{path}.{place}", "added", after=after[place])


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def merged(base: Document, mine: Document, theirs: Document) -> dict[str, Any]:
    """A text on top of a newer one: the fields that it changed from what it began with, the others as they are now."""
    names = dict.fromkeys((*theirs, *mine))
    found = {}
    for name in names:
        text = mine if _otherwise(base, mine, name) and name not in BOOKKEEPING else theirs
        if name in text:
            found[name] = text[name]
    return found


def clashes(base: Document, mine: Document, theirs: Document) -> tuple[str, ...]:
    """The fields that both changed, each in its own way."""
    return tuple(
        name
        for name in dict.fromkeys((*mine, *theirs))
        if name not in BOOKKEEPING
        and _otherwise(base, mine, name)
        and _otherwise(base, theirs, name)
        and _otherwise(mine, theirs, name)
    )


def _otherwise(one: Document, other: Document, name: str) -> bool:
    return (name in one) != (name in other) or one.get(name) != other.get(name)


# -- what kind of change ------------------------------------------------------------------------------------


class Change(StrEnum):
    """What a change comes to; of the first three each is graver than the one before."""

    EDITORIAL = "editorial"
    THRESHOLD = "threshold"
    CALIBRE = "calibre"
    NEW = "new"
    RETIREMENT = "retirement"


GRAVITY: Final = (Change.EDITORIAL, Change.THRESHOLD, Change.CALIBRE)

WORDING: Final = frozenset(
    {
        "name_zh", "name_en", "unit_en", "definition_zh", "calibre_zh", "definition_source", "theme", "department",
        "sensitivity", "example", "successor",
    }
)  # fmt: skip
"""Fields of a measured figure that change no number: what it is called, explained, where it stands, who answers."""

JUDGING: Final = frozenset({"rule", "rules", "targets", "limit_versions", "polarity", "release", "related"})
"""Fields that the figure is judged by and seen beside; the number itself stays."""

JUDGED_KINDS: Final = frozenset({Kind.TARGET, Kind.CURVE, Kind.IDENTITY, Kind.VOCABULARY, Kind.RULE})
"""Kinds of definitions that judge figures and make none."""


def least(kind: Kind, before: Document | None, after: Document | None) -> Change:
    """The mildest kind of change that the touched fields allow; nothing touched is editorial."""
    if before is None:
        return Change.NEW
    if after is None:
        return Change.RETIREMENT
    if kind not in MEASURED:
        return Change.THRESHOLD if kind in JUDGED_KINDS else Change.EDITORIAL
    touched = {line.path.partition(".")[0] for line in differences(before, after)}
    if touched <= WORDING:
        return Change.EDITORIAL
    return Change.THRESHOLD if touched <= WORDING | JUDGING else Change.CALIBRE


def allowed(inferred: Change) -> tuple[Change, ...]:
    """What an author may call a change: what its fields say, or graver."""
    return GRAVITY[GRAVITY.index(inferred) :] if inferred in GRAVITY else (inferred,)
