"""Lights of projects: red, yellow or green by rule, with the reason in words, and how long red has lasted.

source  docs/projects.md, "亮灯"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from indicators.errors import N_

RED, YELLOW, GREEN = "red", "yellow", "green"
COLOURS = {RED: N_("红灯"), YELLOW: N_("黄灯"), GREEN: N_("绿灯")}
"""The lights, worst first."""

_ORDER = tuple(COLOURS)


@dataclass(frozen=True)
class LightRule:
    """When a light turns: a completion behind the time schedule by more points, so many months late."""

    red_gap: float = -30.0
    yellow_gap: float = -10.0
    red_months: int = 3
    yellow_months: int = 1
    milestone_months: int = 2


RULE = LightRule()


@dataclass(frozen=True)
class Position:
    """How far a project is at the end of a month.

    completion   of the year's plan, percent; None where the plan is zero or nothing was reported
    schedule     percent of the year's plan that is due by then
    late_start, late_finish   months beyond the planned month; 0 where it is not late
    milestone, late_milestone the oldest milestone that is overdue, and by how many months
    finished     accepted as finished: nothing is asked of it any more
    """

    completion: float | None
    schedule: float
    late_start: int = 0
    late_finish: int = 0
    milestone: str = ""
    late_milestone: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Reason:
    """Why a light is what it is: a message with its fields."""

    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Light:
    """The light of one project in one month.

    streak   months that it was red, as counted (see ``courses``)
    ruled    a person set it; ``computed`` is what the rule had said
    """

    colour: str
    reasons: tuple[Reason, ...]
    streak: int = 0
    ruled: bool = False
    computed: str = ""


def judge(position: Position, rule: LightRule = RULE) -> Light:
    """The light that the rule gives to one position; the worst of what it finds, with every reason for it."""
    found = sorted(_findings(position, rule), key=lambda one: _ORDER.index(one[0]))
    if not found:
        return Light(GREEN, (_calm(position),), computed=GREEN)
    worst = found[0][0]
    return Light(worst, tuple(reason for _, reason in found), computed=worst)


def _findings(position: Position, rule: LightRule) -> Iterable[tuple[str, Reason]]:
    if position.finished:
        return
    if position.completion is not None:
        gap = position.completion - position.schedule
        for colour, bound in ((RED, rule.red_gap), (YELLOW, rule.yellow_gap)):
            if gap < bound:
                yield colour, Reason(
                    N_("完成年度计划的 {done}%，比时序进度慢 {gap} 个百分点（{light}界限 {bound}）"),
                    {"done": round(position.completion, 1), "gap": round(-gap, 1), "bound": -bound,
                     "light": COLOURS[colour]},
                )  # fmt: skip
                break
    for months, message in (
        (position.late_start, N_("超过计划开工月 {months} 个月仍未开工")),
        (position.late_finish, N_("超过计划竣工月 {months} 个月仍未竣工")),
    ):
        if months >= rule.yellow_months:
            yield RED if months >= rule.red_months else YELLOW, Reason(message, {"months": months})
    if position.late_milestone >= rule.milestone_months:
        yield (
            YELLOW,
            Reason(
                N_("节点“{name}”超期 {months} 个月"),
                {"name": position.milestone, "months": position.late_milestone},
            ),
        )


def _calm(position: Position) -> Reason:
    if position.finished:
        return Reason(N_("已竣工"))
    if position.completion is None:
        return Reason(N_("尚未到考核节点"))
    return Reason(
        N_("完成年度计划的 {done}%，时序进度 {due}%"),
        {"done": round(position.completion, 1), "due": round(position.schedule, 1)},
    )


def courses(months: Iterable[tuple[Light | None, tuple[str, str] | None]]) -> list[Light | None]:
    """The lights of a project month by month: rulings applied, red counted.

    A red project that catches up shows yellow in that month. A month of red adds one to the count, yellow leaves
    it, and two green months in a row set it to zero. Months off the list (None) leave it as well.

    months  the computed light and the ruling (colour, reason) of each month, in order
    """
    shown: list[Light | None] = []
    streak, before = 0, ""
    for computed, ruling in months:
        if computed is None:
            shown.append(None)
            continue
        light = computed
        if before == RED and light.colour == GREEN:
            light = replace(
                light, colour=YELLOW, reasons=(Reason(N_("上月红灯，补齐任务当月转黄")), *light.reasons)
            )
        if ruling is not None:
            colour, reason = ruling
            told = Reason(N_("人工改判为{light}：{reason}"), {"light": COLOURS[colour], "reason": reason})
            light = replace(light, colour=colour, reasons=(told, *light.reasons), ruled=True)
        if light.colour == RED:
            streak += 1
        elif light.colour == GREEN and before == GREEN:
            streak = 0
        before = light.colour
        shown.append(replace(light, streak=streak))
    return shown
