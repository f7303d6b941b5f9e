"""The warning centre: every open warning that a reader may see, filtered, ordered, counted; the same for page and file.

What is listed is what boards count: warnings of authorities in force, and the open warnings of our rules but those
that only mirror such a message. Page, machine door and exports take the same selection, so that their counts agree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data_access.saved_views import SavedView, SavedViewStore
from indicators.catalog import Catalog
from indicators.definition import WARNING_LEVELS
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.rules import Kind
from services import access
from services.access import Actor
from services.alert_lines import Looked, alert_line, gravest_first, told_once
from services.alerts import Alerts, AlertView
from services.scenes import Scene
from services.statutory import Statutory
from services.statutory_lines import statutory_line
from services.views import Choice, Face, Place, StatutoryLine
from services.warning_views import Badge, Counted, Handled, ListView, Option, WarningRow

PAGE = 50
"""How many warnings stand on a page, those folded under them not counted."""

STATES: Mapping[str, str] = {
    "untouched": N_("未处理"),
    "acked": N_("已知悉"),
    "silenced": N_("已静默"),
    "supervised": N_("督办中"),
    "flapping": N_("频繁波动"),
}
"""What may have been done about a warning; the first is that nothing was."""

SINCE: Mapping[str, str] = {
    "1": N_("近 1 天"),
    "7": N_("近 7 天"),
    "30": N_("近 30 天"),
    "90": N_("近 90 天"),
}
"""How many days ago a warning was noticed at most."""

ORDERS: Mapping[str, str] = {
    "level": N_("先看最严重"),
    "new": N_("先看最新"),
    "long": N_("先看最久"),
    "place": N_("按地区"),
    "department": N_("按部门"),
}

KINDS: Mapping[str, str] = {"statutory": N_("法定预警"), "management": N_("管理预警")}

SYSTEMS_OF_MESSAGES = ("sign", "emerg")
"""The systems whose filter also shows the messages of authorities."""

FREE = ("q", "page")
"""Filters that take any text."""

MOST_VIEWS = 20
LONGEST_NAME = 40
LONGEST_ADDRESS = 1000


Placed = Callable[[Actor, Choice, str], Scene | Face]
"""Where a reader stands (``Boards.scene``)."""


@dataclass(frozen=True)
class Selection:
    """What a reader chose among the warnings: all of it, unpaged, the gravest first.

    rows    the warnings of our rules, nothing folded
    counts  before the choice of kind and level
    """

    scene: Scene
    messages: tuple[StatutoryLine, ...]
    rows: tuple[WarningRow, ...]
    counts: Counted
    filters: Mapping[str, str]
    vain: tuple[str, ...]
    options: Mapping[str, tuple[Option, ...]]

    @property
    def found(self) -> int:
        """How many warnings these are."""
        return len(self.messages) + len(self.rows)


class WarningCentre:
    """Lists warnings, and keeps the ways in which readers like to look at them."""

    def __init__(
        self,
        alerts: Alerts,
        statutory: Statutory,
        catalog: Catalog,
        tree: RegionTree,
        placed: Placed,
        views: SavedViewStore,
        looked: Looked,
        clock: Callable[[], datetime],
    ) -> None:
        self._alerts = alerts
        self._statutory = statutory
        self._catalog = catalog
        self._tree = tree
        self._placed = placed
        self._views = views
        self._looked = looked
        self._clock = clock

    def scene(self, actor: Actor, choice: Choice, language: str) -> Scene | Face:
        """Where the reader stands; a face where that cannot be seen."""
        return self._placed(actor, choice, language)

    # ---- the list

    def listed(self, actor: Actor, choice: Choice, language: str = "zh") -> ListView | Face:
        """The list as the reader wants it; a face where there is nothing to stand on."""
        chosen = self.selected(actor, choice, language)
        if isinstance(chosen, Face):
            return chosen
        rows = list(chosen.rows) if chosen.filters.get("fold") == "all" else _folded(chosen.rows)
        rows.sort(
            key=lambda row: row.line.kind != Kind.STATUTORY
        )  # those first, each kind in the order chosen
        pages = max(1, -(-len(rows) // PAGE))
        page = min(_whole(chosen.filters.get("page", ""), 1), pages)
        shown = rows[(page - 1) * PAGE : page * PAGE]
        return ListView(
            place=chosen.scene.place(chosen.scene.region),
            path=self.path(chosen.scene),
            counts=chosen.counts,
            found=chosen.found,
            messages=chosen.messages if page == 1 else (),
            statutory=tuple(row for row in shown if row.line.kind == Kind.STATUTORY),
            management=tuple(row for row in shown if row.line.kind == Kind.MANAGEMENT),
            page=page,
            pages=pages,
            filters=chosen.filters,
            options=chosen.options,
            views=self._views.of(actor.id),
            vain=chosen.vain,
            acts=any(row.acts for row in chosen.rows),
            simulated=any(row.line.simulated for row in shown),
        )

    def selected(self, actor: Actor, choice: Choice, language: str = "zh") -> Selection | Face:
        """The warnings that the reader chose, all of them: what is listed, counted and exported."""
        scene = self._placed(actor, choice, language)
        if isinstance(scene, Face):
            return scene
        now = self._clock()
        regions = self._around(scene)
        mirrored = self._statutory.in_force(actor, (scene.region,), now, language)
        alerts = told_once(self._alerts.open_alerts(actor, regions), mirrored, self._statutory.reaches)
        rows = self.rows(scene, gravest_first(alerts, scene))
        messages = tuple(statutory_line(one, scene) for one in mirrored)
        options = self._options(scene, rows)
        filters, vain = _understood(choice.filters, options)
        sieve = _Sieve(filters, self._tree, int(now.timestamp()))
        names = {one.id: one.regions for one in mirrored}
        left = [row for row in rows if sieve.row(row)]
        told = [one for one in messages if sieve.message(one, names[one.id])]
        return Selection(
            scene,
            tuple(one for one in told if sieve.shows("statutory", one.level)),
            tuple(_ordered([row for row in left if sieve.shows(row.line.kind, row.line.level)], filters)),
            _counted(left, told),
            filters,
            vain,
            options,
        )

    def rows(self, scene: Scene, alerts: Sequence[AlertView]) -> tuple[WarningRow, ...]:
        """Warnings as rows, with what is being done about them."""
        looked = self._looked(scene.actor, alerts)
        return tuple(self._row(scene, alert, looked.get(alert.id, Handled())) for alert in alerts)

    def _row(self, scene: Scene, alert: AlertView, handled: Handled) -> WarningRow:
        return WarningRow(
            line=alert_line(alert, scene, self._catalog),
            system=alert.system,
            noticed=alert.opened_at,
            version=handled.version,
            acts=access.may(scene.actor, "handle", self._tree, alert.region, alert.system),
            department=self._catalog.get(alert.indicator).department,
            badges=handled.badges,
            under=handled.under,
        )

    def path(self, scene: Scene) -> tuple[Place, ...]:
        """From the reader's own region down to the one shown."""
        own = {code for root in scene.actor.regions for code in (root, *self._tree.subtree(root))}
        above = sorted((code for code in self._tree.ancestors(scene.region) if code in own), key=scene.depth)
        return tuple(scene.place(code) for code in (*above, scene.region))

    def _around(self, scene: Scene) -> frozenset[int]:
        below = self._tree.subtree(scene.region) if scene.own else ()
        return frozenset((scene.region, *below))

    def _options(self, scene: Scene, rows: Sequence[WarningRow]) -> dict[str, tuple[Option, ...]]:
        """What each filter offers here: only what there is; names of fixed ones are messages."""
        below = self._tree.children(scene.region, territories_only=True) if scene.own else ()
        systems = {row.system for row in rows}
        departments = {row.line.department for row in rows if row.line.department}
        return {
            "kind": tuple(KINDS.items()),
            "level": tuple((word, word) for word in reversed(WARNING_LEVELS[1:])),
            "system": tuple(
                (code, one.name_en if scene.language == "en" else one.name_zh)
                for code, one in self._catalog.systems.items() if code in systems
            ),
            "place": tuple(
                (f"{code:012d}", scene.name(code))
                for code in access.narrow(scene.actor, self._tree, below)
            ),
            "department": tuple(
                (code, name)
                for code, one in self._catalog.departments.items()
                if (name := one.name_en if scene.language == "en" else one.name_zh) in departments
            ),
            "state": tuple(STATES.items()),
            "since": tuple(SINCE.items()),
            "sort": tuple(ORDERS.items()),
            "fold": (("all", N_("展开")),),
        }  # fmt: skip

    # ---- saved views

    def keep_view(self, actor: Actor, name: str, address: str) -> None:
        """Keep how the list is looked at, under a name of one's own.

        raises  CockpitError for a name that is missing or too long, and for one view too many
        """
        views = self._views.of(actor.id)
        wanted = " ".join(name.split())
        issues = []
        if not wanted or len(wanted) > LONGEST_NAME:
            issues.append(
                Issue("view_name", N_("视图名称须为 1 至 {most} 个字。"), "", "name", params={"most": LONGEST_NAME})
            )  # fmt: skip
        if len(views) >= MOST_VIEWS and wanted not in {view.name for view in views}:
            issues.append(
                Issue("too_many_views", N_("最多保存 {most} 个视图。"), N_("请先删除一个。"), "name",
                      params={"most": MOST_VIEWS})
            )  # fmt: skip
        if issues:
            raise CockpitError(issues)
        at = int(self._clock().timestamp())
        self._views.keep(actor.id, wanted, address[:LONGEST_ADDRESS], at=at, actor=actor.name)

    def forget_view(self, actor: Actor, view: int) -> SavedView | None:
        """Let one of one's own views go; the view as it was, None where there is none."""
        found = next((one for one in self._views.of(actor.id) if one.id == view), None)
        if found is not None:
            self._views.forget(actor.id, view, at=int(self._clock().timestamp()), actor=actor.name)
        return found


