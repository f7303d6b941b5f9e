"""Warning rules: a rule as written becomes a `Rule`, and a rule with readings becomes a `Verdict`.

A verdict says, for every figure and every level, whether the level is breached and whether a warning that
already stands at this level holds. What follows from verdicts over time is told in `indicators.alerts`.
"""

from indicators.rules.base import RuleType
from indicators.rules.entry import DEFAULT_MARGIN, RULE_FIELDS
from indicators.rules.judging import bounds
from indicators.rules.types import (
    RULE_TYPES,
    check,
    judged,
    measured,
    of_spec,
    parse,
    rule_of,
    rules_of,
    verdicts,
)
from indicators.rules.values import (
    LEVELS,
    OF_LEVELS,
    REASON_TEXTS,
    Benchmark,
    Chart,
    Kind,
    NoData,
    Readings,
    Reason,
    Recipients,
    Rule,
    Scope,
    Side,
    Verdict,
    WarningLevel,
    unit_compared,
)

__all__ = [
    "DEFAULT_MARGIN",
    "LEVELS",
    "OF_LEVELS",
    "REASON_TEXTS",
    "RULE_FIELDS",
    "RULE_TYPES",
    "Benchmark",
    "Chart",
    "Kind",
    "NoData",
    "Readings",
    "Reason",
    "Recipients",
    "Rule",
    "RuleType",
    "Scope",
    "Side",
    "Verdict",
    "WarningLevel",
    "bounds",
    "check",
    "judged",
    "measured",
    "of_spec",
    "parse",
    "rule_of",
    "rules_of",
    "unit_compared",
    "verdicts",
]
