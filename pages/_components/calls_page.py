"""The page of collecting indicators: calls under way and past, the yearly reviews, and the ways to begin one."""

from collections.abc import Sequence
from datetime import timedelta

from indicators.errors import N_
from pages._components import call_forms, forms, workshop
from pages._components import collection_words as say
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.incident_words import original
from pages._components.registers import head, table
from pages._session import Session
from pages._state import PageState
from services.collection_views import CallLine, ReviewLine
from services.texts import MISSING

ANNOUNCE, REVIEW = "announce", "review"


def render(here: Session, state: PageState) -> Element:
    """The whole page."""
    t, services = here.texts.t, here.services
    runs = any(services.collection.runs(here.actor, code) for code in here.actor.regions)
    offered = [(ANNOUNCE, N_("发起征集")), (REVIEW, N_("开展年度复核"))] if runs else []
    chosen = state.edit if state.edit in dict(offered) else None
    return el(
        "Div",
        workshop.tabs(here, "calls", state),
        el("Header", el("H1", t("征集评选")),
           el("P", el("Span", t("征集、设计、评选、更新指标：谁提出、谁评分、为什么选中，都有记录。")), class_="board-facts"),
           class_="board-head"),
        el("Div", el("Div", say.ways(offered, here, state, chosen), class_="incident-ways"),
           call_forms.announce(here, state) if chosen == ANNOUNCE else None,
           _review_form(here, state) if chosen == REVIEW else None,
           class_="incident-acts") if offered else None,
        _calls(services.collection.calls(here.actor), here, state),
        _reviews(services.reviews.reviews(here.actor, here.language), here, state),
        class_="board workshop collection",
    )  # fmt: skip


def _calls(lines: Sequence[CallLine], here: Session, state: PageState) -> Element:
    t = here.texts.t
    heads = [
        head(t("征集")),
        head(t("阶段")),
        head(t("期限")),
        head(t("建议"), number=True),
        head(t("我的"), number=True),
    ]
    empty = t("没有面向您的征集。")
    return card(
        t("征集"),
        t("共 {count} 次", count=len(lines)),
        table(t("征集"), heads, [_call(one, here, state) for one in lines], "calls")
        if lines
        else el("P", empty, class_="all-quiet"),
        class_="panel-register",
    )


def _call(one: CallLine, here: Session, state: PageState) -> Element:
    texts = here.texts
    scoring = one.state.value == "scoring"
    open_ = one.state.value in ("open", "scoring")
    day = one.score_on if scoring else one.due_on
    told: Child = texts.number(one.mine)
    if one.unscored:
        told = texts.t("待评分 {count}", count=one.unscored)
    return el(
        "Tr",
        el("Th", link(f"/calls/{one.id}{say.kept(state)}", original(one.title, texts)), " ", say.simulated(texts, one.simulated), scope="row"),
        el("Td", say.status(say.CALL_STATES[one.state], one.state.value, texts)),
        el("Td", say.until(day, one.late, texts) if open_ else texts.date(one.due_on)),
        el("Td", MISSING if one.proposals is None else texts.number(one.proposals), class_="number",
           title=texts.t("截止以前不公开") if one.proposals is None else None),
        el("Td", told, class_="number"),
        class_="row-quiet" if not open_ and one.state.value != "selecting" else None,
    )  # fmt: skip


def _reviews(lines: Sequence[ReviewLine], here: Session, state: PageState) -> Element | None:
    t = here.texts.t
    if not lines:
        return None
    heads = [
        head(t("年度复核")),
        head(t("阶段")),
        head(t("期限")),
        head(t("已答复"), number=True),
        head(t("待我答复"), number=True),
    ]
    return card(
        t("年度复核"),
        t("每年逐个指标问一遍责任部门：保留、修改还是停用"),
        table(t("年度复核"), heads, [_review(one, here, state) for one in lines], "reviews"),
        class_="panel-register",
    )


def _review(one: ReviewLine, here: Session, state: PageState) -> Element:
    texts = here.texts
    word = N_("进行中") if one.open else N_("已结束")
    return el(
        "Tr",
        el("Th", link(f"/review/{one.id}{say.kept(state)}", one.title), " ", say.simulated(texts, one.simulated), scope="row"),
        el("Td", say.status(word, "open" if one.open else "closed", texts)),
        el("Td", say.until(one.due_on, one.late, texts) if one.open else texts.date(one.due_on)),
        el("Td", f"{texts.number(one.answered)} / {texts.number(one.asked)}", class_="number"),
        el("Td", texts.number(one.waiting) if one.waiting else MISSING, class_="number"),
        class_=None if one.open else "row-quiet",
    )  # fmt: skip


def _review_form(here: Session, state: PageState) -> Element:
    t, today = here.texts.t, here.services.reviews.today()
    return forms.form(
        here,
        "review.begin",
        forms.number("year", t("年度"), str(today.year), required=True),
        forms.date("due_on", t("答复截止日"), (today + timedelta(days=30)).isoformat(), required=True, min=today.isoformat()),
        forms.text("title", t("名称"), hint=t("可以留空，按年度命名。")),
        forms.check("inputs", t("也包括基础数据项"), hint=t("看板上不显示、只供计算用的数据项。")),
        submit=t("开展年度复核"),
        cancel=say.cancel(here, state),
        class_="form-wide collection-form",
        ask=t("将向每个责任部门发出复核。确定开始吗？"),
    )  # fmt: skip
