"""Simulated promotion deals: a pure function of its spec and a seed. Every deal says that it is simulated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import numpy as np

from data_access.promotion import Deal, MarkRow, MoneyRow, Register, StageRow
from data_access.registers import Stretch
from services.promotion_book import (
    LANDED,
    LEAD,
    PRODUCING,
    SIGNED,
    STARTED,
    TALK,
    credit_check,
    day_of,
    later,
    month_end,
    month_key,
    month_of,
)

ACTOR = "sample"
AHEAD = 9
"""Months beyond the last: who signs then is in talk now."""
_FIRST = "恒鑫瑞德盛隆华泰宏远明诚嘉禾润丰高岭浮山鉴江晏镜粤西南海"
_SECOND = "达源利通科创业联和信安邦顺程美景丰裕兴旺"
_TRADES = {
    "chemicals": ("化工新材料", "精细化工项目"),
    "petroleum": ("石化", "烯烃下游延伸项目"),
    "new_energy": ("新能源", "储能电池材料项目"),
    "agri_processing": ("农业科技", "荔枝龙眼深加工项目"),
    "food": ("食品", "预制菜生产基地"),
    "metal_products": ("金属制品", "小家电配件项目"),
    "special_equipment": ("智能装备", "专用设备制造项目"),
    "electronics": ("电子", "电子元器件项目"),
    "logistics": ("供应链", "冷链物流园"),
    "tourism": ("文旅", "滨海康养度假项目"),
}
Word = TypeVar("Word")


@dataclass(frozen=True)
class Drawn:
    """A simulated register and how far each county's is complete."""

    register: Register
    ends: Mapping[int, Stretch]


def draw(spec: Mapping[str, Any], seed: int, at: int) -> Drawn:
    """The simulated deals.

    spec  as in ``packs/<city>/sample/promotion.yaml``
    at    when they are recorded, epoch seconds
    """
    return _Drawing(spec, np.random.default_rng([seed, 20]), at).run()


