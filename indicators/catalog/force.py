"""What is in force on a date: every version of every definition, and the questions asked of them together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from indicators import formula
from indicators.definition import (
    Department,
    Identity,
    Indicator,
    Plan,
    SeasonCurve,
    System,
    Target,
    Theme,
)
from indicators.errors import N_, CockpitError, Issue


@dataclass(frozen=True)
class Context:
    """What indicators refer to: where they stand, who answers for them, what adds up, what is aimed at."""

    systems: tuple[System, ...] = ()
    themes: tuple[Theme, ...] = ()
    departments: tuple[Department, ...] = ()
    identities: tuple[Identity, ...] = ()
    plans: tuple[Plan, ...] = ()
    targets: tuple[Target, ...] = ()
    curves: tuple[SeasonCurve, ...] = ()
    vocabulary: Mapping[str, object] = field(default_factory=dict)


class Catalog:
    """All definitions, with every version of each.

    indicators  one or more versions of each code
    version     the registry version; the key of a cache contains it
    """

    def __init__(
        self, indicators: Iterable[Indicator], context: Context | None = None, version: int = 1
    ) -> None:
        self.indicators = tuple(indicators)
        self.context = context or Context()
        self.version = version
        self.systems = {system.id: system for system in self.context.systems}
        self.themes = {(theme.system, theme.id): theme for theme in self.context.themes}
        self.departments = {department.id: department for department in self.context.departments}
        self.identities = self.context.identities
        self.plans = {plan.id: plan for plan in self.context.plans}
        self.targets = self.context.targets
        self.curves = self.context.curves
        self.vocabulary = self.context.vocabulary
        self.codes = tuple(dict.fromkeys(indicator.code for indicator in self.indicators))
        self._versions: dict[str, tuple[Indicator, ...]] = {}
        for indicator in sorted(self.indicators, key=lambda one: one.valid_from or date.min):
            self._versions[indicator.code] = (*self._versions.get(indicator.code, ()), indicator)
        self._compiled: dict[str, formula.Node] = {}

    def __contains__(self, code: object) -> bool:
        return code in self._versions

    def __len__(self) -> int:
        return len(self._versions)

    def get(self, code: str, on: date | None = None) -> Indicator:
        """The definition in force on a day; without a day, the newest one.

        raises  CockpitError ``unknown_indicator`` or ``indicator_not_in_force``, with the nearest codes
        """
        versions = self._versions.get(code)
        if versions is None:
            raise CockpitError(self.unknown(code))
        found = next((version for version in reversed(versions) if version.holds(on)), None)
        if found is None and on is None:
            return versions[-1]
        if found is None:
            raise CockpitError(
                Issue(
                    "indicator_not_in_force",
                    N_("指标 {code} 在 {day} 不生效"),
                    N_("换一个日期，或查看该指标的各个版本。"),
                    params={"code": code, "day": on},
                )
            )
        return found

    def versions(self, code: str) -> tuple[Indicator, ...]:
        """Every version of a code, oldest first."""
        return self._versions.get(code, ())

    def in_force(self, code: str, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """The number of the version of a code that is in force on each of some days; 0 where none is."""
        found = np.zeros(days.shape, np.int64)
        for one in self._versions.get(code, ()):
            holds = np.ones(days.shape, bool)
            if one.valid_from is not None:
                holds &= days >= np.datetime64(one.valid_from, "D")
            if one.valid_to is not None:
                holds &= days <= np.datetime64(one.valid_to, "D")
            found[holds] = one.version
        return found

    def newest(self) -> tuple[Indicator, ...]:
        """The newest version of every code, in the order of the files."""
        return tuple(self.get(code) for code in self.codes)

    def headline(self, system: str | None = None, theme: str | None = None) -> tuple[Indicator, ...]:
        """The indicators shown on boards: of one system, of one theme of it, or all."""
        return tuple(
            one
            for one in self.newest()
            if one.headline and system in (None, one.system) and theme in (None, one.theme)
        )

    def at(self, day: date) -> "Catalog":
        """The catalog with only what is in force on a day."""
        return Catalog((one for one in self.indicators if one.holds(day)), self.context, self.version)

    def compiled(self, code: str, on: date | None = None) -> formula.Node | None:
        """The tree of the formula of an indicator; None for a collected figure."""
        text = self.get(code, on).formula
        if text is None:
            return None
        if text not in self._compiled:
            self._compiled[text] = formula.parse(text)
        return self._compiled[text]

    def inputs(self, code: str, on: date | None = None) -> tuple[str, ...]:
        """The codes that the formula of an indicator refers to directly."""
        compiled = self.compiled(code, on)
        return () if compiled is None else formula.references(compiled)

    def closure(self, codes: Iterable[str], on: date | None = None) -> tuple[str, ...]:
        """These codes and all that their formulas need, also through other formulas; inputs come first."""
        ordered: dict[str, None] = {}
        asked: set[str] = set()

        def add(code: str) -> None:
            if code not in asked:
                asked.add(code)
                for needed in self.inputs(code, on):
                    add(needed)
                ordered[code] = None

        for code in codes:
            add(code)
        return tuple(ordered)

    def near(self, code: str) -> tuple[str, ...]:
        """Up to three codes that look like this one."""
        return tuple(get_close_matches(code, self._versions, n=3, cutoff=0.6))

    def unknown(self, code: str, where: str = "") -> Issue:
        """The issue that says that a code does not exist, with the nearest ones."""
        near = self.near(code)
        do = N_("是否指 {near}？") if near else N_("检查指标代码。")
        return Issue(
            "unknown_indicator",
            N_("没有指标 {code}"),
            do,
            where,
            params={"code": code, "near": ", ".join(near)},
        )
