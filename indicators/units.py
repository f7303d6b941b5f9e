"""Units: what a unit word means, conversion, display scale, and the algebra that finds a wrong formula.

A unit is a factor, physical dimensions (money, length, mass, energy, time, …) and what it counts (人, 户, 件).
Things counted have no dimension, but people and enterprises are not added to one another.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache

from indicators.errors import N_, CockpitError, Issue

SCALES: Mapping[str, int] = {
    "万亿": 10**12,
    "千亿": 10**11,
    "百亿": 10**10,
    "十亿": 10**9,
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
    "十": 10,
}
"""Words before a unit, the longest first."""

_MASS_OF_TONNE = Fraction(10**6)
MEASURES: Mapping[str, tuple[Fraction, str]] = {
    "元": (Fraction(1), "money"),
    "人民币元": (Fraction(1), "money"),
    "美元": (Fraction(1), "dollar"),
    "米": (Fraction(1), "length"),
    "公里": (Fraction(1000), "length"),
    "千米": (Fraction(1000), "length"),
    "厘米": (Fraction(1, 100), "length"),
    "毫米": (Fraction(1, 1000), "length"),
    "平方米": (Fraction(1), "area"),
    "平方公里": (Fraction(10**6), "area"),
    "公顷": (Fraction(10**4), "area"),
    "亩": (Fraction(2000, 3), "area"),
    "立方米": (Fraction(1), "volume"),
    "升": (Fraction(1, 1000), "volume"),
    "微克": (Fraction(1, 10**6), "mass"),
    "毫克": (Fraction(1, 1000), "mass"),
    "克": (Fraction(1), "mass"),
    "千克": (Fraction(1000), "mass"),
    "公斤": (Fraction(1000), "mass"),
    "吨": (_MASS_OF_TONNE, "mass"),
    "吨标准煤": (_MASS_OF_TONNE, "standard_coal"),
    "千瓦时": (Fraction(1), "energy"),
    "度": (Fraction(1), "energy"),
    "千瓦": (Fraction(1), "power"),
    "秒": (Fraction(1, 60), "time"),
    "分钟": (Fraction(1), "time"),
    "小时": (Fraction(60), "time"),
    "天": (Fraction(1440), "time"),
    "日": (Fraction(1440), "time"),
    "工作日": (Fraction(1), "working_day"),
    "周": (Fraction(1), "week"),
    "月": (Fraction(1), "month"),
    "个月": (Fraction(1), "month"),
    "年": (Fraction(1), "year"),
    "摄氏度": (Fraction(1), "temperature"),
    "℃": (Fraction(1), "temperature"),
    "分贝": (Fraction(1), "sound"),
    "Mbps": (Fraction(1), "bandwidth"),
    "级": (Fraction(1), "grade"),
    "分": (Fraction(1), "score"),
    "指数": (Fraction(1), "index"),
}
"""Units that measure: factor to the base of their dimension."""

RATIOS: Mapping[str, Fraction] = {
    "%": Fraction(1, 100),
    "个百分点": Fraction(1, 100),
    "百分点": Fraction(1, 100),
    "‰": Fraction(1, 1000),
    "个千分点": Fraction(1, 1000),
    "倍": Fraction(1),
    "比": Fraction(1),
}
"""Pure numbers."""

PEOPLE = ("人", "生", "师", "名", "人口")
# fmt: off
COUNTS = frozenset(
    {
        "个", "项", "起", "条", "件", "次", "户", "处", "家", "人次", "件次", "辆", "种", "场",
        "批次", "批", "台", "张", "卷", "间", "站", "座", "头", "宗", "只", "套", "艘", "架",
        "份", "篇", "所", "笔", "例", "册", "株", "羽", "部", "幅", "片", "段", "班", "组", "标箱",
        "床", "村", "镇", "车次", "架次", "航次",
    }
)
# fmt: on
"""Words for things counted, one by one."""


@dataclass(frozen=True)
class Unit:
    """A unit in parts.

    factor      how much one of it is, in the bases of its dimensions
    dimensions  exponent per physical dimension, zero ones left out
    counted     exponent per counted thing, zero ones left out
    """

    factor: Fraction = Fraction(1)
    dimensions: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """This unit multiplied with another one raised to ``power`` (−1 divides)."""
        return Unit(
            self.factor * other.factor**power,
            _product(self.dimensions, other.dimensions, power),
            _product(self.counted, other.counted, power),
        )

    def same_kind(self, other: "Unit") -> bool:
        """True when the two measure or count the same, at whatever scale."""
        return self.dimensions == other.dimensions and self.counted == other.counted


def _product(left: Mapping[str, int], right: Mapping[str, int], power: int) -> dict[str, int]:
    sums = {name: left.get(name, 0) + power * right.get(name, 0) for name in left.keys() | right.keys()}
    return {name: exponent for name, exponent in sums.items() if exponent}


PURE = Unit()


@cache
def parse(text: str) -> Unit:
    """The unit that a word means: 亿元, 万人, %, 个百分点, 平方公里, 万千瓦时, 件/万人, 微克/立方米.

    raises  CockpitError (unknown_unit) naming the part that is not known
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    if not plain:
        return PURE
    above, *below = plain.split("/")
    unit = _single(above, text)
    for word in below:
        unit = unit.times(_single(word, text), -1)
    return unit


