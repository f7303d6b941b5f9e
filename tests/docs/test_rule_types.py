"""docs/rule_types.md leaves out no type, no field, no policy and no reason to judge."""

from pathlib import Path

import pytest

from indicators.measures import BASELINE
from indicators.rules import RULE_FIELDS, RULE_TYPES, NoData

TEXT = (Path(__file__).parents[2] / "docs" / "rule_types.md").read_text("utf-8")


@pytest.mark.parametrize(
    "word",
    [*RULE_TYPES, *RULE_FIELDS, *NoData, *sorted({m for kind in RULE_TYPES.values() for m in kind.measures})],
)
def test_every_word_of_a_rule_is_explained(word):
    assert f"`{word}`" in TEXT


def test_the_baselines_are_those_of_the_code():
    numbers = {number for many_and_least in BASELINE.values() for number in many_and_least}
    table = TEXT.split("## Deviation from the own history")[1].split("With fewer figures")[0]
    assert all(str(number) in table for number in numbers)
