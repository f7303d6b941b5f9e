"""The first contents of the registers of warnings and resources: what really was, and what is simulated."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from data_access.packs import Pack
from indicators.regions import Level
from services import resources_sample, statutory_sample
from services.access import SYSTEM
from services.answers import Question
from services.query import Query
from services.resources import PER_UNIT, POPULATION, Resources
from services.statutory import Statutory

CITY_TIME = timedelta(hours=8)


def load_bulletins(statutory: Statutory, pack: Pack, now: datetime) -> int:
    """The printed bulletins of a pack as history; how many are new.

    They are no complete register, so no figure is made of them alone.
    """
    path = pack.file("records/alerts.csv")
    return statutory.seed(statutory_sample.bulletins(path, pack.tree), now) if path else 0


def fill_signals(statutory: Statutory, pack: Pack, query: Query, seed: int) -> int:
    """The simulated signals of a pack, with the figures of all that is in the register; how many are new."""
    path = pack.file("sample/statutory.yaml")
    if path is None:
        return 0
    spec = statutory_sample.read_spec(path)
    end = statutory_sample.end_of(spec, CITY_TIME)
    found = statutory_sample.drawn(spec, pack.tree, people(pack, query), seed, CITY_TIME)
    return statutory.seed(found, end, end - timedelta(days=spec["steps_days"]))


def fill_resources(resources: Resources, pack: Pack, query: Query, seed: int) -> int:
    """The simulated resources of a pack with their figures, where there are none yet; how many."""
    path: Path | None = pack.file("sample/resources.yaml")
    if path is None:
        return 0
    spec = resources_sample.read_spec(path)
    found = resources_sample.drawn(spec, pack.tree, resources.centre, people(pack, query), seed, CITY_TIME)
    until = datetime.fromisoformat(str(spec["until"])).replace(tzinfo=timezone(CITY_TIME))
    return resources.seed(SYSTEM, found, until)


def people(pack: Pack, query: Query) -> dict[int, float]:
    """How many people live in each county; those of which it is not known are left out."""
    counties = pack.tree.at_level(Level.COUNTY) or (pack.root,)
    answer = query.ask(SYSTEM, Question((POPULATION,), counties))
    lines = {county: answer.row(POPULATION, county) for county in counties}
    return {county: line.value * PER_UNIT for county, line in lines.items() if line and line.value}
