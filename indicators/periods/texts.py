"""What a text says about time: "2023年3月", "1-2月累计", "Q1 2023", "截至2023年3月末", "十四五"."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from indicators.errors import N_, CockpitError, Issue, Severity
from indicators.periods.keys import (
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    MONTHS,
    MONTHS_OF,
    NO_PERIOD,
    YEAR,
    YEAR_TO_DAY,
    Period,
    day_key,
    instant_key,
    label,
    moment_key,
    months_key,
    week_key,
)

Kind = Literal["span", "cumulative", "range", "instant", "plan"]


@dataclass(frozen=True)
class Reading:
    """What a text says about time, before it is known which indicator the figure belongs to.

    key         as the text says it: the month alone for "2023年3月", the span for "1-3月"
    kind        span (a month, a quarter, …), cumulative (from January on), range, instant (年末, 月末), plan
    status      ``revised`` or ``preliminary`` when a mark beside the period says so, otherwise empty
    alone       the text says 当月 or 当季: the period itself, even for a cumulative indicator
    notes       what a person should know, e.g. the convention of a fiscal year
    """

    key: int
    kind: Kind
    status: str = ""
    alone: bool = False
    notes: tuple[Issue, ...] = ()

    @property
    def text(self) -> str:
        """The canonical text: ``2023-03``, ``2023-Q1``, ``2023-01/2023-12``, ``2023-03-31``."""
        period = Period(self.key)
        if self.kind in ("cumulative", "range") and period.months > 1:
            return f"{period.start:%Y-%m}/{period.end:%Y-%m}"
        return label(self.key)


def _refusal(key: str, what: str, do: str, text: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, params={"text": text}))


_TOTALS = re.compile(r"^(合计|总计|小计|共计|TOTAL)$")
_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_ENGLISH = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_STATUS = (("初步核算", "initial"), ("快报", "preliminary"), ("初步", "preliminary"), ("修订", "revised"))
_PLAN = re.compile(r"[“\"]?十([一二三四五六七八九])五[”\"]?(?:时期|期间|规划)?")


def _chinese_number(text: str) -> str:
    """Chinese numerals from 0 to 99, and years read digit by digit, as Arabic digits."""
    if "十" in text:
        tens, _, ones = text.partition("十")
        return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
    return "".join(str(_DIGITS[sign]) for sign in text)


def _plain(text: str) -> str:
    """The text with full-width signs, dashes, blanks and Chinese numerals made plain."""
    text = re.sub(r"(?<=\d)\s+(?=\d\d?:)", "T", unicodedata.normalize("NFKC", text).strip().upper())
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Zs", "Cc"))
    text = re.sub(r"[—–−~〜]|至|到", "-", text)
    text = re.sub(
        r"[〇零一二三四五六七八九]?十[一二三四五六七八九]?|[〇零一二三四五六七八九]+",
        lambda found: _chinese_number(found.group()),
        text,
    )
    return re.sub(r"(?<![A-Z])(IV|I{1,3})(?=季|$)", lambda found: _ROMAN[found.group()], text)


def _spans_months(year: str, first: str, last: str, text: object) -> int:
    start, end = int(first), int(last)
    for month in (start, end):
        if not 1 <= month <= 12:
            raise _refusal("month_out_of_range", N_("“{text}”里的月份不在1到12之间"), N_("请改正月份"), text)
    if end < start:
        raise _refusal("reversed_range", N_("“{text}”的起止月份颠倒"), N_("请先写开始月，再写结束月"), text)
    return months_key(int(year), end, end - start + 1)


def _month(m: re.Match[str], text: object) -> Reading:
    return Reading(_spans_months(m["y"], m["m"], m["m"], text), "span")


def _months_of_a_year(m: re.Match[str], text: object) -> Reading:
    key = _spans_months(m["y"], m["a"], m["m"], text)
    return Reading(key, "cumulative" if int(m["a"]) == 1 else "range")


def _months_across_years(m: re.Match[str], text: object) -> Reading:
    count = int(m["z"]) * 12 + int(m["m"]) - int(m["y"]) * 12 - int(m["a"]) + 1
    _spans_months(m["y"], m["a"], m["a"], text)
    _spans_months(m["z"], m["m"], m["m"], text)
    if count < 1:
        raise _refusal("reversed_range", N_("“{text}”的起止月份颠倒"), N_("请先写开始月，再写结束月"), text)
    from_january = m["y"] == m["z"] and int(m["a"]) == 1
    return Reading(
        months_key(int(m["z"]), int(m["m"]), count),
        "cumulative" if from_january else "range",
        alone=count == 1 and not from_january,
    )


def _first_months(m: re.Match[str], text: object) -> Reading:
    return Reading(_spans_months(m["y"], "1", m["m"], text), "cumulative")


def _quarter(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), int(m["q"]) * 3, 3), "span")


def _first_quarters(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), int(m["q"]) * 3, int(m["q"]) * 3), "cumulative")


def _half(m: re.Match[str], _: object) -> Reading:
    half = {"上": 1, "下": 2, "1": 1, "2": 2}[m["h"]]
    return Reading(months_key(int(m["y"]), half * 6, 6), "span")


def _year(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), 12, 12), "span")


def _fiscal_year(m: re.Match[str], text: object) -> Reading:
    what, do = N_("“{text}”是财政年度，按公历年处理"), N_("如财政年度不从1月开始，请写明起止月份")
    note = Issue("fiscal_year_convention", what, do, severity=Severity.WARNING, params={"text": text})
    return Reading(months_key(int(m["y"]), 12, 12), "span", notes=(note,))


def _years(m: re.Match[str], text: object) -> Reading:
    count = int(m["z"]) - int(m["y"]) + 1
    if count < 1:
        raise _refusal("reversed_range", N_("“{text}”的起止年份颠倒"), N_("请先写开始年，再写结束年"), text)
    return Reading(months_key(int(m["z"]), 12, count * 12), "range" if count != 5 else "plan")


def _week(m: re.Match[str], text: object) -> Reading:
    key = week_key(int(m["y"]), int(m["w"]))
    if key == NO_PERIOD:
        raise _refusal("no_such_week", N_("没有“{text}”这一周"), N_("请核对该年有52周还是53周"), text)
    return Reading(key, "span")


def _moment(m: re.Match[str], text: object) -> Reading:
    found = m.groupdict()
    hour, minute = int(found.get("hour") or 0), int(found.get("minute") or 0)
    try:
        moment = datetime(int(m["y"]), int(m["m"]), int(m["d"]), hour, minute)  # noqa: DTZ001  local by design
    except ValueError:
        what = N_("“{text}”不是存在的日期或时刻")
        raise _refusal("no_such_day", what, N_("请核对年、月、日和时刻"), text) from None
    span = MINUTE if found.get("minute") else HOUR if found.get("hour") else DAY
    return Reading(moment_key(moment, span), "span")


def _end_of_month(m: re.Match[str], text: object) -> Reading:
    key = _spans_months(m["y"], m["m"], m["m"], text)
    return Reading(key - 1 - MONTHS, "instant")


def _end_of_year(m: re.Match[str], _: object) -> Reading:
    return Reading(instant_key(int(m["y"]), 12), "instant")


def _end_of_quarter(m: re.Match[str], _: object) -> Reading:
    return Reading(instant_key(int(m["y"]), int(m["q"]) * 3), "instant")


def _english_month(m: re.Match[str], _: object) -> Reading:
    return Reading(months_key(int(m["y"]), _ENGLISH.index(m["name"][:3]) + 1, 1), "span")


_Y = r"(?P<y>(?:19|20)\d\d)"
_Z = r"(?P<z>(?:19|20)\d\d)"
_CLOCK = r"(?:T|日)?(?P<hour>\d\d?)(?:时|点|:(?P<minute>\d\d)(?::00)?)?"
_NAMES = "(?P<name>" + "|".join(_ENGLISH) + ")[A-Z]*"
_UNTIL = "(?:截至|截止|截-)?"
PATTERNS: tuple[tuple[str, Callable[[re.Match[str], object], Reading]], ...] = (
    (rf"{_Y}(?:年度?|年?全年)?", _year),
    (rf"{_Y}[-/]{_Z}年?", _years),
    (rf"{_Y}(?:FY|财年)", _fiscal_year),
    (rf"FY{_Y}", _fiscal_year),
    (rf"{_Y}年(?P<m>\d\d?)月份?", _month),
    (rf"{_Y}[-/](?P<m>\d\d?)", _month),
    (rf"{_Y}[.M]?(?P<m>\d\d)", _month),
    (rf"{_Y}年(?P<a>\d\d?)月?-(?P<m>\d\d?)月份?", _months_of_a_year),
    (rf"{_Y}[-/.]?(?P<a>\d\d?)-(?P<m>\d\d?)月份?", _months_of_a_year),
    (rf"{_Y}年(?P<a>\d\d?)月-{_Z}年(?P<m>\d\d?)月", _months_across_years),
    (rf"{_Y}[-.](?P<a>\d\d?)[-/]{_Z}[-.](?P<m>\d\d?)", _months_across_years),
    (rf"{_Y}年?前(?P<m>\d\d?)个?月", _first_months),
    (rf"{_Y}年?第?(?P<q>[1-4])季度?", _quarter),
    (rf"{_Y}年?-?Q(?P<q>[1-4])", _quarter),
    (rf"Q(?P<q>[1-4])[-/]?{_Y}", _quarter),
    (rf"{_Y}年?(?:前|1-)(?P<q>[1-4])个?季度?", _first_quarters),
    (rf"{_Y}年?-?H(?P<h>[12])", _half),
    (rf"{_Y}年?(?P<h>[上下])半年", _half),
    (rf"{_Y}-?W(?P<w>\d\d?)", _week),
    (rf"{_Y}年?第?(?P<w>\d\d?)周", _week),
    (rf"{_Y}年(?P<m>\d\d?)月(?P<d>\d\d?)(?:日|{_CLOCK})?", _moment),
    (rf"{_Y}(?P<s>[-/.])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?:T{_CLOCK})?", _moment),
    (rf"{_Y}(?P<m>\d\d)(?P<d>\d\d)", _moment),
    (rf"{_UNTIL}{_Y}[年-](?P<m>\d\d?)月?[末底]", _end_of_month),
    (rf"{_UNTIL}{_Y}年?[末底]", _end_of_year),
    (rf"{_UNTIL}{_Y}年?第?(?P<q>[1-4])季度?[末底]", _end_of_quarter),
    (rf"{_NAMES}\.?-?{_Y}", _english_month),
    (rf"{_Y}-?{_NAMES}", _english_month),
)
"""What a period may look like once the text is plain, tried in order; the whole text must match."""

_WITHOUT_YEAR = re.compile(
    r"第?[1-4]季度?|前[1-4]个?季度?|1-[2-4]季度?|[上下]半年|前?\d\d?(-\d\d?)?个?月份?[末底]?"
)
_HOW_TO_WRITE = N_("请写成2023、2023-03、2023-Q1、2023年1-3月等形式")


def parse(value: object, year: int | None = None) -> Reading | None:
    """What a cell says about time; None when it is empty.

    value   a text, a whole number (2023, 202303, 20230315), a date or a datetime
    year    the year known from the context (a sheet's title), for texts such as "3月"
    raises  CockpitError with one of the keys ambiguous_numeric_period (2023.1 is January or October),
            month_out_of_range, reversed_range, period_without_year, total_row, no_such_day, no_such_week,
            lunar_or_unknown
    source  tests/cases/intake/period_parse_cases.json
    """
    if value is None or value != value:
        return None
    if isinstance(value, datetime) and (value.hour or value.minute):
        return Reading(moment_key(value, MINUTE), "span")
    if isinstance(value, date):
        return Reading(day_key(value), "span")
    if isinstance(value, float) and not value.is_integer():
        raise _ambiguous(value)
    if plan := _PLAN.fullmatch(str(value).strip()):
        start = 2001 + 5 * _DIGITS[plan[1]]
        return Reading(months_key(start + 4, 12, 60), "plan")
    text = _plain(f"{value:.0f}" if isinstance(value, float) else str(value))
    if not text:
        return None
    if _TOTALS.fullmatch(text):
        raise _refusal("total_row", N_("“{text}”是合计行，不是时期"), N_("请从数据行中去掉合计行"), value)
    text, status = _status_of(text)
    text, said = _said_of(text)
    reading = _match(text, value, year)
    if said == "累计" and reading.kind == "span" and 0 < Period(reading.key).months < 12:
        month = Period(reading.key).month
        reading = Reading(months_key(reading.key // YEAR, month, month), "cumulative")
    return Reading(reading.key, reading.kind, status, reading.alone or said == "当月", reading.notes)


def _match(text: str, value: object, year: int | None) -> Reading:
    for pattern, reader in PATTERNS:
        found = re.fullmatch(pattern, text)
        if found:
            return reader(found, value)
    if _WITHOUT_YEAR.fullmatch(text):
        if year is None:
            do = N_("请在时期里写上年份，或在映射里给出年份")
            raise _refusal("period_without_year", N_("“{text}”没有写明年份"), do, value)
        return _match(f"{year}年{text}", value, None)
    if re.fullmatch(r"[\d.]+", text):
        raise _ambiguous(value)
    raise _refusal("lunar_or_unknown", N_("看不懂时期“{text}”"), _HOW_TO_WRITE, value)


def _ambiguous(value: object) -> CockpitError:
    what = N_("数字“{text}”作为时期有歧义")
    return _refusal("ambiguous_numeric_period", what, N_("请把时期列设为文本，写成2023-01或2023-10"), value)


def _status_of(text: str) -> tuple[str, str]:
    """The text without the mark of a vintage beside it, and the status which that mark means."""
    for word, status in _STATUS:
        bare = re.sub(rf"\(?{word}数?\)?$", "", text)
        if bare != text:
            return bare, status
    marked = re.fullmatch(r"(.*\d(?:月份?|年|季度?)?)\(?([RP])\)?", text)
    if marked:
        return marked[1], {"R": "revised", "P": "preliminary"}[marked[2]]
    return text, ""


def _said_of(text: str) -> tuple[str, str]:
    """The text without a word that tells cumulative from single, and that word."""
    for words, said in (("累计|累计数", "累计"), ("当月|单月|本月|当季|单季|当期", "当月")):
        bare = re.sub(rf"\(?(?:{words})\)?$", "", text)
        if bare != text:
            return bare, said
    return text, ""


def read(
    value: object,
    basis: str,
    frequency: str | None = None,
    year: int | None = None,
    cumulative: bool | None = None,
) -> int:
    """The key that a user's text means for an indicator of this basis and frequency.

    basis       ``ytd``: "2024-06" is January to June, unless the text says 当月 or a range that starts later;
                ``point``: the instant at the end of what the text names; otherwise the span as it is written
    frequency   lets the last day of a month name that month, and settles which instant a time of day is
    cumulative  what the source says (a column 累计): True reads a span as year to date, False as it stands
    raises      CockpitError, also with the key ``missing_period`` for an empty cell
    """
    reading = parse(value, year)
    if reading is None:
        raise CockpitError(Issue("missing_period", N_("没有写时期"), _HOW_TO_WRITE))
    key = _coarsened(reading, frequency, isinstance(value, date))
    period = Period(key)
    if basis == "point":
        return _instant_of(key, frequency)
    literal = reading.alone or reading.kind in ("range", "plan", "instant")
    wanted = basis == "ytd" if cumulative is None else cumulative
    if not wanted or literal or period.months > 12:
        return key
    if period.months:
        return months_key(period.year, period.month, period.month)
    return day_key(period.end, YEAR_TO_DAY) if period.span == DAY else key


def _coarsened(reading: Reading, frequency: str | None, is_date: bool) -> int:
    """A day as the month it ends (or, from a date cell, begins) when the indicator knows only months."""
    period = Period(reading.key)
    if period.span in (DAY, INSTANT) and frequency in MONTHS_OF:
        ends = period.end + timedelta(days=1)
        if period.span == INSTANT or ends.day == 1 or (is_date and period.end.day == 1):
            return months_key(period.year, period.month, 1)
        raise _refusal(
            "period_finer_than_indicator",
            N_("“{text}”是一天，而该指标按月或更长的时期统计"),
            N_("请写明月、季或年"),
            period.end.isoformat(),
        )
    if period.span == MINUTE and frequency == "hourly":
        return reading.key - reading.key % 10**5 + 59 * 1000 + HOUR
    return reading.key


def _instant_of(key: int, frequency: str | None) -> int:
    period = Period(key)
    if period.months:
        if frequency in ("daily", "weekly"):
            return day_key(period.end, INSTANT)
        return instant_key(period.year, period.month)
    return key - period.span
