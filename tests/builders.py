"""Small makers of the values that tests are about; they hide what does not matter to the test at hand."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from indicators.catalog import Catalog
from indicators.definition import (
    Basis,
    DataStatus,
    Frequency,
    Indicator,
    Polarity,
    RegionAggregation,
    Release,
    Sensitivity,
    TimeAggregation,
)
from indicators.regions import Level, Region, RegionTree

CITY, COUNTY_A, COUNTY_B, OWN_ACCOUNT = 440900000000, 440981000000, 440982000000, 440970000000
TOWN_A1, TOWN_A2, TOWN_A3 = 440981100000, 440981101000, 440981102000
PROVINCE = 440000000000


def an_indicator(code: str = "econ.fiscal.revenue", **fields: Any) -> Indicator:
    """An indicator of monthly cumulative sums, unless told otherwise; words are accepted for the enums."""
    words: dict[str, Any] = {
        "frequency": (Frequency, "monthly"),
        "basis": (Basis, "ytd"),
        "polarity": (Polarity, "higher_better"),
        "agg_region": (RegionAggregation, "sum"),
        "agg_time": (TimeAggregation, "cumulative"),
        "sensitivity": (Sensitivity, "public"),
    }
    given = {name: kind(fields.pop(name, default)) for name, (kind, default) in words.items()}
    plain: dict[str, Any] = {
        "system": code.split(".")[0],
        "theme": None,
        "headline": True,
        "name_zh": code,
        "name_en": code,
        "unit": "亿元",
        "unit_en": "100 million CNY",
        "lowest_level": "town",
        "department": "finance",
        "definition_zh": "",
        "release": Release(timedelta(days=15), timedelta(days=10)),
    }
    return Indicator(code=code, **given, **(plain | fields))


def a_ratio(code: str, formula: str, **fields: Any) -> Indicator:
    """A percentage made by a formula from sums."""
    return an_indicator(
        code,
        **(
            {"formula": formula, "unit": "%", "agg_region": "ratio_of_sums", "agg_time": "ratio_of_sums"}
            | fields
        ),
    )


def a_catalog(*indicators: Indicator, version: int = 1) -> Catalog:
    """A catalogue of these indicators."""
    return Catalog(indicators, version=version)


def a_region(code: int, parent: int | None, level: Level, **fields: Any) -> Region:
    """A region that is named for its code."""
    kind = "city_own_account" if fields.get("reporting_unit") else level.name.lower()
    return Region(code=code, parent=parent, level=level, kind=kind, **({"name": f"R{code}"} | fields))


def a_tree(*more: Region) -> RegionTree:
    """A province, a city with two counties and its own account, three towns in the first county."""
    return RegionTree(
        (
            a_region(PROVINCE, None, Level.PROVINCE),
            a_region(CITY, PROVINCE, Level.CITY),
            a_region(COUNTY_A, CITY, Level.COUNTY),
            a_region(COUNTY_B, CITY, Level.COUNTY),
            a_region(OWN_ACCOUNT, CITY, Level.COUNTY, reporting_unit=True),
            a_region(TOWN_A1, COUNTY_A, Level.TOWN),
            a_region(TOWN_A2, COUNTY_A, Level.TOWN),
            a_region(TOWN_A3, COUNTY_A, Level.TOWN),
            *more,
        ),
        root=CITY,
    )


def rows(
    *figures: tuple[str, int, int, float] | tuple[str, int, int, float, Mapping[str, Any]],
) -> dict[str, Any]:
    """Columns for the store: (indicator, region, period, value) each, and what else is known of the figure."""
    extra: Sequence[Mapping[str, Any]] = [figure[4] if len(figure) > 4 else {} for figure in figures]
    return {
        "indicator": [figure[0] for figure in figures],
        "item": np.array([more.get("item", 0) for more in extra], np.int64),
        "region": np.array([figure[1] for figure in figures], np.int64),
        "period": np.array([figure[2] for figure in figures], np.int64),
        "value": np.array([figure[3] for figure in figures], np.float64),
        "yoy": np.array([more.get("yoy", np.nan) for more in extra], np.float64),
        "status": np.array([more.get("status", DataStatus.FINAL) for more in extra], np.int64),
        "reason": [more.get("reason") for more in extra],
        "source": np.array([more.get("source", 1) for more in extra], np.int64),
        "known_at": np.array([more.get("known_at", 1_700_000_000) for more in extra], np.int64),
    }


def on(text: str) -> date:
    """A day from its text."""
    return date.fromisoformat(text)


class Observed:
    """Rows as a store would answer them, from columns in memory."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns["indicator"])

    def column(self, name: str) -> np.ndarray[Any, Any]:
        """One column."""
        texts = name in ("indicator", "reason")
        return np.array(self._columns[name], object) if texts else np.asarray(self._columns[name])
