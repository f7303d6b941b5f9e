"""A definition on its way: what it would come to in 140 regions over 36 months, and what it says otherwise than before.

``python -m benchmarks.studio``. The preview of a derived figure, the old formula beside the new one, and its difference
line by line, each beside the plain query of the same figure in the same regions and months, in the same run. The plain
query is the cheaper one of the house: figures alone, without where they come from.
"""

import statistics
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks import Row, interleaved, median_ratio, table
from benchmarks.backtest import CITY, _tree
from data_access.config import StoreSettings, load_settings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
from indicators.catalog import Catalog, entries, layered
from indicators.definition import DataStatus
from indicators.drafting import differences
from indicators.periods import day_key, months_key
from indicators.regions import RegionTree
from services.access import Actor
from services.answers import Question
from services.definition_check import DefinitionCheck
from services.definitions import files_of
from services.preview import Previews
from services.query import Query

SHARE, TAX, REVENUE = "econ.fiscal.tax_share", "econ.fiscal.tax", "econ.fiscal.revenue"
MONTHS = 36
ROUNDS = 15
MOST = 2.0
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
EDITOR = Actor("bench", "bench", "editor", (CITY,))


def run() -> list[Row]:
    """All figures of this room."""
    settings = load_settings()
    files = files_of(sorted((Path(settings.city.pack) / "indicators").glob("*.yaml")))
    catalog = files.catalog()
    share = replace(catalog.get(SHARE), lowest_level="town")
    catalog = Catalog(
        [share if one.code == SHARE else one for one in catalog.indicators], catalog.context, catalog.version
    )
    document = dict(share.document) | {"lowest_level": "town"}
    draft = document | {"formula": f"100 * {TAX} / ({REVENUE} + {TAX})", "name_en": "Another share"}
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(StoreSettings(url=f"sqlite:///{folder}/store.db"))
        create_schema(engine)
        tree, store = _tree(), ObservationStore(engine)
        _fill(store, tree)
        query = Query(store, catalog, tree, lambda: NOW)
        previews = Previews(store, lambda: catalog, tree, lambda: NOW)
        regions = (CITY, *tree.subtree(CITY))
        question = Question(
            (SHARE,), regions, since=months_key(2023, 11, 1), until=day_key(NOW.date().replace(month=12, day=31)), bare=True
        )  # fmt: skip
        view = previews.of(EDITOR, draft, SHARE)
        cells = len(view.rows) * len(view.periods)
        plain, preview, difference = interleaved(
            ROUNDS,
            lambda: query.readings(EDITOR, question),
            lambda: previews.of(EDITOR, draft, SHARE),
            lambda: differences(document, draft),
        )
        engine.dispose()
    published = layered(entries(files.sources()))
    checks = DefinitionCheck(lambda: catalog, lambda: published)
    checks.issues("indicator", document, SHARE)
    (checked,) = interleaved(ROUNDS, lambda: checks.issues("indicator", draft, SHARE))
    what = f"{len(view.rows)} regions × {len(view.periods)} months, {cells} cells on either side"
    note = f"{1000 * statistics.median(preview):.0f} ms, the query {1000 * statistics.median(plain):.0f} ms; {view.changed} cells change"
    return [
        Row(f"preview of a definition over the plain query, {what}", median_ratio(preview, plain), MOST, note=note),
        Row("difference of a definition over the plain query", median_ratio(difference, plain), MOST,
            note=f"{1_000_000 * statistics.median(difference):.0f} µs"),
        Row("all checks of a draft over the whole catalogue", 1000 * statistics.median(checked), None, "ms"),
    ]  # fmt: skip


def _fill(store: ObservationStore, tree: RegionTree) -> None:
    """Taxes and revenue of every region for three years; the same figures in every run."""
    chance = np.random.default_rng(20261122)
    regions = [CITY, *tree.subtree(CITY)]
    months = [
        months_key(2023 + (10 + nth) // 12, (10 + nth) % 12 + 1, (10 + nth) % 12 + 1) for nth in range(MONTHS)
    ]
    cells = [(code, region, month) for code in (TAX, REVENUE) for region in regions for month in months]
    code, region, period = zip(*cells, strict=True)
    count = len(cells)
    rows = {
        "indicator": list(code), "item": np.zeros(count, np.int64), "region": np.array(region, np.int64),
        "period": np.array(period, np.int64), "value": chance.uniform(5, 10, count), "yoy": np.full(count, np.nan),
        "status": np.full(count, DataStatus.FINAL), "reason": [None] * count, "source": np.ones(count, np.int64),
        "known_at": np.full(count, 1_790_000_000, np.int64),
    }  # fmt: skip
    store.write(rows, LoadInfo("bench", "figures", "bench", 1_790_000_000))


if __name__ == "__main__":
    print(table(run()))
