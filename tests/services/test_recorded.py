"""Figures of records: they stand where every other figure stands, and follow what the records say."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data_access.engine import transaction
from data_access.observations import LoadInfo, Source
from indicators import periods
from indicators.aggregation import Demand
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from services.access import SYSTEM
from services.recorded import DIGEST, Recorded, RecordFigures
from services.recorded import SOURCE as RECORDS
from tests.builders import a_catalog, an_indicator

CITY, COUNTY = 440900000000, 440981000000
COUNT = "proj.count"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = (periods.read(f"2026-{month:02}", "point") for month in (9, 10))
SCOPE = (periods.read("2026-01", "point"), periods.read("2026-12", "point"))


@pytest.fixture
def recorded(store):
    return Recorded(store, a_catalog(an_indicator(COUNT, basis="point")), timedelta(hours=8))


def figures(*rows, **columns):
    """Rows of region, period, value."""
    regions, keys, values = zip(*rows, strict=True) if rows else ((), (), ())
    told = {"indicator": [COUNT] * len(rows), "region": regions, "period": keys, "value": values, **columns}
    return RecordFigures((COUNT,), (CITY, COUNTY), *SCOPE, told)


def settle(recorded, store, told, **options):
    with transaction(store.engine) as connection:
        return recorded.settle("项目", SYSTEM, told, connection, NOW, **options)


def standing(store, as_of=None):
    """Value and status of every cell, by region and period."""
    rows = store.answer(Demand((COUNT,), (CITY, COUNTY), *SCOPE, as_of=as_of)).rows
    return {(row[2], row[3]): (row[4], DataStatus(row[6])) for row in rows}


def write(store, region, value, status, title="统计公报"):
    with transaction(store.engine) as connection:
        source = store.source_id(Source(title, "…"), connection)
        row = {"indicator": [COUNT], "region": [region], "period": [OCTOBER], "value": [value], "status": int(status),
               "source": source}  # fmt: skip
        store.write(row, LoadInfo(title, title, "editor", 1), connection)


def test_the_figures_of_records_say_whether_a_simulated_record_stands_behind_them(recorded, store):
    settle(recorded, store, figures((CITY, OCTOBER, 5), (COUNTY, OCTOBER, 2), simulated=[True, False]))
    assert standing(store) == {
        (CITY, OCTOBER): (5, DataStatus.SIMULATED),
        (COUNTY, OCTOBER): (2, DataStatus.COMPUTED),
    }


def test_the_same_records_again_write_nothing(recorded, store):
    settle(recorded, store, figures((CITY, OCTOBER, 5)))
    version = store.data_version()
    assert settle(recorded, store, figures((CITY, OCTOBER, 5))).changed == 0
    assert store.data_version() == version
    assert len(store.loads()) == 1


def test_a_figure_without_its_record_becomes_missing_and_says_why(recorded, store):
    settle(recorded, store, figures((CITY, SEPTEMBER, 4), (CITY, OCTOBER, 5)))
    settle(recorded, store, figures((CITY, OCTOBER, 5)))
    assert standing(store) == {
        (CITY, SEPTEMBER): (None, DataStatus.MISSING),
        (CITY, OCTOBER): (5, DataStatus.COMPUTED),
    }


def test_a_simulated_record_that_joins_real_ones_marks_the_figure_and_leaves_it_real_again(recorded, store):
    for value, simulated in ((5, False), (6, True), (5, False)):
        settle(recorded, store, figures((CITY, OCTOBER, value), simulated=[simulated]))
        status = DataStatus.SIMULATED if simulated else DataStatus.COMPUTED
        assert standing(store) == {(CITY, OCTOBER): (value, status)}


def test_sample_figures_give_way_to_records_and_published_ones_do_not(recorded, store):
    write(store, CITY, 90, DataStatus.SIMULATED, "模拟数据")
    write(store, COUNTY, 33, DataStatus.FINAL)
    settle(recorded, store, figures((COUNTY, OCTOBER, 2), simulated=[True]))
    assert standing(store) == {
        (CITY, OCTOBER): (None, DataStatus.MISSING),
        (COUNTY, OCTOBER): (33, DataStatus.FINAL),
    }


def test_a_seed_counts_as_known_since_its_release(recorded, store):
    settle(recorded, store, figures((CITY, SEPTEMBER, 4)), seed=True)
    assert standing(store, as_of=int(datetime(2026, 9, 30, tzinfo=UTC).timestamp())) == {}
    assert standing(store, as_of=int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())) == {
        (CITY, SEPTEMBER): (4, DataStatus.COMPUTED)
    }


def test_a_figure_outside_the_scope_is_refused_and_nothing_is_stored(recorded, store):
    with pytest.raises(CockpitError) as refused:
        settle(recorded, store, figures((440982000000, OCTOBER, 1)))
    assert refused.value.key == "figure_out_of_scope"
    assert store.loads() == []


def test_a_missing_value_keeps_its_reason_and_a_breakdown_its_item(recorded, store):
    told = figures(
        (CITY, OCTOBER, np.nan), (CITY, OCTOBER, 3), reason=["未上报", ""], item=[("", ""), ("light=red", "")]
    )
    settle(recorded, store, told)
    rows = store.answer(Demand((COUNT,), (CITY,), *SCOPE, items=None)).rows
    items = store.items()
    assert {(items[row[1]][0], row[4], row[7]) for row in rows} == {
        ("", None, "未上报"),
        ("light=red", 3, None),
    }


def test_the_load_of_records_can_be_told_and_names_its_source(recorded, store):
    settle(recorded, store, figures((CITY, OCTOBER, 5)))
    (load,) = store.loads()
    assert load.digest.startswith(DIGEST)
    assert RECORDS in store.sources().values()
