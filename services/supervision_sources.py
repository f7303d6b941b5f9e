"""What can be supervised (督办), and what is frozen with it: a warning, an incident, a project, a hotline class, a word.

A source is named by its kind and its key, as ``alert:<id of the warning>`` or ``project:12``; it is looked up as the
reader sees it, so that nobody dispatches what they may not see. What is frozen are the figures as they stand at that
moment: the figure warned of, what it is made of, what runs ahead of it, and the regions below.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from data_access.incidents import Incident
from data_access.supervision import Frozen
from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.projects import PROBLEM_CLASSES, Project
from indicators.projects import Register as ProjectRegister
from indicators.regions import Level, RegionTree
from services import access
from services.access import SYSTEM, Actor
from services.alerts import AlertView
from services.answers import Line, Question
from services.hotline_book import CLASSES
from services.incident_rules import LEVELS
from services.query import Query
from services.texts import Texts

KINDS = {
    "alert": N_("预警"),
    "incident": N_("突发事件"),
    "project": N_("重点项目"),
    "hotline": N_("12345热线"),
    "hand": N_("直接交办"),
}
"""What an item can be about."""

HOTLINE = "sign"
HOTLINE_FIGURES = ("sign.gov.hot_total", "sign.gov.hot_repeat", "sign.gov.hot_repeat_rate")

FIGURES = ("subject", "part", "leading", "below")
"""The roles of frozen lines that are figures and are frozen again when one looks back."""

MOST_BELOW = 40
"""So many regions below are frozen at most."""

Wanted = tuple[str, str, int, int]
"""A figure to be frozen: role, indicator, region, item."""


@dataclass(frozen=True)
class Source:
    """What an item is to be about, as whoever dispatches sees it.

    kind, key   the name of the source
    matter      what lasts of it: another item on the same matter is a repetition
    department  whose matter it is by the catalogue; the form begins with it
    facts       what is frozen of it in words, and what was compared with which bound
    wanted      the figures that are frozen of it
    """

    kind: str
    key: str
    matter: str
    region: int
    title_zh: str
    title_en: str
    system: str = ""
    level: int = 0
    department: str = ""
    simulated: bool = False
    facts: tuple[Frozen, ...] = ()
    wanted: tuple[Wanted, ...] = ()

    @property
    def name(self) -> str:
        """Kind and key, as a form sends them."""
        return f"{self.kind}:{self.key}"

    def title(self, language: str) -> str:
        """What it is about, in a language."""
        return self.title_en if language.startswith("en") else self.title_zh


class Warned(Protocol):
    """What is needed of the warnings."""

    def open_alerts(self, actor: Actor, regions: Iterable[int] | None = None) -> tuple[AlertView, ...]: ...


class Incidents(Protocol):
    """What is needed of the incidents."""

    def head(self, actor: Actor, number: int) -> Incident: ...


class Projects(Protocol):
    """What is needed of the projects."""

    def project(self, actor: Actor, identity: int) -> Project: ...
    def register(self) -> ProjectRegister: ...


class Sources:
    """Finds sources as a reader sees them, and freezes figures.

    items  the breakdowns of figures: number to (dimensions, scope)
    """

    def __init__(
        self, alerts: Warned, query: Query, catalog: Catalog, tree: RegionTree, incidents: Incidents,
        projects: Projects, items: Callable[[], Mapping[int, tuple[str, str]]],
    ) -> None:  # fmt: skip
        self._alerts = alerts
        self._query = query
        self._catalog = catalog
        self._tree = tree
        self._incidents = incidents
        self._projects = projects
        self._items = items
        self._finders: Mapping[str, Callable[[Actor, str], Source | None]] = {
            "alert": self._alert, "incident": self._incident, "project": self._project, "hotline": self._hotline,
            "hand": self._hand,
        }  # fmt: skip

    def find(self, actor: Actor, name: str) -> Source:
        """The source of a name.

        raises  CockpitError ``unknown_source``, the same for one that the reader may not see
        """
        kind, _, key = name.partition(":")
        finder = self._finders.get(kind)
        found = finder(actor, key) if finder else None
        if found is None:
            raise CockpitError(
                Issue("unknown_source", N_("找不到要督办的事项，或者它已经解除。"), N_("请刷新页面后重试。"))
            )
        return found

    def freeze(self, source: Source) -> list[Frozen]:
        """What is seen of a source now: its figures, then its facts."""
        return _numbered([*self.figures(source.wanted), *source.facts])

    def again(self, frozen: Sequence[Frozen]) -> list[Frozen]:
        """The figures that were frozen at dispatch, as they stand now."""
        wanted = [
            (one.role, one.code, one.region, self._item_of(one)) for one in frozen if one.role in FIGURES
        ]
        named = {(one.role, one.code, one.region): one for one in frozen}
        return _numbered(
            replaced._replace(name_zh=was.name_zh, name_en=was.name_en)
            for replaced in self.figures(wanted)
            if (was := named.get((replaced.role, replaced.code, replaced.region))) is not None
        )

    def figures(self, wanted: Sequence[Wanted]) -> list[Frozen]:
        """The newest figures of some series, those that are there."""
        lines: dict[tuple[str, int, int], Line] = {}
        for item in dict.fromkeys(one[3] for one in wanted):
            codes = tuple(dict.fromkeys(code for _, code, _, own in wanted if own == item))
            regions = tuple(dict.fromkeys(region for _, _, region, own in wanted if own == item))
            for line in self._query.ask(SYSTEM, Question(codes, regions, items=(item,))):
                lines[line.indicator, line.region, line.item] = line
        found = ((role, lines.get((code, region, item))) for role, code, region, item in wanted)
        return [self._frozen(role, line) for role, line in found if line and line.value is not None]

    def _frozen(self, role: str, line: Line) -> Frozen:
        indicator = self._catalog.get(line.indicator)
        return Frozen(
            0, 0, 0, role, line.indicator, indicator.name_zh, indicator.name_en, line.region, line.period, line.value,
            indicator.unit, indicator.unit_en, line.status,
        )  # fmt: skip

    def _item_of(self, one: Frozen) -> int:
        """The breakdown of a frozen figure, which its text names."""
        told = one.text_zh
        return next((number for number, item in self._items().items() if told and item[0] == told), TOTAL)

    # ---- a warning

    def _alert(self, actor: Actor, key: str) -> Source | None:
        region = _whole(key.rsplit(":", 2)[1]) if key.count(":") >= 2 else 0
        found = next((one for one in self._alerts.open_alerts(actor, (region,)) if one.id == key), None)
        if found is None or access.scope(actor, self._tree, region) != "own":
            return None
        place = self._tree.get(region)
        return Source(
            "alert", key, key.rpartition(":")[0], region, f"{place.name} {found.name_zh}",
            f"{place.name_en or place.name}: {found.name_en}", found.system, int(found.level),
            found.department.id if found.department else "", found.simulated,
            self._compared(found), tuple(self._around(found)),
        )  # fmt: skip

    def _compared(self, alert: AlertView) -> tuple[Frozen, ...]:
        """What was compared with which bound, as the warning tells it."""
        measured = Frozen(0, 0, 0, "measure", alert.measure, "", "", alert.region, alert.period, alert.measured, alert.unit,
                          alert.unit_en, alert.status)  # fmt: skip
        bound = measured._replace(role="threshold", value=alert.threshold, text_zh=alert.op)
        return (measured, bound)

    def _around(self, alert: AlertView) -> Iterable[Wanted]:
        """The figure warned of, what it is made of, what runs ahead of it, and the regions below."""
        yield "subject", alert.indicator, alert.region, TOTAL
        parts = self._catalog.inputs(alert.indicator)
        for code in parts:
            yield "part", code, alert.region, TOTAL
        for code in self._leading({alert.indicator, *parts}):
            yield "leading", code, alert.region, TOTAL
        lowest = Level.parse(self._catalog.get(alert.indicator).lowest_level)
        below = self._tree.children(alert.region, territories_only=True)
        for code_below in below[:MOST_BELOW]:
            if self._tree.get(code_below).level <= lowest:
                yield "below", alert.indicator, code_below, TOTAL

    def _leading(self, codes: set[str]) -> list[str]:
        """The indicators that run ahead of some, by the catalogue."""
        return [
            one.code
            for one in self._catalog.newest()
            if one.code not in codes and any(r.type == "leads" and r.code in codes for r in one.related)
        ]

    # ---- records

    def _incident(self, actor: Actor, key: str) -> Source | None:
        try:
            head = self._incidents.head(actor, _whole(key))
        except CockpitError:
            return None
        if not head.open:
            return None
        facts = [_fact(N_("事件级别"), LEVELS[head.level], head.region)]
        facts += [_fact(N_("地点"), head.place, head.region)] if head.place else []
        return Source(
            "incident", str(head.id), str(head.id), head.region, head.title, head.title, "emerg", 0, "emergency",
            head.simulated, tuple(facts),
        )  # fmt: skip

    def _project(self, actor: Actor, key: str) -> Source | None:
        """A project, or with ``12-34`` one of its problems."""
        number, _, trouble = key.partition("-")
        try:
            project = self._projects.project(actor, _whole(number))
        except CockpitError:
            return None
        problems = [
            one for one in self._projects.register().problems.get(project.id, ()) if one.confirmed is None
        ]
        title, department = project.name, project.department
        if trouble:
            problems = [one for one in problems if one.id == _whole(trouble)]
            if not problems:
                return None
            title, department = f"{project.name}：{problems[0].title}", problems[0].department or department
        facts = [
            _fact(PROBLEM_CLASSES.get(one.category, N_("其他")), one.title, project.region)
            for one in problems
        ]
        known = department in self._catalog.departments
        return Source(
            "project", key, key, project.region, title, title, "proj", 0, department if known else "",
            project.simulated, tuple(facts),
        )  # fmt: skip

    def _hotline(self, actor: Actor, key: str) -> Source | None:
        """A class of appeals in a region: ``noise-440981000000``."""
        about, _, code = key.rpartition("-")
        region = _whole(code)
        own = self._tree.has(region) and access.scope(actor, self._tree, region) == "own"
        if about not in CLASSES or not own or not access.may(actor, "view", system=HOTLINE):
            return None
        told = f"appeal_class={about}"
        item = next((number for number, one in self._items().items() if one == (told, "")), None)
        wanted = [("subject", one, region, item) for one in HOTLINE_FIGURES] if item is not None else []
        figures = [one._replace(text_zh=told) for one in self.figures(wanted)]
        place, english = self._tree.get(region), Texts("en").t(CLASSES[about])
        return Source(
            "hotline", key, key, region, f"{place.name} 12345热线：{CLASSES[about]}",
            f"{place.name_en or place.name}: hotline, {english}", HOTLINE, 0, "hotline",
            any(one.status == "simulated" for one in figures), tuple(figures),
        )  # fmt: skip

    def _hand(self, actor: Actor, key: str) -> Source | None:
        """What somebody gives out by hand, in a region: ``440981000000``; the form gives it its title."""
        region = _whole(key)
        if not self._tree.has(region) or access.scope(actor, self._tree, region) != "own":
            return None
        return Source("hand", key, "", region, "", "")


def _numbered(lines: Iterable[Frozen]) -> list[Frozen]:
    return [one._replace(place=place) for place, one in enumerate(lines)]


def _fact(name: str, text: str, region: int) -> Frozen:
    english = Texts("en")
    return Frozen(0, 0, 0, "fact", "", name, english.t(name), region, text_zh=text, text_en=english.t(text))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
