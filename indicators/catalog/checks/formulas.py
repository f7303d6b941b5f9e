"""Checks of formulas: whether they can be read, what unit comes out, where they lead in a circle."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from indicators import formula
from indicators.catalog.checks.book import (
    Book,
)
from indicators.errors import N_, CockpitError, Issue
from indicators.units import Agreement


def readable(book: Book) -> Iterator[Issue]:
    """Formulas that can be read, whose codes exist and whose units come out as claimed."""
    known = {code: defined.indicator.unit for code, defined in book.defined.items()}
    for code, defined in book.defined.items():
        one, where = defined.indicator, defined.where("formula")
        if one.formula is None:
            continue
        tree = book.trees.get(code)
        if tree is None:
            yield from _unreadable(one.formula, where)
            continue
        missing = [name for name in formula.references(tree) if name not in book.codes]
        yield from (book.unknown(name, where) for name in missing)
        if all(name in known for name in formula.references(tree)):
            wrong = formula.check(tree, known, where)
            yield from wrong
            if not wrong and formula.agreement(tree, known, one.unit) is Agreement.CONTRADICTING:
                yield Issue(
                    "unit_contradicts_formula",
                    N_("{code} 的单位 {unit} 与公式算出的单位不符：{formula}"),
                    N_("核对单位和公式里的系数，如 % 要乘 100，亿元除以万人得万元。"),
                    defined.where("unit"),
                    params={
                        "code": code,
                        "unit": one.unit,
                        "formula": formula.spell(tree, lambda n: _with_unit(n, known)),
                    },
                )


def _unreadable(text: str, where: str) -> Iterator[Issue]:
    try:
        formula.parse(text)
    except CockpitError as error:
        yield from (Issue(f"formula_{i.key}", i.what, i.do, where, params=i.params) for i in error.issues)


def _with_unit(name: str, known: Mapping[str, str]) -> str:
    return f"{name}[{known.get(name, '%')}]"


def loops(book: Book) -> Iterator[Issue]:
    """Formulas and relations that come back to where they began."""
    needs = {code: formula.references(tree) for code, tree in book.trees.items()}
    for path in _loops(needs):
        yield formula.cycle_issue(path, book.defined[path[0]].where("formula"))
    by_type: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for code, defined in book.defined.items():
        for relation in defined.indicator.related:
            by_type[relation.type][code] = (*by_type[relation.type].get(code, ()), relation.code)
    for kind, graph in by_type.items():
        for path in _loops(graph):
            yield Issue(
                "relation_loop",
                N_("关系 {type} 循环：{path}"),
                N_("去掉其中一条关系。"),
                book.defined[path[0]].where("related"),
                params={"type": kind, "path": " -> ".join(path)},
            )
    refers = {
        code: (str(rule.mapping.get("code")),)
        for code, defined in book.defined.items()
        if (rule := defined.indicator.rule) is not None and rule.type == "refer"
    }
    for path in _loops(refers):
        yield Issue(
            "refer_loop",
            N_("规则引用循环：{path}"),
            N_("让其中一个指标有自己的规则。"),
            book.defined[path[0]].where("rule"),
            params={"path": " -> ".join(path)},
        )


def _loops(graph: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Every loop, one after the other: each found one is cut open before the next is sought."""
    left = dict(graph)
    while path := formula.find_cycle(left):
        yield path
        left[path[-2]] = tuple(name for name in left[path[-2]] if name != path[-1])
