"""The data desk for people: what is due, templates, deliveries as drafts, what is typed into them and accepted.

Figures enter the store by one way only, the intake; what is checked here is what it would do. A delivery is never
lost: errors stand at its cells until somebody mends them. How it is released stands in services/desk_release.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from data_access.desk import Acceptance, Checked, Delivery, DeskStore, Sheet, Typed
from data_access.formats import tabular
from data_access.formats.tabular import Chunk
from data_access.observations import Load, ObservationStore
from data_access.sources import files
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access, desk_sheets
from services.access import Actor
from services.desk_calendar import COMING, DUE, LATE, Release, ReleaseCalendar
from services.desk_checks import DeskChecks, Examined, earliest, note_of, reason_issues, storable
from services.desk_grid import grid_of, typable
from services.desk_sheets import Stamp
from services.desk_views import (
    ACCEPTED,
    ERROR,
    WARNING,
    Check,
    DeliveryView,
    DeskView,
    DueLine,
    LoadLine,
)
from services.intake import Intake
from services.mapping import TableMapping
from services.texts import Texts
from services.views import Place
from services.waiting import Waiting

OPEN = ("draft", "scheduled")
MOST_TYPED = 5000
"""So many cells are typed or pasted at once."""

LISTED = 30
SOON = 7 * 86_400
"""What is due within so many seconds waits for somebody already."""

Held = Callable[[], Collection[tuple[str, int, int]]]
"""The figures (indicator, region, period) that a check holds back from the screens."""


class Desk:
    """The desk of people who bring figures.

    most_cells  how large a delivery may be that is worked on in a browser
    held        asks the checks of the books
    """

    def __init__(
        self,
        store: DeskStore,
        figures: ObservationStore,
        intake: Intake,
        calendar: ReleaseCalendar,
        catalog: Catalog,
        tree: RegionTree,
        mapping: TableMapping,
        clock: Callable[[], datetime],
        *,
        most_cells: int,
        held: Held = frozenset,
    ) -> None:
        self._store, self._figures, self._intake, self._calendar = store, figures, intake, calendar
        self._catalog, self._tree, self._mapping, self._clock = catalog, tree, mapping, clock
        self._most_cells, self._held = most_cells, held
        self._checks = DeskChecks(intake, catalog, mapping)

    @property
    def limits(self) -> tabular.Limits:
        """What reading one file may cost."""
        return self._intake.limits

    # ---- looking

    def view(
        self, actor: Actor, department: str = "", region: int | None = None, language: str = "zh"
    ) -> DeskView:
        """The desk of a department and a region: what is due, what is under way, what was loaded.

        raises  CockpitError ``forbidden`` for whoever brings no figures, or none of there
        """
        access.require(actor, "load")
        offered = self._calendar.departments(actor)
        chosen = department if department in offered else actor.department or next(iter(offered), "")
        place = region if region is not None and self._tree.has(region) else self._home(actor)
        access.require(actor, "load", self._tree, place)
        releases = self._calendar.releases(actor, chosen, place, self._clock()) if chosen else ()
        deliveries, held = self._visible(actor, LISTED), self._held()
        under_way = {
            (one.department, one.region, one.period, one.release_at): one
            for one in reversed(deliveries)
            if one.state in OPEN
        }
        return DeskView(
            department=chosen,
            name=self._department(chosen, language),
            place=self._place(place, language),
            departments=tuple((one, self._department(one, language)) for one in offered),
            regions=tuple((f"{code:012d}", self._name(code, language)) for code in self._offered(actor)),
            due=tuple(
                DueLine(
                    one, under_way.get((one.department, one.region, one.day, one.due)),
                    sum((each.indicator, each.region, each.period) in held for each in one.figures),
                )
                for one in releases
            ),
            deliveries=tuple(deliveries),
            loads=self._loads(actor, deliveries),
            names={one: self._department(one, language) for one in self._catalog.departments}
            | {f"{one.region:012d}": self._name(one.region, language) for one in deliveries},
        )  # fmt: skip

    def delivery(self, actor: Actor, number: int, wish: dict[str, str], language: str = "zh") -> DeliveryView:
        """One delivery: a part of its grid, its doubts, what happened to it.

        raises  CockpitError ``unknown_delivery`` where there is none, or none that this reader may see
        """
        head = self.head(actor, number)
        examined = self.examined(actor, head)
        accepted = self._store.acceptances(number)
        check = self._checks.check(examined, accepted)
        self._note(head, check)
        load = self._load_of(head)
        return DeliveryView(
            head=head,
            name=self._department(head.department, language),
            place=self._place(head.region, language),
            check=check,
            grid=grid_of(head, examined, self._mapping, self._names(), wish),
            events=tuple(self._store.events(number)),
            earliest=earliest(examined, self._calendar),
            shown=self._shown(examined),
            undone=bool(load and load.undone),
            undoable=bool(load and not load.undone and self._may_undo(actor, load)),
            typed=len(self._store.typed(number)),
        )

    def check(self, actor: Actor, number: int) -> Check:
        """The doubts about a delivery as it stands now."""
        head = self.head(actor, number)
        return self._checks.check(self.examined(actor, head), self._store.acceptances(number))

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """What is overdue or due soon in the actor's department, and the drafts that are not released yet."""
        if not access.may(actor, "load") or not actor.regions:
            return ()
        t, lines = Texts(language).t, []
        if actor.department:
            now = int(self._clock().timestamp())
            found = self._calendar.releases(actor, actor.department, self._home(actor), self._clock())
            soon = [
                one
                for one in found
                if one.state in (LATE, DUE) or (one.state == COMING and one.due < now + SOON)
            ]
            if soon:
                first = self._calendar.day(min(one.due for one in soon))
                lines.append(
                    Waiting("desk.due", t("待填报的发布期"), len(soon), "/desk", first,
                            late=any(one.state == LATE for one in soon))
                )  # fmt: skip
        drafts = [one for one in self._visible(actor, LISTED) if one.state == "draft"]
        if drafts:
            lines.append(Waiting("desk.drafts", t("还没有发布的报送"), len(drafts), "/desk?theme=deliveries"))
        return tuple(lines)

    # ---- templates and deliveries

    def release(self, actor: Actor, department: str, region: int, name: str) -> Release:
        """A release of the calendar by its name.

        raises  CockpitError ``no_release`` where the calendar has it not, or not for this actor
        """
        access.require(actor, "load", self._tree, region)
        found = self._calendar.releases(actor, department, region, self._clock())
        release = next((one for one in found if one.id == name), None)
        if release is None:
            raise CockpitError(
                Issue("no_release", N_("发布日历上没有这一期，或不由您填报。"), N_("请回到数据填报页，从清单里选择。"),
                      "file")
            )  # fmt: skip
        return release

    def template(self, actor: Actor, department: str, region: int, name: str) -> tuple[str, bytes]:
        """The workbook to be filled in for a release: its file name and its content."""
        release = self.release(actor, department, region, name)
        sheet = self._sheet(release)
        file = BytesIO()
        desk_sheets.write_template(file, sheet)
        return f"{sheet.rows[0][0]}.xlsx", file.getvalue()

    def open_grid(self, actor: Actor, department: str, region: int, name: str) -> int:
        """Begin a delivery to be typed in, for a release; gives its number."""
        release = self.release(actor, department, region, name)
        sheet = self._sheet(release)
        return self._begin(actor, self._new(actor, "grid", sheet.rows[0][0], release), (sheet,), ())

    def upload(self, actor: Actor, name: str, content: bytes, region: int | None = None) -> int:
        """Take a file in as a delivery; gives its number. What is wrong with its figures stands at its cells.

        raises  CockpitError at the field ``file`` where it cannot be read at all, or is a template that is another
                department's, of elsewhere, or out of date; nothing is stored then
        """
        access.require(actor, "load")
        notes: list[Issue] = []
        with TemporaryDirectory() as folder:
            try:
                source = files.from_upload(content, name, Path(folder), self._intake.file_limit)
                sheets, chunks = desk_sheets.read(
                    tabular.read(source.path, self._intake.limits, notes.append), self._most_cells
                )
            except CockpitError as error:
                raise CockpitError(replace(issue, where="file") for issue in error.issues) from error
        stamp = desk_sheets.stamp_of(sheets)
        if stamp is not None:
            head = self._new(actor, "template", source.name, self._require_current(actor, stamp))
        else:
            head = self._new(actor, "upload", source.name)
            place = region if region is not None and self._tree.has(region) else self._home(actor)
            access.require(actor, "load", self._tree, place)
            head = head._replace(region=place)
        return self._begin(actor, head, sheets, [note_of(one, source.name) for one in notes], chunks)

    def _require_current(self, actor: Actor, stamp: Stamp) -> Release:
        """The release that a template is of, if it is this actor's and the template is not out of date."""
        mine = actor.department in ("", stamp.department)
        if (
            not mine
            or not self._tree.has(stamp.region)
            or not access.may(actor, "load", self._tree, stamp.region)
        ):
            raise CockpitError(
                Issue("template_of_other", N_("这份模板属于“{department}”（{region}），不由您填报。"),
                      N_("请在本页下载自己部门和地区的模板。"), "file",
                      params={"department": self._department(stamp.department, "zh"),
                              "region": self._tree.name(stamp.region) if self._tree.has(stamp.region) else "?"})
            )  # fmt: skip
        found = self._calendar.releases(actor, stamp.department, stamp.region, self._clock())
        release = next((one for one in found if one.id == stamp.release), None)
        if release is None or release.version(self._catalog) != stamp.version:
            raise CockpitError(
                Issue("template_old", N_("这份模板是旧的：指标、口径或发布期在它之后改过。"),
                      N_("请重新下载模板，把填好的五列复制过去；或在网页表格里直接粘贴。"), "file")
            )  # fmt: skip
        return release

    def _begin(
        self, actor: Actor, head: Delivery, sheets: Sequence[Sheet], notes: Sequence[dict[str, object]],
        chunks: Sequence[Chunk] | None = None,
    ) -> int:  # fmt: skip
        """Check a new delivery and store it with what the check counted."""
        examined = self._checks.look(actor, head, sheets, (), notes, chunks)
        check = self._checks.check(examined, ())
        theirs = {self._catalog.get(code).department for code in examined.indicators}
        head = head._replace(
            department=head.department or (theirs.pop() if len(theirs) == 1 else ""),
            release_at=head.release_at or earliest(examined, self._calendar),
            figures=check.figures, errors=check.counts[ERROR], warnings=check.counts[WARNING],
        )  # fmt: skip
        with self._store.transaction() as connection:
            number = self._store.open(head, sheets, notes, connection)
        self._checks.keep(actor, head._replace(id=number), self._stamp(), examined)
        return number

    def _new(self, actor: Actor, kind: str, title: str, release: Release | None = None) -> Delivery:
        now = self._now()
        return Delivery(
            id=0, kind=kind, title=title, owner=actor.id,
            department=release.department if release else actor.department,
            region=release.region if release else self._home(actor), period=release.day if release else 0,
            state="draft", revision=1, release_at=release.due if release else 0, load=None, figures=0, errors=0,
            warnings=0, accepted=0, author=actor.name, created_at=now, at=now,
        )  # fmt: skip

    def _sheet(self, release: Release) -> Sheet:
        title = f"{self._department(release.department, 'zh')} {self._tree.name(release.region)} {release.end:%Y-%m-%d} 填报"
        return desk_sheets.template(release, self._catalog, self._tree, title, {})

    # ---- typing and accepting

    def type(self, actor: Actor, number: int, seen: int, cells: Sequence[tuple[int, int, int, str]]) -> Check:
        """Put texts into cells (sheet, row, column, text) over the revision that was seen; gives the doubts then.

        raises  CockpitError ``record_changed`` where somebody was quicker; ``not_typable`` naming the cell
        """
        head = self.head(actor, number)
        self._require_open(head)
        sheets = self._sheets(head)
        most = self._intake.limits.cell_length
        if len(cells) > MOST_TYPED:
            raise CockpitError(Issue("too_much_pasted", N_("一次最多粘贴 {most} 格。"), N_("请分几次粘贴。"),
                                     params={"most": MOST_TYPED}))  # fmt: skip
        typed = []
        for at, line, place, text in cells:
            if not 0 <= at < len(sheets) or not typable(head, sheets[at], line, place):
                raise CockpitError(
                    Issue("not_typable", N_("这一格不能填：{cell}"), N_("模板里只填数值、同比、状态、缺报原因、备注。"),
                          params={"cell": f"{line}:{place + 1}"})
                )  # fmt: skip
            if len(text) > most:
                raise CockpitError(
                    Issue("cell_too_long", N_("单元格有 {count} 个字，超过上限 {limit} 个。"),
                          N_("请检查引号是否配对，或把长文字移到附件。"),
                          params={"count": len(text), "limit": most})
                )  # fmt: skip
            before, clean = desk_sheets.text_at(sheets[at], line, place), storable(text)
            if before != clean:
                typed.append(Typed(at, line, place, before, clean))
        if typed:
            self._store_typed(actor, head, seen, typed)
        return self.check(actor, number)

    def take_back(self, actor: Actor, number: int, seen: int) -> Check:
        """Undo what was typed last; once more undoes what was typed before that."""
        head = self.head(actor, number)
        self._require_open(head)
        last = desk_sheets.last_typed(self._store.typed(number))
        if not last:
            raise CockpitError(Issue("nothing_to_undo", N_("没有可以撤销的改动。"), N_("继续填报即可。")))
        back = [one._replace(before=one.text, text=one.before) for one in reversed(last)]
        self._store_typed(actor, head, seen, back)
        return self.check(actor, number)

    def _store_typed(self, actor: Actor, head: Delivery, seen: int, typed: Sequence[Typed]) -> None:
        with self._store.transaction() as connection:
            self._store.type(head, seen, typed, author=actor.name, at=self._now(), connection=connection)

    def accept(
        self, actor: Actor, number: int, seen: int, chosen: Iterable[tuple[str, str]], reason: str
    ) -> int:
        """Accept warnings, each by its key and address, with one reason; gives how many.

        raises  CockpitError at the field ``reason`` or ``pick``; ``record_changed``
        """
        head = self.head(actor, number)
        self._require_open(head)
        wanted = set(chosen)
        found = [
            mark for mark in self.check(actor, number).marks
            if mark.kind == WARNING and (mark.issue.key, mark.address) in wanted
        ]  # fmt: skip
        issues = reason_issues(reason)
        if not found:
            issues.append(Issue("nothing_chosen", N_("没有选中要接受的提示。"), N_("请先勾选。"), "pick"))
        if issues:
            raise CockpitError(issues)
        now = self._now()
        given = [
            Acceptance(
                one.issue.key,
                one.address,
                self._checks.said(one.issue),
                storable(reason.strip()),
                actor.name,
                now,
            )
            for one in found
        ]
        with self._store.transaction() as connection:
            self._store.move(head, seen, author=actor.name, at=now, connection=connection)
            self._store.accept(number, given, connection)
        return len(given)

    # ---- seen by others in the house

    def head(self, actor: Actor, number: int) -> Delivery:
        """A delivery that the actor may see.

        raises  CockpitError ``unknown_delivery``, whether there is none or it is somebody else's
        """
        head = self._store.delivery(number) if access.may(actor, "load") else None
        if head is None or not self._sees(actor, head):
            raise CockpitError(
                Issue("unknown_delivery", N_("没有这份报送，或不在您的职责范围内。"), N_("请从清单里选择。"))
            )
        return head

    def examined(self, actor: Actor, head: Delivery) -> Examined:
        """A delivery as it stands, with what it would come to."""
        content, typed = self._store.content(head.id), self._store.typed(head.id)
        return self._checks.examined(actor, head, content, typed, self._store.notes(head.id), self._stamp())

    def _stamp(self) -> tuple[int, int]:
        return self._figures.data_version(), self._catalog.version

    # ---- inside

    def _sees(self, actor: Actor, head: Delivery) -> bool:
        inside = access.may(actor, "load", self._tree, head.region) if self._tree.has(head.region) else False
        return inside and (actor.department in ("", head.department) or head.owner == actor.id)

    def _visible(self, actor: Actor, limit: int) -> list[Delivery]:
        """The deliveries that the actor may see, the newest first."""
        everywhere = actor.role == "system" or self._tree.root in actor.regions
        regions = None if everywhere else {one for root in actor.regions for one in self._tree.subtree(root)}
        found = self._store.deliveries(regions, limit=limit * 4)
        return [one for one in found if self._sees(actor, one)][:limit]

    def _require_open(self, head: Delivery) -> None:
        if not head.open:
            raise CockpitError(
                Issue("not_open", N_("这份报送已经不是草稿，不能再改。"),
                      N_("待发布的请先取回；已发布的请更正单个数，或撤销这批。"))
            )  # fmt: skip

    def _sheets(self, head: Delivery) -> tuple[Sheet, ...]:
        return desk_sheets.over(self._store.content(head.id), self._store.typed(head.id))

    def _note(self, head: Delivery, check: Check) -> None:
        if head.open:
            counts = check.counts
            self._store.checked(
                head.id, Checked(check.figures, counts[ERROR], counts[WARNING], counts[ACCEPTED])
            )

    def _loads(self, actor: Actor, deliveries: Sequence[Delivery]) -> tuple[LoadLine, ...]:
        """The latest loads that the actor may take back: the own ones, and those of the deliveries that are seen."""
        of = {one.load: one.id for one in deliveries if one.load is not None}
        return tuple(
            LoadLine(one.id, one.name, one.actor, one.at, one.inserted + one.corrected, one.undone,
                     one.reason or "", of.get(one.id))
            for one in self._figures.loads(500)
            if self._may_undo(actor, one) and (one.id in of or one.actor == actor.id)
        )[:LISTED]  # fmt: skip

    def _may_undo(self, actor: Actor, load: Load) -> bool:
        """Whether a load is the actor's own, or the actor may load everything everywhere."""
        everywhere = not actor.department and access.may(actor, "load", self._tree, self._tree.root)
        return load.actor == actor.id or everywhere

    def _load_of(self, head: Delivery) -> Load | None:
        if head.load is None:
            return None
        return next((one for one in self._figures.loads(10_000) if one.id == head.load), None)

    def _shown(self, examined: Examined) -> tuple[tuple[str, str], ...]:
        """The systems whose boards show these figures, each with the first indicator of it that boards draw."""
        found: dict[str, str] = {}
        for code in examined.indicators:
            one = self._catalog.get(code)
            if one.headline:
                found.setdefault(one.system, code)
        return tuple(found.items())

    def _names(self) -> frozenset[str]:
        return frozenset((*self._catalog.codes, *self._mapping.codes)) | {
            name for code in self._catalog.codes for name in (self._catalog.get(code).name_zh,)
        }

    def _offered(self, actor: Actor) -> tuple[int, ...]:
        """The regions whose desks the actor may sit at: the own ones and those below."""
        roots = actor.regions or ((self._tree.root,) if actor.role == "system" else ())
        return tuple(dict.fromkeys(code for root in roots for code in (root, *self._tree.children(root))))

    def _home(self, actor: Actor) -> int:
        return actor.regions[0] if actor.regions else self._tree.root

    def _place(self, code: int, language: str) -> Place:
        return Place(code, self._name(code, language), self._tree.get(code).level.name.lower())

    def _name(self, code: int, language: str) -> str:
        if not self._tree.has(code):
            return f"{code:012d}"
        region = self._tree.get(code)
        return region.name_en or region.name if language == "en" else region.name

    def _department(self, identity: str, language: str) -> str:
        found = self._catalog.departments.get(identity)
        if found is None:
            return identity
        return found.name_en if language == "en" else found.name_zh

    def _now(self) -> int:
        return int(self._clock().timestamp())
