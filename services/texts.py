"""The reader's language: words from the gettext catalogues, and how numbers, dates and periods are written.

Chinese is the language of the templates themselves; every folder of ``locales/`` is another language, and all
``.po`` files in it are one catalogue. Adding a language is adding a folder.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_month_names
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

from indicators import periods, units
from indicators.errors import N_, Issue, fill
from indicators.periods import Period

LOCALES = Path(__file__).resolve().parent.parent / "locales"
SOURCE = "zh"
"""The language that the templates are written in; it needs no folder."""

NAMES = {"zh": "简体中文", "en": "English"}
"""What each language calls itself, for the switch; another language is shown by Babel's name for it."""

DATE_FORMATS = {"en": "d MMMM y"}
"""How a day is written where the language's own habit differs between countries."""

MISSING = "—"
THIN = "\u202f"
"""A narrow space that never breaks: between a number and its unit."""

MOST_DECIMALS = 2
"""Decimals of a number that does not say how many it has."""

STATUS_WORDS = {
    "preliminary": N_("快报"),
    "initial": N_("初步核算"),
    "final": N_("正式"),
    "revised": N_("修订"),
    "unstated": N_("未说明"),
    "computed": N_("计算"),
    "simulated": N_("模拟"),
}

STATE_WORDS = {
    "ok": N_("正常"),
    "partial": N_("部分报送"),
    "missing": N_("缺数"),
    "stale": N_("待报"),
    "no_base": N_("无可比基数"),
    "late": N_("逾期未报"),
    "not_due": N_("未到发布时间"),
    "not_published": N_("本级不发布"),
}

LEVEL_WORDS = {"red": N_("红色"), "orange": N_("橙色"), "yellow": N_("黄色"), "blue": N_("蓝色")}

AGES = (
    (timedelta(days=365), N_("{count} 年前")),
    (timedelta(days=30), N_("{count} 个月前")),
    (timedelta(days=1), N_("{count} 天前")),
    (timedelta(hours=1), N_("{count} 小时前")),
    (timedelta(minutes=1), N_("{count} 分钟前")),
)


@cache
def languages(folder: Path = LOCALES) -> tuple[str, ...]:
    """The languages that there are: the one of the templates, then one for each folder."""
    return (
        SOURCE,
        *sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name != SOURCE),
    )


@cache
def catalogue(language: str, folder: Path = LOCALES) -> Mapping[str, str]:
    """All messages of a language, from every ``.po`` file in its folder."""
    found: dict[str, str] = {}
    for file in sorted((folder / language).glob("*.po")):
        with file.open("rb") as text:
            for message in read_po(text, locale=language):
                if message.id and message.string and not message.fuzzy:
                    found[str(message.id)] = str(message.string)
    return found


