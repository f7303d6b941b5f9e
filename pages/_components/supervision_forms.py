"""The forms of supervision: a dispatch, which opens in place wherever there is something to be supervised, and the acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from indicators.errors import N_
from indicators.supervision import Act
from pages._components import forms
from pages._components import supervision_words as say
from pages._components.elements import Child, Element, el, link
from pages._session import Session
from pages._state import PageState
from services import access
from services.handling_wishes import REASONS
from services.supervision_views import DispatchView, ItemLine, ItemView

DISPATCH = "dispatch"
"""What the address calls the open form of a dispatch."""

NO_ACTION = "no_action"


def dispatch_link(
    source: str, here: Session, state: PageState, *, path: str = "", open_: str | None = None
) -> Element | None:
    """督办 for a source, in place: what is supervised of it already, the button, and the form once it was pressed.

    source  ``alert:<id>``, ``incident:12``, ``project:12``, ``project:12-3``, ``hotline:noise-440981000000``
    path    of the page it stands on; empty: the address stays on the page that is shown
    open_   tells sources of one page apart: what the address calls the one whose form is open
    returns None where there is nothing to show: the reader may not supervise there, and nothing is supervised
    """
    supervision = here.services.supervision
    may = access.may(here.actor, "supervise")
    view = supervision.dispatch_form(here.actor, source, here.language) if may else None
    items = view.items if view else supervision.of_source(here.actor, source, here.language)
    if view is None and not items:
        return None
    chosen = view is not None and state.edit == DISPATCH and open_ in (None, state.open)
    closed = state.with_(edit=None, sheet=state.sheet, open=None if open_ else state.open)
    back = path + (closed.to_url() or ("" if path else "?"))
    there = path + closed.with_(edit=DISPATCH, sheet=state.sheet, open=open_ or closed.open).to_url()
    return el(
        "Div",
        el("Ul", [known_line(one, here, state) for one in items], class_="supervised") if items else None,
        link(back if chosen else there, here.texts.t("督办"), class_="button button-quiet",
             aria_expanded="true" if chosen else "false") if view else None,
        dispatch_form(view, here, back) if view is not None and chosen else None,
        class_="dispatch",
    )  # fmt: skip


def known_line(one: ItemLine, here: Session, state: PageState) -> Element:
    """One item on a source, in a line: its number, whose, where it stands."""
    texts = here.texts
    return el(
        "Li",
        link(say.address(one.id, state), texts.t("督办 {number} 号", number=one.id), class_="inline-link"),
        el("Span", say.whose(one, texts), class_="quiet"),
        say.standing(one, texts),
        el("Span", say.due(one, texts), class_="quiet") if one.open else None,
        say.marks(one, texts),
    )


def dispatch_form(view: DispatchView, here: Session, back: str) -> Element:
    """The form of a dispatch; of what is given by hand it asks for the matter and the region too."""
    t = here.texts.t
    by_hand: list[Child] = []
    if view.kind == "hand":
        by_hand = [
            forms.text("title", t("督办事项"), required=True, hint=t("一句话说清要办的事。")),
            forms.select("region", t("所在地区"), view.regions, view.region, required=True),
        ]
    return forms.form(
        here,
        "supervision.dispatch",
        forms.hidden("source", view.name),
        *by_hand,
        forms.select("department", t("责任部门"), [("", t("请选择")), *view.departments], view.department, required=True),
        forms.text("unit", t("责任单位或责任人"), hint=t("可以留空，由部门落实到人。")),
        days(view.deadlines, view.days, here, "" if view.announced else t("国务院尚未公布的年份，调休未计入。")),
        forms.area("instruction", t("督办要求"), required=True, hint=t("当前数据随派单一并固化留存。")),
        submit=t("确认派单"),
        cancel=link(back, t("取消"), class_="button button-quiet"),
        class_="form-wide dispatch-form",
        busy=t("正在派单…"),
    )  # fmt: skip


def days(offered: Sequence[tuple[int, date]], chosen: int, here: Session, hint: str = "") -> Element:
    """The deadline in working days, each with the day on which it ends."""
    t = here.texts.t
    options = [
        (str(count), t("{count} 个工作日，至 {day}", count=count, day=say.day(end, here.texts)))
        for count, end in offered
    ]
    return forms.select("days", t("反馈时限"), options, str(chosen), required=True, hint=hint)


# ---- what is done with an item

Fields = Callable[[ItemView, Session], Sequence[Child]]


@dataclass(frozen=True)
class Edit:
    """One thing that can be done with an item by a form."""

    act: Act
    title: str
    submit: str
    fields: Fields
    ask: str = ""


def _answer(view: ItemView, here: Session) -> Sequence[Child]:
    """Cause, measure, expected recovery; what a first answer said stands above the form, not in it."""
    t = here.texts.t
    return [
        forms.hidden("kind", "measure"),
        forms.area("cause", t("原因分析"), required=True),
        forms.area("measure", t("措施"), required=True),
        forms.date("expected_on", t("预计恢复日期"), required=True, min=here.texts.local(view.at).strftime("%Y-%m-%d")),
        forms.area("text", t("补充说明")),
    ]  # fmt: skip


def _no_action(_view: ItemView, here: Session) -> Sequence[Child]:
    t = here.texts.t
    reasons = [(code, t(word)) for code, word in REASONS.items()]
    return [
        forms.hidden("kind", NO_ACTION),
        forms.select("reason", t("原因类别"), [("", t("请选择")), *reasons], required=True),
        forms.area("text", t("理由"), required=True),
    ]


def _return(view: ItemView, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [
        forms.area("text", t("退回理由"), required=True, hint=t("原反馈保留，责任部门须再次反馈。")),
        days(view.deadlines, 3, here),
    ]


def _close(_view: ItemView, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [forms.area("text", t("审核意见"), hint=t("可以留空。办结时的数据将固化，供回看。"))]


def _urge(_view: ItemView, here: Session) -> Sequence[Child]:
    return [forms.area("text", here.texts.t("催办要求"), hint=here.texts.t("可以留空。"))]


def _withdraw(_view: ItemView, here: Session) -> Sequence[Child]:
    t = here.texts.t
    return [forms.area("text", t("撤回理由"), required=True, hint=t("撤回的事项保留，不计入各项比率。"))]


EDITS: Mapping[str, Edit] = {
    "answer": Edit(Act.ANSWER, N_("反馈"), N_("提交反馈"), _answer),
    "no_action": Edit(Act.ANSWER, N_("无需处置"), N_("提交反馈"), _no_action),
    "close": Edit(Act.CLOSE, N_("审核通过，办结"), N_("办结"), _close),
    "return": Edit(Act.RETURN, N_("退回"), N_("退回"), _return),
    "urge": Edit(Act.URGE, N_("催办"), N_("催办"), _urge),
    "withdraw": Edit(Act.WITHDRAW, N_("撤回"), N_("撤回"), _withdraw,
                     ask=N_("撤回后责任部门不再办理。确定撤回吗？")),
}  # fmt: skip
"""What can be done by a form, by the name that stands in the address."""


def edit_form(name: str, view: ItemView, here: Session, back: str) -> Element:
    """The form of an edit, on the version that was read."""
    edit, t = EDITS[name], here.texts.t
    return forms.form(
        here,
        f"supervision.{edit.act.value}",
        forms.hidden("item", view.item.id),
        forms.hidden("version", view.item.version),
        *edit.fields(view, here),
        submit=t(edit.submit),
        cancel=link(back, t("取消"), class_="button button-quiet"),
        class_="form-wide supervision-form",
        ask=t(edit.ask) if edit.ask else "",
    )


def calendar_form(here: Session, back: str) -> Element:
    """Correct a day of the working calendar; what was corrected before stands above it."""
    t, texts = here.texts.t, here.texts
    known = here.services.supervision.store.corrections()
    lines = [
        el("Li", f"{one.day // 10000}-{one.day // 100 % 100:02}-{one.day % 100:02} ",
           el("B", t("上班") if one.works else t("休息")), " ", el("Span", one.reason, class_="quiet"),
           el("Span", texts.moment(one.at), class_="quiet"))
        for one in known[-12:]
    ]  # fmt: skip
    return el(
        "Div",
        el("Ul", lines, class_="supervised") if lines else None,
        forms.form(
            here,
            "supervision.workday",
            forms.date("day", t("日期"), required=True),
            forms.select("works", t("这一天"), [("work", t("上班")), ("rest", t("休息"))], "rest"),
            forms.text("reason", t("更正依据"), required=True, hint=t("例如国务院办公厅通知的文号。")),
            submit=t("保存更正"),
            cancel=link(back, t("取消"), class_="button button-quiet"),
            class_="form-wide",
        ),
    )
