"""What is and can be done about one warning: taken, silenced, supervised, answered; and the notes on it."""

from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el
from pages._components.supervision_forms import dispatch_link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services import access
from services.handling_wishes import REASONS
from services.warning_acts import SPANS
from services.warning_views import Badge, OneWarning

MEASURE = "measure"


def handling(view: OneWarning, here: Session, state: PageState, words: Words) -> Element | None:
    """The state of things, and the acts of whoever may act."""
    row = view.row
    badges = {badge.kind: badge for badge in row.badges}
    acts = view.open and row.acts
    parts: list[Child] = [
        _acked(view, badges.get("acked"), acts, here, words),
        _silenced(view, badges.get("silenced"), acts, here, words),
        el("P", words.t("频繁波动：暂停发送新发和解除消息。"), class_="notes")
        if "flapping" in badges
        else None,
        dispatch_link(f"alert:{row.line.id}", here, state),
        _answers(view, here, words),
        _answer(view, here, words) if acts else None,
    ]
    if not any(parts):
        return None
    return card(words.t("处置"), "", el("Div", parts, class_="handling"), class_="panel-handling")


def _acked(view: OneWarning, badge: Badge | None, acts: bool, here: Session, words: Words) -> Child:
    """Who has taken it, or the button to take it."""
    pick = {"pick": f"{view.row.line.id}@{view.row.version}"}
    if badge:
        return [
            el("P", el("B", words.t("已知悉")), " ", _by(badge, words), class_="handled"),
            forms.button(here, "warnings.unack", words.t("撤销知悉"), pick, identity="unack")
            if acts
            else None,
        ]
    if not acts:
        return None
    return forms.button(here, "warnings.ack", words.t("知悉"), pick, class_="button", identity="ack",
                        label=words.t("知悉：不再重复提醒，也不再升级告知，直到级别上升"))  # fmt: skip


def _silenced(view: OneWarning, badge: Badge | None, acts: bool, here: Session, words: Words) -> Child:
    """Until when it is silenced, or the form to silence it."""
    if badge:
        until = words.t("至 {moment}", moment=words.moment(badge.until)) if badge.until else ""
        lifted = {"silence": badge.key}
        return [
            el("P", el("B", words.t("已静默")), " ", _by(badge, words, until), class_="handled"),
            forms.button(here, "warnings.lift", words.t("解除静默"), lifted, identity="lift")
            if acts
            else None,
        ]
    if not acts:
        return None
    spans = [("", words.t("请选择")), *((span, words.t(said)) for span, said in SPANS.items())]
    return _unfolding(
        words.t("静默"),
        "silence",
        forms.form(
            here,
            "warnings.silence",
            forms.hidden("pick", f"{view.row.line.id}@{view.row.version}"),
            forms.select("until", words.t("静默多久"), spans, required=True,
                         hint=words.t("到期自动恢复，级别上升时立即恢复。")),
            forms.text("reason", words.t("理由"), required=True, maxLength=200),
            submit=words.t("静默这条预警"),
        ),
    )  # fmt: skip


def _answers(view: OneWarning, here: Session, words: Words) -> Child:
    """What was answered, the newest first."""
    found = here.services.handling.answers(here.actor, view.row.line.id)
    departments = here.services.supervision.departments(here.language)
    if not found:
        return None
    return el(
        "Ul",
        [
            el(
                "Li",
                el("P", el("B", words.t("采取措施") if one.kind == MEASURE else words.t("无需处置")),
                   " ", el("Span", words.t(REASONS[one.reason])) if one.reason in REASONS else None),
                el("P", one.text, class_="said") if one.text else None,
                el("P", words.t("原因：{cause}", cause=one.cause)) if one.cause else None,
                el("P", words.t("预计恢复 {day}", day=one.expected)) if one.expected else None,
                el("P", words.listed(part for part in (departments.get(one.department, ""), here.texts.t(one.display),
                                                       words.moment(one.at)) if part), class_="quiet"),
                key=str(one.id),
            )
            for one in reversed(found)
        ],
        class_="answers",
    )  # fmt: skip


def _answer(view: OneWarning, here: Session, words: Words) -> Child:
    """No action needed: with a class of reason, which the health of rules counts."""
    reasons = [("", words.t("请选择")), *((code, words.t(said)) for code, said in REASONS.items())]
    return _unfolding(
        words.t("无需处置"),
        "answer",
        forms.form(
            here,
            "warnings.answer",
            forms.hidden("alert", view.row.line.id),
            forms.select("reason", words.t("理由"), reasons, required=True),
            forms.area("text", words.t("说明"), required=True, maxLength=1000),
            submit=words.t("回应：无需处置"),
        ),
    )


def _unfolding(title: str, name: str, *content: Child) -> Element:
    return el(
        "Details", el("Summary", title, class_="button button-quiet"), *content, class_="unfolding", key=name
    )


def _by(badge: Badge, words: Words, until: str = "") -> str:
    """Who, when, with which words."""
    at = words.moment(badge.at) if badge.at else ""
    return " · ".join(
        part for part in (words.t(badge.who) if badge.who else "", at, until, badge.text) if part
    )


def notes(view: OneWarning, here: Session, words: Words) -> Element | None:
    """The notes on the warning, the oldest first, and the field for another; none is ever changed."""
    line = view.row.line
    told = here.services.handling.notes(here.actor, line.id)
    may = access.may(here.actor, "note", here.services.tree, line.place.code, view.row.system)
    if not told and not may:
        return None
    return card(
        words.t("备注"),
        "",
        el("Ol",
           [el("Li", el("P", one.text, class_="said"),
               el("P", f"{here.texts.t(one.display)} · {words.moment(one.at)}", class_="quiet"), key=str(one.id))
            for one in told],
           class_="remarks") if told else None,
        forms.form(
            here,
            "warnings.note",
            forms.hidden("alert", line.id),
            forms.area("text", words.t("写一条备注"), required=True, maxLength=1000),
            submit=words.t("写入备注"),
            quiet=True,
        ) if may else None,
        class_="panel-notes",
    )  # fmt: skip
