"""Checks of adding up: over regions, over time, and from inputs that must reach as far."""

from collections.abc import Callable, Iterator

from indicators.catalog.checks.book import (
    Book,
    Defined,
    inputs_of,
    is_ratio,
)
from indicators.definition import (
    Basis,
    Frequency,
    Indicator,
    RegionAggregation,
    TimeAggregation,
)
from indicators.errors import N_, Issue
from indicators.regions import Level

_OF_FORMULA = (RegionAggregation.RATIO_OF_SUMS, RegionAggregation.DERIVED)


_OF_RECORDS = (
    RegionAggregation.RECORDS,
    RegionAggregation.STATION_MEAN,
    RegionAggregation.WEIGHTED_MEAN,
    RegionAggregation.POP_WEIGHTED_MEAN,
)


def aggregation(book: Book) -> Iterator[Issue]:
    """Ways of adding up that fit what is added."""
    for code, defined in book.defined.items():
        one = defined.indicator
        params = {"code": code, "region": one.agg_region, "time": one.agg_time, "basis": one.basis}

        def issue(key: str, what: str, do: str, at: str) -> Issue:
            return Issue(key, what, do, defined.where(at), params=params)  # noqa: B023  used at once

        ratio = is_ratio(one, book.trees.get(code))
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
        for name in inputs_of(book, defined):
            given = book.defined[name].indicator
            if given.agg_region is not RegionAggregation.SUM and not given.derived:
                yield Issue(
                    "part_not_additive",
                    N_("{code} 要求分子分母可加，{part} 却不能相加（{region}）"),
                    N_("改 {part} 的 agg_region，或把 {code} 改为 not_additive。"),
                    defined.where("agg_region"),
                    params={"code": one.code, "part": name, "region": given.agg_region},
                )


_RHYTHM = {frequency: place for place, frequency in enumerate(Frequency)}


def reach(book: Book) -> Iterator[Issue]:
    """A derived figure reaches no lower, comes no oftener and is broken down no further than its inputs."""
    for code, defined in book.defined.items():
        one, names = defined.indicator, inputs_of(book, defined)
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
