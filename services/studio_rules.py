"""Rules of drafts: a proposed change laid into the definition that it belongs to, and what a back-test says, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.definition import NAMED
from indicators.errors import Issue
from services.backtest_views import BacktestView, Outcome


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


def judging(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the rules of a text that judge something; empty for its own."""
    rules = {"": document.get("rule"), **(document.get("rules") or {})}
    silent = ("none", "refer", None)
    return tuple(
        str(name)
        for name, rule in rules.items()
        if isinstance(rule, Mapping) and rule.get("type") not in silent
    )


def tried(name: str, view: BacktestView) -> dict[str, Any]:
    """What a back-test said of a rule, as it is kept with a submission; the level counts begin with none."""
    return {
        "rule": name,
        "tried": _told(view.outcome),
        "live": _told(view.standing),
        "first": view.first,
        "last": view.last,
        "frequency": view.frequency,
        "simulated": view.simulated,
        "known": len(view.episodes),
        "missed": [one.text for one in view.episodes if not one.seen],
        "caught": view.caught,
        "issue": None,
    }


def untried(name: str, issue: Issue) -> dict[str, Any]:
    """Why a rule could not be tried."""
    params = {field: str(value) for field, value in issue.params.items()}
    return {"rule": name, "issue": {"key": issue.key, "what": issue.what, "do": issue.do, "params": params}}


def _told(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    places = [[one.place.code, one.place.name, one.openings] for one in outcome.places if one.openings]
    return {
        "openings": outcome.openings,
        "messages": outcome.messages,
        "reached": list(outcome.reached),
        "places": places,
    }