def _single(word: str, whole: str) -> Unit:
    """A unit without a stroke: the longest known word, else a scale and a known word."""
    known = _known(word)
    if known is not None:
        return known
    for scale, factor in SCALES.items():
        if word.startswith(scale):
            rest = _known(word[len(scale) :])
            if rest is not None and word[len(scale) :] not in RATIOS:
                return Unit(rest.factor * factor, rest.dimensions, rest.counted)
    what, do = N_("不认识单位“{unit}”"), N_("请改用指标库的单位；换算用亿、万等前缀，比率用“/”")
    raise CockpitError(Issue("unknown_unit", what, do, params={"unit": whole}))


def _known(word: str) -> Unit | None:
    if word in RATIOS:
        return Unit(RATIOS[word])
    if word in MEASURES:
        factor, dimension = MEASURES[word]
        return Unit(factor, {dimension: 1})
    if word in PEOPLE:
        return Unit(counted={"人": 1})
    return Unit(counted={word: 1}) if word in COUNTS else None


def conversion(source: str, target: str) -> float:
    """The factor that turns a figure in ``source`` into one in ``target``: 亿元 to 万元 is 10000.

    raises  CockpitError: unknown_unit, or unit_mismatch when the two measure different things
    """
    return float(_conversion(parse(source), parse(target), source, target))


def _conversion(given: Unit, wanted: Unit, source: str, target: str) -> Fraction:
    if not given.same_kind(wanted):
        what, do = N_("单位“{source}”不能换算成“{target}”"), N_("请核对表头的单位和指标的单位")
        raise CockpitError(Issue("unit_mismatch", what, do, params={"source": source, "target": target}))
    return given.factor / wanted.factor


def is_ratio(text: str) -> bool:
    """True for pure numbers, whose differences are told in percentage points: %, ‰, 倍."""
    unit = parse(text)
    return not unit.dimensions and not unit.counted


# -- display -----------------------------------------------------------------------------------------------

_DISPLAY = (("亿", 10**8), ("万", 10**4), ("", 1))


def display_unit(unit: str, magnitude: float) -> str:
    """The unit of the same kind in which a figure of this magnitude is read easily: 12345 万元 is 亿元.

    Only units that may bear 万 or 亿 change (money, energy, people and things counted); a ratio stays.
    """
    above, stroke, below = unit.partition("/")
    for scale in SCALES:
        bare = above.removeprefix(scale)
        if bare != above and _known(above) is None and _known(bare) is not None:
            break
    else:
        bare = above
    found = _known(bare)
    if (
        found is None
        or bare in RATIOS
        or not (found.counted or {"money", "dollar", "energy"} & set(found.dimensions))
    ):
        return unit
    size = abs(magnitude) * float(parse(above).factor / found.factor)
    word = next((scale for scale, least in _DISPLAY if size >= least), "")
    return word + bare + stroke + below


def display(value: float, unit: str) -> tuple[float, str]:
    """A figure and its unit, at the scale in which it is read easily."""
    shown = display_unit(unit, value)
    return value * conversion(unit, shown), shown


