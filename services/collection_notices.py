"""What is told of calls and yearly reviews: who gets which sentence."""

from collections.abc import Mapping
from datetime import date

from data_access.collection import Call
from data_access.yearly_reviews import Review
from indicators.collection import CallState
from indicators.errors import N_
from services.collection_forms import as_date
from services.notices import Line, Notice, named

ENTRY = "call.entry"
"""A kind that is told to those who may propose."""

SCORING = "call.scoring"
"""A kind that is told to those who may score."""

RUN = "call.run"
"""A kind that is told to those who run calls and reviews."""

OWED = "call.owed"
"""What a department owes a review; told to that department."""


def announced(call: Call, at: int) -> Notice:
    """A call was opened."""
    return _of_call(
        call, ENTRY, "announce", N_("征集指标：{title}，请在 {day} 前提出"), as_date(call.due_on), at
    )


def extended(call: Call, at: int, day: date) -> Notice:
    """The time for proposals or scores was moved."""
    kind = ENTRY if call.state == CallState.OPEN else SCORING
    return _of_call(call, kind, f"extend:{call.version}", N_("“{title}”的截止日期改为 {day}"), day, at)


def entry_ends(call: Call, at: int) -> Notice:
    """The last day for proposals is near."""
    return _of_call(
        call, ENTRY, "remind:entry", N_("征集即将截止：{title}，{day} 为最后一天"), as_date(call.due_on), at
    )


def scores_end(call: Call, at: int) -> Notice:
    """The last day for scores is near."""
    return _of_call(
        call,
        SCORING,
        "remind:score",
        N_("评分即将截止：{title}，{day} 为最后一天"),
        as_date(call.score_on),
        at,
    )


def to_be_scored(call: Call, at: int) -> Notice:
    """The experts' turn."""
    return _of_call(call, SCORING, "scoring", N_("请评分：{title}，{day} 前完成"), as_date(call.score_on), at)


def to_be_decided(call: Call, at: int) -> Notice:
    """The turn of those who run the call."""
    return _of_call(call, RUN, "selecting", N_("评分已结束，请评选：{title}"), as_date(call.score_on), at)


def decided(call: Call, at: int, to: tuple[str, ...]) -> Notice:
    """The selection stands; told to those who proposed."""
    return _of_call(call, ENTRY, "finish", N_("评选结果已公布：{title}"), as_date(call.due_on), at, to)


def withdrawn(call: Call, at: int, to: tuple[str, ...]) -> Notice:
    """A call was taken back; told to those who proposed."""
    return _of_call(call, ENTRY, "withdraw", N_("征集已撤回：{title}"), as_date(call.due_on), at, to)


def owed(
    review: Review, title: Mapping[str, str], department: str, count: int, at: int, key: str, late: bool
) -> Notice:
    """What a department still owes a review."""
    message = (
        N_("年度复核已过期：{title}，还有 {count} 个指标没有答复")
        if late
        else N_("年度复核：{title}，还有 {count} 个指标请在 {day} 前答复")
    )
    fields = {"title": title, "count": count, "day": as_date(review.due_on).isoformat()}
    line = Line(review.region, message, fields)
    return Notice(
        f"review:{review.id}:{department}:{key}", OWED, review.region, "", 0, line, (), f"/review/{review.id}", at,
        department=department,
    )  # fmt: skip


def _of_call(
    call: Call, kind: str, key: str, message: str, day: date, at: int, to: tuple[str, ...] = ()
) -> Notice:
    line = Line(call.region, message, {"title": named(call.title), "day": day.isoformat()})
    return Notice(f"call:{call.id}:{key}", kind, call.region, "", 0, line, (), f"/calls/{call.id}", at, to=to)
