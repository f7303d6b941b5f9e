"""What was typed into the forms of calls, plans and scorecards: days, numbers, and the fields of a proposal."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from indicators.definition import Frequency
from indicators.errors import N_, CockpitError, Issue
from services.incident_forms import Form

LEVELS = ("nation", "province", "city", "county", "town", "village")
"""The levels down to which a figure can be published."""

FREQUENCIES = tuple(one.value for one in Frequency)

PROPOSAL: Mapping[str, str] = {
    "name_zh": N_("指标名称"),
    "name_en": N_("英文名称"),
    "purpose": N_("为什么需要"),
    "definition_zh": N_("定义"),
    "calibre_zh": N_("口径"),
    "unit": N_("单位"),
    "frequency": N_("频度"),
    "lowest_level": N_("最低发布层级"),
    "formula": N_("计算方法"),
    "source": N_("数据从哪里来"),
}
"""The fields of a proposal with their names."""

OF_DEFINITION = (
    "name_zh", "name_en", "definition_zh", "calibre_zh", "unit", "frequency", "lowest_level", "department",
)  # fmt: skip
"""What a draft of a definition takes over as it is; why and whence stay with the proposal."""


def day(form: Form, name: str, required: bool = True) -> date | None:
    """A day as a form has it."""
    text = form.text(name, required=required)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.wrong(name, "field_day", N_("日期写法应为 2026-12-01。"))
        return None


def future_day(form: Form, name: str, today: date) -> date | None:
    """A day that has not passed yet."""
    found = day(form, name)
    if found is not None and found < today:
        form.wrong(name, "day_past", N_("这一天已经过去。"), N_("请填写今天或以后的日期。"))
    return found


def number(form: Form, name: str, low: float, high: float, required: bool = False) -> float | None:
    """A number between two bounds, as people write it; None where the field is empty."""
    text = form.text(name, required=required, longest=40).replace(",", "").replace("，", "").replace("−", "-")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        form.wrong(name, "field_bounds", N_("请填写 {low} 到 {high} 之间的数字。"), low=low, high=high)
        return None
    return value


def proposal(form: Form) -> dict[str, str]:
    """The document of a proposal; what is wrong is noted in the form."""
    return {
        "name_zh": form.text("name_zh", required=True, longest=80),
        "name_en": form.text("name_en", longest=160),
        "purpose": form.text("purpose", required=True, longest=2000),
        "definition_zh": form.text("definition_zh", required=True, longest=2000),
        "calibre_zh": form.text("calibre_zh", longest=2000),
        "unit": form.text("unit", required=True, longest=40),
        "frequency": form.choice("frequency", FREQUENCIES),
        "lowest_level": form.choice("lowest_level", LEVELS, "city"),
        "formula": form.text("formula", longest=1000),
        "source": form.text("source", required=True, longest=1000),
    }


def end_of(day_: date, zone: timedelta) -> int:
    """The first moment after a local day."""
    midnight = datetime(day_.year, day_.month, day_.day, tzinfo=UTC) + timedelta(days=1) - zone
    return int(midnight.timestamp())


def local_day(at: int, zone: timedelta) -> date:
    """The local day of a moment."""
    return (datetime.fromtimestamp(at, UTC) + zone).date()


def as_number(day_: date) -> int:
    """A day as it is stored."""
    return day_.year * 10000 + day_.month * 100 + day_.day


def as_date(number_: int) -> date:
    """A day as stored."""
    return date(number_ // 10000, number_ // 100 % 100, number_ % 100)


def stale() -> CockpitError:
    """Somebody was quicker; what was typed stays."""
    what = N_("刚刚有人改动过这条记录。您填写的内容还在。")
    return CockpitError(Issue("record_changed", what, N_("请看更新后的内容，再决定是否提交。")))
