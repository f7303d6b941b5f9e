"""The panels of incidents on boards: open ones, tasks, stages, duty, reporting delay, what is due, history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from data_access.incidents import Incident
from indicators import periods
from indicators.errors import N_
from services import incident_rules
from services.incident_reading import IncidentReading
from services.incident_rules import DAY, MINUTE, standing_stages
from services.incident_views import (
    DelayView,
    DueLine,
    DuesView,
    DutyView,
    HistoryView,
    IncidentsView,
    TasksView,
    TimelineView,
    Track,
)
from services.panels import Maker, PanelWish
from services.views import Face

BINS = (0, 10, 20, 30, 60, 120)
"""Where the bins of the reporting delay begin, in minutes."""

RECENT_DAYS, LATE_DAYS = 7, 90
MOST_TRACKS, MOST_TASKS, MOST_LATE, MOST_LISTED, MOST_DUES = 10, 12, 6, 40, 12

YEARS_OFFERED = 4

FILTERS = ("class", "level", "state", "source", "year")
"""How the history may be narrowed."""


class IncidentPanels:
    """Makes the panels from the same reading as pages, walls and maps."""

    def __init__(self, incidents: IncidentReading, zone: timedelta) -> None:
        self._incidents = incidents
        self._zone = zone

    def makers(self) -> dict[str, Maker]:
        """Every panel by its name."""
        return {
            "incidents.open": self.open,
            "incidents.tasks": self.tasks,
            "incidents.duty": self.duty,
            "incidents.timeline": self.timeline,
            "incidents.delay": self.delay,
            "incidents.dues": self.dues,
            "incidents.history": self.history,
        }

    # ---- what is open now

    def open(self, wish: PanelWish) -> IncidentsView | Face:
        """The open incidents of the region."""
        scene = wish.scene
        if not scene.own:
            return _above()
        found = self._incidents.open_incidents(scene.actor, (scene.region,), scene.language)
        return IncidentsView(
            found, self._incidents.now(), self._incidents.commands(scene.actor, scene.region)
        )

    def tasks(self, wish: PanelWish) -> TasksView | Face:
        """The tasks of open incidents that are not done, those overdue first."""
        scene = wish.scene
        if not scene.own:
            return _above()
        heads = self._incidents.heads(scene.actor, (scene.region,), open_only=True)
        file = self._incidents.store.file(heads, ("tasks",))
        lines = [
            one for one in self._incidents.task_lines(scene.actor, file, scene.language)
            if one.task.answered_at is None and one.task.done_at is None
        ]  # fmt: skip
        lines.sort(key=lambda one: (not one.overdue, one.task.due_at))
        return TasksView(tuple(lines[:MOST_TASKS]), len(lines), self._incidents.now())

    def duty(self, wish: PanelWish) -> DutyView | Face:
        """Who is on duty now."""
        scene = wish.scene
        if not scene.own:
            return _above()
        lines = self._incidents.on_duty(scene.actor, (scene.region,), scene.language)
        people = self._incidents.store.contacts([scene.region])
        contacts = tuple((scene.place(one.region), one) for one in people)
        commands = self._incidents.commands(scene.actor, scene.region)
        return DutyView(tuple(lines), contacts, self._incidents.now(), commands)

    # ---- a stretch of time

    def timeline(self, wish: PanelWish) -> TimelineView | Face:
        """The stages of the incidents of a period, or of the week before the newest one."""
        scene = wish.scene
        if not scene.own:
            return _above()
        first, last = self._stretch(wish, RECENT_DAYS)
        heads = self._incidents.heads(scene.actor, (scene.region,), since=first, until=last)
        heads = [head for head in heads if not head.published]
        grave = sorted(heads, key=lambda one: (not one.open, one.level or 9, -self._lasted(one)))[
            :MOST_TRACKS
        ]
        file = self._incidents.store.file(grave, ("stages",))
        lines = self._incidents.lines(scene.actor, grave, scene.language)
        tracks = tuple(
            Track(line, tuple(standing_stages(one for one in file.stages if one.incident == line.id)))
            for line in lines
        )
        return TimelineView(tracks, len(heads), first, last, any(head.simulated for head in heads))

    def _lasted(self, head: Incident) -> int:
        return (head.terminated_at or self._incidents.now()) - head.moment

    def delay(self, wish: PanelWish) -> DelayView | Face:
        """How long first reports took: of a period, or of the quarter of a year before the newest incident."""
        scene, rules = wish.scene, self._incidents.rules
        if not scene.own:
            return _above()
        first, last = self._stretch(wish, LATE_DAYS)
        heads = [
            head for head in self._incidents.heads(scene.actor, (scene.region,), since=first, until=last)
            if not head.published
        ]  # fmt: skip
        now = self._incidents.now()
        late = [head for head in heads if incident_rules.is_late(head, rules.limits, now)]
        late.sort(key=lambda one: -(incident_rules.delay_of(one) or now - one.moment))
        known = [delay / MINUTE for head in heads if (delay := incident_rules.delay_of(head)) is not None]
        return DelayView(
            bins=_binned(known),
            median=round(float(np.median(known)), 1) if known else None,
            p90=round(float(np.percentile(known, 90)), 1) if known else None,
            count=len(known),
            limit=rules.limits.report_seconds("default") // MINUTE,
            late=tuple(self._incidents.lines(scene.actor, late[:MOST_LATE], scene.language)),
            without=len(heads) - len(known),
            first=first,
            last=last,
            simulated=any(head.simulated for head in heads),
        )

    def dues(self, wish: PanelWish) -> DuesView | Face:
        """Assessments and agreed actions that are not done."""
        scene = wish.scene
        if not scene.own:
            return _above()
        pending = self._incidents.pending(scene.actor, (scene.region,))
        lines = {
            one.id: one for one in self._incidents.lines(scene.actor, pending.incidents, scene.language)
        }  # fmt: skip
        found = [DueLine(lines[one.incident], "assessment", "", one.due_at) for one in pending.assessments]
        found += [DueLine(lines[one.incident], one.task, one.owner, one.due_at) for one in pending.actions]
        found.sort(key=lambda one: one.due_at)
        return DuesView(tuple(found[:MOST_DUES]), len(found), self._incidents.now())

    def history(self, wish: PanelWish) -> HistoryView | Face:
        """All incidents, narrowed by class, level, state, source and year; the newest first."""
        scene = wish.scene
        if not scene.own:
            return _above()
        filters = {name: text for name, text in wish.choice.filters.items() if name in FILTERS}
        first, last = self._year(filters.get("year"))
        heads = self._incidents.heads(scene.actor, (scene.region,), since=first, until=last)
        kept = [head for head in heads if _fits(head, filters)]
        lines = self._incidents.lines(scene.actor, kept[:MOST_LISTED], scene.language)
        newest = self._incidents.newest(scene.actor, (scene.region,)) or self._incidents.now()
        year = (datetime.fromtimestamp(newest, UTC) + self._zone).year
        years = tuple(range(year, year - YEARS_OFFERED, -1))
        return HistoryView(tuple(lines), len(kept), filters, years, first, last, self._incidents.now())

    # ---- below

    def _stretch(self, wish: PanelWish, days: int) -> tuple[int, int]:
        """The period that the reader chose, else so many days before the newest incident."""
        scene = wish.scene
        if scene.until is not None:
            period = periods.Period(scene.until)
            return self._start(period.start), self._start(period.end + timedelta(days=1)) - 1
        newest = self._incidents.newest(scene.actor, (scene.region,))
        last = newest if newest is not None else self._incidents.now()
        return last - days * DAY, last

    def _start(self, day: date) -> int:
        """The first moment of a local day."""
        return int((datetime.combine(day, time(), UTC) - self._zone).timestamp())

    def _year(self, text: str | None) -> tuple[int, int]:
        """The first and last moment of a year; of all time where none is named."""
        if text is None or not text.isdigit() or not 1949 <= int(text) <= 9998:
            return 0, self._incidents.now()
        start = datetime(int(text), 1, 1, tzinfo=UTC) - self._zone
        end = datetime(int(text) + 1, 1, 1, tzinfo=UTC) - self._zone
        return int(start.timestamp()), int(end.timestamp()) - 1


def _above() -> Face:
    return Face("forbidden", N_("这里只显示您负责地区的突发事件。"), {})


def _binned(minutes: Sequence[float]) -> tuple[tuple[int, int | None, int], ...]:
    ends: list[int | None] = [*BINS[1:], None]
    return tuple(
        (low, high, sum(low <= one and (high is None or one < high) for one in minutes))
        for low, high in zip(BINS, ends, strict=True)
    )


def _fits(head: Incident, filters: Mapping[str, str]) -> bool:
    told = {
        "class": head.category,
        "level": str(head.level),
        "state": "open" if head.open else "ended",
        "source": "published" if head.published else "simulated" if head.simulated else "register",
    }
    return all(told.get(name, text) == text for name, text in filters.items())
