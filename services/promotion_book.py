"""A deal with all that was recorded of it, as figures, panels and forms need it: pure, days in, answers out.

Days are integers YYYYMMDD, months are counted from year 0 (year × 12 + month − 1); an end of month is its nominal
31st, since days are only ever compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from data_access.promotion import Deal, MarkRow, MoneyRow, Register, StageRow
from indicators import periods
from indicators.errors import N_

Row = TypeVar("Row", StageRow, MoneyRow, MarkRow)

LEAD, TALK, SIGNED, LANDED, STARTED, PRODUCING = range(1, 7)

STAGES = {
    LEAD: N_("线索"),
    TALK: N_("洽谈"),
    SIGNED: N_("签约"),
    LANDED: N_("落地"),
    STARTED: N_("开工"),
    PRODUCING: N_("投产"),
}
"""The stages of a deal, in order."""

KINDS = {"formal": N_("正式协议"), "framework": N_("框架协议"), "intent": N_("意向协议")}
"""What was signed; only formal agreements are counted."""

CURRENCIES = {"CNY": N_("人民币"), "USD": N_("美元"), "HKD": N_("港元"), "EUR": N_("欧元")}

INDUSTRIES = {
    "petroleum": N_("石油加工"),
    "chemicals": N_("化学原料和化学制品"),
    "new_energy": N_("新能源"),
    "agri_processing": N_("农产品加工"),
    "food": N_("食品制造"),
    "metal_products": N_("金属制品"),
    "special_equipment": N_("专用设备"),
    "electronics": N_("计算机通信电子"),
    "logistics": N_("商贸物流"),
    "tourism": N_("文旅康养"),
}

ORIGINS = {
    "pearl_delta": N_("珠三角"),
    "province": N_("省内其他地区"),
    "yangtze_delta": N_("长三角"),
    "elsewhere": N_("其他省份"),
    "hongkong_macao_taiwan": N_("港澳台"),
    "abroad": N_("境外"),
}

REASONS = {
    "land": N_("用地"),
    "planning": N_("规划"),
    "permits": N_("环评能评"),
    "clearance": N_("征迁"),
    "funds": N_("资金"),
    "utilities": N_("配套"),
    "labour": N_("用工"),
    "other": N_("其他"),
}
"""Why a deal stands still: the classes of problems of the vocabulary."""

MARKS = {"stalled": N_("停滞"), "revive": N_("盘活"), "end": N_("终止")}

WITHDRAWN = {"left": N_("企业退出"), "void": N_("登记有误或重复")}
"""One that left stays in its batch (it was signed); one that is void never counted."""

STALLED_MONTHS = 6
"""A deal that has not landed so many months after it was signed stands still."""

ACTIVE_MONTHS = 6
"""A lead is active for so many months after its last talk of substance."""


def month_of(day: int) -> int:
    """The month of a day, counted from year 0."""
    return day // 10000 * 12 + day // 100 % 100 - 1


def month_end(month: int) -> int:
    """The nominal last day of a month."""
    return month // 12 * 10000 + (month % 12 + 1) * 100 + 31


def later(day: int, months: int) -> int:
    """The same day some months on."""
    return month_end(month_of(day) + months) - 31 + day % 100


def day_of(when: date) -> int:
    """A date as an integer."""
    return when.year * 10000 + when.month * 100 + when.day


def month_key(month: int) -> int:
    """The period key of a month alone."""
    return periods.months_key(month // 12, month % 12 + 1, 1)


def month_of_key(key: int) -> int:
    """The month in which a period ends."""
    return key // 10**11 * 12 + key // 10**9 % 100 - 1


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_check(body: str) -> str:
    """The check character of a unified social credit code, from its first seventeen (GB 32100-2015)."""
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return _ALPHABET[(31 - total % 31) % 31]


def is_credit_code(text: str) -> bool:
    """Whether a text is a unified social credit code: eighteen characters, the last one right."""
    sound = len(text) == 18 and all(letter in _ALPHABET for letter in text)
    return sound and credit_check(text[:17]) == text[17]


@dataclass(frozen=True)
class DealRecord:
    """A deal with its history.

    reached  the day of every stage reached, the last recorded one counting
    money    亿元 by month (YYYYMM), the last recorded one counting
    history  every row that was ever recorded of its stages
    marks    what was said of its standing still, oldest first
    """

    deal: Deal
    reached: Mapping[int, int]
    money: Mapping[int, float]
    history: tuple[StageRow, ...] = ()
    payments: tuple[MoneyRow, ...] = ()
    marks: tuple[MarkRow, ...] = ()

    @property
    def stage(self) -> int:
        """The furthest stage reached."""
        return max(self.reached, default=LEAD)

    @property
    def counted(self) -> bool:
        """Whether it counts as a signed deal: a formal agreement, not registered by mistake."""
        return self.deal.kind == "formal" and self.deal.withdrawn_class != "void" and SIGNED in self.reached

    @property
    def amount(self) -> float:
        """The contract amount in 亿元, at the rate of the day of signing."""
        return (self.deal.amount or 0.0) * self.deal.rate

    def arrived(self, until: int) -> float:
        """Money that arrived up to the end of a day's month, in 亿元."""
        return sum(amount for month, amount in self.money.items() if month <= until // 100)

    def by(self, stage: int, day: int) -> bool:
        """Whether it had reached a stage by a day."""
        return stage in self.reached and self.reached[stage] <= day

    def mark(self, day: int) -> MarkRow | None:
        """What was last said of its standing still, by a day."""
        said = [mark for mark in self.marks if mark.marked_on <= day]
        return said[-1] if said else None

    def gone(self, day: int) -> bool:
        """Whether it was withdrawn by a day."""
        return self.deal.withdrawn_on is not None and self.deal.withdrawn_on <= day

    def stalled(self, day: int, months: int = STALLED_MONTHS) -> bool:
        """Whether it was signed long ago and has not landed by a day, and nobody has ended or withdrawn it."""
        if not self.counted or self.by(LANDED, day) or self.gone(day):
            return False
        mark = self.mark(day)
        return later(self.reached[SIGNED], months) <= day and (mark is None or mark.mark != "end")

    def active_lead(self, day: int) -> bool:
        """Whether it was in talk on a day: met, not signed, the last talk of substance not half a year ago."""
        if not self.by(LEAD, day) or self.by(SIGNED, day) or self.gone(day):
            return False
        last = max(self.deal.talked_on or 0, self.reached[LEAD])
        return self.deal.withdrawn_class != "void" and day <= later(last, ACTIVE_MONTHS)

    @property
    def who(self) -> str:
        """By what two leads of one company are known to be one: its credit code, else its name."""
        return self.deal.credit_code or self.deal.company


def records(register: Register) -> tuple[DealRecord, ...]:
    """The deals of a register with what was recorded of each, in the order of their numbers."""
    stages, money, marks = _grouped(register.stages), _grouped(register.money), _grouped(register.marks)
    return tuple(
        DealRecord(
            deal,
            {row.stage: row.reached_on for row in stages.get(deal.id, ())},
            {row.month: row.amount for row in sorted(money.get(deal.id, ()), key=lambda row: row.number)},
            tuple(stages.get(deal.id, ())),
            tuple(sorted(money.get(deal.id, ()), key=lambda row: (row.month, row.number))),
            tuple(marks.get(deal.id, ())),
        )
        for deal in register.deals
    )


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.deal, []).append(row)
    return found


