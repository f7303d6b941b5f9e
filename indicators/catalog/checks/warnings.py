"""Checks of warning rules: readable, fitting the direction of the indicator, able to end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isnan
from typing import cast

from indicators import rules, units
from indicators.catalog.checks.book import Book
from indicators.catalog.fields import is_code
from indicators.catalog.reading import (
    Document,
    Kind,
)
from indicators.definition import (
    Indicator,
    Polarity,
    rule_id,
)
from indicators.errors import N_, CockpitError, Issue
from indicators.rules.composing import Candidate, wrong_members

_NO_OWN_RULE = ("refer", "none")


_GOOD_SIDES: Mapping[str, Mapping[Polarity, str]] = {
    "direction": {Polarity.HIGHER_BETTER: "rising", Polarity.LOWER_BETTER: "falling"},
    "end": {Polarity.HIGHER_BETTER: "top", Polarity.LOWER_BETTER: "bottom"},
    "side": {Polarity.HIGHER_BETTER: "upper", Polarity.LOWER_BETTER: "lower"},
}
"""Words of rules that look at a course, at siblings, at a chart: which of them is the good side."""

_TWO_SIDED = ("band", "deviation", "state")


def fitting(book: Book) -> Iterator[Issue]:
    """Rules that can be read, fit the direction of their indicator, and can end."""
    for placed in book.of(Kind.RULE):
        if not placed.entry.document.keys() & {"rule", "rules"}:
            yield Issue("missing_field", N_("缺少字段 {field}"), N_("补上这个字段，写法见 docs/catalogue.md。"),
                        placed.where(), params={"field": "rule"})  # fmt: skip
        if placed.entry.code not in book.codes:
            yield book.unknown(placed.entry.code, placed.where("code"))
        elif placed.entry.code in book.defined:
            one = book.defined[placed.entry.code].indicator
            if placed.entry.document.get("rule"):
                own = cast(Document, placed.entry.document["rule"])
                yield from _rule(book, one, own, partial(placed.where, "rule"))
            yield from _named(book, one, placed.entry.document, placed.where)
    for defined in book.defined.values():
        if defined.indicator.rule is not None:
            mapping = defined.indicator.rule.mapping
            yield from _rule(book, defined.indicator, mapping, partial(defined.where, "rule"))
        yield from _named(book, defined.indicator, defined.placed.entry.document, defined.where)


def made_of_others(book: Book) -> Iterator[Issue]:
    """Rules made of other rules: of ones that exist, go by the same periods, and do not lead back to themselves."""
    known: dict[str, Candidate] = {}
    composites: dict[str, tuple[str, ...]] = {}
    places: dict[str, str] = {}
    for one, mapping, identity, where in _all_rules(book):
        kind = str(mapping.get("type", "threshold"))
        known[identity] = Candidate(str(one.frequency), kind not in _NO_OWN_RULE, kind == "late")
        places[identity] = where
        members = mapping.get("of")
        if kind == "composite" and isinstance(members, Sequence) and not isinstance(members, str):
            composites[identity] = tuple(map(str, members))
    for identity, issue in wrong_members(composites, known):
        yield replace(issue, where=places[identity])


def _all_rules(book: Book) -> Iterator[tuple[Indicator, Document, str, str]]:
    """Every rule in force: its indicator, what is written, its identity, and where it stands."""
    layers = [(defined.placed, defined.indicator) for defined in book.defined.values()]
    layers += [
        (placed, book.defined[placed.entry.code].indicator)
        for placed in book.of(Kind.RULE)
        if placed.entry.code in book.defined
    ]
    for placed, one in layers:
        own, further = placed.entry.document.get("rule"), placed.entry.document.get("rules")
        if isinstance(own, Mapping):
            yield one, own, one.code, placed.where("rule")
        for name, mapping in further.items() if isinstance(further, Mapping) else ():
            if isinstance(mapping, Mapping):
                yield one, mapping, rule_id(one.code, str(name)), placed.where("rules", name)


def _named(book: Book, one: Indicator, document: Document, where: Callable[..., str]) -> Iterator[Issue]:
    """The further rules of an indicator: each has a word for a name, and names to be read."""
    written = document.get("rules")
    for name, mapping in written.items() if isinstance(written, Mapping) else ():
        at = partial(where, "rules", name)
        if not is_code(f"{one.code}.{name}") or "." in str(name):
            yield Issue("rule_name", N_("规则名 {name} 的写法不对"),
                        N_("用小写字母、数字和下划线，以字母开头，如 falling。"), at(), params={"name": name})  # fmt: skip
        if mapping is None:
            continue
        if not isinstance(mapping, Mapping):
            yield Issue("wrong_type", N_("字段 {field} 的写法不对：{value}"), N_("应写成 {{字段: 值}}。"),
                        at(), params={"field": name, "value": str(mapping)[:60]})  # fmt: skip
            continue
        if not (mapping.get("name_zh") and mapping.get("name_en")):
            yield Issue("rule_without_name", N_("规则 {name} 没有名称"), N_("写 name_zh 和 name_en。"),
                        at(), params={"name": name})  # fmt: skip
        if mapping.get("type") in _NO_OWN_RULE:
            yield Issue("rule_says_nothing", N_("规则 {name} 不会预警"), N_("换一种类型，或去掉它。"),
                        at(), params={"name": name})  # fmt: skip
        own = one.rule.mapping.get("benchmark") if one.rule is not None else None
        if mapping.get("type") == "benchmark_gap" and mapping.get("benchmark") != own:
            yield Issue("benchmark_of_further_rule", N_("规则 {name} 的对标与本指标 rule 的对标不同，而一个指标只有一个对标"),
                        N_("写与 rule 相同的 benchmark，或换一个指标。"), at("benchmark"), params={"name": name})  # fmt: skip
        yield from _rule(book, one, cast(Document, mapping), at)


def _rule(book: Book, one: Indicator, mapping: Document, where: Callable[..., str]) -> Iterator[Issue]:
    wrong = rules.check(mapping, one, where())
    yield from wrong
    kind, op = str(mapping.get("type", "threshold")), str(mapping.get("op", ""))
    params = {"code": one.code, "type": kind, "op": op, "polarity": one.polarity}
    if one.polarity is Polarity.CONTEXT and kind not in _NO_OWN_RULE:
        yield Issue("rule_on_context", N_("{code} 仅作背景，不能有 {type} 规则"),
                    N_("polarity 改为有方向的，或规则改为 none、refer。"), where(), params=params)  # fmt: skip
    against = {Polarity.HIGHER_BETTER: ">", Polarity.LOWER_BETTER: "<"}.get(one.polarity)
    if against and kind not in _TWO_SIDED and op.startswith(against):
        yield Issue("op_against_polarity", N_("{code} 是 {polarity}，规则却在 {op} 时预警"),
                    N_("改正 op 或 polarity。"), where("op"), params=params)  # fmt: skip
    for name, good in _GOOD_SIDES.items():
        if mapping.get(name) is not None and mapping[name] == good.get(one.polarity):
            yield Issue("side_against_polarity", N_("{code} 是 {polarity}，规则却看 {field} 的 {word} 一侧"),
                        N_("改正 {field} 或 polarity。"), where(name),
                        params={**params, "field": name, "word": mapping[name]})  # fmt: skip
    for code, at in _rule_codes(mapping):
        if code not in book.codes:
            yield book.unknown(code, where(at))
    referred = book.defined.get(str(mapping.get("code"))) if kind == "refer" else None
    if referred is not None and (referred.indicator.rule is None or referred.indicator.rule.type == "none"):
        yield Issue("refer_to_nothing", N_("{code} 的预警交给 {other}，而它没有规则"),
                    N_("指向有规则的指标。"), where("code"),
                    params={"code": one.code, "other": referred.indicator.code})  # fmt: skip
    if not wrong:
        yield from _thresholds(rules.parse(mapping, one), one, where)


def _rule_codes(mapping: Document) -> Iterator[tuple[str, str]]:
    if mapping.get("type") == "refer" and "code" in mapping:
        yield str(mapping["code"]), "code"
    benchmark = mapping.get("benchmark")
    if isinstance(benchmark, Mapping) and benchmark.get("code") is not None:
        yield str(benchmark["code"]), "benchmark"


def _thresholds(rule: rules.Rule, one: Indicator, where: Callable[..., str]) -> Iterator[Issue]:
    """Thresholds in order under every version of the limit; warnings that can end."""
    for side in rule.sides:
        for version in one.limit_versions if rule.limit_level else ():
            moved = [
                version.limit if place + 1 == rule.limit_level else t
                for place, t in enumerate(side.thresholds)
            ]
            steps = [t for t in moved if not isnan(t)]
            if steps != sorted(set(steps), reverse=side.op.startswith("<")):
                yield Issue(
                    "limit_out_of_order",
                    N_("{day} 起限值为 {limit}，各级阈值不再递进：{thresholds}"),
                    N_("调整其他级别的阈值，使每一版限值下都严格递进。"),
                    where(),
                    params={"day": version.valid_from, "limit": version.limit, "thresholds": steps},
                )
        if (
            rule.measure == "value"
            and side.op.startswith(">")
            and len(rule.sides) == 1
            and _never_negative(one.unit)
        ):
            for level, recovery in zip(rules.LEVELS, side.recovery, strict=True):
                if recovery <= 0:
                    yield Issue(
                        "never_ends",
                        N_("{level} 级的恢复值是 {recovery}，数值不会更小，预警永远不会解除"),
                        N_("用 recover 写明各级恢复值，不写出这一级，它便在不再命中时解除。"),
                        where(),
                        params={"level": level.word, "recovery": round(recovery, 6)},
                    )


def _never_negative(unit: str) -> bool:
    """Whether figures in a unit are counts or lengths of time."""
    try:
        parsed = units.parse(unit)
    except CockpitError:
        return False
    return bool(parsed.counted) or set(parsed.dimensions) == {"time"}
