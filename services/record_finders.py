"""What search finds among business records: projects, promotion deals, incidents, each as far as its reader may see it."""

from collections.abc import Callable, Iterator, Sequence

from data_access.incidents import Incident
from indicators.projects import Project
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.incidents import Incidents
from services.projects import Projects
from services.promotion import SYSTEM_CODE as DEALS
from services.promotion import Promotion
from services.resources import Resources
from services.scenes import name_of
from services.search import Hit, Records
from services.statutory import Statutory

Candidates = Iterator[tuple[Hit, Sequence[str]]]


def record_finders(
    projects: Projects, promotion: Promotion, incidents: Incidents, statutory: Statutory, resources: Resources,
    tree: RegionTree,
) -> tuple[Records, ...]:  # fmt: skip
    """The finders of records, in the order in which their kinds are shown."""

    def place(code: int, language: str) -> str:
        return name_of(tree, code, language) if tree.has(code) else ""

    return (
        Records("project", lambda actor, language: _projects(projects, actor, language, place)),
        Records("deal", lambda actor, language: _deals(promotion, actor, language, place)),
        Records("incident", lambda actor, language: _incidents(incidents, actor, language, place)),
        Records("statutory", lambda actor, language: _warnings(statutory, actor, language)),
        Records("resource", lambda actor, language: _resources(resources, actor, language, place)),
    )


def _projects(
    projects: Projects, actor: Actor, language: str, place: Callable[[int, str], str]
) -> Candidates:
    """Projects and programmes by their name, owner and code; those under way before the withdrawn."""
    known = [one for one in projects.register().projects.values() if projects.sees(actor, one)]
    for one in sorted(known, key=lambda project: project.withdrawn is not None):
        yield _project(one, place(one.region, language))


def _project(one: Project, where: str) -> tuple[Hit, Sequence[str]]:
    hit = Hit("project", str(one.id), one.name, where, one.simulated)
    return hit, (one.name, one.owner, one.code or "")


def _deals(promotion: Promotion, actor: Actor, language: str, place: Callable[[int, str], str]) -> Candidates:
    """Deals by their name, company and code, the newest first."""
    if not access.may(actor, "view", system=DEALS):
        return
    for root in actor.regions:
        for one in reversed(promotion.seen(actor, root)):
            deal = one.deal
            hit = Hit(
                "deal", str(deal.id), deal.name, place(deal.town or deal.county, language), deal.simulated
            )
            yield hit, (deal.name, deal.company, deal.code)


def _incidents(
    incidents: Incidents, actor: Actor, language: str, place: Callable[[int, str], str]
) -> Candidates:
    """Incidents by their title, place and code; open ones first, then the newest."""
    for one in sorted(incidents.heads(actor), key=lambda head: not head.open):
        yield _incident(one, place(one.region, language))


def _incident(one: Incident, where: str) -> tuple[Hit, Sequence[str]]:
    return Hit("incident", str(one.id), one.title, where, one.simulated), (one.title, one.place, one.code)


def _warnings(statutory: Statutory, actor: Actor, language: str) -> Candidates:
    """Statutory warnings by headline, hazard and issuer: those in force, then the newest."""
    there = statutory.in_force(actor, language=language)
    for one in dict.fromkeys((*there, *statutory.latest(actor, language))):
        hit = Hit("statutory", str(one.id), one.headline, one.issuer, one.simulated)
        yield hit, (one.headline, one.hazard, one.issuer)


def _resources(
    resources: Resources, actor: Actor, language: str, place: Callable[[int, str], str]
) -> Candidates:
    """Resources by their name; each leads to what is around it on the situation map."""
    for root in actor.regions:
        for one in resources.here(actor, root):
            hit = Hit(
                "resource",
                f"{one.lat},{one.lon}",
                one.called(language),
                place(one.region, language),
                one.simulated,
            )
            yield hit, (one.name, one.name_en)
