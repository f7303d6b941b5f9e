"""The page of a message of an authority, and the list of all of them. Text of the message is text, never markup."""

from collections.abc import Sequence

from indicators.errors import N_, Issue
from pages._components import forms, situation
from pages._components.card import card
from pages._components.elements import Child, Element, el, graph, link
from pages._components.statutory_lines import address, sign
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.situation_views import SituationView
from services.statutory_views import MARKS, StatutoryPage, TextView, WarningView

STATES = {
    "in_force": N_("生效中"),
    "coming": N_("尚未生效"),
    "expired": N_("已过期"),
    "replaced": N_("已被更新"),
    "cancelled": N_("已取消"),
    "never": N_("不作为预警生效"),
}
"""What stands a message in."""

FACTS = {
    "identifier": N_("标识符"), "sender": N_("发送者"), "status": N_("消息状态"), "msgType": N_("消息类型"),
    "scope": N_("发布范围"), "source": N_("来源"), "note": N_("备注"), "references": N_("引用"),
    "incidents": N_("相关事件"), "urgency": N_("紧迫度"), "severity": N_("严重度"), "certainty": N_("可能性"),
    "category": N_("类别"), "responseType": N_("建议行动"),
}  # fmt: skip
"""The names of the standard, in words."""

LANGUAGES = {
    "zh": N_("中文"),
    "en": N_("英文"),
    "fr": N_("法文"),
    "es": N_("西班牙文"),
    "ja": N_("日文"),
    "ko": N_("韩文"),
}


def page(
    view: StatutoryPage, where: SituationView | None, here: Session, state: PageState, verifies: bool
) -> Element:
    """Everything about one message.

    where     the map with its area; None where nothing can be drawn
    verifies  whether the reader may write down what came of it
    """
    words = Words(here.texts, {})
    one = view.warning
    return el(
        "Article",
        _head(one, state, words),
        el(
            "Div",
            el("Div", [_text(text, first=at == 0, words=words) for at, text in enumerate(view.texts)],
               _remarks(view.remarks, words), _facts(view, words), class_="message-column"),
            el("Div", _where(one, where, here, words), _chain(view.chain, one.id, state, words),
               _verify(view, here, words, verifies) if one.state != "never" else None, class_="message-column"),
            class_="message-body",
        ),
        class_="board message",
        data_warning=str(one.id),
    )  # fmt: skip


def _head(one: WarningView, state: PageState, words: Words) -> Element:
    until = words.t("有效至 {moment}", moment=words.moment(one.until)) if one.until else words.t("解除前有效")
    facts = [
        words.t(one.hazard_key or one.hazard), one.issuer, one.area,
        words.t("{moment} 发布", moment=words.moment(one.issued)),
        until if one.state in ("in_force", "coming", "expired") else "",
    ]  # fmt: skip
    return el(
        "Header",
        el("P", link("/statutory" + PageState(lang=state.lang, mode=state.mode).to_url(), words.t("全部法定预警"),
                     class_="inline-link")),
        el("H1", sign(one.level, one.colour, words), el("Span", one.headline)),
        el("P", [el("Span", text) for text in facts if text], class_="board-facts"),
        el(
            "Ul",
            el("Li", words.t(STATES[one.state])),
            [el("Li", words.t(MARKS[mark])) for mark in one.marks if MARKS[mark] != STATES[one.state]],
            class_="message-marks",
        ),
        el("P", words.t("由有权机关发布，本系统只作镜像"), class_="notes"),
        class_="message-head",
    )  # fmt: skip


def _text(text: TextView, *, first: bool, words: Words) -> Element:
    """What the message says in one language; the others stand folded below the reader's own."""
    tongue = words.t(LANGUAGES.get(text.language.split("-")[0].lower(), text.language))
    body: list[Child] = [
        el("P", text.headline, class_="message-text") if not first and text.headline else None,
        el("P", text.description, class_="message-text") if text.description else None,
        el("H3", words.t("防御指引")) if text.instruction else None,
        el("P", text.instruction, class_="message-text") if text.instruction else None,
        el("H3", words.t("范围")) if text.areas else None,
        el("P", words.listed(text.areas), class_="message-text") if text.areas else None,
        _pairs([(words.t("联系方式"), text.contact), (words.t("网页"), text.web), *text.parameters]),
    ]
    if first:
        return card(words.t("预警内容"), tongue, *body, class_="panel-text")
    return el("Details", el("Summary", tongue), el("Div", *body, lang=text.language), class_="card more")


def _pairs(pairs: Sequence[tuple[str, str]]) -> Element | None:
    shown = [(name, value) for name, value in pairs if value]
    if not shown:
        return None
    return el("Dl", [[el("Dt", name), el("Dd", value)] for name, value in shown], class_="message-facts")


