"""Feeds without hands: folders, databases and addresses that are asked by themselves, on a schedule of their own.

Whatever comes goes through the one way in for figures, as an actor of its own that may load within the feed's region
and department and nothing else. What opens a source is taken in, sealed, and never given out again: not on a screen,
not in a log, not in an error. A run that was killed is done again; the same content twice changes nothing.
"""

import logging
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from data_access.config import FeedSettings
from data_access.feeds import Feed, FeedStore, Run
from data_access.guard import Allowed
from data_access.sources import database, files, http
from data_access.sources.drop import DropFolder, Dropped
from data_access.vault import Vault
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from services import access
from services import mapping as mappings
from services.access import SYSTEM, Actor
from services.feed_forms import FeedForm
from services.feed_views import Choices, FeedsView, FeedView, State
from services.intake import Intake, IntakeReport
from services.texts import Texts
from services.waiting import Waiting

log = logging.getLogger("chengmai.feeds")

ACTOR = "feed:"
"""The actors of feeds, and so the loads that they bring, begin with this."""

ENDINGS = (".csv", ".xlsx", ".parquet")
"""What is taken up from a drop folder."""

LISTED = 20
"""So many issues of a run are kept."""

CLAIM_SECONDS = 900
"""So long a feed rests whose process was lost, beside the time that a question may take."""

FIRST_WAIT, LONGEST_WAIT = 60, 6 * 3600
MONDAY = 4 * 86_400
"""The epoch began on a Thursday."""

CHANGED = Issue(
    "record_changed", N_("这条记录刚被别人改过。"), N_("页面已更新为最新内容，您填写的还在；请核对后再提交。")
)


