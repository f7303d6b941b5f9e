"""The rules of a draft tried on history: what they would have done with the figures that the draft describes.

The same replay as on the page of a rule, over the catalogue as it would be with the draft in it. Figures that have been
computed for a draft are remembered while only its rules change, so that moving a threshold asks for no figure again.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from data_access.alerts import AlertStore
from data_access.config import WarningSettings
from indicators.catalog import Catalog
from indicators.definition import rule_id
from indicators.errors import CockpitError
from indicators.regions import RegionTree
from services import access
from services.access import Actor
from services.backtest import Backtest, BacktestWish
from services.backtest_views import BacktestView
from services.gather import Store, TargetSource
from services.hindsight import Known
from services.query import Query
from services.replays import Replays
from services.what_if import drafted, lay_over

YEARS: Final = 3
"""So many years of history a rule is tried on, unless more is wished for."""

REMEMBERED: Final = 6
"""So many drafts' figures are remembered."""

BOUNDS: Final = frozenset(
    {
        "red", "orange", "yellow", "blue", "persist", "for", "keep", "clear_margin", "recover", "no_data", "no_data_level",
        "source", "source_note", "note", "name_zh", "name_en", "proposal_levels",
    }
)  # fmt: skip
"""What of a rule changes nothing in the figures that it looks at."""

TEXTS: Final = frozenset(
    {
        "name_zh",
        "name_en",
        "definition_zh",
        "calibre_zh",
        "definition_source",
        "theme",
        "department",
        "example",
    }
)
"""What of a definition changes nothing in its figures."""


@dataclass(frozen=True)
class TrialWish:
    """What is to be tried of a draft.

    rule    the name of a further rule; empty: the first one
    region  whose curve is shown; None: the reader's own
    level   only regions of this level; None: all
    since   the first year; None: three years back
    """

    rule: str = ""
    region: int | None = None
    level: str | None = None
    since: int | None = None


class DraftTrials:
    """Tries the rules of drafts.

    live  the back-test of rules in force: what stands is told beside what is tried
    """

    def __init__(
        self,
        alerts: AlertStore,
        store: Store,
        catalog: Callable[[], Catalog],
        tree: RegionTree,
        live: Backtest,
        counters: Callable[[], Mapping[str, int]],
        episodes: Sequence[Known],
        settings: WarningSettings,
        clock: Callable[[], datetime],
        targets: TargetSource | None,
        zone: timedelta,
    ) -> None:
        self._alerts = alerts
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._live = live
        self._counters = counters
        self._episodes = tuple(episodes)
        self._settings = settings
        self._clock = clock
        self._targets = targets
        self._zone = zone
        self._kept: OrderedDict[str, Replays] = OrderedDict()
        self._lock = Lock()

    def run(
        self, actor: Actor, document: Mapping[str, object], code: str | None, wish: TrialWish, language: str
    ) -> BacktestView:
        """A rule of a draft on history, beside the one in force where there is one.

        raises  CockpitError for a draft or a rule that cannot be read, and as of the back-test
        """
        catalog, name = self._catalog(), code or str(document.get("code") or "draft.preview")
        system = name.partition(".")[0]
        access.require(actor, "view", system=system if system in catalog.systems else None)
        draft = drafted(document, name, catalog)
        laid = lay_over(catalog, draft)
        since = wish.since or (self._clock() + self._zone).year - YEARS
        asked = BacktestWish(rule_id(name, wish.rule), region=wish.region, level=wish.level, since=since)
        view = self._backtest(document, laid).run(actor, asked, language)
        if code is None or not self._stands(code, asked.rule):
            return view
        try:
            standing = self._live.run(actor, asked, language)
        except CockpitError:  # the one in force judges nothing: there is nothing to compare with
            return view
        if standing.written == view.written and _same_figures(document, catalog.get(code).document):
            return view
        return replace(view, standing=standing.outcome, changed=True)

    def _stands(self, code: str, identity: str) -> bool:
        catalog = self._catalog()
        return code in catalog and any(
            rule_id(code, spec.name) == identity and spec.type not in ("none", "refer")
            for spec in catalog.get(code).specs
        )

    def _backtest(self, document: Mapping[str, object], laid: Catalog) -> Backtest:
        return Backtest(
            self._alerts, self._replays(document, laid), laid, self._tree, self._episodes, self._settings, self._clock,
            self._zone,
        )  # fmt: skip

    def _replays(self, document: Mapping[str, object], laid: Catalog) -> Replays:
        """Replays over a draft; the figures of one with the same meaning are taken over."""
        key = json.dumps([_meaning(document), laid.version], sort_keys=True, default=str)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known.over(laid)
        query = Query(self._store, laid, self._tree, self._clock, self._targets, None, self._zone)
        made = Replays(query, laid, self._tree, self._counters)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        return made


def _meaning(document: Mapping[str, object]) -> dict[str, Any]:
    """What of a draft its figures depend on."""
    found: dict[str, Any] = {
        name: value for name, value in document.items() if name not in TEXTS and name != "rules"
    }
    found["rule"] = _looked_at(document.get("rule"))
    rules = document.get("rules")
    found["rules"] = (
        {str(name): _looked_at(one) for name, one in rules.items()} if isinstance(rules, Mapping) else None
    )
    return found


def _looked_at(rule: object) -> object:
    if not isinstance(rule, Mapping):
        return rule
    return {name: value for name, value in rule.items() if name not in BOUNDS}


def _same_figures(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return json.dumps(_meaning(one), sort_keys=True, default=str) == json.dumps(
        _meaning(other), sort_keys=True, default=str
    )
