"""Puts the studio of definitions together: the check of drafts, what they come to, who uses what, three people."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from data_access.accounts import AccountStore
from data_access.definitions import DefinitionStore
from data_access.drafts import DraftStore
from data_access.targets import TargetStore
from indicators.regions import RegionTree
from services.definition_check import DefinitionCheck
from services.definitions import Definitions
from services.draft_trials import DraftTrials
from services.notices import Teller
from services.preview import Previews
from services.rule_proposals import RuleProposals
from services.studio import Studio
from services.studio_publication import Publication
from services.studio_reading import Rights
from services.usage import Usage


def wire_studio(
    database: Any,
    definitions: Definitions,
    previews: Previews,
    trials: DraftTrials,
    usage: Usage,
    proposals: RuleProposals,
    targets: TargetStore,
    teller: Teller,
    people: AccountStore,
    tree: RegionTree,
    clock: Callable[[], datetime],
    zone: timedelta,
) -> Studio:
    """The way of a definition from a draft to what is in force."""
    store = DraftStore(database)
    return Studio(
        store,
        definitions,
        DefinitionCheck(definitions.catalog, DefinitionStore(database).published),
        previews,
        trials,
        usage,
        proposals.suggestion,
        Publication(store, targets, usage, teller, people.all, proposals.adopted, tree.root),
        Rights(tree),
        clock,
        zone,
    )
