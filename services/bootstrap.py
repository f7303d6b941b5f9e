"""Settings to the bundle of services: the one place that wires."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from data_access import engine, packs
from data_access.accounts import AccountStore
from data_access.alerts import AlertStore
from data_access.board_layouts import LayoutStore
from data_access.checks import CheckStore
from data_access.config import Settings
from data_access.definitions import DefinitionStore
from data_access.handling import HandlingStore
from data_access.hotline import HotlineStore
from data_access.incidents import IncidentStore
from data_access.keys import KeyStore
from data_access.layouts import load_layouts
from data_access.migrations import upgrade
from data_access.observations import ObservationStore
from data_access.outbox import OutboxStore
from data_access.packs import Pack
from data_access.plans_book import PlansBook
from data_access.projects import ProjectStore
from data_access.promotion import PromotionStore
from data_access.region_changes import RegionStore
from data_access.resources import ResourceStore
from data_access.rule_proposals import ProposalStore
from data_access.saved_views import SavedViewStore
from data_access.schedule import ScheduleStore
from data_access.shelf import Shelf
from data_access.stars import StarStore
from data_access.statutory import StatutoryStore
from data_access.supervision import SupervisionStore
from data_access.targets import TargetStore
from data_access.terrain import Terrain
from data_access.wall_scenes import load_scenes
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services import health, mapping
from services.accounts import Accounts
from services.alerts import Alerts, Follow
from services.backtest import Backtest
from services.boards import Boards
from services.catalogue_browser import CatalogueBrowser
from services.channels import Channels
from services.checkups import Checkups
from services.collection import Collection
from services.definition_editor import DefinitionEditor
from services.definition_files import DefinitionFiles
from services.definitions import Definitions, files_of
from services.digital import DigitalPanels
from services.documents import Documents
from services.drivers import Drivers
from services.feeds import Feeds
from services.following import Following
from services.handling import Handling
from services.hindsight import EPISODES, known_episodes
from services.hotline import Hotline
from services.hotline_panels import HotlinePanels
from services.identity_checks import IdentityChecks
from services.incident_panels import IncidentPanels
from services.incident_rules import load_rules
from services.incidents import Incidents
from services.indicator_page import IndicatorPages
from services.intake import Intake
from services.jobs import jobs
from services.keys import Keys
from services.layout_editor import LayoutEditor
from services.layouts import Layouts
from services.maps import Maps
from services.one_warning import OneWarnings
from services.ops_figures import OpsFigures
from services.panels import Maker
from services.plans import Plans, load_evidence
from services.plans_book import PlanRecords, accepted
from services.preview import Previews
from services.projects import Projects
from services.projects_boards import ProjectBoards
from services.projects_page import ProjectPages
from services.promotion import Promotion
from services.promotion_panels import PromotionPanels
from services.quality_figures import QualityFigures
from services.quality_view import QualityDesk
from services.query import Query
from services.record_finders import record_finders
from services.recorded import Recorded
from services.region_changes import RegionChanges
from services.region_grants import RegionGrants
from services.registry import Registry
from services.registry_figures import RegistryFigures
from services.replays import Replays
from services.resources import Resources
from services.revisions import Revisions
from services.rule_health import RuleHealth
from services.rule_proposals import RuleProposals
from services.schedule import Schedule
from services.scorecards import Scorecards
from services.search import Indicators, Regions, Search, Themes
from services.sharing import Alone, Pulse, Sharing
from services.sheets import Sheets
from services.signs import SignPanels
from services.situation import Situation
from services.situation_layers import of_incidents, of_projects
from services.stars import Stars
from services.statutory import Statutory
from services.studio import Studio
from services.subscriptions import Subscriptions
from services.supervision import Supervision
from services.supervision_panels import SupervisionPanels
from services.supervision_reading import as_date
from services.supervision_recovery import Recovery
from services.supervision_sources import Sources
from services.telling import Telling
from services.telling_words import Words
from services.usage import Usage
from services.waiting import Work
from services.wall import Walls
from services.warning_acts import WarningActs
from services.warning_centre import WarningCentre
from services.warning_past import WarningPast
from services.warning_silences import WarningSilences
from services.wiring_books import holding_back, wire_pages, wire_revisions, wire_usage
from services.wiring_collection import wire_collection
from services.wiring_desk import DeskServices, wire_desk
from services.wiring_editor import wire_editor, wire_trials
from services.wiring_feeds import wire_feeds
from services.wiring_regions import in_force, outlines, redrawn, wire_grants, wire_regions
from services.wiring_studio import wire_studio
from services.workdays import Workdays, read_fixed
from services.yearly_reviews import YearlyReviews

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the product: relative paths of the settings start here."""