@dataclass(frozen=True)
class _Sieve:
    """Which warnings filters leave."""

    filters: Mapping[str, str]
    tree: RegionTree
    now: int

    def row(self, row: WarningRow) -> bool:
        """Whether a warning of our rules stays, kind and level apart."""
        line, wanted = row.line, self.filters
        if "system" in wanted and row.system != wanted["system"]:
            return False
        if "department" in wanted and row.department != wanted["department"]:
            return False
        words = (line.name, line.place.name, line.department, line.indicator)
        return (
            self._near(line.place.code)
            and self._recent(row.noticed)
            and self._said(words)
            and self._treated(row.badges)
        )

    def message(self, line: StatutoryLine, regions: Sequence[int]) -> bool:
        """Whether a message of an authority stays, level apart; nobody here handles it or owns it."""
        wanted = self.filters
        if wanted.get("system", SYSTEMS_OF_MESSAGES[0]) not in SYSTEMS_OF_MESSAGES:
            return False
        if "department" in wanted or wanted.get("state", "untouched") != "untouched":
            return False
        words = (line.headline, line.hazard, line.issuer, *line.places)
        return self._reaches(regions) and self._recent(line.issued) and self._said(words)

    def shows(self, kind: str, level: int) -> bool:
        """Whether a kind and a level are among the chosen ones."""
        return self.filters.get("kind", kind) == kind and (
            "level" not in self.filters or WARNING_LEVELS.index(self.filters["level"]) == level
        )

    def _near(self, region: int) -> bool:
        return "place" not in self.filters or self.tree.contains(int(self.filters["place"]), region)

    def _reaches(self, regions: Iterable[int]) -> bool:
        """Whether a message is for the chosen place, for a part of it, or for what it is a part of."""
        if "place" not in self.filters:
            return True
        place = int(self.filters["place"])
        return any(self.tree.contains(place, one) or self.tree.contains(one, place) for one in regions)

    def _recent(self, at: int) -> bool:
        days = self.filters.get("since")
        return days is None or at >= self.now - int(timedelta(days=int(days)).total_seconds())

    def _said(self, words: Iterable[str]) -> bool:
        text = " ".join(words).casefold()
        return all(part in text for part in self.filters.get("q", "").casefold().split())

    def _treated(self, badges: Sequence[Badge]) -> bool:
        wanted = self.filters.get("state")
        kinds = {badge.kind for badge in badges}
        return wanted is None or (wanted in kinds if wanted != "untouched" else not kinds - {"flapping"})


