"""Who uses an indicator: formulas, rules, boards and walls, stars, subscriptions, targets, identities.

Asked before a definition is changed or retired, and shown on the page of the indicator. It counts people and names
none; whom to tell is asked for by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from data_access.layouts import LEVELS, TILE
from data_access.wall_scenes import SceneLayout
from indicators.catalog import Catalog
from indicators.definition import Indicator, RuleSpec, SeasonCurve, Target, indicator_of, rule_id
from indicators.evaluate import weight_of
from services.layouts import Layouts

FORMULA, WEIGHT, BENCHMARK, MEMBER, REFERS, OWN = "formula", "weight", "benchmark", "member", "refers", "own"
"""How a definition needs another one."""


@dataclass(frozen=True)
class Derived:
    """An indicator that needs this one.

    how    formula, weight or benchmark
    steps  1: it names the indicator itself; more: through so many formulas less one
    """

    code: str
    name_zh: str
    name_en: str
    department: str
    how: str
    steps: int


@dataclass(frozen=True)
class RuleUse:
    """A rule that looks at this indicator.

    how  own: it judges it; formula: it judges what is made of it; benchmark, member (of a composite), refers
    """

    rule: str
    code: str
    name_zh: str
    name_en: str
    how: str


@dataclass(frozen=True)
class BoardUse:
    """A place where the indicator stands: a tile of a section of a board at a level, its map, or a scene of the wall."""

    board: str
    level: str
    section: str
    kind: str


@dataclass(frozen=True)
class TargetUse:
    """A target of a region for a year."""

    region: int
    year: int
    op: str
    value: float | None
    unit: str
    plan: str


@dataclass(frozen=True)
class CurveUse:
    """A season curve: how the task of a year spreads over its months; without a region or year it holds for all."""

    region: int | None
    year: int | None


@dataclass(frozen=True)
class UsageView:
    """Everything that a change of one definition touches.

    related        indicators that name it in a relation: (code, type)
    identities     totals in whose identity it takes part
    stars          how many accounts starred it
    subscriptions  how many subscriptions tell of its warnings
    """

    code: str
    derived: tuple[Derived, ...] = ()
    rules: tuple[RuleUse, ...] = ()
    boards: tuple[BoardUse, ...] = ()
    targets: tuple[TargetUse, ...] = ()
    curves: tuple[CurveUse, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    identities: tuple[str, ...] = ()
    stars: int = 0
    subscriptions: int = 0

    def to_json(self) -> dict[str, Any]:
        """The same as plain data, to be kept with a submission."""
        return asdict(self)


class Stars(Protocol):
    """Who starred what (``data_access.stars.StarStore``)."""

    def holders(self) -> Mapping[str, Sequence[str]]:
        """The accounts that starred each code."""
        ...


class TargetBook(Protocol):
    """The targets and curves in force (``data_access.targets.TargetStore``)."""

    def of_indicator(self, indicator: str) -> Sequence[Target]:
        """Every target of an indicator, by region and year."""
        ...

    def curves_of(self, indicator: str) -> Sequence[SeasonCurve]:
        """Every season curve of an indicator."""
        ...


class Usage:
    """Answers who uses an indicator.

    subscribed  for a system how many subscriptions tell of its warnings
    """

    def __init__(
        self,
        catalog: Catalog,
        layouts: Layouts,
        scenes: Sequence[SceneLayout],
        stars: Stars,
        targets: TargetBook,
        subscribed: Callable[[str], int],
    ) -> None:
        self._catalog = catalog
        self._layouts = layouts
        self._scenes = scenes
        self._stars = stars
        self._targets = targets
        self._subscribed = subscribed
        self._placed: tuple[int, Mapping[str, tuple[BoardUse, ...]]] = (-1, {})

    def of(self, code: str) -> UsageView:
        """What uses an indicator; for one that is not in force yet, what names its code already."""
        derived = self.derived(code)
        known = self._catalog.get(code) if code in self._catalog else None
        made_of_it = {one.code for one in derived if one.how == FORMULA}
        return UsageView(
            code,
            derived,
            tuple(self._rules(code, made_of_it)),
            self._boards(code),
            tuple(
                TargetUse(one.region, one.year, one.op, one.value, one.unit or (known.unit if known else ""), one.plan)
                for one in self._targets.of_indicator(code)
            ),
            tuple(CurveUse(one.region, one.year) for one in self._targets.curves_of(code)),
            tuple(
                (one.code, relation.type)
                for one in self._catalog.newest()
                for relation in one.related
                if relation.code == code
            ),
            tuple(
                dict.fromkeys(
                    identity.total
                    for identity in self._catalog.identities
                    if code == identity.total or code in identity.parts
                )
            ),
            len(self._stars.holders().get(code, ())),
            self._subscribed(known.system) if known is not None and known.specs else 0,
        )  # fmt: skip

    def derived(self, code: str) -> tuple[Derived, ...]:
        """Every indicator that needs this one, the nearest first."""
        found: dict[str, Derived] = {}
        frontier, steps = {code}, 1
        users = self._users()
        while frontier:
            fresh: set[str] = set()
            for needed in frontier:
                for one, how in users.get(needed, ()):
                    if one.code not in found and one.code != code:
                        found[one.code] = Derived(
                            one.code, one.name_zh, one.name_en, one.department, how, steps
                        )
                        fresh |= {one.code} if how == FORMULA else set()
            frontier, steps = fresh, steps + 1
        return tuple(sorted(found.values(), key=lambda one: one.steps))

    def readers(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The accounts that starred any of some indicators: those to be told when their meaning changes."""
        holders = self._stars.holders()
        return tuple(sorted({account for code in codes for account in holders.get(code, ())}))

    def _users(self) -> dict[str, list[tuple[Indicator, str]]]:
        """For each code the indicators that name it, and how; the formulas of all versions that hold today or later."""
        found: dict[str, list[tuple[Indicator, str]]] = {}
        for one in self._catalog.newest():
            named = dict.fromkeys(self._catalog.inputs(one.code), FORMULA)
            weight = weight_of(one)
            if weight is not None:
                named.setdefault(weight, WEIGHT)
            for benchmark in _benchmarks(one):
                named.setdefault(benchmark, BENCHMARK)
            for needed, how in named.items():
                found.setdefault(needed, []).append((one, how))
        return found

    def _rules(self, code: str, made_of_it: set[str]) -> Iterator[RuleUse]:
        for one in self._catalog.newest():
            for spec in one.specs:
                how = _how(spec, one.code, code, made_of_it)
                if how:
                    further = [
                        str(spec.mapping.get(name, "")) if spec.name else ""
                        for name in ("name_zh", "name_en")
                    ]
                    names = [
                        f"{own} · {more}" if more else own
                        for own, more in zip((one.name_zh, one.name_en), further, strict=True)
                    ]
                    yield RuleUse(rule_id(one.code, spec.name), one.code, names[0], names[1], how)

    def _boards(self, code: str) -> tuple[BoardUse, ...]:
        """Where an indicator stands; worked out for all of them once for each published layout."""
        version = self._layouts.version()
        if self._placed[0] != version:
            placed: dict[str, dict[BoardUse, None]] = {}
            for name, use in self._everywhere():
                placed.setdefault(name, {})[use] = None
            self._placed = version, {name: tuple(uses) for name, uses in placed.items()}
        return self._placed[1].get(code, ())

    def _everywhere(self) -> Iterator[tuple[str, BoardUse]]:
        """Every indicator on every board, map and scene."""
        for board, layout in self._layouts.boards.items():
            for name in layout.map:
                yield name, BoardUse(board, "", "", "map")
            for level in LEVELS:
                for section in self._layouts.sections(board, level):
                    for name in section.map:
                        yield name, BoardUse(board, level, section.id, "map")
                    for entry in section.entries or ():
                        if entry.kind == TILE:
                            yield entry.name, BoardUse(board, level, section.id, TILE)
        for scene in self._scenes:
            for name in scene.codes:
                yield name, BoardUse("screen", "", scene.id, "scene")


def _how(spec: RuleSpec, owner: str, code: str, made_of_it: set[str]) -> str:
    """How a rule of an indicator looks at another one; empty where it does not."""
    if spec.type == "none":
        return ""
    if owner == code:
        return OWN
    if any(indicator_of(member) == code for member in _members(spec)):
        return MEMBER
    if spec.type == "refer" and str(spec.mapping.get("code", "")) == code:
        return REFERS
    if _benchmark(spec) == code:
        return BENCHMARK
    return FORMULA if owner in made_of_it and spec.type != "refer" else ""


def _members(spec: RuleSpec) -> tuple[str, ...]:
    named = spec.mapping.get("of")
    return tuple(map(str, named)) if isinstance(named, Sequence) and not isinstance(named, str) else ()


def _benchmark(spec: RuleSpec) -> str:
    given = spec.mapping.get("benchmark")
    return str(given.get("code") or "") if isinstance(given, Mapping) else ""


def _benchmarks(indicator: Indicator) -> Iterator[str]:
    """The other indicators that rules of this one compare it with."""
    yield from (code for spec in indicator.specs if (code := _benchmark(spec)) and code != indicator.code)
