"""What views say in words: numbers with units, periods, reasons, titles. One place, so that terms stay the same."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import get_month_names

from indicators import periods
from indicators.errors import N_
from indicators.rules import unit_compared
from services.texts import MISSING, THIN, Texts
from services.views import (
    AlertLine,
    BoardView,
    Comparison,
    CompositionView,
    Face,
    Figure,
    MapView,
    Part,
    Place,
    RankView,
    Series,
    SheetView,
    Standing,
    Term,
    TrendView,
)

LEVEL_WORDS = ("", N_("蓝色"), N_("黄色"), N_("橙色"), N_("红色"))

SHORT_UNITS = {
    "亿元": N_("亿元"), "万元": N_("万元"), "万美元": N_("万美元"), "万人": N_("万人"), "百分点": N_("百分点"),
    "期": N_("期"), "位": N_("位"), "天": N_("天"), "万千瓦时": N_("万千瓦时"), "亿千瓦时": N_("亿千瓦时"), "万吨": N_("万吨"), "万平方米": N_("万平方米"),
}  # fmt: skip
"""Units whose English name in the catalogue is too long to stand beside a number."""

COMPARISON_WORDS = {
    "yoy": N_("同比"),
    "yoy_computed": N_("同比（推算）"),
    "yoy_nominal": N_("名义同比（推算）"),
    "yoy_recast": N_("同比（回溯口径）"),
    "mom": N_("环比"),
    "target": N_("年度目标"),
    "target_default": N_("参考目标（目录缺省）"),
    "schedule": N_("时序进度差"),
}

GROWTH = ("yoy", "yoy_computed", "yoy_nominal", "yoy_recast", "mom")
"""Comparisons with an earlier figure: they have a direction."""

STATE_REASONS = {
    "missing": N_("缺数"),
    "late": N_("逾期未报"),
    "not_due": N_("未到发布时间"),
    "not_published": N_("本级不发布"),
    "no_base": N_("无可比基数"),
    "stale": N_("待报"),
}

OVERTAKEN = {"stale": N_("新一期待报"), "late": N_("新一期逾期未报")}
"""What is said of a figure that is there while a newer one is due."""

FACES = {
    "forbidden": (N_("您没有查看这里的权限"), N_("如工作需要，请联系安全管理员授权。")),
    "unknown": (N_("没有这个地区"), N_("请检查地址，或回到自己的区域。")),
    "empty": (N_("这里还没有数据"), N_("管理员用 chengmai load 导入数据文件后，会显示在这里。")),
    "failed": (N_("这一块没有显示出来"), N_("其余内容不受影响。请刷新页面重试；仍不行时把编号告诉管理员。")),
}

BOARD_TITLES = {
    "home": N_("{place}城市运行"),
    "economy": N_("{place}经济运行"),
    "projects": N_("{place}重点项目与招商"),
    "emergency": N_("{place}应急指挥"),
    "signs": N_("{place}城市体征"),
    "digital": N_("{place}数字政府"),
}

FREQUENCY_WORDS = {
    "realtime": N_("实时"), "hourly": N_("每小时"), "daily": N_("每日"), "weekly": N_("每周"),
    "monthly": N_("每月"), "quarterly": N_("每季"), "yearly": N_("每年"),
}  # fmt: skip

BASIS_WORDS = {"period": N_("当期"), "ytd": N_("累计"), "point": N_("时点"), "cohort": N_("同期群")}

SENSITIVITY_WORDS = {"public": N_("可公开"), "internal": N_("内部"), "restricted": N_("限定范围")}

QUALITY_WORDS = {
    "A": N_("来源等级 A：官方页面"),
    "B": N_("来源等级 B：官方文本的完整转载，或官方发布的新闻报道"),
    "C": N_("来源等级 C：其他媒体、论坛引用官方数字"),
    "D": N_("来源等级 D：可靠性低的二手文本，须与其他来源核对"),
}

MEASURE_WORDS = {
    "value": N_("指标值"), "yoy_pct": N_("同比"), "yoy_real_pct": N_("可比价同比"), "yoy_pp": N_("同比变动"),
    "mom_pct": N_("环比"), "schedule_gap_pp": N_("与时序进度之差"), "target_gap_pp": N_("与目标之差"),
    "benchmark_gap_pp": N_("与对标值之差"), "baseline_z": N_("偏离历史同期"),
    "falling_run": N_("连续下降"), "rising_run": N_("连续上升"), "chart_level": N_("控制图判异"),
    "cusum": N_("累积和"), "ewma": N_("加权均值偏离"), "sibling_place": N_("同级名次（自最差起）"),
    "sibling_share": N_("同级排位（自最差起）"), "members_level": N_("成员合成级别"), "overdue_days": N_("逾期"),
}  # fmt: skip

RULE_WORDS = {
    "threshold": N_("阈值"), "band": N_("区间"), "schedule_gap": N_("落后于时序进度"), "target_gap": N_("低于目标"),
    "benchmark_gap": N_("差于对标"), "deviation": N_("偏离自身历史"), "state": N_("镜像主管部门级别"),
    "trend": N_("连续走势"), "control": N_("控制图"), "rank": N_("同级排位"), "composite": N_("多条规则合成"),
    "late": N_("逾期未报"), "refer": N_("预警由其他指标发出"), "none": N_("只作背景"),
}  # fmt: skip

OPERATORS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}

PERCENT_POINTS = "百分点"
_KIND_OF_PLACE = re.compile(r"(街道|镇|乡| (City|County|District|Town|Township|Subdistrict))$")
_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")


@dataclass(frozen=True)
class Words:
    """The reader's language on a board.

    texts  numbers, periods and messages
    units  names of units in the reader's language; a unit without one stands as it is
    """

    texts: Texts
    units: Mapping[str, str] = field(default_factory=dict)

    def t(self, message: str, **fields: object) -> str:
        """A message in the reader's language."""
        return self.texts.t(message, **fields)

    @property
    def locale(self) -> str:
        """The name of the locale for drawn figures."""
        return "zh-CN" if self.zh else "en"

    # ---- numbers

    def unit(self, unit: str) -> str:
        """The name of a unit, short enough to stand beside a number."""
        if self.zh:
            return "个百分点" if unit == PERCENT_POINTS else unit
        return self.t(SHORT_UNITS[unit]) if unit in SHORT_UNITS else self.units.get(unit, unit)

    def figure(self, figure: Figure) -> tuple[str, str]:
        """The number and its unit; a dash where there is none."""
        if figure.value is None:
            return MISSING, ""
        return self.texts.number(figure.value), self.unit(figure.unit)

    def figure_text(self, value: float | None, unit: str) -> str:
        """A number with its unit, never broken apart."""
        if value is None:
            return MISSING
        return self.texts.number(value) + THIN + self.unit(unit).replace(" ", THIN)

    def incomplete(self, figure: Figure) -> bool:
        """Whether a roll-up is there of which some parts have not reported."""
        return (
            figure.value is not None
            and bool(figure.expected)
            and (figure.reported or 0) < (figure.expected or 0)
        )

    def percent(self, value: float | None, decimals: int | None = None) -> str:
        """A share in percent."""
        return MISSING if value is None else self.texts.number(value, "%", decimals)

    def points(self, value: float | None) -> str:
        """A difference in percentage points, with its sign."""
        if value is None:
            return MISSING
        return self.texts.number(value, decimals=2, signed=True)

    def growth(self, value: float | None, unit: str) -> str:
        """A growth rate with its sign: percent, or points where the figure is itself a rate."""
        if value is None:
            return MISSING
        return self.texts.number(value, self.growth_unit(unit), signed=True)

    def growth_unit(self, unit: str) -> str:
        """What the growth of a figure is measured in."""
        return self.unit(PERCENT_POINTS) if unit in ("%", "‰", PERCENT_POINTS) else "%"

    def range(self, low: float, high: float) -> str:
        """The bounds of a class."""
        return self.t("{low} 至 {high}", low=self.texts.number(low), high=self.texts.number(high))

    def short_place(self, place: Place) -> str:
        """The name of a place as a map prints it: without the word for its kind, where that can be told."""
        short = _KIND_OF_PLACE.sub("", place.name)
        return short if len(short) > 1 and (place.level == "town" or not self.zh) else place.name

    def comparison(self, one: Comparison) -> tuple[str, str]:
        """The name of a comparison and what it says."""
        label = self.t(COMPARISON_WORDS[one.kind]) if one.kind in COMPARISON_WORDS else one.beside
        signed = one.kind in (*GROWTH, "schedule")
        return label, self.texts.number(one.value, self.unit(one.unit).replace(" ", THIN), signed=signed)

    def header(self, unit: str) -> str:
        """The head of a column of figures: their unit."""
        return self.unit(unit) or self.t("数值")

    def listed(self, words: Iterable[str]) -> str:
        """Words one after the other."""
        return ("、" if self.zh else ", ").join(words)

    # ---- periods and states

    def period(self, key: int | None, frequency: str) -> str:
        """A period in full, with 累计 where the figure is cumulative."""
        return self.texts.period(key, frequency) if key else ""

    def period_short(self, key: int | None, frequency: str | None = None) -> str:
        """A period as a title or a picker shows it."""
        return self.texts.period(key, frequency) if key else ""

    def period_text(self, key: int | None, frequency: str | None = None) -> str:
        """The period as it stands in an address and on an axis: 2024-06, 2024-Q2."""
        return periods.label(key, frequency) if key else ""

    def until(self, key: int) -> str:
        """The month or the day at which a figure ends."""
        end = periods.Period(key).end
        whole_month = key // 10**7 % 100 == periods.months_key(end.year, end.month, 1) // 10**7 % 100
        month = periods.months_key(end.year, end.month, 1)
        return self.texts.period(month) if whole_month else self.texts.period(periods.day_key(end))

    def break_day(self, key: int) -> str:
        """The day from which something else holds: a month where it is the first of one."""
        day = periods.Period(key).end
        return f"{day:%Y-%m}" if day.day == 1 else day.isoformat()

    def spark_title(self, name: str, breaks: Sequence[tuple[int, str]]) -> str:
        """What a small trend shows, and from which day on its figures mean something else."""
        told = [
            self.t("{day}起{reason}，前后不可比", day=self.break_day(key), reason=reason)
            for key, reason in breaks
        ]
        return self.t("；").join((self.t("{name}走势", name=name), *told))

    def known(self, day: date) -> str:
        """That figures are shown as they were known on a day."""
        return self.t("按{day}已知", day=self.texts.date(day))

    def moment(self, at: int) -> str:
        """An instant on the city's clock."""
        return self.texts.moment(at)

    def year(self, year: int) -> str:
        """A year."""
        return self.t("{year}年", year=year)

    def month(self, month: int) -> str:
        """A month on an axis."""
        return get_month_names("abbreviated", locale=self.texts.locale)[month]

    def status(self, status: str) -> str:
        """Where a figure stands in its life."""
        return self.texts.status(status)

    def reason(self, figure: Figure) -> str:
        """Why there is no figure, or why it is not to be relied on; empty where all is well."""
        if figure.value is not None:
            return self.t(OVERTAKEN[figure.state]) if figure.state in OVERTAKEN else ""
        general = self.t(STATE_REASONS[figure.state]) if figure.state in STATE_REASONS else ""
        if figure.reason and figure.reason not in STATE_REASONS:
            said = self.t(figure.reason)
            return (
                said
                if said == general or not general
                else f"{general}（{said}）"
                if self.zh
                else f"{general} ({said})"
            )
        return general

    @property
    def zh(self) -> bool:
        """Whether the reader reads Chinese."""
        return self.texts.language == "zh"

    # ---- warnings

    def level_word(self, level: int) -> str:
        """The word of a level."""
        return self.t(LEVEL_WORDS[level])

    def level(self, level: int, kind: str) -> str:
        """A level with the kind of the warning: what a screen reader says for the sign."""
        message = N_("{level}法定预警") if kind == "statutory" else N_("{level}管理预警")
        return self.t(message, level=self.level_word(level))

    def alert(self, line: AlertLine) -> list[str]:
        """What stands under a warning: value against bound, how long, data date, whose."""
        value = self.figure_text(line.value, line.unit) if line.value is not None else ""
        unit = unit_compared(line.measure, line.unit)
        bound = ""
        if line.threshold is not None and line.compared is not None:
            bound = self.t(
                "{measure} {compared}（界限 {bound}）",
                measure=self.t(MEASURE_WORDS.get(line.measure, line.measure)),
                compared=self.figure_text(line.compared, unit),
                bound=f"{OPERATORS.get(line.op, line.op)} {self.figure_text(line.threshold, unit)}",
            )
        lasted = self.t("已持续 {count} 期", count=line.lasted) if line.lasted > 0 else ""
        date = self.period(line.period, line.frequency)
        simulated = self.t("模拟") if line.simulated else ""
        health = self.t("暂无新数据") if line.health in ("no_data", "stale") else ""
        return [
            value if line.measure != "value" else "",
            bound,
            self.t("恢复中") if line.recovering else "",
            lasted,
            date,
            health,
            line.department,
            simulated,
        ]

    # ---- titles

    def board_title(self, view: BoardView) -> str:
        """What a board is called."""
        return self.t(BOARD_TITLES[view.board], place=view.place.name)

    def map_title(self, view: MapView | None) -> tuple[str, str]:
        """The title of the map, and beside it the period and whether figures are simulated."""
        if view is None:
            return "", ""
        return self.t("{name}分布", name=view.name), self._facts(view.period, view.simulated)

    def rank_title(self, view: RankView | None) -> tuple[str, str]:
        """The title of the ranking."""
        if view is None:
            return "", ""
        message = N_("{name}分地区") if view.additive else N_("{name}排名")
        return self.t(message, name=view.name), self._facts(view.period, view.total.simulated)

    def standing(self, view: Standing, name: str) -> str:
        """The place of the reader's region among its siblings."""
        return self.t("{name}在{place}各地区中排第 {rank}，共 {among} 个", name=name, place=view.parent.name,
                      rank=view.rank, among=view.among)  # fmt: skip

    def trend_title(self, view: TrendView | None) -> tuple[str, str]:
        """The title of the trend."""
        if view is None:
            return "", ""
        kind = N_("累计值，按年对照") if view.seasonal else N_("近期走势")
        facts = [self.t(kind), self.unit(view.unit), self.t("含模拟数据") if view.simulated else ""]
        return self.t("{name}走势", name=view.name), " · ".join(fact for fact in facts if fact)

    def series(self, series: Series, view: TrendView) -> str:
        """The name of a line."""
        if series.key == "target":
            return self.t("应达进度") if view.seasonal else self.t("目标")
        if series.key == "limit":
            return self.t("今天的限值") if view.today else self.t("限值")
        if view.seasonal and series.name.isdigit():
            return self.year(int(series.name))
        return series.name or view.place.name

    def part(self, part: Part) -> str:
        """The name of a part; what no part names is the rest."""
        return part.name or self.t("其余")

    def composition_title(self, view: CompositionView | None) -> tuple[str, str]:
        """The title of the composition."""
        if view is None:
            return "", ""
        title = (
            self.t("{name}构成（{by}）", name=view.name, by=view.by)
            if view.by
            else self.t("{name}构成", name=view.name)
        )
        return title, self._facts(view.total.period, any(part.figure.simulated for part in view.parts))

    def _facts(self, period: int | None, simulated: bool) -> str:
        facts = [self.period_short(period), self.t("模拟") if simulated else ""]
        return " · ".join(fact for fact in facts if fact)

    def face(self, view: Face) -> tuple[str, str]:
        """The title of a face and what can be done."""
        title, advice = FACES[view.kind]
        return self.t(title), self.t(advice)

    # ---- number sheet

    def formula(self, text: str, terms: Sequence[Term]) -> str:
        """A formula with names in the place of codes."""
        names = {term.code: term.name for term in terms}
        named = _CODE.sub(
            lambda found: (
                f"「{names.get(found[0], found[0])}」" if self.zh else f"[{names.get(found[0], found[0])}]"
            ),
            text,
        )
        return named.replace("*", "×").replace("/", "÷").replace("time_progress", self.t("时序进度"))

    def frequency(self, frequency: str) -> str:
        """How often a figure comes."""
        return self.t(FREQUENCY_WORDS.get(frequency, frequency))

    def basis(self, basis: str) -> str:
        """What stretch of time a figure speaks of."""
        return self.t(BASIS_WORDS.get(basis, basis))

    def sensitivity(self, sensitivity: str) -> str:
        """Who may see a figure."""
        return self.t(SENSITIVITY_WORDS.get(sensitivity, sensitivity))

    def quality(self, grade: str) -> str:
        """How good a source is."""
        return self.t(QUALITY_WORDS[grade]) if grade in QUALITY_WORDS else ""

    def versions(self, current: int, versions: Sequence[tuple[int, str, str]]) -> str:
        """The version in force, and the earlier ones."""
        earlier = [self.t("第 {number} 版 {first}—{last}", number=number, first=first, last=last)
                   for number, first, last in versions if number != current]  # fmt: skip
        return "；".join([self.t("第 {number} 版", number=current), *earlier])

    def next_release(self, view: SheetView) -> str:
        """When the next figure is due, and of which period."""
        if view.next_release is None or not view.next_period:
            return ""
        return self.t("{period}的数据应于 {day} 前发布", day=self.texts.date(view.next_release),
                      period=self.period(view.next_period, view.frequency))  # fmt: skip

    def rule(self, rule: Mapping[str, object]) -> str:
        """What a rule watches."""
        kind = str(rule.get("type", ""))
        measure = str(rule.get("measure", ""))
        words = [self.t(RULE_WORDS.get(kind, kind))]
        if measure in MEASURE_WORDS and kind in ("threshold", "band", "deviation"):
            words.append(self.t(MEASURE_WORDS[measure]))
        return self.t("：").join(words)

    def thresholds(self, rule: Mapping[str, object]) -> list[tuple[int, str]]:
        """(level, bound in words), most severe first."""
        found = rule.get("bounds")
        if not isinstance(found, Mapping):
            return []
        unit = str(rule.get("unit", ""))
        operator = OPERATORS.get(str(rule.get("op", "")), "")
        return [
            (level, " — ".join(self.figure_text(edge, unit) for edge in bound) if isinstance(bound, tuple)
             else f"{operator} {self.figure_text(bound, unit)}".strip())
            for level, bound in sorted(found.items(), reverse=True)
        ]  # fmt: skip
