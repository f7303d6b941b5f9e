"""The forms of a scorecard: a line, a score by hand, showing, confirming, appeals and what becomes of them."""

from collections.abc import Sequence

from indicators.scorecards import RULES, Item, Way
from pages._components import forms
from pages._components.collection_words import cancel
from pages._components.elements import Element, el
from pages._components.plans_forms import WIDE, appeal_day
from pages._session import Session
from pages._state import PageState
from services.plans_views import AppealView, CardView, SubjectRow
from services.scorecards_reading import DISMISSED, UPHELD


def seen(view: CardView) -> list[Element]:
    """Which card, and the version that was seen."""
    return [forms.hidden("card", view.card.id), forms.hidden("version", view.card.version)]


def line(view: CardView, here: Session, state: PageState, item: Item | None = None) -> Element:
    """Add a line, or put another in its place."""
    t = here.texts.t
    given = item or Item("", "", Way.REACH, 0.0)
    ways = [(one.value, t(word)) for one, word in RULES.items()]

    def number(value: float | None) -> str | None:
        return None if value is None else f"{value:g}"

    return forms.form(
        here,
        "scorecard.put",
        *seen(view),
        forms.hidden("item", given.id),
        forms.text("name", t("评分项名称"), given.name, hint=t("留空时用指标的名称。"), maxLength=80),
        forms.number("weight", t("权重"), number(given.weight or None), unit="%", required=True),
        forms.select("way", t("评分规则"), ways, given.way.value, required=True),
        forms.text("indicator", t("指标代码"), given.indicator, hint=t("按指标评分时填写。")),
        forms.select("op", t("目标方向"), [(">=", t("不低于")), ("<=", t("不高于"))], given.op),
        forms.number("target", t("目标值"), number(given.target), hint=t("按目标得分时填写。")),
        forms.number("zero", t("零分值"), number(given.zero), hint=t("按区间得分时填写。")),
        forms.number("full", t("满分值"), number(given.full), hint=t("按区间得分时填写。")),
        el("Details",
           el("Summary", t("只评部分对象（不选即评全部）")),
           forms.checks("only", t("评分对象"), view.subjects, given.only), class_="field-wide more"),
        submit=t("保存评分项"),
        cancel=cancel(here, state.with_(open=None)),
        class_=WIDE,
    )  # fmt: skip


def score(view: CardView, here: Session, state: PageState) -> Element | None:
    """Score a subject by hand."""
    t = here.texts.t
    by_hand = [(item.id, item.name) for item in view.items if item.way is Way.HAND]
    if not by_hand:
        return None
    return forms.form(
        here,
        "scorecard.give",
        *seen(view),
        forms.select("subject", t("评分对象"), [("", t("请选择")), *view.subjects], required=True),
        forms.select(
            "item", t("评分项"), [("", t("请选择")), *by_hand] if len(by_hand) > 1 else by_hand, required=True
        ),
        forms.number("score", t("得分"), hint=t("0 到 100；留空是收回已给的分。")),
        forms.area("evidence", t("评分依据"), required=True),
        submit=t("保存得分"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def show(view: CardView, here: Session, state: PageState) -> Element:
    """Show the scores, with a time for appeals."""
    t = here.texts.t
    return forms.form(
        here,
        "scorecard.show",
        *seen(view),
        forms.date("appeal_on", t("申诉截止日"), appeal_day(here), required=True),
        forms.area("text", t("公示说明"), hint=t("可以留空。公示时的得分固化为一版。")),
        el("P", class_="field-error field-wide", data_error="items"),
        submit=t("公示"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def reasoned(name: str, view: CardView, here: Session, state: PageState, submit: str, ask: str) -> Element:
    """Recall or withdraw a card, with the reason."""
    t = here.texts.t
    return forms.form(
        here, f"scorecard.{name}", *seen(view), forms.area("text", t("理由"), required=True), submit=t(submit),
        cancel=cancel(here, state), class_=WIDE, ask=t(ask),
    )  # fmt: skip


def confirm(view: CardView, here: Session, state: PageState) -> Element:
    """The scores stand for good."""
    t = here.texts.t
    return forms.form(
        here, "scorecard.confirm", *seen(view), forms.area("text", t("确认说明")), submit=t("确认评分"),
        cancel=cancel(here, state), class_=WIDE, ask=t("确认以后得分不再改变。确定吗？"),
    )  # fmt: skip


def appeal(view: CardView, rows: Sequence[SubjectRow], here: Session, state: PageState) -> Element:
    """Say what is wrong with an own score."""
    t = here.texts.t
    own = [(row.code, row.name) for row in rows if row.own]
    judged = {cell.item for row in rows if row.own for cell in row.cells}
    items = [(item.id, item.name) for item in view.items if item.id in judged]
    return forms.form(
        here,
        "scorecard.appeal",
        forms.hidden("card", view.card.id),
        forms.select("subject", t("申诉单位"), own, own[0][0] if own else "", required=True),
        forms.select("item", t("评分项"), [("", t("请选择")), *items], required=True),
        forms.area("text", t("申诉理由"), required=True, hint=t("写明事实和依据。")),
        submit=t("提交申诉"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def rule(view: AppealView, here: Session, state: PageState) -> Element:
    """Decide an appeal."""
    t = here.texts.t
    options = [("", t("请选择")), (UPHELD, t("采纳，改分")), (DISMISSED, t("不采纳"))]
    return forms.form(
        here,
        "scorecard.rule",
        forms.hidden("appeal", view.appeal.id),
        forms.select("ruling", t("裁定"), options, required=True),
        forms.number("score", t("改为"), hint=t("采纳时填写，0 到 100。")),
        forms.area("reason", t("裁定理由"), required=True),
        submit=t("保存裁定"),
        cancel=cancel(here, state),
        class_=WIDE,
    )
