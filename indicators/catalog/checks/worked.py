"""Checks of worked examples: there is one, and it comes out."""

from collections.abc import Iterator
from math import isnan

from indicators import formula
from indicators.catalog import examples
from indicators.catalog.checks.book import Book, Defined, Placed
from indicators.catalog.force import Catalog
from indicators.catalog.reading import (
    MEASURED,
    assemble,
    layered,
)
from indicators.definition import (
    Indicator,
)
from indicators.errors import N_, CockpitError, Issue, Severity


def come_out(book: Book) -> Iterator[Issue]:
    """Every derived indicator has a worked example, and it comes out."""
    catalog = assemble(layered([one.entry for one in book.sound if _safe(book, one)]))
    for code, defined in book.defined.items():
        one = defined.indicator
        if one.derived and not one.example:
            yield Issue("missing_example", N_("{code} 有公式，却没有算例"),
                        N_("写 example：inputs 与 expect 用手算的数。"), defined.where(), _weight(one), {"code": code})  # fmt: skip
        elif one.example and (book.examples is None or code in book.examples) and _runnable(book, code):
            yield from _example(catalog, defined)


def _weight(one: Indicator) -> Severity:
    """The library owes an example; to others it is recommended."""
    return Severity.ERROR if one.origin == "library" else Severity.WARNING


def _safe(book: Book, one: Placed) -> bool:
    return one.entry.kind not in MEASURED or one.entry.code in book.defined


def _runnable(book: Book, code: str) -> bool:
    """Whether everything that a formula needs is there and leads nowhere in a circle."""
    needs = {name: formula.references(tree) for name, tree in book.trees.items()}
    if formula.find_cycle(needs):
        return False
    names, seen = [code], set()
    while names:
        name = names.pop()
        if name not in book.defined or (book.defined[name].indicator.derived and name not in book.trees):
            return False
        if name not in seen:
            seen.add(name)
            names.extend(needs.get(name, ()))
    return True


def _example(catalog: Catalog, defined: Defined) -> Iterator[Issue]:
    one, where = defined.indicator, defined.where("example")
    try:
        outcomes = examples.run(catalog, one)
    except CockpitError as error:
        yield from (
            Issue(issue.key, issue.what, issue.do, where, params=issue.params) for issue in error.issues
        )
        return
    except (KeyError, TypeError, ValueError, AssertionError) as error:
        yield Issue("bad_example", N_("{code} 的算例读不懂：{reason}"),
                    N_("地区只用 a、b、city；值为数、null 或 {{时期: 数}}，写法见 docs/catalogue.md。"), where,
                    params={"code": one.code, "reason": error})  # fmt: skip
        return
    for outcome in outcomes:
        if not outcome.holds:
            yield Issue(
                "example_fails",
                N_("{code} 的算例不成立：{region} {period} 应为 {expected}，算得 {found}"),
                N_("核对算例，或改正公式与汇总方法。"),
                where,
                params={"code": one.code, "region": outcome.region, "period": outcome.period,
                        "expected": _said(outcome.expected), "found": _said(outcome.found)},
            )  # fmt: skip


def _said(value: float) -> str:
    return "—" if isnan(value) else f"{value:.10g}"
