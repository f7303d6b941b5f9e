"""The forms of calls for indicators: announce, propose, score, decide, and what moves a call on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from indicators.collection import CRITERIA, HIGHEST, HINTS, USUAL, Criterion, Outcome
from pages._components import forms
from pages._components.collection_words import FREQUENCY_WORDS, LEVELS, OUTCOMES, cancel
from pages._components.elements import Child, Element, el
from pages._session import Session
from pages._state import PageState
from services.collection_reading import COUNTIES
from services.collection_views import CallView, ProposalView


def announce(here: Session, state: PageState) -> Element:
    """Open a call."""
    t, service = here.texts.t, here.services.collection
    today = service.today()
    weights = [
        forms.number(f"weight_{one.id}", t("权重：{name}", name=t(CRITERIA[one.id])), f"{one.weight:g}", unit="%",
                     hint=t(HINTS[one.id]))
        for one in USUAL
    ]  # fmt: skip
    offered = [(COUNTIES, t("各县区")), *service.departments(here.language).items()]
    return forms.form(
        here,
        "call.announce",
        forms.text("title", t("征集主题"), required=True, maxLength=80),
        forms.date("due_on", t("征集截止日"), (today + timedelta(days=14)).isoformat(), required=True,
                   min=today.isoformat()),
        forms.date("score_on", t("评分截止日"), (today + timedelta(days=21)).isoformat(), required=True,
                   min=today.isoformat()),
        forms.area("purpose", t("征集说明"), required=True, hint=t("要解决什么问题，需要哪一类指标。")),
        *weights,
        el("Details",
           el("Summary", t("只面向部分单位（不选即面向所有部门和县区）")),
           forms.checks("departments", t("面向的单位"), offered), class_="field-wide more"),
        submit=t("发起征集"),
        cancel=cancel(here, state),
        class_="form-wide collection-form",
    )  # fmt: skip


def proposal(here: Session, state: PageState, call: int, before: ProposalView | None = None) -> Element:
    """Hand in a proposal, or put a new text in the place of one."""
    t = here.texts.t
    given: Mapping[str, str] = before.proposal.document if before is not None else {}
    frequencies = [("", t("请选择")), *((code, t(word)) for code, word in FREQUENCY_WORDS.items())]
    levels = [(code, t(word)) for code, word in LEVELS.items()]
    hidden: list[Child] = [forms.hidden("call", call)]
    if before is not None:
        hidden += [
            forms.hidden("proposal", before.proposal.id),
            forms.hidden("version", before.proposal.version),
        ]
    return forms.form(
        here,
        "call.rewrite" if before is not None else "call.propose",
        *hidden,
        forms.text("name_zh", t("指标名称"), given.get("name_zh", ""), required=True, maxLength=80),
        forms.text("name_en", t("英文名称"), given.get("name_en", ""), hint=t("可以留空。")),
        forms.text("unit", t("单位"), given.get("unit", ""), required=True, hint=t("例如 亿元、%、件/万人。")),
        forms.select("frequency", t("频度"), frequencies, given.get("frequency", ""), required=True),
        forms.select("lowest_level", t("最低发布层级"), levels, given.get("lowest_level", "county")),
        forms.area("purpose", t("为什么需要"), given.get("purpose", ""), required=True),
        forms.area("definition_zh", t("定义"), given.get("definition_zh", ""), required=True),
        forms.area("calibre_zh", t("口径"), given.get("calibre_zh", "")),
        forms.area("formula", t("计算方法"), given.get("formula", ""), hint=t("可以用文字，也可以用指标代码。")),
        forms.area("source", t("数据从哪里来"), given.get("source", ""), required=True,
                   hint=t("哪个系统、哪张报表、多久更新一次。")),
        submit=t("保存修改") if before is not None else t("提交建议"),
        cancel=cancel(here, state),
        class_="form-wide collection-form",
    )  # fmt: skip


def score(view: ProposalView, criteria: Sequence[Criterion], here: Session, state: PageState) -> Element:
    """Score a proposal, or stand aside."""
    t, mine = here.texts.t, view.mine
    given = mine.scores if mine is not None else {}
    boxes = [
        forms.number(f"score_{one.id}", f"{t(CRITERIA[one.id])} · {one.weight:g}%",
                     f"{given[one.id]:g}" if one.id in given else None, hint=t(HINTS[one.id]), required=True)
        for one in criteria
    ]  # fmt: skip
    return forms.form(
        here,
        "call.score",
        forms.hidden("proposal", view.proposal.id),
        el("P", t("每项 0 到 {most} 分，越高越好。", most=HIGHEST), class_="notes field-wide"),
        *boxes,
        forms.area("comment", t("评语"), mine.comment if mine is not None else ""),
        forms.check("aside", t("回避，不评分"), bool(mine and mine.aside), hint=t("与建议有利害关系的应当回避，并在评语里说明。")),
        submit=t("提交评分"),
        cancel=cancel(here, state.with_(open=None)),
        class_="form-wide collection-form",
    )  # fmt: skip


def decide(view: ProposalView, here: Session, state: PageState) -> Element:
    """The decision on a proposal, with its reason."""
    t, last = here.texts.t, view.decision
    outcomes = [("", t("请选择")), *((one.value, t(OUTCOMES[one])) for one in Outcome)]
    return forms.form(
        here,
        "call.decide",
        forms.hidden("proposal", view.proposal.id),
        forms.hidden("seen", len(view.decisions)),
        forms.select("outcome", t("结论"), outcomes, last.outcome if last is not None else "", required=True),
        forms.area("reason", t("理由"), last.reason if last is not None else "", required=True),
        submit=t("保存结论"),
        cancel=cancel(here, state.with_(open=None)),
        class_="form-wide collection-form",
    )


def extend(view: CallView, here: Session, state: PageState) -> Element:
    """Another last day for the running stage."""
    t, entry = here.texts.t, "close_entry" in view.may
    day = view.line.due_on if entry else view.line.score_on
    return forms.form(
        here,
        "call.extend",
        *_seen(view),
        forms.date("due_on", t("征集截止日") if entry else t("评分截止日"), day.isoformat(), required=True),
        forms.area("text", t("理由"), required=True),
        submit=t("调整截止日期"),
        cancel=cancel(here, state),
        class_="form-wide collection-form",
    )


def finish(view: CallView, here: Session, state: PageState) -> Element:
    """The selection stands."""
    t = here.texts.t
    return forms.form(
        here,
        "call.finish",
        *_seen(view),
        forms.area("text", t("评选说明"), hint=t("可以留空。结果会告知所有提出建议的单位。")),
        submit=t("公布评选结果"),
        cancel=cancel(here, state),
        class_="form-wide collection-form",
        ask=t("公布以后结论不再改变。确定公布吗？"),
    )


def withdraw(view: CallView, here: Session, state: PageState) -> Element:
    """Take a call back."""
    t = here.texts.t
    return forms.form(
        here,
        "call.withdraw",
        *_seen(view),
        forms.area("text", t("撤回理由"), required=True),
        submit=t("撤回征集"),
        cancel=cancel(here, state),
        class_="form-wide collection-form",
        ask=t("撤回以后不再评分和评选，已有的内容都会保留。确定撤回吗？"),
    )


def _seen(view: CallView) -> list[Element]:
    return [forms.hidden("call", view.call.id), forms.hidden("version", view.call.version)]
