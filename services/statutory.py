"""Statutory warnings: taken from authorities as they are, mirrored while they are in force, never raised or lowered.

A message comes in by a command, a drop folder or an HTTP post; all three end here. It is stored with its raw text,
ends what it replaces, and its figures follow in the same transaction. Whether a warning is in force is reckoned for
a moment, from rows that are kept in memory until the next message: five hundred walls cost one small question each.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from data_access.config import CapSettings
from data_access.formats import cap
from data_access.sources.drop import DropFolder
from data_access.statutory import NewMessage, StatutoryStore, StoredWarning
from data_access.terrain import Terrain
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.recorded import Recorded, RecordFigures
from services.statutory_figures import Steps
from services.statutory_views import (
    ShapeView,
    StatutoryPage,
    WarningView,
    hazard_of,
    info_in,
    remarks_of,
    shapes_of,
    texts_of,
    view_of,
)

SYSTEM = "emerg"

LEAST_SHARE = 0.02
"""A shape names a county when it covers so much of it; less is the rough edge of a drawing."""

A_DAY = 24 * 3600
RAW_SHOWN = 20_000


@dataclass(frozen=True)
class Received:
    """What became of a delivered message.

    state       stored, or repeated: the same message was here and nothing changed
    live        it is in force now
    superseded  the numbers of the messages that it ended
    issues      what was left out or is doubtful
    """

    state: str
    id: int
    kind: str
    status: str
    level: int
    colour: str
    live: bool
    regions: tuple[int, ...]
    superseded: tuple[int, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class Dropped:
    """What became of one file of the drop folder: what was received, or why it was refused."""

    name: str
    received: Received | None
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class _Standing:
    """The warnings that may be in force from ``since`` on, and the moments at which that changes."""

    version: int
    since: int
    warnings: tuple[StoredWarning, ...]
    turns: tuple[int, ...]


class Statutory:
    """Takes warnings in and tells which are in force."""

    def __init__(
        self,
        store: StatutoryStore,
        tree: RegionTree,
        terrain: Terrain,
        recorded: Recorded,
        evaluate: Callable[[datetime], object],
        begin: Callable[[], AbstractContextManager[Any]],
        settings: CapSettings,
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._tree = tree
        self._terrain = terrain
        self._recorded = recorded
        self._evaluate = evaluate
        self._begin = begin
        self._settings = settings
        self._clock = clock
        self._zone = timezone(zone)
        self._steps = Steps(tree, zone)
        self._kept: _Standing | None = None

    # ---- telling

    def stamp(self, moment: datetime | None = None) -> int:
        """The next moment at which a warning begins or ends; 0 where none is in sight.

        Together with the counter of messages it changes whenever other warnings are in force.
        """
        at = int((moment or self._clock()).timestamp())
        turns = self._standing(at).turns
        place = bisect_right(turns, at)
        return turns[place] if place < len(turns) else 0

    def in_force(
        self, actor: Actor, regions: Iterable[int] | None = None, moment: datetime | None = None,
        language: str = "zh",
    ) -> tuple[WarningView, ...]:  # fmt: skip
        """The warnings in force that reach the actor's regions: the most severe first, then the newest.

        regions  only those that reach one of these: named for it, for a part of it, or for what it is a part of

        A message that names no region known here is in force nowhere; it is found among the messages.
        """
        at = int((moment or self._clock()).timestamp())
        wanted = None if regions is None else tuple(regions)
        found = [
            one
            for one in self._standing(at).warnings
            if one.in_force(at)
            and one.regions
            and self.may_see(actor, one)
            and (wanted is None or any(self._reaches(one.regions, region) for region in wanted))
        ]
        found.sort(key=lambda one: (-one.level, one.colour != "white", -one.effective, one.id))
        return tuple(view_of(one, language, at) for one in found)

    def by_region(
        self, actor: Actor, regions: Iterable[int], moment: datetime | None = None
    ) -> dict[int, WarningView]:
        """The most severe warning in force in each of these regions that has one."""
        there = self.in_force(actor, moment=moment)
        found = {}
        for region in regions:
            first = next((one for one in there if self._reaches(one.regions, region)), None)
            if first is not None:
                found[region] = first
        return found

    def reaches(self, warnings: Iterable[WarningView], region: int) -> bool:
        """Whether one of these warnings is for a region, for a part of it, or for what it is a part of."""
        return any(self._reaches(one.regions, region) for one in warnings)

    def page(self, actor: Actor, number: int, language: str = "zh") -> StatutoryPage | None:
        """Everything about one message; None where there is none that this reader may see."""
        stored = self._store.get(number)
        if stored is None or not access.may(actor, "view") or not self.may_see(actor, stored):
            return None
        at = int(self._clock().timestamp())
        raw = self._store.raw(number)
        return StatutoryPage(
            warning=view_of(stored, language, at),
            texts=texts_of(stored, language),
            chain=tuple(
                view_of(one, language, at) for one in self._store.chain(number) if self.may_see(actor, one)
            ),
            facts=_facts(stored),
            remarks=remarks_of(stored),
            shapes=shapes_of(stored),
            raw=raw.decode("utf-8", "replace")[:RAW_SHOWN] if raw else "",
            happened=stored.happened,
            happened_at=stored.happened_at,
        )

    def shapes(self, number: int) -> ShapeView:
        """The shapes of a warning that is in force or was lately."""
        kept = self._kept.warnings if self._kept else ()
        found = next((one for one in kept if one.id == number), None)
        return shapes_of(found) if found else ShapeView()

    def latest(
        self, actor: Actor, language: str = "zh", which: str = "actual", limit: int = 100
    ) -> tuple[WarningView, ...]:
        """The newest messages of one sort (see the store) that the actor may see."""
        if not access.may(actor, "view"):
            return ()
        at = int(self._clock().timestamp())
        found = self._store.latest(limit, which)
        return tuple(view_of(one, language, at) for one in found if self.may_see(actor, one))

    def may_see(self, actor: Actor, stored: StoredWarning) -> bool:
        """A warning is public where it holds: it is shown, as issued, to those whose regions it reaches."""
        if actor.role == "system":
            return True
        if stored.unmapped:
            return self._tree.root in actor.regions
        return any(self._reaches(stored.regions, root) for root in actor.regions)

    def _reaches(self, areas: Iterable[int], region: int) -> bool:
        return any(self._tree.contains(area, region) or self._tree.contains(region, area) for area in areas)

    def _standing(self, at: int) -> _Standing:
        version = self._store.version()
        kept = self._kept
        if kept is None or kept.version != version or at < kept.since:
            since = at - A_DAY
            warnings = self._store.standing(since)
            turns = {turn for one in warnings for turn in (one.effective, one.end) if turn is not None}
            kept = self._kept = _Standing(version, since, warnings, tuple(sorted(turns)))
        return kept

    # ---- taking

    def receive(self, actor: Actor, content: bytes, via: str, name: str = "") -> Received:
        """Take one CAP message in.

        via     the door: command, folder or http; with ``name`` in the audit log
        raises  CockpitError with every reason why it is refused; ``cap_conflict`` where the same identifier, sender
                and time stand for other content; ``forbidden`` outside the actor's regions. The refusal is logged
        """
        try:
            message = cap.read(content, self._settings.max_kb << 10)
            return self._store_message(actor, message, content, via)
        except CockpitError as error:
            now = int(self._clock().timestamp())
            if error.key != "cap_conflict":  # which was written with the comparison
                self._store.refused(now, actor.name, via, name, [issue.key for issue in error.issues])
            raise

    def take_folder(self, actor: Actor, words: Callable[[Issue], str] = Issue.text) -> tuple[Dropped, ...]:
        """Take up every file of the drop folder; each moves to ``done``, or to ``refused`` with its reason beside it.

        words   puts an issue into the words of the reason
        raises  CockpitError ``no_folder``, also where the settings name none
        """
        if not self._settings.folder:
            raise CockpitError(
                Issue("no_folder", N_("没有设置投放文件夹。"), N_("请在 config.yaml 的 cap.folder 写上文件夹。"),
                      where="cap.folder")
            )  # fmt: skip
        folder = DropFolder(Path(self._settings.folder), (".xml", ".cap"))
        found = []
        for file in folder.files(self._clock().timestamp()):
            try:
                received = self.receive(
                    actor, file.content(self._settings.max_kb << 10), "folder", file.path.name
                )
                folder.done(file)
                found.append(Dropped(file.path.name, received, received.issues))
            except CockpitError as error:
                folder.refuse(file, "\n".join(words(issue) for issue in error.issues))
                found.append(Dropped(file.path.name, None, error.issues))
        return tuple(found)

    @property
    def has_folder(self) -> bool:
        """Whether the settings name a drop folder."""
        return bool(self._settings.folder)

    def _store_message(self, actor: Actor, message: cap.Message, content: bytes, via: str) -> Received:
        regions, notes = self._regions(message)
        access.require(actor, "load", system=SYSTEM)
        for region in regions or (self._tree.root,):
            access.require(actor, "load", self._tree, region, SYSTEM)
        now = self._clock()
        issues = (*message.issues, *notes)
        new = self._new(message, content, regions, issues, actor, int(now.timestamp()))
        with self._begin() as connection:
            taken = self._store.take(new, actor.name, via, connection)
            if taken.state == "stored":
                self._settle_after(new, taken.superseded, now, connection)
        if taken.state == "conflict":
            raise CockpitError(_conflict(message, taken.id))
        if taken.state == "stored":
            self._evaluate(now)
        stored = self._store.get(taken.id)
        assert stored is not None
        return Received(
            taken.state, taken.id, new.kind, new.status, new.level, new.colour,
            stored.in_force(int(now.timestamp())), regions, taken.superseded,
            (*issues, *_unknown_references(taken.unknown)),
        )  # fmt: skip

    def _new(
        self, message: cap.Message, content: bytes, regions: tuple[int, ...], issues: Sequence[Issue],
        actor: Actor, now: int,
    ) -> NewMessage:  # fmt: skip
        gravest = message.gravest
        starts = [info.effective for info in message.infos if info.effective is not None]
        ends = [info.expires for info in message.infos if info.expires is not None]
        effective = min(starts, default=message.sent)
        warns = message.kind in ("Alert", "Update")
        assumed = warns and not ends and self._settings.hours_without_end > 0
        expires = (
            max(ends) if ends else effective + self._settings.hours_without_end * 3600 if assumed else None
        )
        told = _content(message, issues)
        first = info_in(told, "zh")
        return NewMessage(
            identifier=message.identifier,
            sender=message.sender,
            sent=message.sent,
            digest=message.digest,
            origin="cap",
            status=message.status,
            kind=message.kind,
            scope=message.scope,
            colour=gravest.colour if gravest else "",
            level=gravest.level if gravest else 0,
            hazard=hazard_of(str(first.get("event", "")))[:120],
            category=gravest.categories[0] if gravest else "",
            issuer=(str(first.get("sender_name", "")) or message.sender)[:256],
            effective=effective if warns else message.sent,
            expires=expires,
            assumed=assumed,
            unmapped=warns and not regions,
            signed=message.signed,
            simulated=False,
            content=json.dumps(told, ensure_ascii=False),
            raw=content,
            received_at=now,
            received_by=actor.name[:64],
            regions=regions,
            references=tuple((one.sender, one.identifier, one.sent) for one in message.references),
        )

    # ---- where

    def _regions(self, message: cap.Message) -> tuple[tuple[int, ...], tuple[Issue, ...]]:
        """The regions in force that a message names, by its codes, else by its shapes; and what to say of that."""
        named = [code for info in message.infos for area in info.areas for code in area.region_codes]
        found: list[int] = []
        notes: list[Issue] = []
        for text in dict.fromkeys(named):
            codes, note = self._region(text)
            found += codes
            notes += [note] if note else []
        if not named and not found:
            found = self._by_shape(message)
        if not found and message.kind in ("Alert", "Update"):
            notes.append(
                Issue("cap_unmapped", N_("没有一个区域在本市的区划里，已存为“未匹配区划”。"),
                      N_("请核对 geocode；GB/T 2260 的6位代码或12位统计用代码都可以。"), "area",
                      Severity.WARNING)
            )  # fmt: skip
        return tuple(sorted(dict.fromkeys(found))), tuple(notes)

    def _region(self, text: str) -> tuple[tuple[int, ...], Issue | None]:
        try:
            code = self._tree.parse(text)
        except CockpitError:
            return (), Issue("cap_region", N_("区划代码“{code}”不认识。"), N_("请向发布单位核实，或把它加入区划包。"),
                             "geocode", Severity.WARNING, {"code": text[:40]})  # fmt: skip
        if not self._tree.contains(self._tree.root, code) and not self._tree.contains(code, self._tree.root):
            now = self._tree.in_force([code])[0]
            if not any(self._tree.contains(self._tree.root, heir) for heir in now):
                return (), Issue("cap_elsewhere", N_("区划{name}不在本市。"), "", "geocode", Severity.NOTICE,
                                 {"name": self._tree.name(code)})  # fmt: skip
        codes, followed = self._tree.in_force([code])
        if followed:
            name = "、".join(self._tree.name(heir) for heir in codes)
            return codes, Issue("cap_old_region", N_("区划代码“{code}”已撤销，按{name}登记。"), "", "geocode",
                                Severity.NOTICE, {"code": text[:40], "name": name})  # fmt: skip
        return codes, None

    def _by_shape(self, message: cap.Message) -> list[int]:
        """The counties that the shapes cover; where nothing else says which."""
        areas = [area for info in message.infos for area in info.areas]
        polygons = list(dict.fromkeys(ring for area in areas for ring in area.polygons))
        circles = dict.fromkeys((one.centre, one.radius_km * 1000) for area in areas for one in area.circles)
        if not polygons and not circles:
            return []
        shares: dict[int, float] = {}
        for share in self._terrain.covered(polygons, list(circles)):
            shares[share.county] = shares.get(share.county, 0.0) + share.of_county
        return [county for county, share in shares.items() if share >= LEAST_SHARE]

    # ---- figures

    def tick(self, now: datetime | None = None) -> int:
        """Write what began or ended since the last time, and the days' counts; how many warnings turned."""
        moment = now or self._clock()
        until, since = int(moment.timestamp()), self._store.settled()
        if not since or since >= until:
            return 0
        warnings = self._store.standing(since - A_DAY)
        turned = [one for one in warnings if one.turns_within(since + 1, until)]
        places = self._steps.touched(region for one in turned for region in one.regions)
        with self._begin() as connection:
            self._write(self._steps.in_force(warnings, places, since + 1, until), moment, connection)
            self._write(self._steps.issued(warnings, since, until), moment, connection)
            if turned_over(since, until, self._zone):
                self._write(self._daily(warnings, until), moment, connection)
                self._write(self._months(since, until), moment, connection)
            self._store.set_settled(until, connection)
        self._evaluate(moment)
        return len(turned)

    def _settle_after(
        self, new: NewMessage, superseded: Sequence[int], now: datetime, connection: Any
    ) -> None:
        """The figures that a new message changes: from where it or what it ended makes a difference, to now."""
        until, since = int(now.timestamp()), min(new.effective, int(now.timestamp()))
        settled = self._store.settled() or until
        known = self._store.standing(min(since, new.sent, settled) - A_DAY, connection)
        ended = [one for one in known if one.id in superseded]
        places = self._steps.touched([*new.regions, *(region for one in ended for region in one.regions)])
        if new.status != "Actual" or not places:
            return
        self._write(self._steps.in_force(known, places, min(since, settled), until), now, connection)
        for first, last in ((new.sent, new.sent), (settled, until)):
            self._write(self._steps.issued(known, first, last), now, connection)
        self._store.set_settled(max(until, settled), connection)

    def _daily(self, warnings: Sequence[StoredWarning], moment: int) -> RecordFigures | None:
        """What stands, said again once a day for city and counties: figures in force that do not change stay fresh."""
        return self._steps.in_force(warnings, self._steps.counties, moment, moment, base=True)

    def _months(self, since: int, until: int) -> RecordFigures | None:
        """The counts of warnings that came true, of the months that ended since then."""
        return self._steps.verified(self._store.standing(since - 62 * A_DAY), since, until)

    def verify(self, actor: Actor, number: int, happened: bool, happened_at: int | None = None) -> None:
        """Write down whether what a warning was about came while it held; it changes nothing of the warning.

        raises  CockpitError ``forbidden``, or what is wrong with the answer; ``where`` is the field of the form
        """
        stored = self._store.get(number)
        if stored is None or not self.may_see(actor, stored) or not stored.warns:
            raise CockpitError(Issue("warning_unknown", N_("没有这条预警。"), N_("请刷新后再试。")))
        for region in stored.regions or (self._tree.root,):
            access.require(actor, "command", self._tree, region, SYSTEM)
        now = self._clock()
        today = int(now.timestamp())
        if happened and (
            happened_at is None or not stored.effective <= happened_at <= min(today, stored.end or today)
        ):
            raise CockpitError(
                Issue("happened_outside", N_("发生时间应在预警生效期间之内，且不晚于现在。"), N_("请改正发生时间。"),
                      where="happened_at")
            )  # fmt: skip
        with self._begin() as connection:
            self._store.verify(number, happened, happened_at, today, actor.name, connection)
            known = self._store.standing(stored.sent - 62 * A_DAY, connection)
            figures = self._steps.verified(known, stored.sent, min(stored.sent + 31 * A_DAY, today))
            self._write(figures, now, connection)
        self._evaluate(now)

    def _write(
        self, figures: RecordFigures | None, now: datetime, connection: Any, seed: bool = False
    ) -> None:
        if figures is not None:
            self._recorded.settle("statutory", access.SYSTEM, figures, connection, now, seed=seed)

    def seed(self, found: Sequence[NewMessage], now: datetime, steps_since: datetime | None = None) -> int:
        """Store a history at once; how many messages are new.

        steps_since  the register is complete, and its figures are written: the steps of what is in force from here
                     on, the counts since its first message; None writes no figures
        """
        with self._begin() as connection:
            fresh = self._store.seed(found, connection)
            if fresh and steps_since is not None:
                known = self._store.standing(0, connection)
                start, until = int(steps_since.timestamp()), int(now.timestamp())
                late = [one for one in known if one.end is None or one.end >= start]
                steps = self._steps.in_force(late, self._steps.regions, start, until, base=True)
                self._write(steps, now, connection, seed=True)
                self._write(self._daily(late, until), now, connection, seed=True)
                first = min(one.sent for one in found)
                self._write(self._steps.issued(known, first, until), now, connection, seed=True)
                self._write(self._steps.verified(known, first, until), now, connection, seed=True)
        return fresh


