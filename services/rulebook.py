"""The rules in force on a day, and what each of them is made of."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from indicators.catalog import Catalog
from indicators.definition import Indicator, RuleSpec, indicator_of, rule_id
from indicators.errors import CockpitError, Issue
from indicators.evaluate import weight_of
from indicators.rules import Rule, of_spec
from indicators.rules.composing import Candidate, wrong_members


class Book:
    """The rules in force on a day, by their identities."""

    def __init__(self, catalog: Catalog, day: date) -> None:
        self._catalog = catalog
        self.indicators: dict[str, Indicator] = {}
        self.rules: dict[str, Rule] = {}
        self.issues: list[Issue] = []
        for code in catalog.codes:
            try:
                indicator = catalog.get(code, day)
            except CockpitError as error:
                self.issues.extend(error.issues)
                continue
            self.indicators[code] = indicator
            for spec in indicator.specs:
                self._add(spec, indicator)
        self.composites = self._sort_composites() if any(rule.members for rule in self.rules.values()) else ()

    def _add(self, spec: RuleSpec, indicator: Indicator) -> None:
        """Take in a rule; one that cannot be read is told, and stops no other."""
        try:
            rule = of_spec(spec, indicator)
        except CockpitError as error:
            self.issues.extend(error.issues)
            return
        if rule.compares:
            self.rules[rule.id] = rule

    def _sort_composites(self) -> tuple[Rule, ...]:
        """The rules that are made of others, each after those that it is made of; what cannot be judged is told."""
        made = {rule.id: rule.members for rule in self.rules.values() if rule.members}
        known = {
            rule.id: Candidate(self.indicator(rule.id).frequency, True, rule.by_clock)
            for rule in self.rules.values()
        }
        while wrong := list(
            wrong_members(made, known)
        ):  # what is made of a rule that falls away falls away too
            self.issues += [issue for _, issue in wrong]
            for identity, _ in wrong:
                for book in (made, known, self.rules):
                    book.pop(identity, None)
        ordered: dict[str, Rule] = {}

        def add(rule: Rule) -> None:
            for member in rule.members:
                if member in made and member not in ordered:
                    add(self.rules[member])
            ordered[rule.id] = rule

        for identity in made:
            if identity not in ordered:
                add(self.rules[identity])
        return tuple(ordered.values())

    def indicator(self, rule: str) -> Indicator:
        """What a rule judges."""
        return self.indicators[indicator_of(rule)]

    @cached_property
    def users(self) -> Mapping[str, frozenset[str]]:
        """For each code the rules that must be judged when its figures change."""
        above: dict[str, set[str]] = defaultdict(set)
        for code, indicator in self.indicators.items():
            for needed in self._needs(indicator):
                above[needed].add(code)
        of: dict[str, set[str]] = defaultdict(set)
        for rule in self.rules.values():
            of[rule.code].add(rule.id)

        def reached(code: str) -> frozenset[str]:
            found, frontier = {code}, [code]
            while frontier:
                fresh = above[frontier.pop()] - found
                found |= fresh
                frontier.extend(fresh)
            return frozenset(rule for one in found for rule in of.get(one, ()))

        return {code: reached(code) for code in (*self.indicators, *tuple(above))}

    def _needs(self, indicator: Indicator) -> Iterator[str]:
        yield from self._catalog.inputs(indicator.code)
        weight = weight_of(indicator)
        if weight is not None:
            yield weight
        for spec in indicator.specs:
            rule = self.rules.get(rule_id(indicator.code, spec.name))
            if rule is not None and rule.benchmark is not None and rule.benchmark.code is not None:
                yield rule.benchmark.code
