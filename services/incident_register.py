"""The base of every act on incidents: one transaction with its log, its audit row and its figures; and the register.

Registering, correcting and merging stand here; stages, levels, tasks and the rest are in ``services/incidents``.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from data_access.incidents import Count, Incident, IncidentStore, Report, Stage
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access
from services.access import SYSTEM, Actor
from services.incident_figures import Frame, figures_of, states
from services.incident_forms import Form
from services.incident_reading import SYSTEM_CODE, IncidentReading
from services.incident_rules import CATEGORIES, DAY, METRICS, STAGES, Rules
from services.recorded import RecordFigures

SUBJECT = N_("突发事件")
LOOK_BACK = 120 * DAY
"""An incident bears on figures of a month or quarter for so long after it occurred."""

Values = Mapping[str, str]
Connection = Any
Outcome = tuple[str, str, Mapping[str, object]]
"""What an act was: its name, what stands in the log, what stands in the audit log."""


class Recorder(Protocol):
    """What is needed of ``services.recorded.Recorded``."""

    def settle(
        self,
        subject: str,
        actor: Actor,
        figures: RecordFigures,
        connection: Any,
        now: datetime,
        *,
        seed: bool = False,
    ) -> Any: ...


class Judge(Protocol):
    """What is needed of the warnings: to look at what changed."""

    def evaluate_pending(self, now: datetime) -> Any: ...


class IncidentRegister(IncidentReading):
    """Enters, corrects and merges incidents, and carries every act on them."""

    def __init__(
        self, store: IncidentStore, rules: Rules, tree: RegionTree, recorded: Recorder, alerts: Judge,
        clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        super().__init__(store, rules, tree, clock)
        self._recorded = recorded
        self._alerts = alerts
        self.zone = zone

    # ---- 接报

    def register(self, actor: Actor, values: Values) -> int:
        """Enter an incident; its number.

        values  title, category, kind, code, code_system, level, region, place, lon, lat, occurred_at, reported_at
                (local, 2026-10-31T19:20; without it now), reported_by, channel, confidentiality, reportable,
                sensitive, note, and figures of the first report by metric
        raises  CockpitError with an issue for every field that cannot be so; ``forbidden`` where the actor may not
        """
        access.require(actor, "command", system=SYSTEM_CODE)
        now, form = self.now(), self._form(values)
        head = self._head(actor, form, now)
        counts = self._counts(form)
        form.done()
        with self.store.transaction() as connection:
            number = self.store.add(connection, head)
            report = Report(0, number, "initial", head.reported_at or now, actor.name, form.text("note"), now)
            self._tell(connection, number, report, counts)
            stage = Stage(0, number, STAGES[0], head.reported_at or now, actor.name, None, "", "", None, now)
            self.store.add(connection, stage)
            self.store.note(connection, number, at=now, actor=actor.name, act="register", note=form.text("note"),
                            detail={"title": head.title, "region": head.region})  # fmt: skip
            self._settle(actor, number, connection)
        self._judge()
        return number

    def _head(self, actor: Actor, form: Form, now: int) -> Incident:
        category = form.choice("category", tuple(CATEGORIES))
        region = form.region("region", self._tree)
        if region and not self.commands(actor, region):
            form.wrong(
                "region", "forbidden", N_("这个地区不在您的职责范围内。"), N_("请选择您负责的县区或镇街。")
            )
        if region and self._tree.get(region).level < Level.CITY:
            form.wrong(
                "region", "too_large", N_("事件要落到市、县区或镇街。"), N_("请选择发生地；不清楚时先选市。")
            )
        occurred = form.moment("occurred_at", required=True, latest=now)
        reported = form.moment("reported_at", required=False, latest=now)
        reported = now if reported is None and not form.has("reported_at") else reported
        if occurred is not None and reported is not None and reported < occurred:
            form.wrong("reported_at", "report_before_occurrence", N_("首报时间早于事发时间。"),
                       N_("请核对两个时间；事发时间不清楚时填发现时间。"))  # fmt: skip
        lon, lat = form.position("lon", "lat")
        return Incident(
            0, None, form.text("title", required=True, longest=200), category, form.text("kind", longest=80),
            form.text("code", longest=40), form.text("code_system") or self.rules.code_system,
            form.whole("level", 0, 4), region, form.text("place", longest=200), lon, lat, occurred, reported,
            form.text("reported_by", longest=120), form.text("channel", longest=40),
            form.choice("confidentiality", ("internal", "restricted"), "internal"), form.flag("reportable"),
            form.flag("sensitive"), False, None, None, now, actor.name,
        )  # fmt: skip

    def correct(self, actor: Actor, number: int, values: Values) -> None:
        """Correct the head: place and position, title, class, level; what it said before goes into the log.

        Fields that are not among the values stay; region and stamps are checked as at registration.
        """
        form, now = self._form(values), self.now()

        def work(connection: Connection, head: Incident) -> Outcome:
            changed: dict[str, object] = {}
            for name, longest in (
                ("title", 200),
                ("kind", 80),
                ("code", 40),
                ("code_system", 80),
                ("place", 200),
            ):
                if form.has(name):
                    changed[name] = form.text(name, required=name == "title", longest=longest)
            if form.has("level"):
                changed["level"] = form.whole("level", 0, 4)
            if form.has("category"):
                changed["category"] = form.choice("category", tuple(CATEGORIES))
            if form.has("lon") or form.has("lat"):
                changed["lon"], changed["lat"] = form.position("lon", "lat")
            changed |= self._moved(actor, form, head, now)
            form.done()
            before = {name: getattr(head, name) for name in changed}
            differing = {name: value for name, value in changed.items() if value != before[name]}
            if differing:
                self.store.change(connection, number, **differing)
            told = {name: [before[name], value] for name, value in differing.items()}
            return "correct", "；".join(f"{name}: {old} → {new}" for name, (old, new) in told.items()), told

        self._act(actor, number, work)

    def _moved(self, actor: Actor, form: Form, head: Incident, now: int) -> dict[str, object]:
        """A corrected region and corrected stamps."""
        changed: dict[str, object] = {}
        if form.has("region"):
            region = form.region("region", self._tree)
            if region and not self.commands(actor, region):
                form.wrong(
                    "region",
                    "forbidden",
                    N_("这个地区不在您的职责范围内。"),
                    N_("请选择您负责的县区或镇街。"),
                )
            changed["region"] = region
        for name in ("occurred_at", "reported_at"):
            if form.has(name):
                changed[name] = form.moment(name, required=True, latest=now)
        occurred = changed.get("occurred_at", head.occurred_at)
        reported = changed.get("reported_at", head.reported_at)
        if isinstance(occurred, int) and isinstance(reported, int) and reported < occurred:
            form.wrong("reported_at", "report_before_occurrence", N_("首报时间早于事发时间。"),
                       N_("请核对两个时间；事发时间不清楚时填发现时间。"))  # fmt: skip
        return changed

    def merge(self, actor: Actor, number: int, into: int, reason: str) -> None:
        """Say that an incident is the same as another; its rows stay, its figures count there only.

        raises  CockpitError ``merge_with_itself``, ``reason_missing``
        """
        other = self.head(actor, into)
        access.require(actor, "command", self._tree, other.region, SYSTEM_CODE)
        if into == number or other.merged_into is not None:
            raise CockpitError(
                Issue(
                    "merge_with_itself",
                    N_("不能并入这个事件。"),
                    N_("请选择另一个没有被合并的事件。"),
                    "into",
                )
            )
        if not reason.strip():
            raise CockpitError(Issue("reason_missing", N_("请写明合并的理由。"), where="reason"))

        def work(connection: Connection, head: Incident) -> Outcome:
            self.store.change(connection, number, merged_into=into)
            self.store.note(
                connection,
                into,
                at=self.now(),
                actor=actor.name,
                act="merged",
                note=f"#{number} {head.title}",
            )
            return "merge", reason.strip(), {"into": into}

        self._act(actor, number, work)

    def _counts(self, form: Form) -> dict[str, float]:
        found = {name: form.count(name) for name in METRICS if form.text(name)}
        return {name: value for name, value in found.items() if value is not None}

    def _tell(self, connection: Connection, number: int, report: Report, counts: Mapping[str, float]) -> None:
        row = self.store.add(connection, report, incident=number)
        for metric, value in counts.items():
            self.store.add(connection, Count(0, number, row, metric, value, ""))

    # ---- below

    def _form(self, values: Values) -> Form:
        return Form(values, self.zone)

    def _act(
        self, actor: Actor, number: int,
        work: Callable[[Connection, Incident], Outcome], *, ended_too: bool = False,
    ) -> None:  # fmt: skip
        """One act on one incident, with its log, its audit row and its figures.

        ended_too  the act makes sense after the end of the response as well
        """
        seen = self.head(actor, number)
        access.require(actor, "command", self._tree, seen.region, SYSTEM_CODE)
        with self.store.transaction() as connection:
            head = self.store.heads(ids=[number], connection=connection)[0]
            if not head.open and not (ended_too and head.merged_into is None and not head.published):
                raise CockpitError(
                    Issue(
                        "incident_closed",
                        N_("事件已终止响应或已合并，不能再这样处置。"),
                        N_("请刷新页面查看。"),
                    )
                )
            act, note, detail = work(connection, head)
            self.store.note(
                connection, number, at=self.now(), actor=actor.name, act=act, note=note, detail=detail
            )
            self._settle(actor, number, connection, head)
        self._judge()

    def _judge(self) -> None:
        self._alerts.evaluate_pending(self._clock())

    def _settle(
        self, actor: Actor, number: int, connection: Connection, before: Incident | None = None
    ) -> None:
        """Compute again the figures that an incident bears on: of its regions, of the days that it touches."""
        head = self.store.heads(ids=[number], connection=connection)[0]
        heads = [head] if before is None or before.region == head.region else [head, before]
        regions = sorted({code for one in heads for code in self._chain(one.region)})
        self._recount(actor, regions, *self._days(head, before, connection), connection)

    def _recount(
        self, actor: Actor, regions: Sequence[int], first: date, last: date, connection: Connection
    ) -> None:
        """Compute the figures of some regions again, from the first to the last day and as of now."""
        quarter = first.replace(month=(first.month - 1) // 3 * 3 + 1, day=1)
        since = int(datetime(quarter.year, quarter.month, 1, tzinfo=UTC).timestamp()) - LOOK_BACK
        around = self.store.heads(self._below(regions), since=since, connection=connection)
        file = self.store.file(around, connection=connection)
        now = self.now()
        drawn = max((one.moment for one in around if one.simulated), default=None)
        until = None if drawn is None else self._day(drawn)
        frame = Frame(tuple(regions), first, last, now, self.zone, until)
        settled = [
            *figures_of(file, self._tree, self.rules.limits, frame),
            states(file, self._tree, frame, [now]),
        ]
        for figures in settled:
            self.settle(figures, connection, actor)

    def tick(self, moment: datetime | None = None) -> None:
        """What fell due on a day and the day before without anybody's act: reports that did not come, dues that passed.

        Only for what people registered: simulated incidents stand still.

        moment  on the day; without one it is today
        """
        pending = self.store.pending(self._tree.subtree(self._tree.root))
        heads = [*self.store.heads(open_only=True), *pending.incidents]
        regions = sorted({code for one in heads if not one.simulated for code in self._chain(one.region)})
        if regions:
            day = self._day(self.now() if moment is None else int(moment.timestamp()))
            with self.store.transaction() as connection:
                self._recount(SYSTEM, regions, day - timedelta(days=1), day, connection)

    def settle(
        self, figures: RecordFigures, connection: Connection, actor: Actor = SYSTEM, *, seed: bool = False
    ) -> None:
        """Hand figures over in the transaction of the records; ``seed``: the records are as old as they say."""
        self._recorded.settle(SUBJECT, actor, figures, connection, self._clock(), seed=seed)

    def _days(self, head: Incident, before: Incident | None, connection: Connection) -> tuple[date, date]:
        """The first and the last local day on which something of the incident counts, up to today."""
        file = self.store.file([head], connection=connection)
        moments = [head.moment, self.now()] + ([before.moment] if before is not None else [])
        moments += [one.issued_at for one in file.tasks] + [one.at for one in file.responses]
        days = sorted(map(self._day, moments))
        return days[0], days[-1]

    def _day(self, at: int) -> date:
        """The local day of a moment."""
        return (datetime.fromtimestamp(at, UTC) + self.zone).date()

    def _chain(self, region: int) -> list[int]:
        """The region and those above it, up to the city."""
        return [
            code
            for code in (region, *self._tree.ancestors(region))
            if self._tree.get(code).level >= Level.CITY
        ]

    def _below(self, regions: Sequence[int]) -> set[int]:
        return {code for region in regions for code in self._tree.subtree(region)}
