"""Editing what a board shows: drafts that save themselves, undo, versions, publishing. For editors of the whole city."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data_access.board_layouts import Document, Draft, LayoutStore, Version, Where
from data_access.layouts import PANEL, SIZES, TILE, Entry, Section
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor
from services.layout_views import Difference, Editing, LayoutVersion, Offer, OtherDraft
from services.layouts import Layouts, issues_of
from services.panels import BUILT_IN, known

MOST_STEPS = 100
"""How many changes can be undone."""

LONGEST_NOTE = 200

Change = Callable[[list[Entry]], list[Entry]]
"""The entries of a section before and after one change."""

Days = Callable[[], date]


@dataclass(frozen=True)
class Seat:
    """Where an editor works: the layout of a board at a level, whose draft, and the revision on the screen."""

    board: str
    level: str
    owner: str
    seen: int = 0

    @property
    def where(self) -> Where:
        """Which layout."""
        return Where(self.board, self.level)


class LayoutEditor:
    """The use cases of an editor of layouts; each of them asks for the right to it."""

    def __init__(
        self,
        store: LayoutStore,
        layouts: Layouts,
        catalog: Catalog,
        tree: RegionTree,
        panels: Collection[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._layouts = layouts
        self._catalog = catalog
        self._tree = tree
        self._panels = panels
        self._clock = clock

    def may(self, actor: Actor, board: str) -> bool:
        """Whether the actor may change a board: what it shows is seen in the whole city, and home in every system."""
        layout = self._layouts.boards.get(board)
        if layout is None or not access.may(
            actor, "layout", self._tree, self._tree.root, layout.system or None
        ):
            return False
        return bool(layout.system) or actor.systems == access.EVERY_SYSTEM

    def seat(self, actor: Actor, board: str, level: str, owner: str = "") -> Seat:
        """Where an editor sits down: at the draft of ``owner`` where there is one, else at the own one."""
        others = {draft.owner for draft in self._store.drafts(Where(board, level))}
        return Seat(board, level, owner if owner in others else actor.id)

    def content(self, actor: Actor, seat: Seat) -> Document:
        """The layout on which the editor works: the draft, or what is in force."""
        self._require(actor, seat)
        draft = self._draft(seat)
        return draft.content if draft else self._layouts.in_force(seat.where).content

    def editing(self, actor: Actor, seat: Seat, section: str, language: str) -> Editing:
        """Everything that the editor needs beside the board itself."""
        self._require(actor, seat)
        draft, force = self._draft(seat), self._layouts.in_force(seat.where)
        versions = self._store.versions(seat.where)
        began = next((one.content for one in versions if draft and one.number == draft.base), {})
        behind = versions[0] if draft and versions and versions[0].number > draft.base else None
        return Editing(
            board=seat.where.board,
            level=seat.where.level,
            section=section,
            owner=seat.owner,
            mine=seat.owner == actor.id,
            revision=draft.revision if draft else 0,
            saved_at=draft.at if draft else None,
            author=draft.author if draft else "",
            undoable=bool(draft and draft.before),
            in_force=force.number,
            changes=self.differences(seat.where, force.content, draft.content, language) if draft else (),
            behind=_version(behind) if behind else None,
            missed=self.differences(seat.where, began, behind.content, language) if behind else (),
            versions=tuple(_version(one) for one in versions),
            others=tuple(
                OtherDraft(one.owner, one.author, one.at)
                for one in self._store.drafts(seat.where) if one.owner != seat.owner
            ),
            previews=self._previews(),
            offers=self._offers(seat.where, section, draft.content if draft else force.content, language),
            problems=tuple(self._issues(seat.where, draft.content)) if draft else (),
        )  # fmt: skip

    # ---- changes

    def add(self, actor: Actor, seat: Seat, section: str, kind: str, name: str) -> None:
        """Put a card or a panel at the end of a section: cards before the panels that follow them."""
        self._require(actor, seat)
        entry = Entry(kind, name, SIZES[kind][0 if kind == TILE else 1]) if kind in SIZES else None
        if entry is None or not self._exists(entry, Level.parse(seat.level)):
            raise CockpitError(Issue("layout_unknown", N_("没有可以添加的“{name}”。"), N_("请从列表中选择。"),
                                     params={"name": name}))  # fmt: skip
        sections = {one.id: one for one in self._layouts.sections(seat.where.board, seat.where.level)}
        if section not in sections:  # on home a card stands in the part of its system
            system = self._catalog.get(name).system if kind == TILE else ""
            section = next(
                (one.id for one in sections.values() if one.system == system), next(iter(sections))
            )

        def put(entries: list[Entry]) -> list[Entry]:
            if any((one.kind, one.name) == (kind, name) for one in entries):
                raise CockpitError(
                    Issue("layout_twice", N_("它已经在这个版面上了。"), N_("可以移动它或改变它的尺寸。"))
                )
            cards = [at for at, one in enumerate(entries) if one.kind == TILE]
            place = len(entries) if kind == PANEL else cards[-1] + 1 if cards else 0
            return [*entries[:place], entry, *entries[place:]]

        self._change(actor, seat, section, put)

    def move(self, actor: Actor, seat: Seat, section: str, place: int, to: int) -> None:
        """Take an entry to another place of its section."""

        def carry(entries: list[Entry]) -> list[Entry]:
            rest = [one for at, one in enumerate(entries) if at != place]
            there = min(max(to, 0), len(rest))
            return [*rest[:there], entries[place], *rest[there:]]

        self._change(actor, seat, section, carry, place)

    def resize(self, actor: Actor, seat: Seat, section: str, place: int, size: str) -> None:
        """Give an entry another size."""

        def stretch(entries: list[Entry]) -> list[Entry]:
            if size not in SIZES[entries[place].kind]:
                raise _no_such_place()
            return [replace(one, size=size) if at == place else one for at, one in enumerate(entries)]

        self._change(actor, seat, section, stretch, place)

    def remove(self, actor: Actor, seat: Seat, section: str, place: int) -> None:
        """Take an entry off the board."""
        self._change(actor, seat, section, lambda entries: [*entries[:place], *entries[place + 1 :]], place)

    def undo(self, actor: Actor, seat: Seat) -> None:
        """Take the last change back."""
        self._require(actor, seat)
        draft = self._draft(seat)
        if draft is None or not draft.before:
            raise CockpitError(Issue("nothing_to_undo", N_("没有可以撤销的改动。"), N_("继续编辑即可。")))
        fresh = replace(
            draft, revision=draft.revision + 1, content=draft.before[-1], before=draft.before[:-1],
            author=actor.name, at=self._now(),
        )  # fmt: skip
        self._store.save(seat.where, fresh, seat.seen)

    def restore(self, actor: Actor, seat: Seat, number: int) -> None:
        """Put an earlier version into the draft; 0 is the pack's own layout. It holds once it is published."""
        self._require(actor, seat)
        found = next((one for one in self._store.versions(seat.where) if one.number == number), None)
        if found is None and number != 0:
            raise CockpitError(Issue("no_such_version", N_("没有第 {number} 版。"), N_("请从版本列表中选择。"),
                                     params={"number": number}))  # fmt: skip
        self._save(actor, seat, found.content if found else {})

    def discard(self, actor: Actor, seat: Seat) -> None:
        """Give the draft up."""
        self._require(actor, seat)
        self._store.discard(seat.where, seat.owner, seat.seen, at=self._now(), actor=actor.name)

    def keep_mine(self, actor: Actor, seat: Seat) -> None:
        """Go on with the draft after having seen the version that somebody else published meanwhile."""
        self._require(actor, seat)
        draft = self._draft(seat)
        if draft is None:
            raise _nothing_to_publish()
        newest = self._layouts.in_force(seat.where).number
        fresh = replace(draft, revision=draft.revision + 1, base=newest, author=actor.name, at=self._now())
        self._store.save(seat.where, fresh, seat.seen)

    def publish(self, actor: Actor, seat: Seat, note: str) -> int:
        """Put the draft in force on every screen; gives the number of the version.

        raises  CockpitError with what is wrong in the layout, or with who was quicker
        """
        self._require(actor, seat)
        draft = self._draft(seat)
        if draft is None:
            raise _nothing_to_publish()
        issues = list(self._issues(seat.where, draft.content))
        if not note.strip():
            issues.append(
                Issue("note_missing", N_("没有写改了什么。"), N_("请用一句话写明，以后好查。"), "note")
            )
        if len(note) > LONGEST_NOTE:
            issues.append(Issue("note_long", N_("说明超过 {most} 个字。"), N_("请写短一些。"), "note",
                                params={"most": LONGEST_NOTE}))  # fmt: skip
        if issues:
            raise CockpitError(issues)
        return self._store.publish(
            seat.where, draft, seat.seen, note=note.strip(), at=self._now(), actor=actor.name
        )

    # ---- what changed

    def differences(
        self, where: Where, before: Document, after: Document, language: str
    ) -> tuple[Difference, ...]:
        """What one layout has otherwise than another, in words that need no order: added, removed, resized, moved."""
        old = {one.id: one for one in self._layouts.sections(where.board, where.level, before)}
        new = self._layouts.sections(where.board, where.level, after)
        found: list[Difference] = []
        for section in new:
            had, has = _by_name(old[section.id]), _by_name(section)
            found += [
                Difference("added", self.title(one, language)) for key, one in has.items() if key not in had
            ]
            found += [
                Difference("removed", self.title(one, language)) for key, one in had.items() if key not in has
            ]
            both = [key for key in has if key in had]
            found += [
                Difference("resized", self.title(has[key], language))
                for key in both
                if has[key].size != had[key].size
            ]
            found += [
                Difference("moved", self.title(has[key], language))
                for key in _moved(both, [k for k in had if k in has])
            ]
        return tuple(found)

    def title(self, entry: Entry, language: str) -> str:
        """What an entry is called: an indicator by its name, a panel by its title (to be translated by the page)."""
        if entry.kind == TILE:
            return self._catalog.get(entry.name).name(language) if entry.name in self._catalog else entry.name
        kind = known().get(entry.name)
        return kind.title if kind else entry.name

    # ---- inside

    def _require(self, actor: Actor, seat: Seat) -> None:
        if self.may(actor, seat.where.board) and seat.where.level in {level for level, _ in self._previews()}:
            return
        access.require(actor, "layout", self._tree, self._tree.root, self._system(seat.where.board))
        raise CockpitError(
            Issue("forbidden", N_("您没有权限：{action} {place}"), N_("如工作需要，请联系安全管理员授权。"),
                  params={"action": access.ACTIONS["layout"], "place": seat.where.board})
        )  # fmt: skip

    def _system(self, board: str) -> str | None:
        layout = self._layouts.boards.get(board)
        return layout.system or None if layout else None

    def _draft(self, seat: Seat) -> Draft | None:
        return next((one for one in self._store.drafts(seat.where) if one.owner == seat.owner), None)

    def _change(
        self, actor: Actor, seat: Seat, section: str, change: Change, place: int | None = None
    ) -> None:
        content = self.content(actor, seat)
        sections = self._layouts.sections(seat.where.board, seat.where.level, content)
        found = next((one for one in sections if one.id == section), None)
        entries = list(found.entries or ()) if found else []
        if found is None or (place is not None and not 0 <= place < len(entries)):
            raise _no_such_place()
        changed = [one.document() for one in change(entries)]
        self._save(actor, seat, {"sections": {**content.get("sections", {}), section: changed}})

    def _save(self, actor: Actor, seat: Seat, content: Document) -> None:
        draft, now = self._draft(seat), self._now()
        if draft is None and seat.owner != actor.id:
            raise CockpitError(
                Issue("draft_changed", N_("这份草稿已经不在了。"), N_("它已发布或被放弃；请回到自己的草稿。"))
            )
        force = self._layouts.in_force(seat.where)
        before = (*draft.before, draft.content) if draft else (force.content,)
        fresh = Draft(
            owner=seat.owner,
            revision=max(now, draft.revision + 1) if draft else now,
            content=content,
            before=before[-MOST_STEPS:],
            base=draft.base if draft else force.number,
            author=actor.name,
            at=now,
        )
        self._store.save(seat.where, fresh, seat.seen)

    def _issues(self, where: Where, content: Document) -> Iterator[Issue]:
        """What is wrong with the sections that the draft changes; what the pack put there at this level may stay."""
        level, today = Level.parse(where.level), self._clock().date()
        own = {one.id: set(_by_name(one)) for one in self._layouts.of_pack(where.board, where.level)}
        for section in self._layouts.sections(where.board, where.level, content):
            if section.id not in content.get("sections", {}):
                continue
            entries = section.entries or ()
            fresh = [one for one in entries if (one.kind, one.name) not in own[section.id]]
            yield from issues_of(self._catalog, self._panels, entries, today)
            for issue in issues_of(self._catalog, self._panels, fresh, today, level):
                if issue.key == "layout_level":
                    yield issue

    def _exists(self, entry: Entry, level: Level) -> bool:
        """Whether an entry is among what can be put on a board of that level."""
        return not list(issues_of(self._catalog, self._panels, [entry], self._clock().date(), level))

    def _offers(self, where: Where, section: str, content: Document, language: str) -> tuple[Offer, ...]:
        """Everything that can be put on a board at this level: panels first, then the indicators of all systems."""
        there = {
            (entry.kind, entry.name)
            for one in self._layouts.sections(where.board, where.level, content)
            if not section or one.id == section
            for entry in one.entries or ()
        }
        level, kinds = Level.parse(where.level), known()
        panels = [Offer(PANEL, name, kinds[name].title if name in kinds else name, "", (PANEL, name) in there)
                  for name in ([kind.name for kind in BUILT_IN] + sorted(self._panels))]  # fmt: skip
        today = self._clock().date()
        cards = [
            Offer(
                TILE,
                one.code,
                one.name(language),
                self._system_name(one.system, language),
                (TILE, one.code) in there,
            )
            for one in sorted(self._catalog.newest(), key=lambda one: not one.headline)
            if one.holds(today) and level <= Level.parse(one.lowest_level)
        ]
        return (*panels, *cards)

    def _system_name(self, system: str, language: str) -> str:
        found = self._catalog.systems.get(system)
        return "" if found is None else found.name_en if language == "en" else found.name_zh

    def _previews(self) -> tuple[tuple[str, int], ...]:
        """A region of each level to look at while its layout is being made: the root, its first child, and so on."""
        found, region = [], self._tree.root
        while True:
            level = self._tree.get(region).level
            found.append((level.name.lower(), region))
            below = self._tree.children(region, territories_only=True)
            if not below or level >= Level.TOWN:
                return tuple(found)
            region = below[0]

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _by_name(section: Section) -> Mapping[tuple[str, str], Entry]:
    return {(one.kind, one.name): one for one in section.entries or ()}


def _moved(now: Sequence[tuple[str, str]], then: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that stand in another order than before: as few as explain it, found by the longest run that kept its order."""
    rank = {key: place for place, key in enumerate(then)}
    best: list[list[tuple[str, str]]] = []
    for key in now:
        earlier = [run for run in best if rank[run[-1]] < rank[key]]
        before: list[tuple[str, str]] = max(earlier, key=len, default=[])
        best.append([*before, key])
    longest: list[tuple[str, str]] = max(best, key=len, default=[])
    kept = set(longest)
    return [key for key in now if key not in kept]


def _version(one: Version) -> LayoutVersion:
    return LayoutVersion(one.number, one.note, one.author, one.at)


def _no_such_place() -> CockpitError:
    return CockpitError(Issue("layout_place", N_("版面上没有这个位置。"), N_("请刷新页面后再试。")))


def _nothing_to_publish() -> CockpitError:
    return CockpitError(
        Issue("nothing_to_publish", N_("草稿没有改动。"), N_("先添加、移动或移除一项，再发布。"))
    )