def turned_over(since: int, until: int, zone: timezone) -> bool:
    """Whether a day of the city began between two moments."""
    first, last = (datetime.fromtimestamp(at, zone).date() for at in (since, until))
    return first < last


def _content(message: cap.Message, issues: Sequence[Issue]) -> Mapping[str, Any]:
    """What is kept of a message beside its raw text, in the shape of JSON."""
    told = {
        "infos": [asdict(info) for info in message.infos],
        "scope": message.scope,
        "source": message.source,
        "note": message.note,
        "incidents": message.incidents,
        "references": [asdict(one) for one in message.references],
        "issues": [
            {
                "key": one.key, "what": one.what, "do": one.do, "where": one.where,
                "severity": str(one.severity), "params": dict(one.params),
            }
            for one in issues
        ],
    }  # fmt: skip
    plain: Mapping[str, Any] = json.loads(json.dumps(told, ensure_ascii=False, default=str))
    return plain


def _facts(stored: StoredWarning) -> tuple[tuple[str, str], ...]:
    """Names of the standard and values as they came."""
    content = json.loads(stored.content)
    facts = {
        "identifier": stored.identifier,
        "sender": stored.sender,
        "status": stored.status,
        "msgType": stored.kind,
        "scope": str(content.get("scope", "")),
        "source": str(content.get("source", "")),
        "note": str(content.get("note", "")),
        "references": " ".join(
            f"{one['sender']},{one['identifier']}" for one in content.get("references", ())
        ),
        "incidents": str(content.get("incidents", "")),
    }
    for info in content["infos"][:1]:
        facts |= {name: str(info.get(name, "")) for name in ("urgency", "severity", "certainty")}
        facts["category"] = " ".join(info.get("categories", ()))
        facts["responseType"] = " ".join(info.get("responses", ()))
    return tuple((name, value) for name, value in facts.items() if value)


def _conflict(message: cap.Message, number: int) -> Issue:
    return Issue(
        "cap_conflict",
        N_("同一标识符、发送者和发送时间的消息已经收到，内容不同；以先到的第{id}号为准，这一份没有存。"),
        N_("请发布单位换用新的 identifier 发更新报（Update）。"),
        "identifier",
        params={"id": number, "identifier": message.identifier},
    )


def _unknown_references(keys: Sequence[tuple[str, str, int]]) -> tuple[Issue, ...]:
    """What to say of earlier messages that never came, all in one."""
    if not keys:
        return ()
    return (
        Issue(
            "cap_unknown_reference",
            N_("它引用的 {count} 条消息没有收到过：{identifiers}"),
            N_("如应收到，请发布单位补发；补到后会自动接上。"),
            "references",
            Severity.NOTICE,
            {
                "count": len(keys),
                "identifiers": "、".join(key[1] for key in keys[:3]) + ("…" if len(keys) > 3 else ""),
            },
        ),
    )
