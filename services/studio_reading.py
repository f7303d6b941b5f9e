"""Drafts as a reader sees them: who may see and do what with one, its difference, its steps, the history of a code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from data_access.drafts import Draft, Revision, Step
from data_access.publications import SCHEDULED, Version
from indicators.catalog import Entry
from indicators.catalog.reading import MEASURED, Kind
from indicators.drafting import (
    BOOKKEEPING,
    EDITABLE,
    IN_FORCE,
    MOVES,
    OPEN,
    Act,
    Hands,
    Line,
    State,
    allowed,
    differences,
    least,
)
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services.access import EVERY_SYSTEM, Actor
from services.studio_views import DraftLine, DraftView, Frozen, Saved, StepView, SubmitWish, VersionView

RIGHTS: Final[Mapping[Act, str]] = {
    Act.OPEN: "define",
    Act.SUBMIT: "define",
    Act.REOPEN: "define",
    Act.APPROVE: "review",
    Act.SEND_BACK: "review",
    Act.PUBLISH: "publish",
    Act.RETIRE: "publish",
}
"""What one must be permitted for an act; to withdraw depends on the state."""

TURNS: Final = (Act.SUBMIT, Act.APPROVE, Act.PUBLISH, Act.RETIRE)
"""The acts that bring a draft on; whoever may do one of them has the next move."""

SEEING: Final = ("define", "review", "publish")

RETIRE: Final = "retire"
"""The purpose of a draft that ends a figure."""


@dataclass(frozen=True)
class Rights:
    """Who may see and move drafts; definitions are a matter of the whole city."""

    tree: RegionTree

    def may(self, actor: Actor, action: str, system: str | None) -> bool:
        """Whether the actor may do this to definitions of a system; of no system: to those of all.

        system  None asks whether there is any system
        """
        if system is None:
            return access.may(actor, action, self.tree, self.tree.root)
        allowed_there = access.may(actor, action, self.tree, self.tree.root, system or None)
        return allowed_there and (bool(system) or actor.systems == EVERY_SYSTEM)

    def require(self, actor: Actor, action: str, system: str | None) -> None:
        """Raise ``forbidden`` unless the actor may."""
        if not self.may(actor, action, system):
            access.require(actor, action, self.tree, self.tree.root, system or None)
            raise CockpitError(
                Issue("forbidden", N_("您没有权限：{action} {place}"), N_("如工作需要，请联系安全管理员授权。"),
                      params={"action": access.ACTIONS[action], "place": ""})
            )  # fmt: skip

    def require_view(self, actor: Actor, system: str | None) -> None:
        """Raise ``forbidden`` unless the actor may see figures of the system."""
        access.require(actor, "view", system=system)

    def require_act(self, actor: Actor, draft: Draft, act: Act, today: date) -> None:
        """Raise ``forbidden`` unless the actor has a right that an act on a draft needs."""
        needed = _needed(draft, act, today)
        if needed and not any(self.may(actor, right, _asked(draft)) for right in needed):
            self.require(actor, needed[0], _asked(draft))

    def sees(self, actor: Actor, draft: Draft) -> bool:
        """Whether a draft is any business of the actor."""
        system = system_of(draft.kind, draft.document) or (None if draft.kind in MEASURED else "")
        return any(self.may(actor, action, system) for action in SEEING)

    def acts(self, actor: Actor, draft: Draft, hands: Hands, today: date) -> frozenset[Act]:
        """What the actor may do with a draft now."""
        return frozenset(
            act for act in Act if self._can(actor, draft, act, today) and hands.may(act, actor.id)
        )

    def hindered(self, actor: Actor, draft: Draft, hands: Hands, today: date) -> bool:
        """Whether the role would allow the next step, but the actor has another part in the draft."""
        return any(
            self._can(actor, draft, act, today) and not hands.may(act, actor.id)
            for act in (Act.APPROVE, Act.PUBLISH, Act.RETIRE)
        )

    def _can(self, actor: Actor, draft: Draft, act: Act, today: date) -> bool:
        state = State(draft.state)
        if (state, act) not in MOVES:
            return False
        if act in (Act.PUBLISH, Act.RETIRE) and (act is Act.RETIRE) != (draft.purpose == RETIRE):
            return False
        return any(self.may(actor, right, _asked(draft)) for right in _needed(draft, act, today))


def _needed(draft: Draft, act: Act, today: date) -> tuple[str, ...]:
    """The rights of which one is needed."""
    state = State(draft.state)
    if act is Act.WITHDRAW:
        if state in OPEN:
            return ("define",)
        return ("publish",) if scheduled(draft, today) else ()
    if act is Act.SEND_BACK and state is State.APPROVED:
        return ("review", "publish")
    return (RIGHTS[act],)


def _asked(draft: Draft) -> str | None:
    return system_of(draft.kind, draft.document) or (None if draft.kind in MEASURED else "")


def scheduled(draft: Draft, today: date) -> bool:
    """Whether a draft is published for a day to come."""
    return draft.state in IN_FORCE and bool(draft.valid_from) and date.fromisoformat(draft.valid_from) > today


def hands_of(draft: Draft, authors: frozenset[str]) -> Hands:
    """Whose hands a draft went through."""
    return Hands(authors | {draft.author}, draft.reviewer, draft.publisher)


# ---- what stands in a text


def system_of(kind: str, document: Mapping[str, Any]) -> str:
    """The system that a definition belongs to; empty for none, and while none is typed."""
    field = {"target": "indicator", "curve": "indicator", "identity": "total", "system": "system"}.get(
        kind, "code"
    )
    given = document.get(field)
    return given.partition(".")[0].strip() if isinstance(given, str) else ""


def names_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """What a definition is called, in both languages; a target by its sentence."""
    first = next(
        (
            text
            for key in ("name_zh", "statement_zh", "indicator", "total")
            if (text := _text(document.get(key)))
        ),
        "",
    )
    return first, _text(document.get("name_en"))  # fmt: skip


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A published text without what publication wrote."""
    return {name: value for name, value in document.items() if name not in BOOKKEEPING}