SHOWN = (
    "data",
    "registry",
    "alerts",
    "handling",
    "proposals",
    "regions",
    "region_proposals",
    "drafts",
    "records",
    "layouts",
    "statutory",
    "resources",
    "supervision",
    "feeds",
    "desk",
    "checks",
    "indicator_notes",
    "collection",
    "plans",
)
"""The counters of what a screen shows: figures, definitions, warnings, business records, the layouts of boards,
messages of authorities, resources."""

FOLLOWED = ("registry", "regions")
"""The counters of what services are built around: when one moves on, running servers build new ones (services/living.py)."""


class Cache(Protocol):
    """What is needed of a cache; a key never comes to mean another answer, so nothing is cleared."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> Any: ...


def utc_now() -> datetime:
    """The clock of the running product."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything the doors need, built once."""

    settings: Settings
    pack: Pack
    tree: RegionTree
    catalog: Catalog
    definitions: Definitions
    store: ObservationStore
    targets: TargetStore
    query: Query
    alerts: Alerts
    drivers: Drivers
    rule_health: RuleHealth
    rule_proposals: RuleProposals
    ops: OpsFigures
    backtest: Backtest
    handling: Handling
    following: Following
    telling: Telling
    channels: Channels
    subscriptions: Subscriptions
    recorded: Recorded
    boards: Boards
    centre: WarningCentre
    warning_acts: WarningActs
    one_warnings: OneWarnings
    past: WarningPast
    silences: WarningSilences
    layouts: Layouts
    editor: LayoutEditor
    intake: Intake
    feeds: Feeds
    registry: Registry
    quality: QualityDesk
    quality_figures: QualityFigures
    registry_figures: RegistryFigures
    desk: DeskServices
    documents: Documents
    incidents: Incidents
    projects: Projects
    project_pages: ProjectPages
    promotion: Promotion
    hotline: Hotline
    supervision: Supervision
    cases: HotlinePanels
    statutory: Statutory
    resources: Resources
    situation: Situation
    accounts: Accounts
    keys: Keys
    stars: Stars
    search: Search
    usage: Usage
    previews: Previews
    studio: Studio
    definition_editor: DefinitionEditor
    collection: Collection
    reviews: YearlyReviews
    plans_book: PlanRecords
    scorecards: Scorecards
    definition_files: DefinitionFiles
    checks: IdentityChecks
    catalogue_browser: CatalogueBrowser
    indicator_pages: IndicatorPages
    revisions: Revisions
    maps: Maps
    region_changes: RegionChanges
    region_grants: RegionGrants
    walls: Walls
    work: Work
    schedule: Schedule
    clock: Callable[[], datetime]
    cache: Cache | None
    built_on: tuple[int, ...]
    again: Callable[[], "Services"]

    @cached_property
    def pulse(self) -> Pulse:
        """The version as those are told it who ask often: worked out at most twice a second."""
        return Pulse(self.version, self.store.unsettled)

    @cached_property
    def alone(self) -> Alone:
        """Pages of boards: after a change hundreds ask at once for the same."""
        return Alone()

    @cached_property
    def sharing(self) -> Sharing:
        """Ready answers for walls: made anew with every version, and with every minute, since time itself changes them."""
        shelf = Shelf(ROOT / "var" / "ready" / sha256(self.settings.store.url.encode()).hexdigest()[:16])
        return Sharing(self.stamp, shelf)

    def version(self) -> str:
        """Changes whenever something that a screen shows may have changed.

        Definitions and regions count as they are in this bundle: a page is drawn anew once a newer one can draw it.
        """
        counters = self.store.counters() | dict(zip(FOLLOWED, self.built_on, strict=True))
        told = [counters.get(name, 0) for name in SHOWN]
        return ".".join(
            map(str, (*told, self.statutory.stamp()))
        )  # which moves when a warning begins or ends

    def standing(self) -> tuple[int, ...]:
        """How what a bundle is built on stands in the store."""
        return _standing(self.store)

    def renewed(self) -> "Services":
        """A bundle built on what holds now, on the same store; ready answers of walls go on being handed out by it."""
        fresh = self.again()
        if "sharing" in self.__dict__:
            fresh.__dict__["sharing"] = self.sharing.succeeded(fresh.stamp)
        return fresh

    def stamp(self) -> str:
        """The version of what a wall shows, with the minute, since time itself changes it."""
        return f"{self.pulse.version()}@{self.clock():%Y%m%d%H%M}"


