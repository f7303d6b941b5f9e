"""The store of observations: what is written, what is in force, what was known when."""

from data_access.engine import transaction
from data_access.observations import LoadInfo, ObservationStore, Source
from indicators.aggregation import Demand

GAOZHOU = 440981000000
MARCH, JUNE = 202403312359103, 202406312359106


def test_a_stored_figure_is_answered_with_its_code_and_load(store: ObservationStore) -> None:
    with transaction(store.engine) as connection:
        source = store.source_id(Source("统计公报", "https://example.org"), connection)
    rows = {"indicator": "econ.gdp.total", "region": GAOZHOU, "period": [MARCH, JUNE], "value": [1.5, 3.0]}
    report = store.write({**rows, "source": source}, LoadInfo("digest", "figures.csv", "analyst", at=10))
    answer = store.answer(Demand(("econ.gdp.total",), (GAOZHOU,), MARCH, JUNE))
    assert sorted(answer.rows) == [
        ("econ.gdp.total", 0, GAOZHOU, MARCH, 1.5, None, 4, None, source, 10, report.load),
        ("econ.gdp.total", 0, GAOZHOU, JUNE, 3.0, None, 4, None, source, 10, report.load),
    ]
