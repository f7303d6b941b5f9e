"""Which warnings may stand for others, by the catalogue and the table of regions."""

from collections.abc import Sequence
from contextlib import suppress

from indicators.catalog import Catalog
from indicators.errors import CockpitError
from indicators.handling import REGIONS, Inhibition, Standing, summary
from indicators.periods import Period
from indicators.regions import RegionTree
from indicators.rules import rules_of


def inhibitions(catalog: Catalog) -> tuple[Inhibition, ...]:
    """Which warnings may stand for others: those of the regions above, and composites that say so."""
    found = [REGIONS]
    for code in catalog.codes:
        with suppress(CockpitError):  # a rule that cannot be read is told of by the round that judges it
            for rule in rules_of(catalog.get(code)):
                found += [summary(rule.id, member) for member in rule.members if rule.folds]
    return tuple(found)


def regions_above(tree: RegionTree, one: Standing) -> Sequence[int]:
    """The regions above that of a warning, the nearest first, by the table valid at the end of its period."""
    if not one.period:
        return tree.ancestors(one.instance.region)
    day = Period(one.period).end
    return tree.ancestors(one.instance.region, day if tree.valid(one.instance.region, day) else None)