def _standing(store: ObservationStore) -> tuple[int, ...]:
    counters = store.counters()
    return tuple(counters.get(name, 0) for name in FOLLOWED)


def has_store(settings: Settings) -> bool:
    """Whether a store has been made at the address that the settings name."""
    return engine.has_store(settings.store)


def build(
    settings: Settings,
    cache: Cache | None = None,
    clock: Callable[[], datetime] = utc_now,
    *,
    told: bool = True,
) -> Services:
    """Wire the services on the store that the settings name, its schema brought up to date.

    cache   keeps answers; None keeps none
    told    people are told of warnings; at a first start nobody is, since nothing is news
    raises  CockpitError for a bad pack, a bad layout, a catalogue that cannot begin, a store that is newer
    """
    database = engine.create_engine(settings.store)
    upgrade(database)
    return _wired(settings, database, cache, clock, told)


def _wired(
    settings: Settings, database: Any, cache: Cache | None, clock: Callable[[], datetime], told: bool
) -> Services:
    """The services around what is defined now, on an open store."""
    zone = ZoneInfo(settings.interface.time_zone)
    offset = clock().astimezone(zone).utcoffset()
    assert offset is not None
    store, targets = ObservationStore(database), TargetStore(database)
    _, regions = _standing(store)  # before the regions are read: what comes meanwhile is followed
    base = packs.load_pack(ROOT / settings.city.pack)
    pack = in_force(base, RegionStore(database), clock, offset)
    files = files_of((*pack.files("indicators", "*.yaml"), *pack.files("rules", "*.yaml")))
    definitions = Definitions(DefinitionStore(database), targets, files, clock, offset)
    catalog = definitions.catalog()
    checked = CheckStore(database)
    shown = holding_back(store, checked, catalog, clock)
    query = Query(shown, catalog, pack.tree, clock, targets, cache, offset)
    words = Words(catalog, pack.tree, settings.interface.time_zone, settings.notices.link)
    outbox = OutboxStore(database)
    telling = Telling(outbox, pack.tree, words, settings.notices, settings.interface.time_zone)
    people = AccountStore(database)

    def begin() -> AbstractContextManager[Any]:
        return engine.transaction(database)

    handled = HandlingStore(database)
    following = Following(handled, catalog, pack.tree, telling, people.all, begin, settings.warnings, query)
    followers: list[Follow] = [following.follow] if told else []

    def follow(*heard: Any) -> None:
        """Whoever follows warnings hears of a round in its transaction, one after the other."""
        for follower in followers:
            follower(*heard)

    alerts = Alerts(
        AlertStore(database), store, query, catalog, pack.tree, offset, follow, redrawn(RegionStore(database))
    )
    recorded = Recorded(store, catalog, offset)
    boundaries = outlines(base, pack, RegionStore(database), ROOT / "var" / "geo")
    maps = Maps(boundaries, pack.tree)
    region_changes = wire_regions(database, base, pack, maps, targets, clock, offset)
    revisions = wire_revisions(database, catalog, pack.tree, people, checked, offset)
    sheets = Sheets(query, catalog, alerts, store.sources, revisions)
    printed = pack.file("mapping.yaml")
    layouts = Layouts(LayoutStore(database), load_layouts(pack), catalog)
    incidents = Incidents(
        IncidentStore(database), load_rules(pack), pack.tree, recorded, alerts, clock, offset
    )
    projects = Projects(
        ProjectStore(database), catalog, pack.tree, pack.root, targets, recorded, alerts, clock, offset
    )
    panels: dict[str, Maker] = {**IncidentPanels(incidents, offset).makers()}
    project_boards = ProjectBoards(projects, query, maps)
    panels |= project_boards.panels()
    plans = Plans(
        catalog,
        targets,
        load_evidence(pack.file("plan_evidence.yaml"), catalog),
        accepted(PlansBook(database)),
    )
    panels |= _sign_panels(pack, catalog, query, store, plans, offset)

    promotion = Promotion(PromotionStore(database), begin, pack.tree, recorded, alerts, clock, offset)
    hotline = Hotline(
        HotlineStore(database),
        begin,
        pack.tree,
        recorded,
        alerts,
        lambda: _departments(catalog, "zh"),
        clock,
        offset,
    )
    cases = HotlinePanels(
        hotline, query, store.items, pack.file("reference/hotline_reference_real.csv"),
        lambda language: _departments(catalog, language),
    )  # fmt: skip
    panels |= PromotionPanels(promotion).panels() | cases.panels()
    terrain = Terrain(pack, boundaries)
    statutory = Statutory(
        StatutoryStore(database),
        pack.tree,
        terrain,
        recorded,
        alerts.evaluate_pending,
        begin,
        settings.cap,
        clock,
        offset,
    )
    resources = Resources(ResourceStore(database), terrain, pack.tree, query, recorded, begin, clock, offset)
    layers = {"incidents": of_incidents(incidents), "projects": of_projects(project_boards.pins)}
    situation = Situation(statutory, resources, maps, pack.tree, layers)
    panels |= situation.panels()

    handling = Handling(handled, alerts, catalog, pack.tree, begin, settings.warnings, clock)
    items = SupervisionStore(database)
    sources = Sources(alerts, query, catalog, pack.tree, incidents, projects, store.items)
    workdays = Workdays(
        lambda: {as_date(one.day): one.works for one in items.corrections()},
        read_fixed(pack.file("workdays.yaml")),
    )
    supervision = Supervision(
        items, sources, workdays, catalog, pack.tree, settings.supervision, telling, handling, clock, offset
    )
    followers.append(Recovery(items, telling, sources).follow)
    panels |= SupervisionPanels(supervision).panels()
    editor = LayoutEditor(LayoutStore(database), layouts, catalog, pack.tree, panels, clock)
    warning_acts = WarningActs(handling, supervision, alerts, begin, clock)
    boards = Boards(
        query,
        catalog,
        pack,
        layouts,
        editor,
        alerts,
        maps,
        sheets,
        targets,
        store.items,
        clock,
        panels,
        statutory,
        warning_acts.looked,
        offset,
    )
    accounts = Accounts(
        people,
        pack.tree,
        pack.root,
        settings.security,
        clock,
        demo=settings.demo,
        departments=frozenset(catalog.departments),
    )
    views = SavedViewStore(database)
    region_grants = wire_grants(database, pack, accounts, clock)
    centre = WarningCentre(
        alerts, statutory, catalog, pack.tree, boards.scene, views, warning_acts.looked, clock
    )
    episodes = known_episodes(filter(None, map(pack.file, EPISODES)))
    backtest = Backtest(
        AlertStore(database),
        Replays(query, catalog, pack.tree, store.counters),
        catalog,
        pack.tree,
        episodes,
        settings.warnings,
        clock,
        offset,
    )
    proposals = RuleProposals(ProposalStore(database), handling, backtest, catalog, pack.tree, begin, clock)
    rule_health = RuleHealth(
        AlertStore(database), handled, proposals, catalog, pack.tree, boards.scene, settings.warnings,
        store.counters, clock, offset, simulated=has_sample(settings, pack, "warnings"),
    )  # fmt: skip
    ops = OpsFigures(
        AlertStore(database),
        handled,
        recorded,
        catalog,
        pack.tree,
        begin,
        lambda: {one.subject: one.due_at for one in items.items(kind="alert")},
        lambda at: supervision.end_of(workdays.after(supervision.day(at), settings.supervision.answer_days)),
        simulated=has_sample(settings, pack, "warnings"),
        clock=clock,
        zone=offset,
    )
    spoken = mapping.load(printed) if printed else mapping.CATALOGUE_TERMS
    intake = Intake(
        store,
        begin,
        definitions.catalog,
        pack.tree,
        targets,
        alerts,
        settings=settings.intake,
        clock=clock,
        zone=zone,
        mapping=spoken,
    )
    desk = wire_desk(
        database, store, shown, query, boards, intake, catalog, pack.tree, spoken, settings, clock, offset, checked, telling
    )  # fmt: skip
    fed = wire_feeds(
        database, begin, intake, recorded, store, catalog, pack.tree, pack, settings, clock, offset
    )  # fmt: skip
    checks = IdentityChecks(checked, store, catalog, pack.tree, alerts.evaluate_pending, clock)
    usage = wire_usage(catalog, layouts, load_scenes(pack), StarStore(database), targets, outbox, people)
    browser, indicator_pages = wire_pages(
        database, catalog, pack.tree, store, query, sheets, alerts, targets, usage, checks, revisions, boards, maps,
        clock, offset,
    )  # fmt: skip
    previews = Previews(store, definitions.catalog, pack.tree, clock, targets, offset)
    trials = wire_trials(
        AlertStore(database), store, definitions.catalog, pack.tree, backtest, episodes, settings.warnings, clock,
        targets, offset,
    )  # fmt: skip
    studio = wire_studio(
        database, definitions, previews, trials, usage, proposals, targets, telling, people, pack.tree, clock, offset
    )  # fmt: skip
    rooms = wire_collection(
        database, definitions, studio, plans, targets, query, supervision, telling, pack.tree, clock, offset
    )
    return Services(
        settings=settings,
        pack=pack,
        tree=pack.tree,
        catalog=catalog,
        definitions=definitions,
        store=store,
        targets=targets,
        query=query,
        alerts=alerts,
        handling=handling,
        following=following,
        telling=telling,
        channels=Channels(outbox, telling, pack.tree, clock, offset),
        subscriptions=Subscriptions(outbox, telling, words, pack.tree, clock, offset),
        recorded=recorded,
        boards=boards,
        centre=centre,
        warning_acts=warning_acts,
        one_warnings=OneWarnings(centre, alerts, statutory, query, catalog, pack.tree, offset),
        past=WarningPast(centre, alerts, catalog, pack.tree, offset),
        silences=WarningSilences(handling, alerts, catalog, pack.tree),
        intake=intake,
        feeds=fed.feeds,
        registry=fed.registry,
        quality=fed.quality,
        quality_figures=fed.figures,
        registry_figures=fed.shared,
        desk=desk,
        drivers=Drivers(alerts, query, catalog, pack.tree, store.items, targets.current),
        backtest=backtest,
        rule_proposals=proposals,
        ops=ops,
        rule_health=rule_health,
        layouts=layouts,
        editor=editor,
        documents=Documents(query, alerts, store, catalog, pack.tree),
        incidents=incidents,
        projects=projects,
        project_pages=ProjectPages(projects, project_boards),
        promotion=promotion,
        hotline=hotline,
        supervision=supervision,
        cases=cases,
        statutory=statutory,
        resources=resources,
        situation=situation,
        accounts=accounts,
        keys=Keys(KeyStore(database), people, pack.tree, settings.security, clock),
        stars=Stars(StarStore(database), catalog, pack.tree, clock),
        search=Search(
            [
                Themes(catalog),
                Indicators(catalog),
                Regions(pack.tree, pack.root),
                *record_finders(projects, promotion, incidents, statutory, resources, pack.tree),
            ]
        ),
        checks=checks,
        catalogue_browser=browser,
        indicator_pages=indicator_pages,
        revisions=revisions,
        usage=usage,
        previews=previews,
        studio=studio,
        definition_editor=wire_editor(studio, previews, trials, definitions.catalog, targets, pack.tree),
        collection=rooms.collection,
        reviews=rooms.reviews,
        plans_book=rooms.plans_book,
        scorecards=rooms.scorecards,
        definition_files=DefinitionFiles(
            DefinitionStore(database), studio, begin, clock, ROOT / "var" / "uploads" / "definitions"
        ),
        maps=maps,
        region_changes=region_changes,
        region_grants=region_grants,
        walls=Walls(
            boards, query, catalog, maps, load_scenes(pack), incidents, statutory, resources, panels, clock
        ),
        work=Work(
            (
                studio,
                desk.desk,
                fed.feeds,
                checks,
                region_changes,
                region_grants,
                rooms.collection,
                rooms.reviews,
                rooms.plans_book,
                rooms.scorecards,
            )
        ),
        schedule=Schedule(
            ScheduleStore(database),
            jobs(
                definitions=definitions,
                region_changes=region_changes,
                studio=studio,
                alerts=alerts,
                following=following,
                statutory=statutory,
                resources=resources,
                incidents=incidents,
                supervision=supervision,
                telling=telling,
                ops=ops,
                accounts=accounts,
                feeds=fed.feeds,
                quality=fed.figures,
                registry=fed.shared,
                desk=desk.release,
                collection=rooms.collection,
                reviews=rooms.reviews,
                zone=offset,
            ),
            clock,
            settings.schedule.lease_seconds,
        ),
        clock=clock,
        cache=cache,
        built_on=(catalog.version, regions),
        again=partial(_wired, settings, database, cache, clock, told),
    )


def _sign_panels(
    pack: Pack,
    catalog: Catalog,
    query: Query,
    store: ObservationStore,
    plans: Plans,
    offset: timedelta,
) -> dict[str, Maker]:
    """The panels of the city signs and the digital government, by the method and the evidence of the pack."""
    path = pack.file("health_index.yaml")
    assert path is not None  # packs/common has one
    method = health.load(path, catalog)
    signs = health.signs_of(catalog, method)
    checkups = Checkups(query, signs, store.data_version, offset)
    return {
        **SignPanels(query, signs, checkups, offset).panels(),
        **DigitalPanels(query, catalog, plans, method, store.items, offset).panels(),
    }


def has_sample(settings: Settings, pack: Pack, subject: str) -> bool:
    """Whether a subject has simulated records: the pack describes them, and sample data is on."""
    return settings.sample.enabled and pack.file(f"sample/{subject}.yaml") is not None


def _departments(catalog: Catalog, language: str) -> dict[str, str]:
    """The departments of the catalogue by their codes."""
    return {one.id: one.name_en if language == "en" else one.name_zh for one in catalog.departments.values()}
