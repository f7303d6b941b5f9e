"""Rules in a file of their own: a bare rule, an entry of the catalogue with its rules, or a worked case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from data_access.definitions import read_files
from indicators.catalog import reading
from indicators.catalog.fields import FIELDS, shape
from indicators.catalog.reading import Document, Entry, Kind, Source
from indicators.definition import Indicator, RuleSpec, indicator_of, rule_id
from indicators.errors import N_, CockpitError, Issue
from indicators.rules import LEVELS, Rule, of_spec, parse

_MARKS: Final = frozenset(
    ("type", "op", "comparison", "threshold", "thresholds", *(level.word for level in LEVELS))
)
"""Fields by which a rule is known where it stands by itself."""

CARRY: Final = "carry_forward_periods"
"""How many later periods the last figure stays visible; only worked cases have it."""

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Written:
    """One rule of a file.

    id     what it is called there: a rule identity, the id of a case, or nothing
    where  file and line
    """

    id: str
    mapping: Document
    where: str
    indicator: Indicator | None = None
    name: str = ""

    @property
    def carry(self) -> int:
        """How many later periods the last figure stays visible."""
        given = self.mapping.get(CARRY)
        return given if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 0

    def rule(self) -> Rule:
        """The rule, read.

        raises  CockpitError with every issue of the rule
        """
        if self.indicator is not None and self.name:
            return of_spec(RuleSpec(self.mapping, self.where, self.name), self.indicator)
        rule = parse(self.mapping, self.indicator, self.where)
        return rule if self.indicator else replace(rule, code=indicator_of(self.id), name=self.name)


def load(path: Path) -> tuple[Written, ...]:
    """The rules of a file, in the order in which they stand there.

    raises  CockpitError where the file cannot be read or holds no rule
    """
    source = read_files([path], "checked")[0]
    if source.issues:
        raise CockpitError(source.issues)
    found = tuple(_found(source, source.document, ()))
    if not found:
        what, do = N_("文件里没有规则"), N_("写一条规则（type、op、red……），或带 rule 的指标条目。")
        raise CockpitError(Issue("no_rule_in_file", what, do, source.where()))
    return found


def choose(found: tuple[Written, ...], wanted: str, where: str) -> Written:
    """The rule that is meant; a file with one rule need not say which.

    raises  CockpitError naming the rules that there are
    """
    named = [one for one in found if wanted in (one.id, one.name)] if wanted else list(found)
    if len(named) == 1:
        return named[0]
    allowed = ", ".join(one.id for one in found)
    if wanted:
        what, do = N_("文件里没有规则 {rule}"), N_("可用：{allowed}")
    else:
        what, do = N_("文件里有 {count} 条规则"), N_("用 --rule 指明哪一条：{allowed}")
    raise CockpitError(
        Issue("which_rule", what, do, where, params={"rule": wanted, "count": len(found), "allowed": allowed})
    )


def _found(source: Source, part: object, at: Place) -> Iterator[Written]:
    """Every rule below a part of the document."""
    if isinstance(part, list):
        for place, one in enumerate(part):
            yield from _found(source, one, (*at, place))
    if not isinstance(part, Mapping):
        return
    document = cast(Document, part)
    if isinstance(document.get("rule"), Mapping) or isinstance(document.get("rules"), Mapping):
        yield from _of_entry(source, document, at)
    elif _MARKS & document.keys():
        yield Written(str(document.get("code", "")), document, source.where(at))
    else:
        for key, value in document.items():
            yield from _found(source, value, (*at, key))


def _of_entry(source: Source, document: Document, at: Place) -> Iterator[Written]:
    code = str(document.get("code") or document.get("id") or "")
    indicator = _indicator(source, document, at)
    rule = document.get("rule")
    if isinstance(rule, Mapping):
        yield Written(code, cast(Document, rule), source.where((*at, "rule")), indicator)
    named = document.get("rules")
    for name, mapping in named.items() if isinstance(named, Mapping) else ():
        if isinstance(mapping, Mapping):
            where = source.where((*at, "rules", name))
            yield Written(rule_id(code, str(name)), cast(Document, mapping), where, indicator, str(name))


def _indicator(source: Source, document: Document, at: Place) -> Indicator | None:
    """The indicator of an entry that says everything about it; its limits and breaks are the rule's too."""
    if "code" not in document or any(True for _ in shape(source, at, document, FIELDS[Kind.INDICATOR])):
        return None
    return reading.indicator(Entry(Kind.INDICATOR, str(document["code"]), document, source.where(at)), {})