def read_wish(kept: Mapping[str, Any]) -> SubmitWish | None:
    """What was said at submission, as it was kept."""
    return SubmitWish(**kept) if kept else None


def changed(draft: Draft) -> str:
    """What kind of change a draft is: as submitted, or as its fields say."""
    wish = read_wish(draft.wish)
    if wish is not None and wish.change and State(draft.state) not in EDITABLE:
        return wish.change
    return least_of(draft)


def least_of(draft: Draft) -> str:
    """The mildest kind of change that the fields of a draft allow."""
    return least(Kind(draft.kind), draft.base, None if draft.purpose == RETIRE else draft.document).value


# ---- views


def line_of(draft: Draft, hands: Hands, actor: Actor, acts: frozenset[Act], today: date) -> DraftLine:
    """One line of the list."""
    zh, en = names_of(draft.document)
    mine = actor.id in hands.authors
    turn = next((act.value for act in TURNS if act in acts and (act is not Act.SUBMIT or mine)), "")
    return DraftLine(
        id=draft.id, kind=draft.kind, code=draft.code, name_zh=zh, name_en=en, state=draft.state, purpose=draft.purpose,
        change=changed(draft), revision=draft.revision, by=draft.author_shown, mine=mine,
        at=max(draft.moved_at, draft.saved_at), valid_from=day_of(draft.valid_from), scheduled=scheduled(draft, today),
        origin=draft.origin, turn=turn,
    )  # fmt: skip