class Feeds:
    """The use cases around feeds.

    systems  the names of the systems of the registry, by their number
    own      the address of the product's own store, which is no source
    offset   the city's hours ahead of UTC
    """

    def __init__(
        self,
        store: FeedStore,
        intake: Intake,
        tree: RegionTree,
        departments: Callable[[str], Mapping[str, str]],
        systems: Callable[[], Mapping[int, str]],
        settings: FeedSettings,
        own: str,
        clock: Callable[[], datetime],
        offset: timedelta,
    ) -> None:
        self._store, self._intake, self._tree = store, intake, tree
        self._departments, self._systems = departments, systems
        self._settings, self._own = settings, own
        self._clock, self._offset = clock, offset
        self._allowed = Allowed.read(settings.internal)
        self._vault = Vault(Path(settings.key_file))
        self._root = Path(settings.folder)

    def _now(self) -> int:
        return int(self._clock().timestamp())

    # ---- looking

    def listing(self, actor: Actor, language: str) -> FeedsView:
        """The feeds of the actor's regions, those in trouble first."""
        access.require(actor, "feeds")
        last, names, systems = self._store.last_runs(), self._departments(language), self._systems()
        texts = Texts(language)
        views = [
            self._view(feed, last.get(feed.id), names, systems, texts)
            for feed in self._store.feeds().values()
            if access.may(actor, "feeds", self._tree, feed.region)
        ]
        order: tuple[State, ...] = ("failing", "refused", "running", "waiting", "works", "paused")
        views.sort(key=lambda view: order.index(view.state))
        counts: dict[State, int] = {}
        for view in views:
            counts[view.state] = counts.get(view.state, 0) + 1
        return FeedsView(tuple(views), counts)

    def one(self, actor: Actor, identity: str, language: str) -> FeedView:
        """One feed.

        raises  CockpitError ``unknown_feed``, also for one of elsewhere
        """
        feed, last = self._known(actor, identity), self._store.last_runs()
        names = self._departments(language)
        return self._view(feed, last.get(feed.id), names, self._systems(), Texts(language))

    def runs(self, actor: Actor, identity: str, limit: int = 50) -> list[Run]:
        """What became of the runs of a feed, the newest first."""
        return self._store.runs(self._known(actor, identity).id, limit)

    def choices(self, language: str) -> Choices:
        """What a form may choose from."""
        systems = ((str(number), name) for number, name in self._systems().items())
        return Choices(tuple(self._departments(language).items()), tuple(systems))

    def waiting(self, actor: Actor, language: str) -> tuple[Waiting, ...]:
        """How many feeds need somebody to look."""
        if not access.may(actor, "feeds"):
            return ()
        counts = self.listing(actor, language).counts
        t = Texts(language).t
        return (
            Waiting("feeds.failing", t(N_("数据接入连接失败")), counts.get("failing", 0), "/feeds?filter=state:failing"),
            Waiting("feeds.refused", t(N_("接入的数据有错")), counts.get("refused", 0), "/feeds?filter=state:refused"),
        )  # fmt: skip

    def _view(
        self, feed: Feed, last: Run | None, names: Mapping[str, str], systems: Mapping[int, str], texts: Texts
    ) -> FeedView:
        region = self._tree.get(feed.region)
        return FeedView(
            id=feed.id, name=feed.name, kind=feed.kind, department=feed.department,
            department_name=names.get(feed.department, feed.department), region=feed.region,
            region_name=region.name_en or region.name if texts.language == "en" else region.name,
            system=feed.system, system_name=systems.get(feed.system or 0, ""), settings=feed.settings,
            mapping=feed.mapping, secret=bool(feed.secret), place=place(feed), every=feed.every,
            at=f"{feed.after // 3600:02}:{feed.after % 3600 // 60:02}", version=feed.version,
            state=self._stands(feed, last), last=last, looked_at=feed.looked_at, good_at=feed.good_at,
            next_at=feed.next_at, failures=feed.failures, changed_by=feed.changed_by, changed_at=feed.changed_at,
        )  # fmt: skip

    def _stands(self, feed: Feed, last: Run | None) -> State:
        if feed.claim and feed.claimed_until > self._now():
            return "running"
        if not feed.enabled:
            return "paused"
        if feed.failures:
            return "failing"
        if last is None:
            return "waiting"
        return "refused" if last.state == "refused" else "works"

    # ---- changing

    def save(self, actor: Actor, values: Mapping[str, str]) -> str:
        """Make a feed, or change one; a secret that is left empty stays what it was. Its id.

        raises  CockpitError with every field that is wrong; ``record_changed`` where somebody else was quicker
        """
        access.require(actor, "feeds")
        known = self._known(actor, values["feed"]) if values.get("feed") else None
        form = FeedForm(
            values, known, tree=self._tree, departments=self._departments("zh"), systems=self._systems(),
            allowed=self._allowed, seal=self._vault.seal, zone=self._offset,
        )  # fmt: skip
        feed = form.read(secrets.token_hex(6))
        access.require(actor, "feeds", self._tree, feed.region)
        self._refuse_twice(feed)
        now = self._now()
        feed = replace(
            feed, enabled=known.enabled if known else True, systems=known.systems if known else actor.systems,
            next_at=self._next(feed, now),
        )  # fmt: skip
        if feed.kind == "folder":
            (self._root / feed.settings["folder"]).mkdir(parents=True, exist_ok=True)
        told = {name: value for name, value in vars(feed).items() if name in TOLD}
        if not self._store.keep(feed, at=now, actor=actor.name, act="feeds.save", detail=told):
            raise CockpitError(CHANGED)
        return feed.id

    def _refuse_twice(self, feed: Feed) -> None:
        """A folder belongs to one feed."""
        folder = feed.settings.get("folder")
        for other in self._store.feeds().values():
            if folder and other.id != feed.id and other.settings.get("folder") == folder:
                raise CockpitError(
                    Issue("folder_taken", N_("文件夹 {folder} 已由另一个接入使用。"), N_("请换一个名称。"), where="folder",
                          params={"folder": folder})
                )  # fmt: skip

    def switch(self, actor: Actor, identity: str, version: int, *, on: bool) -> None:
        """Pause a feed or let it go on; nothing is ever deleted."""
        feed = replace(self._known(actor, identity), enabled=on, version=version)
        feed = replace(feed, next_at=self._next(feed, self._now()))
        act = "feeds.on" if on else "feeds.off"
        if not version or not self._store.keep(feed, at=self._now(), actor=actor.name, act=act, detail={}):
            raise CockpitError(CHANGED)

    def _known(self, actor: Actor, identity: str) -> Feed:
        access.require(actor, "feeds")
        found = self._store.feeds().get(identity)
        if found is None or not access.may(actor, "feeds", self._tree, found.region):
            raise CockpitError(Issue("unknown_feed", N_("没有这个数据接入。"), N_("请从清单中选择。")))
        return found

    # ---- running

    def run(self, actor: Actor, identity: str) -> Run:
        """Ask the source now, whatever its schedule; what became of it, of several files the worst.

        raises  CockpitError ``feed_busy`` while another run of it goes on
        """
        feed = self._known(actor, identity)
        found = self._turn(feed, "hand", actor.name)
        if not found:
            raise CockpitError(Issue("feed_busy", N_("它正在接入。"), N_("请稍候，完成后自动显示结果。")))
        return min(found, key=lambda run: GRAVE.index(run.state))

    def test(self, actor: Actor, identity: str) -> Run:
        """Ask the source and do everything but store: nothing changes, no file moves."""
        feed = self._known(actor, identity)
        found = [self._kept(feed, run, "feeds.test") for run in self._deliveries(feed, "test", actor.name)]
        return min(found, key=lambda run: GRAVE.index(run.state))

    def due(self, moment: datetime) -> int:
        """Ask every source that is due, one after the other; how many were asked."""
        now, asked = int(moment.timestamp()), 0
        for feed in self._store.feeds().values():
            if feed.enabled and feed.next_at <= now:
                asked += bool(self._turn(feed, "schedule", SYSTEM.name))
        return asked

    def _turn(self, feed: Feed, why: str, by: str) -> list[Run]:
        """One run under a claim; nothing where another process is at it."""
        now = self._now()
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        until = now + self._settings.total_seconds + CLAIM_SECONDS
        if not self._store.claim(feed.id, holder, now, until, gone=feed.claim if _gone(feed.claim) else ""):
            return []
        act = "feeds.run" if why == "hand" else ""
        found = []
        try:
            found = [self._kept(feed, run, act) for run in self._deliveries(feed, why, by)]
        finally:
            self._store.release(feed.id, holder, **self._after(feed, found, now))
        return found

    def _after(self, feed: Feed, found: list[Run], now: int) -> dict[str, int]:
        """How a feed stands after a run: a source that fails is tried again sooner, and ever less often."""
        failed = not found or any(run.state == "failed" for run in found)
        following = self._next(feed, now)
        if not failed:
            return {"next_at": following, "good_at": now, "failures": 0}
        wait = min(FIRST_WAIT * 2 ** min(feed.failures, 12), LONGEST_WAIT)
        return {"next_at": min(following, now + wait), "failures": feed.failures + 1}

    def _next(self, feed: Feed, now: int) -> int:
        """The first occasion after a moment: they lie on a grid that begins at local midnight."""
        base = feed.after - int(self._offset.total_seconds()) + (MONDAY if feed.every > 86_400 else 0)
        return (now - base) // feed.every * feed.every + base + feed.every

    def _kept(self, feed: Feed, run: Run, act: str) -> Run:
        self._store.add(run, act)
        if run.state in ("failed", "refused"):
            log.warning("feed %s: %s %s", feed.id, run.state, run.issues[0]["key"] if run.issues else "")
        return run

    # ---- deliveries

    def _deliveries(self, feed: Feed, why: str, by: str) -> Iterator[Run]:
        """What came, one run a file; what goes wrong on the way is a run as well."""
        dry = why == "test"
        begun = Run(0, feed.id, self._now(), why, by, "failed", 0, source=place(feed))
        try:
            came = False
            for source, file in self._sources(feed):
                came = True
                report = self._load(feed, source, dry)
                yield self._told(begun, report)
                if file is not None and not dry:
                    self._put_aside(feed, file, report)
            if not came:
                yield replace(begun, state="empty", ended_at=self._now())
        except CockpitError as error:
            yield self._failed(begun, error.issues)
        except (
            Exception
        ) as error:  # a job goes on with the next feed; the words of a library may hold a secret
            kind = type(error).__name__
            log.error("feed %s: %s", feed.id, kind)
            issue = Issue(
                "feed_failed",
                N_("没有完成（{kind}）。"),
                N_("请看运行日志，或稍后再试。"),
                params={"kind": kind},
            )
            yield self._failed(begun, (issue,))

    def _load(self, feed: Feed, source: files.Source, dry: bool) -> IntakeReport:
        mapping = mappings.parse(feed.mapping, "mapping") if feed.mapping else None
        return self._intake.load(actor_of(feed), source, mapping, dry_run=dry)

    def _told(self, begun: Run, report: IntakeReport) -> Run:
        state = "tested" if report.state == "dry_run" else report.state
        return replace(
            begun, state=state, ended_at=self._now(), source=report.file or begun.source, load=report.load,
            rows=report.rows, facts=report.facts, inserted=report.inserted, corrected=report.corrected,
            unchanged=report.unchanged, refused=report.refused, errors=report.errors, warnings=report.warnings,
            issues=_shown(report.issues),
        )  # fmt: skip

    def _failed(self, begun: Run, issues: tuple[Issue, ...]) -> Run:
        return replace(begun, ended_at=self._now(), errors=len(issues), issues=_shown(issues))

    def _sources(self, feed: Feed) -> Iterator[tuple[files.Source, Dropped | None]]:
        """What the feed gives now, as files that intake reads."""
        if feed.kind == "folder":
            folder = self._folder(feed)
            for file in folder.files(self._clock().timestamp()):
                yield files.from_path(file.path, self._intake.file_limit), file
            return
        with tempfile.TemporaryDirectory(prefix="chengmai-feed-") as temporary:
            target = Path(temporary) / feed.id
            path = self._fetch(feed, target)
            source = files.from_path(path, self._intake.file_limit)
            yield replace(source, name=f"{feed.name}{path.suffix}"), None

    def _fetch(self, feed: Feed, target: Path) -> Path:
        settings, secret = feed.settings, self._vault.open(feed.secret)
        limits = http.Limits(
            self._settings.connect_seconds, self._settings.total_seconds, self._intake.file_limit,
            self._settings.max_rows, self._allowed,
        )  # fmt: skip
        if feed.kind == "database":
            wish = database.Wish(settings["url"], settings["table"], self._root, self._own, secret)
            return database.fetch(wish, target, limits)
        address = http.Address(
            settings["url"], settings["auth"], settings["user"], settings["format"], settings["path"], secret
        )
        return http.fetch(address, target, limits)

    def _folder(self, feed: Feed) -> DropFolder:
        return DropFolder(self._root / feed.settings["folder"], ENDINGS, "feeds.folder")

    def _put_aside(self, feed: Feed, file: Dropped, report: IntakeReport) -> None:
        """Move a file that was taken up; a refused one gets its reasons laid beside it."""
        folder = self._folder(feed)
        if report.state != "refused":
            folder.done(file)
            return
        texts = Texts("zh")
        folder.refuse(file, "\n".join(texts.issue(issue) for issue in report.issues))


