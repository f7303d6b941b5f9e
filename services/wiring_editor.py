"""Puts the editor of definitions together: forms, previews, trials of rules, help with formulas."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from data_access.alerts import AlertStore
from data_access.config import WarningSettings
from data_access.observations import ObservationStore
from data_access.targets import TargetStore
from indicators.catalog import Catalog
from indicators.regions import RegionTree
from services.backtest import Backtest
from services.definition_editor import DefinitionEditor
from services.draft_trials import DraftTrials
from services.formula_help import FormulaHelp
from services.hindsight import Known
from services.preview import Previews
from services.studio import Studio


def wire_trials(
    alerts: AlertStore,
    store: ObservationStore,
    catalog: Callable[[], Catalog],
    tree: RegionTree,
    backtest: Backtest,
    episodes: Sequence[Known],
    settings: WarningSettings,
    clock: Callable[[], datetime],
    targets: TargetStore,
    zone: timedelta,
) -> DraftTrials:
    """Rules of drafts tried on history: while they are written, and frozen when they are submitted."""
    counters: Callable[[], Mapping[str, int]] = store.counters
    return DraftTrials(
        alerts, store, catalog, tree, backtest, counters, episodes, settings, clock, targets, zone
    )


def wire_editor(
    studio: Studio,
    previews: Previews,
    trials: DraftTrials,
    catalog: Callable[[], Catalog],
    targets: TargetStore,
    tree: RegionTree,
) -> DefinitionEditor:
    """The editor of drafts over the studio that keeps them."""
    return DefinitionEditor(studio, previews, trials, FormulaHelp(catalog), targets, tree)