@dataclass(frozen=True)
class Texts:
    """Words, numbers and dates for one reader.

    language  ``zh`` or the name of a folder in ``locales/``
    zone      the clock on the wall of the city
    """

    language: str = SOURCE
    zone: str = "Asia/Shanghai"

    @property
    def tag(self) -> str:
        """The language as HTML wants it."""
        return "zh-CN" if self.language == SOURCE else self.language

    @property
    def locale(self) -> Locale:
        """Babel's knowledge of the language."""
        return _locale(self.language)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return NAMES.get(self.language) or self.locale.get_display_name() or self.language

    def t(self, message: str, **fields: object) -> str:
        """A message template in the reader's language, with its fields filled."""
        text = message if self.language == SOURCE else catalogue(self.language).get(message, message)
        return fill(text, fields) if fields else text

    def issue(self, issue: Issue) -> str:
        """What is wrong, where, and what to do, one line each."""
        parts = (self.what(issue), issue.where and f"  {issue.where}", issue.do and f"  {self.do(issue)}")
        return "\n".join(part for part in parts if part)

    def what(self, issue: Issue) -> str:
        """The first part of an issue alone: what is wrong."""
        return fill(self.t(issue.what), self._values(issue))

    def do(self, issue: Issue) -> str:
        """The last part of an issue alone: what to do about it."""
        return fill(self.t(issue.do), self._values(issue)) if issue.do else ""

    def _values(self, issue: Issue) -> dict[str, object]:
        """The values of an issue's fields; one that is itself a message, such as the name of an act, is translated."""
        return {
            name: self.t(value) if isinstance(value, str) else value for name, value in issue.params.items()
        }

    # ---- numbers

    def number(
        self, value: float | None, unit: str = "", decimals: int | None = None, *, signed: bool = False
    ) -> str:
        """A number as it is printed: thousands separated, rounded half up on its decimal text, a real minus.

        unit      printed after it, held by a space that does not break; for a unit beside the number in smaller
                  type leave it out
        decimals  how many; without it at most two, and no zeros at the end
        signed    a plus before what is not negative
        """
        if value is None or math.isnan(value):
            return MISSING
        if math.isinf(value):
            return ("−" if value < 0 else "") + "∞"
        rounded = units.rounded(value, MOST_DECIMALS if decimals is None else decimals)
        if decimals is None:
            rounded = rounded.normalize() if rounded else Decimal(0)
        text = f"{abs(rounded):,f}".translate(_separators(self.language))
        sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
        return f"{sign}{text}{THIN}{unit}" if unit else sign + text

    # ---- dates and periods

    def date(self, day: date) -> str:
        """A day, in full."""
        return format_date(day, DATE_FORMATS.get(self.language, "long"), locale=self.locale)

    def moment(self, at: int | datetime) -> str:
        """An instant on the city's clock, to the minute."""
        local = self.local(at)
        if self.language == SOURCE:
            return format_datetime(local, "y年M月d日 HH:mm", locale=self.locale)
        return format_datetime(local, "d MMM y, HH:mm", locale=self.locale)

    def stamp(self, at: int) -> str:
        """An instant without its year, where the times around it tell that."""
        local = self.local(at)
        names = get_month_names("abbreviated", locale=self.locale)
        fields = {"month": local.month, "month_name": names[local.month], "day": local.day}
        return self.t(N_("{month}月{day}日 {clock}"), **fields, clock=f"{local:%H:%M}")

    def local(self, at: int | datetime) -> datetime:
        """An instant (epoch seconds, or aware) on the city's clock."""
        zone = ZoneInfo(self.zone)
        return datetime.fromtimestamp(at, zone) if isinstance(at, int) else at.astimezone(zone)

    def age(self, then: datetime, now: datetime) -> str:
        """How long ago something was, in its largest whole unit."""
        gone = now - then
        for unit, message in AGES:
            if gone >= unit:
                return self.t(message, count=gone // unit)
        return self.t(N_("刚刚"))

    def period(self, key: int, frequency: str | None = None) -> str:
        """A period in words: 2024年1—6月 累计, Jan–Jun 2024, year to date.

        frequency  of the indicator: quarters of a quarterly figure are called so
        """
        return _period_text(self, key, frequency)

    def status(self, status: str) -> str:
        """Where a figure stands in its life, in a word."""
        return self.t(STATUS_WORDS.get(status, status))

    def state(self, state: str) -> str:
        """How far a figure can be relied on, in a word."""
        return self.t(STATE_WORDS.get(state, state))

    def level(self, level: str) -> str:
        """The name of a warning level."""
        return self.t(LEVEL_WORDS.get(level, level))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse("zh_Hans_CN" if language == SOURCE else language.replace("-", "_"))


@cache
def _separators(language: str) -> dict[int, str]:
    """From the comma and the point of a plain number to the separators of a language."""
    locale = _locale(language)
    return {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}


@lru_cache(maxsize=4096)
def _period_text(texts: Texts, key: int, frequency: str | None) -> str:
    return _period_words(texts, Period(key), frequency)


def _period_words(texts: Texts, period: Period, frequency: str | None) -> str:
    """Pick the template of the period's kind, and fill it."""
    end, start = period.end, period.start
    names = get_month_names("abbreviated", locale=texts.locale)
    fields: dict[str, object] = {
        "year": end.year,
        "month": end.month,
        "month_name": names[end.month],
        "first": start.month,
        "first_name": names[start.month],
        "first_year": start.year,
        "quarter": (end.month + 2) // 3,
        "day": end.day,
        "week": f"{end.isocalendar().week:02}",
        "week_year": end.isocalendar().year,
        "clock": f"{period.key // 10**5 % 100:02}:{period.key // 1000 % 100:02}",
        "hour": period.key // 10**5 % 100,
    }
    return texts.t(_period_template(period, frequency), **fields)


def _period_template(period: Period, frequency: str | None) -> str:
    months, clock = period.months, period.key // 1000 % 10**4
    if months == 12 and period.month == 12:
        return N_("{year}年")
    if months == 3 and period.month % 3 == 0 and (frequency == "quarterly" or period.month > 3):
        return N_("{year}年第{quarter}季度")
    if months == 1:
        return N_("{year}年{month}月")
    if months == 2 and period.month == 2:
        return N_("{year}年1—2月")
    if months and period.is_cumulative:
        return N_("{year}年1—{month}月 累计")
    if months and period.start.year == period.year:
        return N_("{year}年{first}—{month}月")
    if months:
        return N_("{first_year}年{first}月—{year}年{month}月")
    if period.span == periods.YEAR_TO_DAY:
        return N_("{year}年1月1日—{month}月{day}日 累计")
    if period.span == periods.WEEK:
        return N_("{week_year}年第{week}周")
    if period.span == periods.DAY:
        return N_("{year}年{month}月{day}日")
    if period.span == periods.HOUR:
        return N_("{year}年{month}月{day}日 {hour}时")
    if period.span == periods.INSTANT and clock == 2359:
        return _instant_template(period, frequency)
    return N_("{year}年{month}月{day}日 {clock}")


def _instant_template(period: Period, frequency: str | None) -> str:
    """The end of a year, of a month, or of a day."""
    nominal_month_end = period.key // 10**7 % 100 == 31
    if not nominal_month_end or frequency in ("daily", "weekly"):
        return N_("{year}年{month}月{day}日末")
    return N_("{year}年末") if period.month == 12 else N_("{year}年{month}月末")