class _Drawing:
    def __init__(self, spec: Mapping[str, Any], chance: np.random.Generator, at: int) -> None:
        self.spec, self.chance, self.at = spec, chance, at
        self.first, self.last = _month(spec["first"]), _month(spec["last"])
        self.deals: list[Deal] = []
        self.stages: list[StageRow] = []
        self.money: list[MoneyRow] = []
        self.marks: list[MarkRow] = []

    def run(self) -> Drawn:
        for month in range(self.first, self.last + 1 + AHEAD):
            size = (1 + self.spec["grow"] / 100) ** ((month - self.first) / 12)
            season = self.spec["season"][month % 12]
            for _ in range(self.chance.poisson(self.spec["signed_a_month"] * size * season)):
                self._signed(month)
            for _ in range(
                self.chance.poisson(self.spec["leads_a_month"] * size) if month <= self.last else 0
            ):
                self._lead(month)
        self._standing_still()
        late = {int(county.ljust(12, "0")): _month(month) for county, month in self.spec["late"].items()}
        counties = [int(county.ljust(12, "0")) for county in self.spec["counties"]]
        first = month_key(self.first)
        ends = {county: Stretch(first, month_key(late.get(county, self.last))) for county in counties}
        return Drawn(self._in_order(late), ends)

    def _signed(self, month: int, county: str = "", lands: bool = True) -> int:
        """A deal that was signed in a month, with all that came of it by the end; its number."""
        signed = date(month // 12, month % 12 + 1, int(self.chance.integers(1, 29)))
        talk = signed - self._days("talk")
        lead = talk - self._days("lead")
        days = {LEAD: lead, TALK: talk, SIGNED: signed}
        for stage, word, share in (
            (LANDED, "land", "lands"), (STARTED, "start", "starts"), (PRODUCING, "produce", "produces"),
        ):  # fmt: skip
            if not lands or self.chance.random() > self.spec[share]:
                break
            days[stage] = days[stage - 1] + self._days(word)
        number = self._deal(lead, county, signed=signed if signed <= self._end else None)
        self._steps(number, days)
        if signed > self._end:
            self.deals[-1] = replace(self.deals[-1], talked_on=day_of(min(talk, self._end)))
            return number
        self._arrivals(number, signed, landed=LANDED in days)
        if LANDED not in days:
            self._stands(number, signed)
        return number

    def _lead(self, month: int) -> None:
        """A lead that has not been signed; talks go on for some months."""
        lead = date(month // 12, month % 12 + 1, int(self.chance.integers(1, 29)))
        talk = lead + self._days("talk")
        number = self._deal(lead, "", signed=None)
        self._steps(number, {LEAD: lead, TALK: talk} if self.chance.random() < 0.6 else {LEAD: lead})
        last = min(lead + timedelta(days=int(self.chance.integers(0, 240))), self._end)
        self.deals[-1] = replace(self.deals[-1], talked_on=day_of(last))

    def _deal(self, lead: date, county: str, signed: date | None) -> int:
        spec, number = self.spec, len(self.deals) + 1
        industry = self._one_of(spec["industries"])
        kind = self._one_of(spec["kinds"]) if signed and not county else "formal" if signed else "intent"
        currency = self._one_of({name: share for name, (share, _) in spec["currencies"].items()})
        county = county or self._one_of(spec["counties"])
        rate = spec["currencies"][currency][1]
        size = spec["amount"]["median"] * np.exp(self.chance.normal(0, spec["amount"]["spread"]))
        amount = round(float(min(size, spec["amount"]["most"])) / rate, 2) if signed else None
        trade, project = _TRADES[industry]
        name = self._one_of(dict.fromkeys(_FIRST, 1)) + self._one_of(dict.fromkeys(_SECOND, 1))
        self.deals.append(
            Deal(
                number, f"MN{lead.year}{number:05d}", f"{name}{project}", f"{name}{trade}有限公司",
                self._credit_code(county) if signed or self.chance.random() < 0.5 else "",
                industry, self._one_of(spec["origins"]), int(county.ljust(12, "0")), None, kind, currency,
                max(amount, 0.02) if amount is not None else None, rate, day_of(signed or lead),
                None, "", "", "", simulated=True,
            )
        )  # fmt: skip
        return number

    def _steps(self, number: int, days: Mapping[int, date]) -> None:
        for stage, day in days.items():
            if day <= self._end:
                place = sum(row.deal == number for row in self.stages[-len(days) :]) + 1
                self.stages.append(StageRow(number, place, stage, day_of(day), "", self.at, ACTOR))

    def _arrivals(self, number: int, signed: date, landed: bool) -> None:
        """Money comes month by month, faster at first; little where nothing has landed."""
        deal = self.deals[number - 1]
        if deal.kind != "formal" or deal.amount is None:
            return
        low, high = self.spec["arrives"]["share"]
        months = self.spec["arrives"]["months"]
        share = self.chance.uniform(low, high) if landed else self.chance.uniform(0, 0.12)
        pace = self.chance.dirichlet(np.linspace(3, 1, months)) * share * deal.amount * deal.rate
        begin = month_of(day_of(signed))
        for step, amount in enumerate(pace.tolist()):
            month = begin + step
            if month <= self.last and amount >= 0.001:
                key = month // 12 * 100 + month % 12 + 1
                self.money.append(MoneyRow(number, key, 1, round(amount, 4), "", self.at, ACTOR))

    def _stands(self, number: int, signed: date) -> None:
        """What was said of a deal that does not land: a reason, and for the old ones an end."""
        deal = self.deals[number - 1]
        if deal.kind != "formal":
            return
        noted = later(day_of(signed), 4)
        if noted > month_end(self.last):
            return
        reason = self._one_of(self.spec["reasons"])
        self.marks.append(MarkRow(number, 1, reason, "stalled", noted, "", self.at, ACTOR))
        decided = later(noted, 4)
        if decided > month_end(self.last):
            return
        chance = self.chance.random()
        if chance < 0.75:
            self.marks.append(MarkRow(number, 2, reason, "end", decided, "", self.at, ACTOR))
        elif chance < 0.9:
            self.deals[number - 1] = replace(
                deal, withdrawn_on=decided, withdrawn_class="left", withdrawn_reason="企业调整投资计划"
            )
        else:
            self.marks.append(MarkRow(number, 2, reason, "revive", decided, "", self.at, ACTOR))

    def _standing_still(self) -> None:
        """The deals of one county that stand still, told with their reasons."""
        told = self.spec.get("stands")
        if not told:
            return
        first, last = _month(told["from"]), _month(told["to"])
        for place in range(told["count"]):
            number = self._signed(first + place % (last - first + 1), told["county"], lands=False)
            self.marks = [mark for mark in self.marks if mark.deal != number]
            self.deals[number - 1] = replace(
                self.deals[number - 1], withdrawn_on=None, withdrawn_class="", withdrawn_reason=""
            )
            signed = next(row.reached_on for row in self.stages if row.deal == number and row.stage == SIGNED)
            reason = told["reasons"][place % len(told["reasons"])]
            self.marks.append(MarkRow(number, 1, reason, "stalled", later(signed, 4), "", self.at, ACTOR))

    def _in_order(self, late: Mapping[int, int]) -> Register:
        """The register, without what a county that is late has not told yet."""
        counties = {deal.id: deal.county for deal in self.deals}
        until = {deal: month_end(late.get(county, self.last)) for deal, county in counties.items()}
        stages = tuple(row for row in self.stages if row.reached_on <= until[row.deal])
        known = {row.deal for row in stages}
        return Register(
            tuple(deal for deal in self.deals if deal.id in known),
            stages,
            tuple(row for row in self.money if row.month * 100 <= until[row.deal] and row.deal in known),
            tuple(row for row in self.marks if row.marked_on <= until[row.deal] and row.deal in known),
        )

    @property
    def _end(self) -> date:
        return date((self.last + 1) // 12, (self.last + 1) % 12 + 1, 1) - timedelta(days=1)

    def _days(self, word: str) -> timedelta:
        median, spread = self.spec["days"][word]
        return timedelta(days=max(1, round(median * float(np.exp(self.chance.normal(0, spread))))))

    def _one_of(self, shares: Mapping[Word, float]) -> Word:
        words: Sequence[Word] = tuple(shares)
        weights = np.cumsum(list(shares.values()))
        return words[int(np.searchsorted(weights, self.chance.random() * weights[-1], "right"))]

    def _credit_code(self, county: str) -> str:
        letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        body = f"91{county}" + "".join(letters[place] for place in self.chance.integers(0, 31, 9))
        return body + credit_check(body)


def _month(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1