@dataclass(frozen=True)
class CohortRow:
    """One batch: how many were signed in it, and how many of them had reached a stage so many months later.

    reached  by months since signing, from 0; None where the batch (or part of it) is not that old yet
    """

    batch: int
    signed: int
    reached: tuple[int | None, ...]

    def share(self, months: int) -> float | None:
        """The share that had reached the stage so many months after signing, in percent."""
        count = self.reached[months] if months < len(self.reached) else None
        return 100 * count / self.signed if count is not None and self.signed else None


def cohort(
    batch: int, members: Sequence[DealRecord], stage: int, observed: Mapping[int, int], months: int
) -> CohortRow:
    """One batch followed from signing: deal by deal, so many months after its own day of signing.

    observed  the last day known, by county; a month counts once every member has been followed that long
    """
    ages = [_age(one, observed[one.deal.county]) for one in members]
    youngest = min(ages, default=-1)
    waits = [_wait(one, stage) for one in members if one.by(stage, observed[one.deal.county])]
    return CohortRow(
        batch,
        len(members),
        tuple(
            sum(wait <= month for wait in waits) if month <= youngest else None for month in range(months + 1)
        ),
    )


def _age(one: DealRecord, day: int) -> int:
    """Whole months since signing."""
    signed = one.reached[SIGNED]
    months = month_of(day) - month_of(signed)
    return months if later(signed, months) <= day else months - 1


def _wait(one: DealRecord, stage: int) -> int:
    """How many months after signing a stage was reached, begun months counting: 0 is the day itself."""
    signed, reached = one.reached[SIGNED], one.reached[stage]
    months = month_of(reached) - month_of(signed)
    return months + 1 if reached > later(signed, months) else max(months, 0)
