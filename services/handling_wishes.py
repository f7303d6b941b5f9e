"""What people wish for about a warning: a silence, an answer; and everything that may be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from indicators.catalog import Catalog
from indicators.definition import indicator_of
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import RegionTree
from indicators.rules import WarningLevel

LONGEST_TEXT = 2000
A_DAY = 24 * 3600

REASONS: Mapping[str, str] = {
    "expected": N_("意料之中：季节、工期或既定安排"),
    "data": N_("数据问题：口径、迟报或录入有误"),
    "one_off": N_("一次性因素，已经过去"),
    "threshold": N_("阈值不合适"),
    "known": N_("已在处理，另有渠道跟踪"),
    "not_ours": N_("不属本部门职责"),
    "other": N_("其他"),
}
"""Why no action is needed: the classes that an answer chooses from, with their words."""


@dataclass(frozen=True)
class SilenceWish:
    """What is to be silenced, until when and why.

    rule, indicator  empty: any; at least one of the two, or a region below the whole of one's own, must narrow it
    region           with all that lies in it
    level            the highest level that is silenced
    until            the last second, epoch seconds; there is no silence without an end
    """

    region: int
    until: int | None
    reason: str
    rule: str = ""
    indicator: str = ""
    level: int = WarningLevel.RED


@dataclass(frozen=True)
class Answer:
    """What the owner of a warning answers.

    kind        "measure": something is done; "no_action": nothing need be done, for a reason
    reason      of no_action: one of REASONS
    text        the measure, or the reason in words
    cause       why the warning came
    expected    of a measure: the day (ISO) on which the figure should be well again
    department  whose answer it is
    item        the supervised item that is answered with it
    """

    kind: Literal["measure", "no_action"]
    text: str
    reason: str = ""
    cause: str = ""
    expected: str = ""
    department: str = ""
    item: int | None = None


def wrong_silence(
    wish: SilenceWish, now: int, longest: int, catalog: Catalog, tree: RegionTree
) -> list[Issue]:
    """Everything that is wrong with a silence that is wished for."""
    issues = []
    if wish.until is None:
        issues.append(Issue("no_end", N_("静默没有写结束时间"), N_("请写明静默到什么时候。"), "until"))
    elif wish.until <= now:
        issues.append(Issue("past_end", N_("静默的结束时间已经过去"), N_("请写一个将来的时间。"), "until"))
    elif wish.until > now + longest * A_DAY:
        what, do = N_("静默太长"), N_("最长 {days} 天；到期仍需要时再续。")
        issues.append(Issue("too_long", what, do, "until", params={"days": longest}))
    if not wish.reason.strip():
        issues.append(Issue("no_reason", N_("没有写静默的理由"), N_("请写明为什么静默。"), "reason"))
    if len(wish.reason) > LONGEST_TEXT:
        issues.append(_too_long("reason"))
    if not tree.has(wish.region):
        issues.append(Issue("unknown_region", N_("没有这个地区"), N_("请从列表中选择。"), "region"))
    for name, code in (
        ("indicator", wish.indicator),
        ("rule", indicator_of(wish.rule) if wish.rule else ""),
    ):
        if code and code not in catalog:
            issues.append(Issue("unknown_rule", N_("没有这项指标或规则"), N_("请从列表中选择。"), name))
    if wish.level not in {int(level) for level in WarningLevel}:
        issues.append(Issue("unknown_level", N_("没有这个级别"), N_("请从列表中选择。"), "level"))
    if not (wish.rule or wish.indicator) and wish.region == tree.root:
        what, do = N_("不能静默全部预警"), N_("请选定一项指标、一条规则，或一个下级地区。")
        issues.append(Issue("all_silenced", what, do, "region"))
    return issues


def text_of(text: str, field: str, *, needed: bool = True) -> str:
    """A text that somebody wrote, trimmed."""
    plain = text.strip()
    if needed and not plain:
        raise CockpitError(Issue("nothing_written", N_("这里还没有填写"), N_("请写一句话。"), field))
    if len(plain) > LONGEST_TEXT:
        raise CockpitError(_too_long(field))
    return plain


def _too_long(field: str) -> Issue:
    what, do = N_("文字太长"), N_("最多 {most} 字。")
    return Issue("text_too_long", what, do, field, params={"most": LONGEST_TEXT})


def wrong_answer(answer: Answer) -> list[Issue]:
    """What an answer lacks."""
    issues = []
    if not answer.text.strip():
        issues.append(Issue("nothing_written", N_("这里还没有填写"), N_("请写一句话。"), "text"))
    issues += [_too_long(name) for name in ("text", "cause") if len(getattr(answer, name)) > LONGEST_TEXT]
    if answer.kind == "no_action" and answer.reason not in REASONS:
        issues.append(Issue("no_reason", N_("没有选择理由"), N_("请选择为什么无需处置。"), "reason"))
    if answer.kind == "measure" and answer.expected:
        try:
            date.fromisoformat(answer.expected)
        except ValueError:
            what, do = N_("日期“{text}”读不懂"), N_("请写成 2025-06-30 的样子。")
            issues.append(Issue("no_date", what, do, "expected", params={"text": answer.expected[:40]}))
    return issues