def _remarks(remarks: Sequence[Issue], words: Words) -> Element | None:
    """What was left out of the message, or is doubtful."""
    if not remarks:
        return None
    lines = [
        el("Li", words.texts.what(one), el("P", words.texts.do(one), class_="notes") if one.do else None)
        for one in remarks
    ]
    return card(words.t("收报时的核对"), "", el("Ul", lines), class_="panel-remarks")


def _facts(view: StatutoryPage, words: Words) -> Element:
    raw = None
    if view.raw:
        raw = el(
            "Details",
            el("Summary", words.t("原文")),
            el("Pre", view.raw, class_="message-raw", tabIndex=0),
            class_="more",
        )
    return card(
        words.t("报文要素"),
        "",
        _pairs([(words.t(FACTS.get(name, name)), words.t(value)) for name, value in view.facts]),
        raw,
        class_="panel-facts-of-message",
    )


def _where(one: WarningView, where: SituationView | None, here: Session, words: Words) -> Element | None:
    if where is None:
        return None
    figure = situation.figure(where, words, tokens(here.theme))
    return card(
        words.t("预警范围"),
        one.area,
        el("Div", graph("warning-map", figure, "map-graph", words.locale, doubleClick=False),
           class_="map-frame message-map" + (" approximate" if where.approximate else ""), role="img",
           aria_label=words.t("{area}的预警范围", area=one.area)),
        class_="panel-where",
    )  # fmt: skip


def _chain(chain: Sequence[WarningView], current: int, state: PageState, words: Words) -> Element | None:
    """What it replaced and what replaced it, oldest first."""
    if len(chain) < 2:
        return None
    lines = [
        el(
            "Li",
            sign(one.level, one.colour, words),
            el(
                "Div",
                el("P", one.headline) if one.id == current else el("P", link(address(one.id, state), one.headline)),
                el("P", [el("Span", text) for text in (words.moment(one.issued), words.t(STATES[one.state]))],
                   class_="second standing"),
            ),
            aria_current="true" if one.id == current else None,
        )
        for one in chain
    ]  # fmt: skip
    return card(words.t("更新过程"), "", el("Ol", lines, class_="chain"), class_="panel-chain")


def _verify(view: StatutoryPage, here: Session, words: Words, verifies: bool) -> Element:
    """Whether what it warned of came, and the form for those who may say so; it changes nothing of the warning."""
    answers = {
        None: words.t("尚未检验"),
        True: words.t("有效期内发生，{moment}", moment=words.moment(view.happened_at or 0)),
        False: words.t("有效期内没有发生"),
    }
    return card(
        words.t("预警检验"), "", el("P", answers[view.happened]), _form(view.warning, here, words) if verifies else None,
        class_="panel-verify",
    )  # fmt: skip


def _form(one: WarningView, here: Session, words: Words) -> Element:
    return forms.form(
        here,
        "statutory.verify",
        forms.hidden("warning", one.id),
        forms.select(
            "happened",
            words.t("有效期内发生了对应事件吗"),
            [("", "—"), ("yes", words.t("发生了")), ("no", words.t("没有发生"))],
            required=True,
        ),
        forms.moment("happened_at", words.t("发生时间"), hint=words.t("发生了才填")),
        submit=words.t("登记检验结果"),
        quiet=True,
    )


# ---- all of them


def overview(groups: Sequence[tuple[str, Sequence[WarningView]]], here: Session, state: PageState) -> Element:
    """The messages in groups: in force, not mapped, exercises and tests, history."""
    words = Words(here.texts, {})
    return el(
        "Div",
        el("Header", el("H1", words.t("法定预警")),
           el("P", words.t("由有权机关发布，本系统只作镜像"), class_="notes"), class_="message-head"),
        [_listed(title, some, state, words) for title, some in groups],
        class_="board message",
    )  # fmt: skip


def _listed(title: str, some: Sequence[WarningView], state: PageState, words: Words) -> Element:
    lines = [
        el(
            "Li",
            sign(one.level, one.colour, words),
            el(
                "Div",
                el("P", link(address(one.id, state), one.headline)),
                el("P", [el("Span", text) for text in _short(one, words) if text], class_="second standing"),
            ),
        )
        for one in some
    ]
    empty = el("P", words.t("没有"), class_="all-quiet")
    return card(words.t(title), str(len(some)), el("Ol", lines, class_="chain") if lines else empty)


def _short(one: WarningView, words: Words) -> list[str]:
    marks = [words.t(MARKS[mark]) for mark in one.marks if MARKS[mark] != STATES[one.state]]
    return [words.moment(one.issued), one.issuer, words.t(STATES[one.state]), *marks]
