"""What is in force on a date, and whether it hangs together."""

from collections.abc import Iterable, Mapping
from datetime import date

from indicators.definition import Department, Identity, Indicator, Plan, System, Target, Theme
from indicators.errors import CockpitError, Issue, N_


class Catalog:
    """All definitions, with every version of each.

    indicators   one or more versions of each code
    version      the registry version; a cache key contains it
    """

    def __init__(
        self,
        indicators: Iterable[Indicator],
        *,
        themes: Iterable[Theme] = (),
        systems: Iterable[System] = (),
        departments: Iterable[Department] = (),
        identities: Iterable[Identity] = (),
        plans: Iterable[Plan] = (),
        targets: Iterable[Target] = (),
        vocabulary: Mapping[str, object] | None = None,
        version: int = 1,
    ) -> None:
        self._versions: dict[str, tuple[Indicator, ...]] = {}
        for indicator in indicators:
            self._versions[indicator.code] = (*self._versions.get(indicator.code, ()), indicator)
        self.systems = {system.id: system for system in systems}
        self.themes = {(theme.system, theme.id): theme for theme in themes}
        self.departments = {department.id: department for department in departments}
        self.identities = tuple(identities)
        self.plans = {plan.id: plan for plan in plans}
        self.targets = tuple(targets)
        self.vocabulary: Mapping[str, object] = vocabulary or {}
        self.version = version

    def __contains__(self, code: object) -> bool:
        return code in self._versions

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in the order of the files."""
        return tuple(self._versions)

    def get(self, code: str, on: date | None = None) -> Indicator:
        """The definition in force on a day; without a day, the newest one.

        raises  CockpitError ``unknown_indicator`` with the nearest codes
        """
        versions = self._versions.get(code)
        if versions is None:
            raise CockpitError(
                Issue("unknown_indicator", N_("没有指标 {code}"), N_("检查指标代码。"), params={"code": code})
            )
        return next((version for version in reversed(versions) if version.holds(on)), versions[-1])

    def versions(self, code: str) -> tuple[Indicator, ...]:
        """Every version of a code, oldest first."""
        return self._versions.get(code, ())

    def headline(self, system: str | None = None, theme: str | None = None) -> tuple[Indicator, ...]:
        """The indicators shown on boards, of one system or theme, or all."""
        return tuple(
            newest
            for newest in (versions[-1] for versions in self._versions.values())
            if newest.headline and system in (None, newest.system) and theme in (None, newest.theme)
        )
