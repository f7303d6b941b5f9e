"""What a definition would come to: its values in every region over the loaded history, the old text beside the new.

One question to the store; nothing is stored, nobody is told. A preview is made of plain values, so that it can be
frozen as JSON when a draft is submitted and shown later as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import DataStatus, Frequency, Indicator
from indicators.errors import CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor
from services.answers import Question, Reading
from services.gather import Store, TargetSource
from services.query import Query
from services.what_if import BEFORE, VALUES, Twin, drafted, lay_over

SHOWN: Final[Mapping[Frequency, tuple[int, timedelta]]] = {
    Frequency.REALTIME: (48, timedelta(days=2)),
    Frequency.HOURLY: (48, timedelta(days=2)),
    Frequency.DAILY: (60, timedelta(days=60)),
    Frequency.WEEKLY: (52, timedelta(days=366)),
    Frequency.MONTHLY: (36, timedelta(days=3 * 366 + 90)),
    Frequency.QUARTERLY: (16, timedelta(days=4 * 366 + 180)),
    Frequency.YEARLY: (12, timedelta(days=13 * 366)),
}
"""So many periods are shown at most, looked for over so long a time."""

SAME: Final = 1e-9
"""Two values closer than this, relatively, are one: the noise of binary arithmetic."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class PreviewRow:
    """One region: its values as the draft gives them, and as they are; None where there is none.

    simulated  for each period whether the new value rests on figures of the generator of sample figures
    """

    region: int
    name_zh: str
    name_en: str
    level: str
    new: tuple[float | None, ...]
    old: tuple[float | None, ...]
    simulated: tuple[bool, ...]


@dataclass(frozen=True)
class PreviewIssue:
    """Why there are no values: what, where, do, with what is to be filled in."""

    key: str
    what: str
    do: str
    where: str
    params: Mapping[str, str]

    @property
    def issue(self) -> Issue:
        """As everybody else says it."""
        return Issue(self.key, self.what, self.do, self.where, params=self.params)


