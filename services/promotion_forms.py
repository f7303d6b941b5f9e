"""What is written into a form or a row about a deal, read and checked; everything that is wrong is told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from indicators.errors import N_
from indicators.regions import Level, RegionTree
from services.projects_forms import Reader
from services.promotion_book import (
    CURRENCIES,
    INDUSTRIES,
    KINDS,
    LEAD,
    ORIGINS,
    SIGNED,
    STAGES,
    DealRecord,
    day_of,
    is_credit_code,
)

MOST_AMOUNT = 2_000.0
"""亿元; no single deal of a city is larger."""

STAGE_FIELDS = {
    f"stage_{number}": name
    for number, name in (
        (1, N_("线索日期")), (2, N_("洽谈日期")), (3, N_("签约日期")), (4, N_("落地日期")), (5, N_("开工日期")),
        (6, N_("投产日期")),
    )
}  # fmt: skip
"""The field of each stage's date."""

LABELS = {
    "code": N_("编号"),
    "name": N_("项目名称"),
    "company": N_("企业名称"),
    "credit_code": N_("统一社会信用代码"),
    "industry": N_("行业"),
    "origin": N_("来源地"),
    "region": N_("县区"),
    "kind": N_("协议类型"),
    "currency": N_("币种"),
    "amount": N_("合同投资额"),
    "rate": N_("签约日汇率"),
    **STAGE_FIELDS,
    "talked_on": N_("最近洽谈日期"),
    "note": N_("备注"),
    "stage": N_("阶段"),
    "day": N_("日期"),
    "month": N_("月份"),
    "money": N_("到位资金"),
    "reason_class": N_("原因类别"),
    "mark": N_("标记"),
    "withdrawn_class": N_("退出情形"),
    "reason": N_("原因"),
    "county": N_("县区"),
    "file": N_("文件"),
}
"""What every field is called, on the screen and in a file."""


@dataclass(frozen=True)
class NewDeal:
    """A deal as it was written down: its columns, and the days of the stages that it has reached."""

    values: Mapping[str, object]
    reached: tuple[tuple[int, int], ...]

    @property
    def county(self) -> int:
        """The county whose register it stands in."""
        return int(str(self.values["county"]))


def read_deal(reader: Reader, tree: RegionTree, today: date) -> NewDeal | None:
    """A deal from the fields of a form or a row; None where something is wrong (the reader says what)."""
    before = len(reader.issues)
    region = reader.region("region", tree, tree.root)
    county, town = placed(tree, region)
    if region is not None and county is None:
        reader.fail("region", "county_needed", N_("请填写到县（市、区）。"))
    reached = _reached(reader, today)
    signed = any(stage >= SIGNED for stage, _ in reached)
    kind = reader.choice("kind", KINDS, required=signed, default="intent")
    currency = reader.choice("currency", CURRENCIES, default="CNY")
    amount = reader.number("amount", required=signed and kind == "formal", most=MOST_AMOUNT)
    if amount == 0:
        reader.fail("amount", "amount_zero", N_("“{label}”应大于零。"))
    talked = reader.day("talked_on")
    reader.not_after("talked_on", talked, today)
    values = {
        "code": reader.text("code", longest=24),
        "name": reader.text("name", required=True, longest=120),
        "company": reader.text("company", required=True, longest=120),
        "credit_code": _credit_code(reader, required=signed and kind == "formal"),
        "industry": reader.choice("industry", INDUSTRIES, required=True),
        "origin": reader.choice("origin", ORIGINS, required=True),
        "county": county,
        "town": town,
        "kind": kind,
        "currency": currency,
        "amount": amount,
        "rate": _rate(reader, currency),
        "talked_on": day_of(talked) if talked else None,
        "withdrawn_on": None,
        "withdrawn_class": "",
        "withdrawn_reason": "",
        "note": reader.text("note", longest=400),
        "simulated": False,
    }
    return NewDeal(values, tuple(reached)) if len(reader.issues) == before else None


def placed(tree: RegionTree, region: int | None) -> tuple[int | None, int | None]:
    """The county and, where it is one, the township of a region."""
    if region is None or tree.get(region).reporting_unit:
        return None, None
    level = tree.get(region).level
    if level == Level.COUNTY:
        return region, None
    return (tree.parent(region), region) if level == Level.TOWN else (None, None)


def _credit_code(reader: Reader, required: bool) -> str:
    found = reader.text("credit_code", required=required, longest=18).upper()
    if found and not is_credit_code(found):
        reader.fail("credit_code", "bad_credit_code", N_("“{label}”不对：应是18位，末位校验码要相符。"))
    return found


def _rate(reader: Reader, currency: str) -> float:
    if currency == "CNY":
        return 1.0
    return reader.number("rate", required=True, least=0.0001, most=1000) or 0.0


def _reached(reader: Reader, today: date) -> list[tuple[int, int]]:
    """The stages with a day, in order; none may be skipped from 签约 on, none may lie before the one before it."""
    days = {stage: reader.day(f"stage_{stage}") for stage in STAGES}
    found = [(stage, day) for stage, day in days.items() if day is not None]
    for stage, day in found:
        reader.not_after(f"stage_{stage}", day, today)
        if stage > SIGNED and days[stage - 1] is None and reader.has(f"stage_{stage}"):
            reader.fail(f"stage_{stage - 1}", "stage_skipped", N_("填了后面的阶段，请补上“{label}”。"))
    for (one, first), (other, second) in pairwise(found):
        reader.ordered(f"stage_{one}", f"stage_{other}", first, second)
    if not found and not any(reader.has(f"stage_{stage}") for stage in STAGES):
        reader.missing(f"stage_{LEAD}")
    return [(stage, day_of(day)) for stage, day in found]


def check_stage(reader: Reader, one: DealRecord, today: date) -> tuple[int, int] | None:
    """The stage and day of a form that says how far a deal has come; None where something is wrong."""
    names = {str(number): name for number, name in STAGES.items()}
    stage = int(reader.choice("stage", names, required=True) or 0)
    day = reader.day("day", required=True)
    reader.not_after("day", day, today)
    if not stage or day is None or reader.issues:
        return None
    if stage > SIGNED and stage - 1 not in one.reached:
        reader.fail("stage", "stage_skipped_to", N_("还没有到“{before}”，不能直接到“{stage}”。"),
                    before=STAGES[stage - 1], stage=STAGES[stage])  # fmt: skip
    written = day_of(day)
    for other, reached in one.reached.items():
        crossed = (other < stage and reached > written) or (other > stage and reached < written)
        if crossed:
            reader.fail("day", "stage_order", N_("与“{other}”（{day}）的先后不对。"), N_("请核对这两个日期。"),
                        other=STAGES[other], day=shown(reached))  # fmt: skip
    if stage == SIGNED and one.deal.kind == "formal" and not one.deal.amount:
        reader.fail("stage", "no_amount", N_("正式签约要有合同投资额，请先补登。"))
    if reader.issues:
        return None
    return stage, written


def shown(day: int) -> str:
    """A day as 2026-10-28."""
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def duplicate(records: Iterable[DealRecord], values: Mapping[str, object]) -> DealRecord | None:
    """The deal that this one would repeat: the same company and name, in a register that still counts it."""
    who, name = str(values["credit_code"] or values["company"]), values["name"]
    return next(
        (one for one in records
         if one.who == who and one.deal.name == name and one.deal.withdrawn_class != "void"), None
    )  # fmt: skip