def _understood(
    asked: Mapping[str, str], options: Mapping[str, Sequence[Option]]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The filters that can be followed, and the names of those that cannot."""
    filters = {
        name: value
        for name, value in asked.items()
        if name in FREE or value in {code for code, _ in options.get(name, ())}
    }
    return filters, tuple(name for name in asked if name not in filters)


def _counted(rows: Iterable[WarningRow], messages: Iterable[StatutoryLine]) -> Counted:
    """How many of each kind and level."""
    seen = [(row.line.kind, row.line.level) for row in rows] + [("statutory", one.level) for one in messages]

    def of(kind: str) -> tuple[int, int, int, int]:
        return tuple(seen.count((kind, level)) for level in range(1, len(WARNING_LEVELS)))  # type: ignore[return-value]

    return Counted(of("statutory"), of("management"))


def _ordered(rows: list[WarningRow], filters: Mapping[str, str]) -> list[WarningRow]:
    """In the chosen order; they come with the gravest first."""
    keys: Mapping[str, Callable[[WarningRow], tuple[object, ...]]] = {
        "new": lambda row: (-row.noticed,),
        "long": lambda row: (-row.line.lasted,),
        "place": lambda row: (row.line.place.code,),
        "department": lambda row: (row.line.department,),
    }
    key = keys.get(filters.get("sort", ""))
    return sorted(rows, key=key) if key else rows


def _folded(rows: Sequence[WarningRow]) -> list[WarningRow]:
    """Rows with those under them that they stand for; what stands for it is not listed, stands for itself."""
    listed = {row.line.id for row in rows}
    below: dict[str, list[WarningRow]] = {}
    for row in rows:
        if row.under in listed:
            below.setdefault(row.under, []).append(row)

    def whole(row: WarningRow) -> WarningRow:
        return replace(row, folded=tuple(map(whole, below.get(row.line.id, ()))))

    return [whole(row) for row in rows if row.under not in listed]


def _whole(text: str, default: int) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else default
