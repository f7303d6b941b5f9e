"""The words of the data desk: states, kinds, events, and what is wrong."""

from indicators.errors import N_, CockpitError
from pages._components import shell
from pages._components.elements import Element
from pages._components.words import Words
from pages._session import Session
from services.desk_views import Delivery

STATES = {
    "arrived": N_("已到齐"),
    "stated": N_("已说明"),
    "coming": N_("未到期"),
    "due": N_("已到期"),
    "late": N_("已迟报"),
}
"""The state of a release."""

DELIVERY = {
    "draft": N_("草稿"),
    "scheduled": N_("待发布"),
    "released": N_("已发布"),
    "dropped": N_("已搁置"),
}
"""The state of a delivery."""

KINDS = {
    "template": N_("模板"),
    "upload": N_("文件"),
    "grid": N_("网页填报"),
    "correction": N_("更正"),
}

EVENTS = {
    "opened": N_("建立"),
    "scheduled": N_("安排发布"),
    "released": N_("发布"),
    "reopened": N_("取回修改"),
    "failed": N_("没有发布成功"),
    "dropped": N_("搁置"),
}

MARKS = {
    "error": N_("错误"),
    "warning": N_("提示"),
    "accepted": N_("已接受"),
    "notice": N_("说明"),
}
"""What a mark at a cell is called."""


def doubts(one: Delivery, words: Words) -> str:
    """What is left to be done about a delivery."""
    parts = []
    if one.errors:
        parts.append(words.t("{count} 错误", count=one.errors))
    if one.warnings:
        parts.append(words.t("{count} 提示", count=one.warnings))
    return words.listed(parts) or "—"


def refused(error: CockpitError, here: Session) -> Element:
    """A page that this reader may not see, or that there is not."""
    issue = error.issues[0]
    return shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
