"""Proposed changes of rules, laid into the definition of the indicator that they judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.definition import NAMED


@dataclass(frozen=True)
class Suggestion:
    """A proposed change of a rule.

    rule     its identity
    changed  the fields that are to be otherwise: bounds by level, persist, keep; None leaves a level out
    """

    rule: str
    changed: Mapping[str, Any]
    reason: str


def with_rule(document: Mapping[str, Any], suggested: Suggestion) -> dict[str, Any]:
    """A text of an indicator with one of its rules as suggested."""
    _, _, name = suggested.rule.partition(NAMED)
    rules = {**(document.get("rules") or {})}
    before = dict((rules.get(name) if name else document.get("rule")) or {})
    after = {**before, **suggested.changed}
    rule = {field: value for field, value in after.items() if value is not None}
    return {**document, "rules": {**rules, name: rule}} if name else {**document, "rule": rule}
