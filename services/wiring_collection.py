"""Puts together calls for indicators, the yearly review, plans and scorecards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from data_access.definitions import DefinitionStore
from data_access.plans_book import PlansBook
from data_access.scorecards import ScorecardStore
from data_access.targets import TargetStore
from data_access.yearly_reviews import ReviewStore
from indicators.catalog import Catalog, Kind
from indicators.regions import RegionTree
from services.access import Actor
from services.collection import Collection
from services.definition_check import DefinitionCheck
from services.definitions import Definitions
from services.notices import Teller
from services.plans import Plans
from services.plans_book import PlanRecords
from services.query import Query
from services.scorecard_scores import Scores
from services.scorecards import Scorecards
from services.studio import Studio
from services.supervision import Supervision
from services.yearly_reviews import YearlyReviews


class StudioDrafts:
    """Opens drafts in the studio for what was selected, or answered in a yearly review."""

    def __init__(self, studio: Studio, catalog: Catalog) -> None:
        self._studio = studio
        self._catalog = catalog

    def begin(self, actor: Actor, document: Mapping[str, Any], source: str) -> int:
        """A draft of a new indicator with what is known of it."""
        return self._studio.open(actor, Kind.INDICATOR.value, document=dict(document), origin=source).id

    def change(self, actor: Actor, code: str, source: str) -> int:
        """A draft that changes an indicator; the one that stands open, where there is one."""
        return self._studio.open(actor, self._kind(code), code, origin=source).id

    def retire(self, actor: Actor, code: str, successor: str, source: str) -> int:
        """A draft that ends an indicator."""
        text = {**self._catalog.get(code).document, **({"successor": successor} if successor else {})}
        opened = self._studio.open(
            actor, self._kind(code), code, document=text, origin=source, purpose="retire"
        )
        return opened.id

    def _kind(self, code: str) -> str:
        return (Kind.INDICATOR if self._catalog.get(code).headline else Kind.INPUT).value


@dataclass(frozen=True)
class Rooms:
    """What is wired here."""

    collection: Collection
    reviews: YearlyReviews
    plans_book: PlanRecords
    scorecards: Scorecards


def wire_collection(
    database: Any, definitions: Definitions, studio: Studio, plans: Plans, targets: TargetStore, query: Query,
    supervision: Supervision, teller: Teller, tree: RegionTree, clock: Callable[[], datetime], zone: timedelta,
) -> Rooms:  # fmt: skip
    """The rooms of collecting and selecting, and of plans and scorecards."""
    catalog = definitions.catalog()
    drafts = StudioDrafts(studio, catalog)
    reviews = ReviewStore(database)
    checks = DefinitionCheck(definitions.catalog, DefinitionStore(database).published)
    records = PlanRecords(PlansBook(database), targets, plans, catalog, tree, query, checks, clock, zone)
    scores = Scores(query, records, supervision, catalog, tree, clock, zone)
    return Rooms(
        Collection(reviews, catalog, tree, teller, drafts, clock, zone),
        YearlyReviews(reviews, catalog, tree, query, teller, drafts, clock, zone),
        records,
        Scorecards(ScorecardStore(database), scores, catalog, tree, teller, clock, zone),
    )