TOLD = ("name", "kind", "department", "system", "region", "settings", "every", "after")
"""What the audit log tells of a feed."""

GRAVE = ("failed", "broken", "refused", "stored", "tested", "unchanged", "empty")
"""What may become of a run, the gravest first."""


def actor_of(feed: Feed) -> Actor:
    """As whom a feed loads: within its region, its systems and its department, and without any other right."""
    name = ACTOR + feed.id
    return Actor(name, name, "feed", (feed.region,), feed.systems, department=feed.department)


def place(feed: Feed) -> str:
    """Where a feed asks, without what opens it."""
    settings: Mapping[str, Any] = feed.settings
    if feed.kind == "database":
        return f"{settings.get('table', '')} @ {str(settings.get('url', '')).rpartition('@')[2]}"[:200]
    return str(settings.get("folder") or settings.get("url", "")).partition("?")[0][:200]


def _gone(holder: str) -> bool:
    """Whether the process of a claim ran on this machine and is there no more."""
    machine, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if machine != socket.gethostname()[:40] or not number.isdigit():
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
    return False


def _shown(issues: tuple[Issue, ...]) -> tuple[Mapping[str, Any], ...]:
    """The gravest issues as they are kept: messages with their fields."""
    return tuple(
        {"key": one.key, "severity": str(one.severity), "where": one.where, "what": one.what, "do": one.do,
         "params": dict(one.params)}
        for one in issues[:LISTED]
    )  # fmt: skip
