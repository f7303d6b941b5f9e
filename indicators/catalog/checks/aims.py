"""Checks of targets and season curves."""

from collections.abc import Iterator, Sequence
from typing import cast

from indicators.catalog.checks.book import Book, Placed, is_year
from indicators.catalog.fields import number, unknown_word
from indicators.catalog.reading import (
    Kind,
)
from indicators.errors import N_, Issue


def targets(book: Book) -> Iterator[Issue]:
    """Targets of plans that exist, for indicators that exist, in their unit."""
    plans = [one.entry.code for one in book.of(Kind.PLAN)]
    for one in book.of(Kind.TARGET):
        document = one.entry.document
        if "plan" in document and document["plan"] not in plans:
            what = N_("没有规划方案 {word}")
            yield unknown_word("unknown_plan", what, str(document["plan"]), plans, one.where("plan"))
        if not is_year(document["year"]):
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