@dataclass(frozen=True)
class PreviewView:
    """The values of a draft beside those in force.

    existed   whether the code has a definition in force; without one there are no old values
    unit_old  of the definition in force
    periods   keys, oldest first
    cells     how many values there are on either side; of them `changed`, `appeared` and `vanished`
    most      the greatest change, as a share of the old value (0.1: a tenth); None where nothing changed
    issues    why nothing could be computed
    """

    code: str
    unit: str
    unit_old: str
    frequency: str
    existed: bool
    periods: tuple[int, ...] = ()
    rows: tuple[PreviewRow, ...] = ()
    cells: int = 0
    changed: int = 0
    appeared: int = 0
    vanished: int = 0
    most: float | None = None
    issues: tuple[PreviewIssue, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be frozen."""
        return asdict(self)

    @classmethod
    def from_json(cls, frozen: Mapping[str, Any]) -> "PreviewView":
        """A preview as it was frozen."""
        rows = tuple(
            PreviewRow(
                **{
                    **row,
                    "new": tuple(row["new"]),
                    "old": tuple(row["old"]),
                    "simulated": tuple(row["simulated"]),
                }
            )
            for row in frozen["rows"]
        )
        issues = tuple(PreviewIssue(**one) for one in frozen["issues"])
        return cls(**{**frozen, "periods": tuple(frozen["periods"]), "rows": rows, "issues": issues})


class Previews:
    """Computes what a draft would come to.

    targets  what regions are to reach, for measures that compare with it
    """

    def __init__(
        self,
        store: Store,
        catalog: Callable[[], Catalog],
        tree: RegionTree,
        clock: Callable[[], datetime],
        targets: TargetSource | None = None,
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tree = tree
        self._clock = clock
        self._targets = targets
        self._zone = zone

    def of(self, actor: Actor, document: Mapping[str, object], code: str | None = None) -> PreviewView:
        """The values of a draft of an indicator, for the regions that the actor may see.

        document  of an indicator or input; what is not filled in yet is no obstacle unless a value needs it
        code      of the definition in force that it is to replace; None takes the code of the document
        raises    CockpitError ``forbidden``; what is wrong with the draft comes as issues of the view
        """
        catalog, name = self._catalog(), code or str(document.get("code", ""))
        system = name.partition(".")[0]
        access.require(actor, "view", system=system if system in catalog.systems else None)
        standing = catalog.get(name) if name in catalog else None
        try:
            draft = drafted(document, name or "draft.preview", catalog, VALUES)
        except CockpitError as error:
            return _nothing(document, standing, error.issues)
        query = self._query(draft, catalog)
        regions = self._regions(actor, draft, standing)
        asked = (draft.code, *((BEFORE + draft.code,) if standing else ()))
        if not regions:
            return _view(draft, standing, [], None, None, self._tree)
        found = query.readings(actor, self._question(draft, standing, asked, regions))
        return _view(draft, standing, regions, found[draft.code], found.get(BEFORE + draft.code), self._tree)

    def seen(self, actor: Actor, view: PreviewView) -> PreviewView:
        """The part of a frozen preview that somebody may see; a region that is no more is seen by the whole city's."""
        whole = access.scope(actor, self._tree, self._tree.root) == "own"
        known = [row.region for row in view.rows if self._tree.has(row.region)]
        allowed = set(access.narrow(actor, self._tree, known))
        kept = tuple(
            row for row in view.rows if row.region in allowed or (whole and not self._tree.has(row.region))
        )
        if len(kept) == len(view.rows):
            return view
        new, old = (_grid([getattr(row, side) for row in kept], len(view.periods)) for side in ("new", "old"))
        return PreviewView(
            view.code, view.unit, view.unit_old, view.frequency, view.existed, view.periods, kept,
            **_counted(new, old, existed=view.existed), issues=view.issues,
        )  # fmt: skip

    # ---- inside

    def _query(self, draft: Indicator, catalog: Catalog) -> Query:
        return Query(
            Twin(self._store, draft.code), lay_over(catalog, draft), self._tree, self._clock, self._targets, None,
            self._zone,
        )  # fmt: skip

    def _regions(self, actor: Actor, draft: Indicator, standing: Indicator | None) -> list[int]:
        lowest = max(Level.parse(one.lowest_level) for one in (draft, standing) if one is not None)
        root = self._tree.root
        codes = [
            code
            for code in (root, *self._tree.subtree(root))
            if self._tree.get(code).level <= lowest and not self._tree.get(code).reporting_unit
        ]
        return list(access.narrow(actor, self._tree, dict.fromkeys(codes)))

    def _question(
        self, draft: Indicator, standing: Indicator | None, asked: tuple[str, ...], regions: Sequence[int]
    ) -> Question:
        today = (self._clock() + self._zone).date()
        spans = [SHOWN[one.frequency][1] for one in (draft, standing) if one is not None]
        last = (
            date(today.year, 12, 31) if draft.frequency in periods.MONTHS_OF else today
        )  # figures may come early
        return Question(
            asked,
            tuple(regions),
            since=periods.day_key(last - max(spans)),
            until=periods.day_key(last),
            bare=True,
        )


def _nothing(
    document: Mapping[str, object], standing: Indicator | None, issues: Sequence[Issue]
) -> PreviewView:
    told = tuple(
        PreviewIssue(
            one.key, one.what, one.do, one.where, {name: str(value) for name, value in one.params.items()}
        )
        for one in issues
    )
    return PreviewView(
        str(document.get("code", "")),
        str(document.get("unit", "")),
        standing.unit if standing else "",
        str(document.get("frequency", "")),
        standing is not None,
        issues=told,
    )


def _view(
    draft: Indicator,
    standing: Indicator | None,
    regions: Sequence[int],
    new: Reading | None,
    old: Reading | None,
    tree: RegionTree,
) -> PreviewView:
    keys, fresh, before, simulated = _aligned(draft, new, old, len(regions))
    rows = []
    for at, region in enumerate(regions):
        place = tree.get(region)
        rows.append(
            PreviewRow(
                region, place.name, place.name_en or place.name, place.level.name.lower(),
                _numbers(fresh[:, at]), _numbers(before[:, at]), tuple(simulated[:, at].tolist()),
            )
        )  # fmt: skip
    return PreviewView(
        draft.code, draft.unit, standing.unit if standing else "", str(draft.frequency), standing is not None,
        tuple(keys), tuple(rows), **_counted(fresh, before, existed=standing is not None),
    )  # fmt: skip


def _aligned(
    draft: Indicator, new: Reading | None, old: Reading | None, width: int
) -> tuple[list[int], Values, Values, NDArray[np.bool_]]:
    """Both readings over the periods in which either has a value, the latest ones."""
    spoken: set[int] = set()
    for one in (new, old):
        if one is not None:
            spoken.update(one.periods[np.isfinite(one.value).any(axis=1)].tolist())
    keys = sorted(spoken)[-SHOWN[draft.frequency][0] :]
    simulated = np.zeros((len(keys), width), np.bool_)
    sides = []
    for one in (new, old):
        side = np.full((len(keys), width), np.nan)
        if one is not None and keys:
            there = {key: row for row, key in enumerate(one.periods.tolist())}
            rows = [(at, there[key]) for at, key in enumerate(keys) if key in there]
            at, source = (
                (np.array(column, np.int64) for column in zip(*rows, strict=True)) if rows else ((), ())
            )
            side[list(at)] = one.value[list(source)]
            if one is new:
                simulated[list(at)] = one.status[list(source)] == DataStatus.SIMULATED
        sides.append(side)
    return keys, sides[0], sides[1], simulated


def _counted(new: Values, old: Values, *, existed: bool) -> dict[str, Any]:
    """How much is otherwise than before."""
    here, there = np.isfinite(new), np.isfinite(old)
    both = here & there
    with np.errstate(all="ignore"):
        differs = both & ~(np.abs(new - old) <= SAME * np.maximum(np.abs(new), np.abs(old)))
        share = np.abs(new - old) / np.abs(old)
    shares = share[differs & np.isfinite(share)]
    return {
        "cells": int(np.count_nonzero(here | there)),
        "changed": int(np.count_nonzero(differs)),
        "appeared": int(np.count_nonzero(here & ~there)) if existed else 0,
        "vanished": int(np.count_nonzero(there & ~here)),
        "most": float(shares.max()) if len(shares) else None,
    }


def _numbers(column: Values) -> tuple[float | None, ...]:
    return tuple(None if one != one else one for one in cast("list[float]", column.tolist()))


def _grid(rows: Sequence[Sequence[float | None]], periods_: int) -> Values:
    """Rows as they were frozen, as an array of regions × periods."""
    if not rows:
        return np.zeros((0, periods_))
    return np.array([[np.nan if one is None else one for one in row] for row in rows], np.float64)