def view_of(
    draft: Draft,
    actor: Actor,
    rights: Rights,
    revisions: Sequence[Revision],
    steps: Sequence[Step],
    newest: Version | None,
    base_version: int,
    today: date,
) -> DraftView:
    """One draft with everything around it."""
    zh, en = names_of(draft.document)
    hands = hands_of(draft, frozenset(one.actor for one in revisions))
    acts = rights.acts(actor, draft, hands, today)
    inferred = least_of(draft)
    return DraftView(
        id=draft.id, kind=draft.kind, code=draft.code, name_zh=zh, name_en=en, purpose=draft.purpose, state=draft.state,
        revision=draft.revision, steps_seen=draft.steps, document=draft.document, base=draft.base,
        base_version=base_version, behind=draft.state in OPEN and newest is not None and newest.row != draft.base_row,
        origin=draft.origin, by=draft.author_shown, opened_at=draft.opened_at, saved_at=draft.saved_at,
        saved_by=draft.editor_shown, editable=State(draft.state) in EDITABLE and Act.SUBMIT in acts,
        acts=frozenset(act.value for act in acts), hindered=rights.hindered(actor, draft, hands, today),
        lines=differences(draft.base, draft.document), inferred=inferred,
        choices=tuple(one.value for one in allowed(least(Kind(draft.kind), draft.base, None if draft.purpose == RETIRE else draft.document))),
        wish=read_wish(draft.wish), frozen=frozen_of(steps), valid_from=day_of(draft.valid_from),
        scheduled=scheduled(draft, today), revisions=_saved(revisions, actor),
        steps=tuple(StepView(one.act, one.state, one.revision, one.at, one.shown, one.text) for one in steps),
    )  # fmt: skip


def frozen_of(steps: Iterable[Step]) -> Frozen | None:
    """What was seen at the last submission."""
    last = next((one for one in reversed(list(steps)) if one.act == Act.SUBMIT and one.frozen), None)
    if last is None:
        return None
    kept = last.frozen
    return Frozen(
        last.at,
        kept["document"],
        read_lines(kept["lines"]),
        kept["preview"],
        kept["affected"],
        tuple(kept["trials"]),
    )


def read_lines(kept: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Lines of a difference as they were frozen."""
    return tuple(Line(**one) for one in kept)


def _saved(revisions: Sequence[Revision], actor: Actor) -> tuple[Saved, ...]:
    """The revisions, newest first, each with the fields that it changed."""
    found: list[Saved] = []
    before: Mapping[str, Any] | None = None
    for one in revisions:
        lines = () if before is None else differences(before, one.document)
        fields = dict.fromkeys(line.path.partition(".")[0] for line in lines)
        found.append(Saved(one.revision, one.at, one.shown, one.actor == actor.id, one.note, tuple(fields)))
        before = one.document
    return tuple(reversed(found))  # fmt: skip


def versions_of(
    versions: Sequence[Version], drafts: Mapping[int, Draft], steps: Mapping[int, Sequence[Step]], today: date
) -> tuple[VersionView, ...]:
    """The history of a code, newest first."""
    found: list[VersionView] = []
    before: Entry | None = None
    for one in versions:
        draft = drafts.get(one.draft or 0)
        told = {step.act: step.shown for step in steps.get(one.draft or 0, ())}
        wish = read_wish(draft.wish) if draft else None
        state = (
            SCHEDULED
            if one.state == "published" and one.valid_from is not None and one.valid_from > today
            else one.state
        )
        found.append(
            VersionView(
                one.version, one.valid_from, one.valid_to, state, one.known_at, one.draft,
                changed(draft) if draft else "", wish.reason if wish else "", told.get(Act.SUBMIT, ""),
                told.get(Act.APPROVE, ""), told.get(Act.PUBLISH, ""), one.entry.document,
                differences(before.document if before else {}, one.entry.document) if before else (),
            )
        )  # fmt: skip
        if one.state != "withdrawn":
            before = one.entry
    return tuple(reversed(found))


def day_of(text: str) -> date | None:
    """A day as it is kept; None where there is none."""
    return date.fromisoformat(text) if text else None
