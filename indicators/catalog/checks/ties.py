"""Checks of relations and identities: whether both ends exist and say the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

from indicators.catalog.checks.book import (
    Book,
    denominators,
    is_ratio,
    numerators,
)
from indicators.catalog.reading import (
    Kind,
)
from indicators.definition import (
    Identity,
    RegionAggregation,
)
from indicators.errors import N_, Issue


def relations(book: Book) -> Iterator[Issue]:
    """Relations whose other end exists and that say the same as the formulas."""
    stated: dict[tuple[str, str], set[str]] = defaultdict(set)
    for code, defined in book.defined.items():
        for place, relation in enumerate(defined.indicator.related):
            where = defined.where("related", place)
            stated[(relation.type, relation.code)].add(code)
            if relation.code not in book.codes:
                yield book.unknown(relation.code, where)
            elif relation.code == code:
                yield Issue(
                    "self_relation",
                    N_("{code} 与自己有关系"),
                    N_("去掉这条关系。"),
                    where,
                    params={"code": code},
                )
            elif relation.code in book.defined:
                yield from _relation_against_formula(book, code, relation.type, relation.code, where)
    for code in book.defined:
        tree = book.trees.get(code)
        for kind, names in (("numerator_of", numerators), ("denominator_of", denominators)):
            for name in names(tree) if tree is not None else ():
                if _same_origin(book, code, name) and name not in stated[(kind, code)]:
                    yield Issue(
                        "missing_relation",
                        N_("{part} 在 {code} 的公式里，却没有写关系 {type}"),
                        N_("在 {part} 的 related 里加上 {{type: {type}, code: {code}}}。"),
                        book.defined[name].where("related"),
                        params={"code": code, "part": name, "type": kind},
                    )


def _same_origin(book: Book, code: str, other: str) -> bool:
    """Whether two definitions stand with the same owner: a pack cannot write relations into the library."""
    return (
        other in book.defined and book.defined[code].indicator.origin == book.defined[other].indicator.origin
    )


def _relation_against_formula(book: Book, code: str, kind: str, other: str, where: str) -> Iterator[Issue]:
    sides = {"numerator_of": numerators, "denominator_of": denominators}
    if kind in sides:
        tree = book.trees.get(other)
        if tree is None or code not in sides[kind](tree):
            yield Issue(
                "relation_contradicts_formula",
                N_("{code} 写着 {type} {other}，但 {other} 的公式不是这样"),
                N_("改正关系，或改正 {other} 的公式。"),
                where,
                params={"code": code, "type": kind, "other": other},
            )
    if kind == "component_of" and not _share(book, code) and _share(book, other):
        yield Issue(
            "component_of_ratio",
            N_("{code} 是总量，不能是比率 {other} 的组成部分"),
            N_("指向对应的总量指标，或改用 leads。"),
            where,
            params={"code": code, "other": other},
        )


def _share(book: Book, code: str) -> bool:
    """Whether a figure is a rate: a pure number that does not add up."""
    one = book.defined[code].indicator
    return one.agg_region is not RegionAggregation.SUM and is_ratio(one, None)


def continuations(book: Book) -> Iterator[Issue]:
    """What takes the place of a figure, or says what it was before a break, exists and speaks of the same."""
    for code, defined in book.defined.items():
        one = defined.indicator
        if one.successor and (one.successor not in book.codes or one.successor == code):
            yield book.unknown(one.successor, defined.where("successor"))
        for place, broken in enumerate(one.calibre_breaks):
            where = defined.where("calibre_breaks", place, "backcast")
            if broken.backcast and (broken.backcast not in book.codes or broken.backcast == code):
                yield book.unknown(broken.backcast, where)
            elif broken.backcast in book.defined:
                other = book.defined[broken.backcast].indicator
                if (other.unit, other.frequency, other.basis) != (one.unit, one.frequency, one.basis):
                    yield Issue(
                        "backcast_differs",
                        N_("回溯序列 {backcast} 与 {code} 的单位、频率或基数不同"),
                        N_("选单位、频率、基数都相同的序列。"),
                        where,
                        params={"backcast": broken.backcast, "code": code},
                    )


def identities(book: Book) -> Iterator[Issue]:
    """Identities over codes that exist, in one unit, basis and rhythm; each part says that it adds up."""
    for placed in book.of(Kind.IDENTITY):
        document = placed.entry.document
        total, parts = str(document["total"]), [str(part) for part in cast(Sequence[str], document["parts"])]
        identity = Identity(total, tuple(parts), float(cast(float, document["tolerance"])), placed.where())
        missing = [code for code in (total, *parts) if code not in book.codes]
        yield from (book.unknown(code, placed.where()) for code in missing)
        if identity.tolerance < 0 or len(parts) < 2 or len(set(parts)) < len(parts) or total in parts:
            yield Issue(
                "identity_shape",
                N_("勾稽关系 {total} 写得不对"),
                N_("至少两个不同的组成部分，不含总数本身，容差不为负。"),
                placed.where(),
                params={"total": total},
            )
        elif not missing and all(code in book.defined for code in (total, *parts)):
            yield from _mixed(book, identity)


def _mixed(book: Book, identity: Identity) -> Iterator[Issue]:
    whole = book.defined[identity.total].indicator
    for code in identity.parts:
        part = book.defined[code].indicator
        for name in ("unit", "basis", "frequency"):
            if getattr(part, name) != getattr(whole, name):
                yield Issue(
                    "identity_mixed",
                    N_("勾稽关系中 {part} 的 {field} 是 {found}，总数 {total} 的是 {wanted}"),
                    N_("各项须单位、基数、频率一致；改正定义，或从勾稽关系中去掉。"),
                    identity.where,
                    params={"part": code, "total": whole.code, "field": name,
                            "found": getattr(part, name), "wanted": getattr(whole, name)},
                )  # fmt: skip
        stated = any(r.type == "component_of" and r.code == whole.code and r.additive for r in part.related)
        if not stated and _same_origin(book, whole.code, code):
            yield Issue(
                "identity_not_stated",
                N_("{part} 在勾稽关系里是 {total} 的组成部分，自己却没有这样写"),
                N_("在 {part} 的 related 里加上 {{type: component_of, code: {total}, additive: true}}。"),
                book.defined[code].where("related"),
                params={"part": code, "total": whole.code},
            )