def rounded(value: float, decimals: int) -> Decimal:
    """A figure as it is printed, never as it is stored: rounded half up on its decimal text, and no −0.

    value   finite; a missing value has no text (ValueError)
    """
    exact = Decimal(repr(float(value)))
    if not exact.is_finite():
        raise ValueError("a missing value has no text")
    printed = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(printed) if printed == 0 else printed


def round_half_up(value: float, decimals: int) -> str:
    """The decimal text of a figure, rounded half up on its decimal text: 2.675 is 2.68, 0.125 is 0.13."""
    return f"{rounded(value, decimals):f}"


# -- algebra -----------------------------------------------------------------------------------------------


class Agreement(StrEnum):
    """What the units of a formula say about the unit that it claims."""

    COMPATIBLE = "compatible"
    CONTRADICTING = "contradicting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Quantity:
    """The unit that a part of a formula comes out in; ``None`` cannot be told.

    conversion  the powers of ten among the factors that a person wrote: 100 * 亿元 / 亿元 has 100, and that
                is how a share becomes percent. Other factors (0.2 * 分) are weights and change no unit.
    literal     the part is a bare number, which takes any unit
    """

    unit: Unit | None = PURE
    conversion: Fraction = Fraction(1)
    literal: Fraction | None = None

    @property
    def resulting(self) -> Unit | None:
        """The unit of the numbers that come out."""
        if self.unit is None:
            return None
        return Unit(self.unit.factor / self.conversion, self.unit.dimensions, self.unit.counted)


UNKNOWN = Quantity(None)


def literal(value: Fraction) -> Quantity:
    """A number written in a formula."""
    return Quantity(literal=value)


def of(unit: str) -> Quantity:
    """A reference to an indicator in this unit; cannot be told when the unit is not known."""
    try:
        return Quantity(parse(unit))
    except CockpitError:
        return UNKNOWN


def product(left: Quantity, right: Quantity, power: int = 1) -> Quantity:
    """The quantity of ``left * right`` (``power`` 1) or ``left / right`` (−1)."""
    if left.literal is not None and right.literal is not None:
        if right.literal == 0 and power < 0:
            return UNKNOWN
        return literal(left.literal * right.literal**power)
    if left.unit is None or right.unit is None:
        return UNKNOWN
    written = _scale(left.literal) * _scale(right.literal) ** power
    together = left.conversion * right.conversion**power * written
    return Quantity(left.unit.times(right.unit, power), together)


def _scale(written: Fraction | None) -> Fraction:
    """A written factor when it is a power of ten, otherwise 1: it is a weight."""
    if written is None or written <= 0:
        return Fraction(1)
    size = max(written.numerator, written.denominator)
    is_power = re.fullmatch("10*", str(size)) and min(written.numerator, written.denominator) == 1
    return written if is_power else Fraction(1)


def total(left: Quantity, right: Quantity) -> Quantity | None:
    """The quantity of a sum, a difference or a choice of two; None when their units contradict."""
    if left.literal is not None:
        return right
    if right.literal is not None:
        return left
    one, other = left.resulting, right.resulting
    if one is None or other is None:
        return UNKNOWN
    return left if one == other else None


def agreement(found: Quantity, claimed: str) -> Agreement:
    """Whether a formula's quantity can be what its indicator claims.

    Per-head figures may leave the head out (元 for 元 per 人); a ratio of two equal units that is claimed as a
    time may divide by a monthly mean: cannot be told.
    """
    wanted = of(claimed).unit
    if found.literal is not None or found.resulting is None or wanted is None:
        return Agreement.UNKNOWN
    result = found.resulting
    if result.dimensions != wanted.dimensions:
        span_of_time = set(wanted.dimensions) <= {"time", "month", "year", "week", "working_day"}
        pure = not result.dimensions and not result.counted
        return Agreement.UNKNOWN if pure and span_of_time else Agreement.CONTRADICTING
    heads_left_out = not wanted.counted and bool(wanted.dimensions)
    if result.factor != wanted.factor or (result.counted != wanted.counted and not heads_left_out):
        return Agreement.CONTRADICTING
    return Agreement.COMPATIBLE
