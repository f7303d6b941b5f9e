"""Whether definitions hang together: every problem at once, with its place and its remedy."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from math import isnan
from typing import cast

from indicators import formula, rules, units
from indicators.catalog import examples
from indicators.catalog.fields import FIELDS, is_day, number, shape, unknown_word
from indicators.catalog.force import Catalog
from indicators.catalog.reading import (
    MEASURED,
    SECTIONS,
    Document,
    Entry,
    Kind,
    Path,
    Source,
    assemble,
    code_of,
    indicator,
    is_vocabulary,
    items,
    layered,
)
from indicators.definition import (
    Basis,
    Frequency,
    Identity,
    Indicator,
    LimitVersion,
    Polarity,
    RegionAggregation,
    TimeAggregation,
)
from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.regions import Level
from indicators.units import Agreement

_RHYTHM = {frequency: place for place, frequency in enumerate(Frequency)}


@dataclass(frozen=True)
class Placed:
    """An entry and the place where it stands."""

    entry: Entry
    source: Source
    path: Path

    def where(self, *more: str | int) -> str:
        """``file:line`` of a field of the entry."""
        return self.source.where((*self.path, *more))


@dataclass(frozen=True)
class Defined:
    """A well-formed indicator and the place where it stands."""

    indicator: Indicator
    placed: Placed

    def where(self, *more: str | int) -> str:
        """``file:line`` of a field of the definition."""
        return self.placed.where(*more)


@dataclass
class Book:
    """Everything that is written, laid out for the checks.

    placed    every entry that is a mapping
    sound     the entries whose own fields are right
    codes     all codes that are written anywhere, so that one mistake is told once
    defined   the well-formed indicators in force, by code
    trees     the formulas that could be read
    """

    placed: list[Placed]
    sound: list[Placed]
    codes: frozenset[str]
    vocabulary: Document
    defined: dict[str, Defined] = field(default_factory=dict)
    trees: dict[str, formula.Node] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> Iterator[Placed]:
        """The sound entries of some kinds."""
        return (one for one in self.sound if one.entry.kind in kinds)

    def unknown(self, code: object, where: str) -> Issue:
        """The issue that says that no indicator has this code."""
        return unknown_word("unknown_code", N_("没有指标 {word}"), str(code), sorted(self.codes), where)


def check(sources: Sequence[Source], only: frozenset[str] | None = None) -> list[Issue]:
    """Everything that is wrong with some files of definitions.

    sources  the files, library before pack; all of them are looked at together
    only     the names of the files whose problems are told; None tells all
    """
    issues = [issue for source in sources for issue in source.issues]
    issues += [issue for source in sources for issue in _top(source)]
    placed, sound = [], []
    for source in sources:
        for kind, path, item in items(source):
            if isinstance(item, Mapping):
                one = Placed(
                    Entry(kind, code_of(kind, item), item, source.origin, source.where(path)), source, path
                )
                placed.append(one)
                wrong = list(shape(source, path, item, FIELDS[kind]))
                issues += wrong
                if not wrong:
                    sound.append(one)
            else:
                issues.append(_not_a_mapping(source.where(path)))
    book = _book(sources, placed, sound)
    for part in (*CHECKS, _check_examples):
        issues += part(book)
    told = [issue for issue in issues if only is None or issue.where.rpartition(":")[0] in only]
    return sorted(_distinct(told), key=_place)


def _distinct(issues: Sequence[Issue]) -> list[Issue]:
    """The issues without repetitions."""
    return list({(issue.where, issue.text()): issue for issue in issues}.values())


def _place(issue: Issue) -> tuple[str, int]:
    name, _, line = issue.where.rpartition(":")
    return name, int(line) if line.isdigit() else 0


def _top(source: Source) -> Iterator[Issue]:
    """What is wrong at the top of a file."""
    document = source.document
    if (source.issues and document is None) or is_vocabulary(document):
        return
    if not isinstance(document, Mapping) or not document:
        yield _not_a_mapping(source.where())
        return
    head = {key: value for key, value in document.items() if key not in SECTIONS}
    for section in document.keys() - head.keys():
        content = document[section]
        if content is not None and (not isinstance(content, Sequence) or isinstance(content, str)):
            yield Issue(
                "wrong_type",
                N_("字段 {field} 的写法不对：{value}"),
                N_("应写成列表，每项是 {{字段: 值}}。"),
                source.where((section,)),
                params={"field": section, "value": type(content).__name__},
            )
    if "themes" in head:
        yield from shape(source, (), head, FIELDS[Kind.SYSTEM])
    else:
        for name in head.keys() - {"system", "schema_version"}:
            allowed = (*SECTIONS, "system", "schema_version", "themes")
            yield unknown_word(
                "unknown_field", N_("没有字段 {word}"), str(name), allowed, source.where((name,))
            )


def _not_a_mapping(where: str) -> Issue:
    return Issue("not_a_mapping", N_("这里应是字段与值的对应"), N_("写法见 docs/catalogue.md。"), where)


def _book(sources: Sequence[Source], placed: list[Placed], sound: list[Placed]) -> Book:
    vocabulary = next((cast(Document, s.document) for s in sources if is_vocabulary(s.document)), {})
    codes = frozenset(one.entry.code for one in placed if one.entry.kind in MEASURED)
    book = Book(placed, sound, codes, vocabulary)
    in_force = {(entry.kind, entry.code, entry.where) for entry in layered([one.entry for one in sound])}
    for placed_one in book.of(*MEASURED):
        entry = placed_one.entry
        if (entry.kind, entry.code, entry.where) in in_force and _readable(entry.document):
            book.defined[entry.code] = Defined(indicator(entry, vocabulary), placed_one)
    for code, defined in book.defined.items():
        text = defined.indicator.formula
        if text is not None:
            try:
                book.trees[code] = formula.parse(text)
            except CockpitError:
                continue
    return book


def _readable(document: Document) -> bool:
    """Whether the parts that have checks of their own can be turned into values."""
    targets = document.get("targets")
    years = targets if isinstance(targets, Mapping) else {}
    return all(_is_year(year) and number(value) for year, value in years.items())


def _is_year(written: object) -> bool:
    return isinstance(written, int) and not isinstance(written, bool) and 1949 <= written <= 2100


# -- one by one --------------------------------------------------------------------------------------------


def _check_codes(book: Book) -> Iterator[Issue]:
    """A code belongs to the system of its file and is defined once on any day."""
    seen: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one in book.placed:
        kind = "measured" if one.entry.kind in MEASURED else one.entry.kind.value
        seen[(f"{kind}:{one.entry.origin}", one.entry.code)].append(one)
        document = one.source.document
        system = document.get("system") if isinstance(document, Mapping) else None
        if one.entry.kind in MEASURED and system is not None and not one.entry.code.startswith(f"{system}."):
            yield Issue(
                "code_of_other_system",
                N_("代码 {code} 不属于本文件的系统 {system}"),
                N_("代码须以 {system}. 开头，或移到所属系统的文件。"),
                one.where("code"),
                params={"code": one.entry.code, "system": system},
            )
    for (_, code), several in seen.items():
        for place, later in enumerate(several):
            first = next((earlier for earlier in several[:place] if _overlap(earlier, later)), None)
            if first is not None:
                yield Issue(
                    "duplicate_code",
                    N_("{code} 已在 {first} 定义"),
                    N_("换一个代码；若是新的版本，写明不相重叠的 valid_from、valid_to 和 version。"),
                    later.where("code"),
                    params={"code": code, "first": first.where("code")},
                )


def _overlap(one: Placed, other: Placed) -> bool:
    if one.entry.kind not in MEASURED:
        return True
    (start, end), (begin, finish) = _span(one.entry.document), _span(other.entry.document)
    return start <= finish and begin <= end


def _span(document: Document) -> tuple[str, str]:
    return str(document.get("valid_from") or "0000"), str(document.get("valid_to") or "9999")


def _check_words(book: Book) -> Iterator[Issue]:
    """Departments, themes, dimensions and units that exist."""
    departments = [one.entry.code for one in book.of(Kind.DEPARTMENT)]
    themes = defaultdict(list)
    for placed in book.placed:
        document = placed.source.document
        if isinstance(document, Mapping):
            for theme in cast(Sequence[object], document.get("themes") or ()):
                if isinstance(theme, Mapping):
                    themes[document.get("system")].append(str(theme.get("id")))
    labels = list(cast(Mapping[str, object], book.vocabulary.get("dimension_labels") or {}))
    for defined in book.defined.values():
        one = defined.indicator
        if one.department not in departments:
            what = N_("没有部门 {word}")
            yield unknown_word(
                "unknown_department", what, one.department, departments, defined.where("department")
            )
        if one.theme is not None and one.theme not in themes[one.system]:
            what = N_("没有主题 {word}")
            yield unknown_word("unknown_theme", what, one.theme, themes[one.system], defined.where("theme"))
        for dimension in one.dimensions:
            if dimension not in labels:
                what = N_("没有维度 {word}")
                yield unknown_word("unknown_dimension", what, dimension, labels, defined.where("dimensions"))
        try:
            units.parse(one.unit)
        except CockpitError as error:
            for issue in error.issues:
                yield Issue(issue.key, issue.what, issue.do, defined.where("unit"), params=issue.params)


def _check_dates(book: Book) -> Iterator[Issue]:
    """Validity, targets by year, and limits that follow one another without overlap or gap."""
    for one in book.of(*MEASURED):
        document = one.entry.document
        if not _ordered(document):
            yield _backwards(one.where("valid_to"))
        for year, value in cast(Mapping[object, object], document.get("targets") or {}).items():
            if not _is_year(year):
                yield Issue(
                    "bad_year",
                    N_("目标的年份 {year} 不是四位年份"),
                    N_("写成 {{2025: 95}}，年份为整数。"),
                    one.where("targets", cast(str, year)),
                    params={"year": year},
                )
            elif not number(value):
                yield Issue(
                    "bad_target", N_("{year} 年的目标不是数：{value}"), N_("应写数。"), one.where("targets"),
                    params={"year": year, "value": value},
                )  # fmt: skip
    for defined in book.defined.values():
        yield from _limits_in_order(defined)


def _ordered(document: Document) -> bool:
    start, end = document.get("valid_from"), document.get("valid_to")
    return not (is_day(start) and is_day(end)) or str(start) <= str(end)


def _backwards(where: str) -> Issue:
    return Issue("backward_dates", N_("valid_to 早于 valid_from"), N_("两个日期都含当日，核对先后。"), where)


def _limits_in_order(defined: Defined) -> Iterator[Issue]:
    versions = sorted(defined.indicator.limit_versions, key=_start)
    where = defined.where("limit_versions")
    for version in versions:
        if version.valid_from and version.valid_to and version.valid_from > version.valid_to:
            yield _backwards(where)
    for earlier, later in pairwise(versions):
        if earlier.valid_to is None or earlier.valid_to >= _start(later):
            yield Issue(
                "limits_overlap",
                N_("限值的有效期重叠：{one} 与 {other}"),
                N_("前一版的 valid_to 须早于后一版的 valid_from。"),
                where,
                params={"one": earlier.limit, "other": later.limit},
            )
        elif earlier.valid_to + timedelta(days=1) != later.valid_from:
            yield Issue(
                "limits_gap",
                N_("限值的有效期之间有空档：{one} 与 {other}"),
                N_("后一版应从前一版失效的次日起生效。"),
                where,
                params={"one": earlier.limit, "other": later.limit},
            )


def _start(version: LimitVersion) -> date:
    return version.valid_from or date.min


# -- formulas ----------------------------------------------------------------------------------------------


def _check_formulas(book: Book) -> Iterator[Issue]:
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


def _check_loops(book: Book) -> Iterator[Issue]:
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


# -- aggregation -------------------------------------------------------------------------------------------

_OF_FORMULA = (RegionAggregation.RATIO_OF_SUMS, RegionAggregation.DERIVED)
_OF_RECORDS = (
    RegionAggregation.RECORDS,
    RegionAggregation.STATION_MEAN,
    RegionAggregation.WEIGHTED_MEAN,
    RegionAggregation.POP_WEIGHTED_MEAN,
)


def _check_aggregation(book: Book) -> Iterator[Issue]:
    """Ways of adding up that fit what is added."""
    for code, defined in book.defined.items():
        one = defined.indicator
        params = {"code": code, "region": one.agg_region, "time": one.agg_time, "basis": one.basis}

        def issue(key: str, what: str, do: str, at: str) -> Issue:
            return Issue(key, what, do, defined.where(at), params=params)  # noqa: B023  used at once

        ratio = _is_ratio(one, book.trees.get(code))
        if ratio and one.agg_region is RegionAggregation.SUM:
            yield issue("ratio_that_sums", N_("{code} 是比率，不能跨地区相加"),
                        N_("agg_region 用 ratio_of_sums、weighted_mean 或 not_additive。"), "agg_region")  # fmt: skip
        if ratio and one.agg_time is TimeAggregation.SUM:
            yield issue("ratio_that_sums", N_("{code} 是比率，不能跨时期相加"),
                        N_("agg_time 用 ratio_of_sums、mean、last 或 not_additive。"), "agg_time")  # fmt: skip
        if one.basis is Basis.POINT and one.agg_time in (TimeAggregation.SUM, TimeAggregation.CUMULATIVE):
            yield issue("stock_that_sums", N_("{code} 是时点数，不能跨时期相加"),
                        N_("agg_time 用 last、mean、max 或 min。"), "agg_time")  # fmt: skip
        if one.basis is Basis.YTD and one.agg_time in (TimeAggregation.SUM, TimeAggregation.MEAN):
            yield issue("cumulative_that_sums", N_("{code} 是累计数，各期相加会重复"),
                        N_("agg_time 用 cumulative；比率用 ratio_of_sums 或 last。"), "agg_time")  # fmt: skip
        if (
            one.basis is not Basis.YTD
            and one.agg_time is TimeAggregation.CUMULATIVE
            and one.basis is not Basis.POINT
        ):
            yield issue("not_cumulative", N_("{code} 不是累计数，agg_time 不能用 cumulative"),
                        N_("基数 basis 改为 ytd，或 agg_time 改为 sum、last。"), "agg_time")  # fmt: skip
        yield from _check_formula_aggregation(book, defined, issue)
        if one.agg_region is RegionAggregation.WEIGHTED_MEAN and one.weight is None:
            yield issue("missing_weight", N_("{code} 按加权平均汇总，却没有权数"),
                        N_("写 weight：权数指标的代码，或 reported。"), "agg_region")  # fmt: skip
        if one.weight is not None and one.weight != "reported" and one.weight not in book.codes:
            yield book.unknown(one.weight, defined.where("weight"))


def _check_formula_aggregation(
    book: Book, defined: Defined, issue: Callable[[str, str, str, str], Issue]
) -> Iterator[Issue]:
    one = defined.indicator
    if one.formula is None:
        if one.agg_region in _OF_FORMULA or one.agg_time in (
            TimeAggregation.RATIO_OF_SUMS,
            TimeAggregation.DERIVED,
        ):
            yield issue("formula_needed", N_("{code} 的汇总方法需要公式，却没有公式"),
                        N_("补上 formula，或改 agg_region、agg_time。"), "agg_region")  # fmt: skip
        return
    if one.agg_region in _OF_RECORDS:
        yield issue("derived_from_records", N_("{code} 由公式得到，没有自己的记录或权数，不能用 {region} 汇总"),
                    N_("agg_region 用 ratio_of_sums 或 derived。"), "agg_region")  # fmt: skip
    if one.agg_region is RegionAggregation.RATIO_OF_SUMS:
        for name in _inputs(book, defined):
            given = book.defined[name].indicator
            if given.agg_region is not RegionAggregation.SUM and not given.derived:
                yield Issue(
                    "part_not_additive",
                    N_("{code} 要求分子分母可加，{part} 却不能相加（{region}）"),
                    N_("改 {part} 的 agg_region，或把 {code} 改为 not_additive。"),
                    defined.where("agg_region"),
                    params={"code": one.code, "part": name, "region": given.agg_region},
                )


def _inputs(book: Book, defined: Defined) -> tuple[str, ...]:
    """The well-formed indicators that a formula refers to."""
    tree = book.trees.get(defined.indicator.code)
    names = formula.references(tree) if tree is not None else ()
    return tuple(name for name in names if name in book.defined)


def _is_ratio(one: Indicator, tree: formula.Node | None) -> bool:
    """Whether a figure is a share or a quotient: by its unit, or because its formula divides by a figure."""
    try:
        pure = units.is_ratio(one.unit)
    except CockpitError:
        pure = False
    return pure or (tree is not None and bool(_denominators(tree)))


def _divisions(tree: formula.Node) -> list[formula.Operation]:
    return [
        part
        for part in formula.parts(tree)
        if isinstance(part, formula.Operation) and part.sign == "/" and formula.references(part.right)
    ]


def _denominators(tree: formula.Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _divisions(tree) for name in formula.references(part.right)))


def _numerators(tree: formula.Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _divisions(tree) for name in formula.references(part.left)))


def _check_reach(book: Book) -> Iterator[Issue]:
    """A derived figure reaches no lower, comes no oftener and is broken down no further than its inputs."""
    for code, defined in book.defined.items():
        one, names = defined.indicator, _inputs(book, defined)
        given = [book.defined[name].indicator for name in names]
        for part in given:
            if _depth(part) < _depth(one):
                yield Issue(
                    "level_below_inputs",
                    N_("{code} 到 {level}，所用的 {part} 只到 {lowest}"),
                    N_("把 lowest_level 改为 {lowest}，或确认 {part} 的层级。"),
                    defined.where("lowest_level"),
                    params={
                        "code": code,
                        "level": one.lowest_level,
                        "part": part.code,
                        "lowest": part.lowest_level,
                    },
                )
            for dimension in one.dimensions:
                if dimension not in part.dimensions:
                    yield Issue(
                        "dimension_of_inputs",
                        N_("{code} 按 {dimension} 分，所用的 {part} 没有这个维度"),
                        N_("给 {part} 加上维度，或从 {code} 去掉。"),
                        defined.where("dimensions"),
                        params={"code": code, "dimension": dimension, "part": part.code},
                    )
        if given and all(_RHYTHM[part.frequency] > _RHYTHM[one.frequency] for part in given):
            yield Issue(
                "frequency_of_inputs",
                N_("{code} 的频率是 {frequency}，所用的数都来得更慢"),
                N_("至少有一项与它同频；核对各项的 frequency。"),
                defined.where("frequency"),
                params={"code": code, "frequency": one.frequency},
            )
        if one.basis is Basis.YTD and given and all(part.basis is Basis.POINT for part in given):
            yield Issue(
                "basis_of_inputs",
                N_("{code} 是累计数，所用的数都是时点数"),
                N_("把 basis 改为 point，或核对各项的 basis。"),
                defined.where("basis"),
                params={"code": code},
            )


def _depth(one: Indicator) -> int:
    return int(Level[one.lowest_level.upper()])


# -- relations and identities ------------------------------------------------------------------------------


def _check_relations(book: Book) -> Iterator[Issue]:
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
        for kind, names in (("numerator_of", _numerators), ("denominator_of", _denominators)):
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
    sides = {"numerator_of": _numerators, "denominator_of": _denominators}
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
    return one.agg_region is not RegionAggregation.SUM and _is_ratio(one, None)


def _check_identities(book: Book) -> Iterator[Issue]:
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


# -- rules -------------------------------------------------------------------------------------------------

_NO_OWN_RULE = ("refer", "none")
_TWO_SIDED = ("band", "deviation", "state")


def _check_rules(book: Book) -> Iterator[Issue]:
    """Rules that can be read, fit the direction of their indicator, and can end."""
    for placed in book.of(Kind.RULE):
        if placed.entry.code not in book.codes:
            yield book.unknown(placed.entry.code, placed.where("code"))
        elif placed.entry.code in book.defined:
            one = book.defined[placed.entry.code].indicator
            yield from _rule(
                book,
                one,
                cast(Document, placed.entry.document["rule"]),
                lambda *at: placed.where("rule", *at),
            )  # noqa: B023
    for defined in book.defined.values():
        if defined.indicator.rule is not None:
            mapping = defined.indicator.rule.mapping
            yield from _rule(book, defined.indicator, mapping, lambda *at: defined.where("rule", *at))  # noqa: B023


def _rule(book: Book, one: Indicator, mapping: Document, where: Callable[..., str]) -> Iterator[Issue]:
    wrong = rules.check(mapping, one, where())
    yield from (replace(issue, do=issue.do or N_("规则的写法见 docs/rule_types.md。")) for issue in wrong)
    kind, op = str(mapping.get("type", "threshold")), str(mapping.get("op", ""))
    params = {"code": one.code, "type": kind, "op": op, "polarity": one.polarity}
    if one.polarity is Polarity.CONTEXT and kind not in _NO_OWN_RULE:
        yield Issue("rule_on_context", N_("{code} 仅作背景，不能有 {type} 规则"),
                    N_("polarity 改为有方向的，或规则改为 none、refer。"), where(), params=params)  # fmt: skip
    against = {Polarity.HIGHER_BETTER: ">", Polarity.LOWER_BETTER: "<"}.get(one.polarity)
    if against and kind not in _TWO_SIDED and op.startswith(against):
        yield Issue("op_against_polarity", N_("{code} 是 {polarity}，规则却在 {op} 时预警"),
                    N_("改正 op 或 polarity。"), where("op"), params=params)  # fmt: skip
    for code, at in _rule_codes(mapping):
        if code not in book.codes:
            yield book.unknown(code, where(at))
    referred = book.defined.get(str(mapping.get("code"))) if kind == "refer" else None
    if referred is not None and (referred.indicator.rule is None or referred.indicator.rule.type == "none"):
        yield Issue("refer_to_nothing", N_("{code} 的预警交给 {other}，而它没有规则"),
                    N_("指向有规则的指标。"), where("code"),
                    params={"code": one.code, "other": referred.indicator.code})  # fmt: skip
    if not wrong:
        yield from _thresholds(rules.parse(mapping, one), one, where)


def _rule_codes(mapping: Document) -> Iterator[tuple[str, str]]:
    if mapping.get("type") == "refer" and "code" in mapping:
        yield str(mapping["code"]), "code"
    benchmark = mapping.get("benchmark")
    if isinstance(benchmark, Mapping) and benchmark.get("code") is not None:
        yield str(benchmark["code"]), "benchmark"


def _thresholds(rule: rules.Rule, one: Indicator, where: Callable[..., str]) -> Iterator[Issue]:
    """Thresholds in order under every version of the limit; warnings that can end."""
    for side in rule.sides:
        for version in one.limit_versions if rule.limit_level else ():
            moved = [
                version.limit if place + 1 == rule.limit_level else t
                for place, t in enumerate(side.thresholds)
            ]
            steps = [t for t in moved if not isnan(t)]
            if steps != sorted(set(steps), reverse=side.op.startswith("<")):
                yield Issue(
                    "limit_out_of_order",
                    N_("{day} 起限值为 {limit}，各级阈值不再递进：{thresholds}"),
                    N_("调整其他级别的阈值，使每一版限值下都严格递进。"),
                    where(),
                    params={"day": version.valid_from, "limit": version.limit, "thresholds": steps},
                )
        if (
            rule.measure == "value"
            and side.op.startswith(">")
            and len(rule.sides) == 1
            and _never_negative(one.unit)
        ):
            for level, recovery in zip(rules.LEVELS, side.recovery, strict=True):
                if recovery <= 0:
                    yield Issue(
                        "never_ends",
                        N_("{level} 级的恢复值是 {recovery}，数值不会更小，预警永远不会解除"),
                        N_("用 recover 写明各级恢复值，不写出这一级，它便在不再命中时解除。"),
                        where(),
                        params={"level": level.word, "recovery": round(recovery, 6)},
                    )


def _never_negative(unit: str) -> bool:
    """Whether figures in a unit are counts or lengths of time."""
    try:
        parsed = units.parse(unit)
    except CockpitError:
        return False
    return bool(parsed.counted) or set(parsed.dimensions) == {"time"}


# -- targets and season curves -----------------------------------------------------------------------------


def _check_targets(book: Book) -> Iterator[Issue]:
    """Targets of plans that exist, for indicators that exist, in their unit."""
    plans = [one.entry.code for one in book.of(Kind.PLAN)]
    for one in book.of(Kind.TARGET):
        document = one.entry.document
        if "plan" in document and document["plan"] not in plans:
            what = N_("没有规划方案 {word}")
            yield unknown_word("unknown_plan", what, str(document["plan"]), plans, one.where("plan"))
        if not _is_year(document["year"]):
            yield Issue("bad_year", N_("目标的年份 {year} 不是四位年份"), N_("应写整数。"), one.where("year"),
                        params={"year": document["year"]})  # fmt: skip
        due = document.get("due")
        if due is not None and not str(due).startswith(str(document["year"])):
            yield Issue("due_in_other_year", N_("完成日期 {due} 不在 {year} 年"), N_("核对 due 和 year。"),
                        one.where("due"), params={"due": due, "year": document["year"]})  # fmt: skip
        yield from _region_code(one)
        yield from _target_value(one)
        code = document.get("indicator")
        if code is not None and code not in book.codes:
            yield book.unknown(code, one.where("indicator"))
        elif code in book.defined and document.get("unit") not in (
            None,
            book.defined[str(code)].indicator.unit,
        ):
            yield Issue(
                "target_unit",
                N_("目标的单位 {unit} 与指标 {code} 的单位 {wanted} 不同"),
                N_("换算成指标的单位。"),
                one.where("unit"),
                params={
                    "unit": document["unit"],
                    "code": code,
                    "wanted": book.defined[str(code)].indicator.unit,
                },
            )
    for one in book.of(Kind.CURVE):
        yield from _curve(book, one)


def _region_code(one: Placed) -> Iterator[Issue]:
    text = one.entry.document.get("region_code")
    if text is not None and not (isinstance(text, str) and text.isdigit() and len(text) == 12):
        yield Issue("bad_region_code", N_("区划代码 {code} 不是十二位数字"), N_("写成 \"440900000000\"。"),
                    one.where("region_code"), params={"code": text})  # fmt: skip


def _target_value(one: Placed) -> Iterator[Issue]:
    op, value = one.entry.document["op"], one.entry.document.get("value")
    wanted = {"done": value is None, "between": isinstance(value, Sequence) and value[0] < value[1]}
    if not wanted.get(str(op), number(value)):
        yield Issue("target_value", N_("op 为 {op} 的目标，value 不能是 {value}"),
                    N_("done 不写数；between 写 [下, 上]；其余写一个数。"), one.where("value"),
                    params={"op": op, "value": value})  # fmt: skip


def _curve(book: Book, one: Placed) -> Iterator[Issue]:
    document = one.entry.document
    if document["indicator"] not in book.codes:
        yield book.unknown(document["indicator"], one.where("indicator"))
    shares = list(cast(Sequence[float], document["shares"]))
    if len(shares) != 12 or shares != sorted(shares) or shares[0] < 0 or shares[-1] != 100:
        yield Issue("season_curve", N_("季节曲线须是十二个递增的累计百分数，最后一个是 100"),
                    N_("写各月末应完成全年的百分之几。"), one.where("shares"))  # fmt: skip
    yield from _region_code(one)


# -- examples ----------------------------------------------------------------------------------------------


def _check_examples(book: Book) -> Iterator[Issue]:
    """Every derived indicator has a worked example, and it comes out."""
    catalog = assemble(layered([one.entry for one in book.sound if _safe(book, one)]))
    for code, defined in book.defined.items():
        one = defined.indicator
        if one.derived and not one.example:
            yield Issue("missing_example", N_("{code} 有公式，却没有算例"),
                        N_("写 example：inputs 与 expect 用手算的数。"), defined.where(), _weight(one), {"code": code})  # fmt: skip
        elif one.example and _runnable(book, code):
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


CHECKS: tuple[Callable[[Book], Iterator[Issue]], ...] = (
    _check_codes,
    _check_words,
    _check_dates,
    _check_formulas,
    _check_loops,
    _check_aggregation,
    _check_reach,
    _check_relations,
    _check_identities,
    _check_rules,
    _check_targets,
)
"""All checks over well-formed entries; a new one is a function and a line here."""
