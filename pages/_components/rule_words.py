"""A rule in words: what it watches, and the bound of every level."""

from pages._components.words import MEASURE_WORDS, RULE_WORDS, Words
from services.warning_views import RuleView


def measure(rule: RuleView, words: Words) -> str:
    """What a rule compares."""
    return words.t(MEASURE_WORDS.get(rule.measure, rule.measure))


def said(rule: RuleView, words: Words) -> str:
    """What a rule watches, in one line."""
    kind = words.t(RULE_WORDS.get(rule.type, rule.type))
    return words.t("：").join([kind, *([measure(rule, words)] if rule.bounds else [])])


def bounds(rule: RuleView, operator: str, words: Words) -> list[tuple[int, str]]:
    """(level, bound in words), the most severe first; of a band both ends."""
    return [
        (level, " — ".join(words.figure_text(edge, rule.unit) for edge in edges) if len(edges) > 1
         else f"{operator} {words.figure_text(edges[0], rule.unit)}".strip())
        for level, edges in sorted(rule.bounds.items(), reverse=True)
    ]  # fmt: skip
