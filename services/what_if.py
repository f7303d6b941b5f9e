"""A catalogue as it would be with a draft in it, and the old text of the same code beside it under another name."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indicators import formula
from indicators.aggregation import Demand
from indicators.catalog import Catalog, Entry, Kind
from indicators.catalog.checking import completed
from indicators.catalog.fields import FIELDS, shape
from indicators.catalog.reading import Source, indicator
from indicators.definition import Indicator
from indicators.errors import CockpitError
from indicators.evaluate import Observed
from services.gather import Store

BEFORE: Final = "before:"
"""Stands before the code of an indicator as it is in force, where a draft has taken its place."""

ORIGIN: Final = "studio"
"""Where a draft comes from: neither the library nor a pack."""

DATED: Final = ("valid_from", "valid_to")


VALUES: Final = (
    "unit", "frequency", "basis", "polarity", "agg_region", "agg_time", "weight", "lowest_level", "jan_feb",
    "dimensions", "formula", "limit_versions",
)  # fmt: skip
"""The fields on which values depend: what is wrong in the others keeps nobody from seeing them."""


def drafted(
    document: Mapping[str, object], code: str, catalog: Catalog, only: Collection[str] | None = None
) -> Indicator:
    """The indicator that a draft describes; fields that are not filled in yet are stood in for.

    only    the fields that matter; None: all
    raises  CockpitError for fields that cannot be read, and for a formula that cannot be read, names what is not
            there or leads back to itself
    """
    plain = {
        name: value
        for name, value in document.items()
        if name not in DATED and (only is None or name in only)
    }
    wrong = [
        replace(issue, where=_field(issue.where))
        for issue in shape(_PLACES, (), plain, FIELDS[Kind.INDICATOR])
        if issue.key != "missing_field"
    ]
    if wrong:
        raise CockpitError(wrong)
    entry = Entry(Kind.INDICATOR, code, completed({**plain, "code": code}), ORIGIN)
    made = indicator(entry, catalog.vocabulary)
    _can_be_computed(made, catalog)
    return made


_NAMES: Final = tuple(field.name for field in FIELDS[Kind.INDICATOR])
_PLACES: Final = Source("", None, ORIGIN, {(name,): line for line, name in enumerate(_NAMES, 2)})


def _field(where: str) -> str:
    """The field that a place of a draft names."""
    line = int(where.rpartition(":")[2])
    return _NAMES[line - 2] if line > 1 else ""


def _can_be_computed(one: Indicator, catalog: Catalog) -> None:
    if one.formula is None:
        return
    try:
        names = formula.references(formula.parse(one.formula))
    except CockpitError as error:
        raise CockpitError(replace(issue, where="formula") for issue in error.issues) from None
    unknown = [catalog.unknown(name, "formula") for name in names if name != one.code and name not in catalog]
    if unknown:
        raise CockpitError(unknown)
    needs = {
        code: catalog.inputs(code) for code in catalog.closure(set(names) - {one.code}) if code != one.code
    }
    path = formula.find_cycle({**needs, one.code: names})
    if path is not None:
        raise CockpitError(formula.cycle_issue(path, "formula"))


def lay_over(catalog: Catalog, draft: Indicator) -> Catalog:
    """The catalogue with a draft in the place of every version of its code; those stand beside it as ``before:…``."""
    others = [one for one in catalog.indicators if one.code != draft.code]
    before = [replace(one, code=BEFORE + one.code) for one in catalog.versions(draft.code)]
    return Catalog([*others, *before, draft], catalog.context, catalog.version)


class Twin:
    """A store whose figures of one code answer to its name before as well: both are read in one question."""

    def __init__(self, store: Store, code: str) -> None:
        self._store = store
        self._code = code
        self._before = BEFORE + code

    def data_version(self) -> int:
        """As of the store."""
        return self._store.data_version()

    def answer(self, demand: Demand) -> Observed:
        """The rows of the store; those of the code a second time where both are wanted."""
        if self._before not in demand.indicators:
            return self._store.answer(demand)
        wanted = dict.fromkeys(one if one != self._before else self._code for one in demand.indicators)
        rows = self._store.answer(replace(demand, indicators=tuple(wanted)))
        return _Doubled(rows, self._code, self._before, both=self._code in demand.indicators)


class _Doubled:
    """Rows in which those of one code stand under another name, instead or as well."""

    def __init__(self, rows: Observed, code: str, name: str, *, both: bool) -> None:
        self._rows = rows
        codes = rows.column("indicator")
        own = np.flatnonzero(codes == code)
        kept = np.arange(len(codes)) if both else np.flatnonzero(codes != code)
        self._order = np.concatenate([kept, own])
        self._codes: NDArray[Any] = np.concatenate([codes[kept], np.full(len(own), name, object)])

    def __len__(self) -> int:
        return len(self._order)

    def column(self, name: str) -> NDArray[Any]:
        """One column."""
        return self._codes if name == "indicator" else self._rows.column(name)[self._order]
