"""Drafts of definitions as people write them: found, opened, saved, brought back, compared.

A draft is one for each definition at a time; everybody who may define works on the same one and sees what others saved
before writing over it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Protocol

from data_access.definitions import Proposal as FileText
from data_access.drafts import Draft, DraftStore, Revision, Step
from data_access.publications import SCHEDULED, Version, all_versions
from indicators.catalog import Catalog
from indicators.catalog.reading import MEASURED, Kind
from indicators.drafting import (
    EDITABLE,
    IN_FORCE,
    OPEN,
    Act,
    State,
    clashes,
    differences,
    merged,
)
from indicators.errors import N_, CockpitError, Issue
from services.access import Actor
from services.backtest_views import BacktestView
from services.draft_trials import TrialWish
from services.studio_publication import Publication
from services.studio_reading import (
    RETIRE,
    Rights,
    hands_of,
    line_of,
    plain,
    system_of,
    versions_of,
    view_of,
)
from services.studio_rules import Suggestion
from services.studio_texts import (
    begun,
    code_in,
    draft_open,
    locked,
    other_system,
    shown,
    sound,
    theirs,
    unknown_draft,
    unwritable,
)
from services.studio_views import (
    KINDS,
    DraftLine,
    DraftView,
    Theirs,
    VersionView,
)
from services.texts import Texts
from services.waiting import Waiting

Document = Mapping[str, Any]


class Checks(Protocol):
    """What is refused (``services.definition_check``)."""

    def issues(self, kind: str, document: Document, code: str | None = None) -> tuple[Issue, ...]: ...


class Previews(Protocol):
    """Values before and after (``services.preview``)."""

    def of(self, actor: Actor, document: Document, code: str | None = None) -> Any: ...


class Trials(Protocol):
    """Rules of a text tried on history (``services.draft_trials``)."""

    def run(
        self, actor: Actor, document: Document, code: str | None, wish: TrialWish, language: str
    ) -> BacktestView: ...


class Uses(Protocol):
    """Who uses an indicator (``services.usage``)."""

    def of(self, code: str) -> Any: ...


class Registry(Protocol):
    """What is in force, and what files propose (``services.definitions``)."""

    def catalog(self) -> Catalog: ...
    def proposals(self) -> list[FileText]: ...
    def decline(self, ids: Sequence[int], actor: str) -> int: ...


class Drafts:
    """The use cases of those who read and write drafts."""

    def __init__(
        self,
        store: DraftStore,
        registry: Registry,
        checks: Checks,
        previews: Previews,
        trials: Trials,
        uses: Uses,
        suggestions: Callable[[Actor, int], Suggestion],
        publication: Publication,
        rights: Rights,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._store = store
        self._registry = registry
        self._checks = checks
        self._previews = previews
        self._trials = trials
        self._uses = uses
        self._suggestions = suggestions
        self._publication = publication
        self._rights = rights
        self._clock = clock
        self._zone = timezone(zone)

    # ---- reading

    def may(self, actor: Actor, action: str = "define", system: str | None = None) -> bool:
        """Whether the actor may define, review or publish, in a system or in any."""
        return self._rights.may(actor, action, system)

    def draft(self, actor: Actor, number: int) -> DraftView:
        """One draft.

        raises  CockpitError ``unknown_draft``, also where it is none of the actor's business
        """
        return self._view(actor, self._known(actor, number))

    def drafts(self, actor: Actor, filters: Mapping[str, str] | None = None) -> tuple[DraftLine, ...]:
        """Drafts that the actor may see, the one that was moved last first.

        filters  ``state`` (a word, or ``open``, ``scheduled``), ``code``, ``kind``, ``mine`` (yes), ``turn`` (an act)
        """
        chosen = filters or {}
        today = self._today()
        found = self._store.all(
            states=_states(chosen.get("state", "")), kind=chosen.get("kind"), code=chosen.get("code")
        )
        seen = [one for one in found if self._rights.sees(actor, one)]
        authors = self._store.authors([one.id for one in seen])
        lines = []
        for one in seen:
            hands = hands_of(one, authors[one.id])
            lines.append(line_of(one, hands, actor, self._rights.acts(actor, one, hands, today), today))
        wanted = chosen.get("turn", "").split()
        return tuple(
            line for line in lines
            if (not wanted or line.turn in wanted)
            and (not chosen.get("mine") or line.mine)
            and (chosen.get("state") != "scheduled" or line.scheduled)
        )  # fmt: skip

    def history(self, actor: Actor, code: str, kind: str = Kind.INDICATOR) -> tuple[VersionView, ...]:
        """Every published version of a definition, newest first: who proposed, reviewed, published it, why, what changed."""
        system = code.partition(".")[0] if kind in MEASURED else None
        self._rights.require_view(actor, system)
        with self._store.reading() as connection:
            versions = all_versions(connection, Kind(kind), code)
            numbers = [one.draft for one in versions if one.draft]
            drafts = {one.id: one for one in self._store.all(ids=numbers, connection=connection)}
            steps = {number: self._store.steps(number, connection) for number in drafts}
        return versions_of(versions, drafts, steps, self._today())

    def check(
        self, actor: Actor, what: int | Document, kind: str = Kind.INDICATOR, code: str | None = None
    ) -> tuple[Issue, ...]:
        """Everything that is wrong with a draft, or with a text of a kind; ``where`` is the way to its field.

        code  of the definition that the text changes; None for a new one
        """
        if not isinstance(what, int):
            self._rights.require(actor, "define", None)
            return self._checks.issues(kind, what, code)
        draft = self._known(actor, what)
        return self._wrong(draft, draft.document)

    def since(self, actor: Actor, number: int, revision: int) -> Theirs | None:
        """What was saved after a revision; None where nothing was."""
        draft = self._known(actor, number)
        saved = self._store.revisions(number, max(revision - 1, 0))
        if draft.revision <= revision or not saved:
            return None
        first = saved[0].document if saved[0].revision == revision else draft.base or {}
        return Theirs(
            draft.revision,
            draft.document,
            first,
            draft.editor_shown,
            draft.saved_at,
            differences(first, draft.document),
        )

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """What waits for the actor: drafts to review, to publish, returned ones."""
        if not any(self._rights.may(actor, action, None) for action in ("define", "review", "publish")):
            return ()
        texts = Texts(language)
        lines = self.drafts(actor, {"state": "open"})
        count = {
            turn: sum(line.turn == turn for line in lines) for turn in (Act.APPROVE, Act.PUBLISH, Act.RETIRE)
        }
        back = sum(line.turn == Act.SUBMIT and line.state == State.RETURNED for line in lines)
        return (
            Waiting("studio.review", texts.t(N_("定义变更待您审核")), count[Act.APPROVE], "/studio?filter=turn:approve"),
            Waiting("studio.publish", texts.t(N_("定义变更待您发布")), count[Act.PUBLISH] + count[Act.RETIRE],
                    "/studio?filter=turn:publish"),
            Waiting("studio.returned", texts.t(N_("退回给您的定义草稿")), back, "/studio?filter=state:returned"),
        )  # fmt: skip

    # ---- writing

    def open(
        self,
        actor: Actor,
        kind: str,
        code: str | None = None,
        from_version: int | None = None,
        *,
        document: Document | None = None,
        origin: str = "",
        purpose: str = "change",
    ) -> DraftView:
        """A draft of a definition: the one that stands open, or a new one.

        code          of the definition that it changes; None for a new one
        from_version  begins with the text of an earlier version
        document      begins with this text: of a file, a rule proposal, a call
        origin        where that came from: ``file:7``, ``rule:3``, ``call:2``
        raises        CockpitError ``draft_open`` where a text was brought along and another draft stands open
        """
        if kind not in KINDS:
            raise CockpitError(
                Issue(
                    "unknown_kind",
                    N_("没有“{kind}”这类定义"),
                    N_("从指标库进入。"),
                    params={"kind": kind[:40]},
                )
            )
        system = code.partition(".")[0] if code and kind in MEASURED else None
        self._rights.require(actor, "define", system)
        with self._store.begin() as connection:
            versions = all_versions(connection, Kind(kind), code) if code else []
            base = newest_of(versions)
            if code and base is None and document is None:
                raise CockpitError(self._registry.catalog().unknown(code))
            standing = self._standing(code, kind, connection) if code else None
            brought = document is not None or from_version is not None or purpose == RETIRE
            if standing is not None and not brought:
                return self._view(actor, standing)
            if standing is not None:
                raise CockpitError(draft_open(standing))
            kind = base.entry.kind.value if base is not None else kind
            text = document if document is not None else begun(versions, base, from_version)
            self._rights.require(actor, "define", system_of(kind, text) or (None if kind in MEASURED else ""))
            number = self._store.open(
                *self._fresh(actor, kind, plain(text), base, origin, purpose), connection
            )
        return self.draft(actor, number)

    def save(self, actor: Actor, number: int, revision: int, document: Document, note: str = "") -> DraftView:
        """Keep a text as the next revision; the same text again keeps nothing.

        revision  the one that the author has seen
        raises    CockpitError ``record_changed`` with what others saved since, field by field; nothing is lost
        """
        given = sound(document)
        with self._store.begin() as connection:
            draft = self._known(actor, number, connection)
            self._rights.require(actor, "define", system_of(draft.kind, draft.document) or None)
            if State(draft.state) not in EDITABLE:
                raise CockpitError(locked())
            if draft.revision != revision:
                raise CockpitError(self._overtaken(draft, revision, connection))
            if given != draft.document:
                if (system := system_of(draft.kind, given)) and not self._rights.may(actor, "define", system):
                    raise CockpitError(other_system(system))
                fresh = Revision(
                    number, revision + 1, given, self._now(), actor.id, actor.name, shown(actor), note[:200]
                )
                self._store.save(fresh, code_in(draft.kind, given), connection)
        return self.draft(actor, number)

    def undo(self, actor: Actor, number: int, revision: int, to: int) -> DraftView:
        """Bring an earlier revision back, as the next one."""
        found = next((one for one in self._store.revisions(number) if one.revision == to), None)
        self._known(actor, number)
        if found is None:
            raise CockpitError(Issue("nothing_to_undo", N_("没有可以撤销的改动。"), N_("继续编辑即可。")))
        return self.save(actor, number, revision, found.document)

    def renew(self, actor: Actor, number: int, revision: int) -> tuple[DraftView, tuple[str, ...]]:
        """Bring a draft on top of the newer text that was published since it began.

        Gives the fields that both changed: there the draft's own text stays, and is to be looked at.
        """
        with self._store.begin() as connection:
            draft = self._known(actor, number, connection)
            self._rights.require(actor, "define", system_of(draft.kind, draft.document) or None)
            if State(draft.state) not in EDITABLE or draft.revision != revision:
                raise CockpitError(locked())
            newest = newest_of(all_versions(connection, Kind(draft.kind), draft.code))
            if newest is None or newest.row == draft.base_row:
                return self._view(actor, draft), ()
            theirs, before = plain(newest.entry.document), draft.base or {}
            both = clashes(before, draft.document, theirs)
            text = merged(before, draft.document, theirs)
            self._store.rebase(draft, theirs, newest.row, connection)
            fresh = Revision(number, revision + 1, text, self._now(), actor.id, actor.name, shown(actor), "")
            self._store.save(fresh, code_in(draft.kind, text), connection)
        return self.draft(actor, number), both

    # ---- inside

    def _known(self, actor: Actor, number: int, connection: Any = None) -> Draft:
        found = self._store.get(number, connection)
        if found is None or not self._rights.sees(actor, found):
            raise CockpitError(unknown_draft())
        return found

    def _view(self, actor: Actor, draft: Draft) -> DraftView:
        revisions, steps = self._store.revisions(draft.id), self._store.steps(draft.id)
        with self._store.reading() as connection:
            versions = all_versions(connection, Kind(draft.kind), draft.code) if draft.code else []
        began = next((one.version for one in versions if one.row == draft.base_row), 0)
        newest = newest_of(versions) if draft.base_row else None
        return view_of(draft, actor, self._rights, revisions, steps, newest, began, self._today())

    def _standing(self, code: str, kind: str, connection: Any = None) -> Draft | None:
        """The draft of a definition that nothing is decided about yet."""
        kinds = [one.value for one in MEASURED] if kind in MEASURED else [kind]
        found = self._store.all(code=code, states=[state.value for state in OPEN], connection=connection)
        return next((one for one in found if one.kind in kinds), None)

    def _fresh(
        self, actor: Actor, kind: str, text: dict[str, Any], base: Version | None, origin: str, purpose: str
    ) -> tuple[Draft, Step]:
        """The head and the first step of a new draft."""
        now, name = self._now(), shown(actor)
        head = Draft(
            0, kind, code_in(kind, text), purpose, State.DRAFT, 1, 1, text, plain(base.entry.document) if base else None,
            base.row if base else 0, origin, actor.id, name, now, actor.id, name, now, {}, "", "", "", 0, {}, False, now,
        )  # fmt: skip
        return head, Step(0, 1, Act.OPEN, State.DRAFT, 1, now, actor.id, actor.name, name)

    def _wrong(self, draft: Draft, text: Document) -> tuple[Issue, ...]:
        """What the check says of a text of a draft."""
        base = draft.base or {}
        code = code_in(draft.kind, base) if draft.base is not None else None
        return (*unwritable(text), *self._checks.issues(draft.kind, text, code))

    def _overtaken(self, draft: Draft, revision: int, connection: Any) -> list[Issue]:
        """Somebody saved the draft since: who, and field by field what."""
        saved = self._store.revisions(draft.id, max(revision - 1, 0), connection)
        before = next((one.document for one in saved if one.revision == revision), draft.base or {})
        first = Issue(
            "record_changed", N_("{by} 已保存了这份草稿的新内容，您的改动还没有保存。"),
            N_("请逐项对照后再保存；您填写的内容都还在。"), params={"by": draft.editor_shown, "revision": draft.revision},
        )  # fmt: skip
        return [first, *(theirs(line, draft.editor_shown) for line in differences(before, draft.document))]

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _states(word: str) -> list[str] | None:
    if word == "open":
        return [state.value for state in OPEN]
    if word == "scheduled":
        return [state.value for state in IN_FORCE]
    return [word] if word in set(State) else None


def newest_of(versions: Sequence[Version]) -> Version | None:
    """The version that stands last, in force or waiting for its day."""
    standing = [one for one in versions if one.state in ("published", SCHEDULED)]
    return max(standing, key=lambda one: one.version, default=None)
