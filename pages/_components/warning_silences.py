"""Silences: a list with the step to end one, and the form for one that covers a rule, a place, or both."""

from indicators.definition import WARNING_LEVELS
from indicators.errors import N_
from pages._components import forms, registers
from pages._components.card import card
from pages._components.elements import Element, el
from pages._components.warning_list import head
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.views import Place
from services.warning_acts import SPANS
from services.warning_silences import SilenceLine, SilencesView

STATES = {"active": N_("生效中"), "coming": N_("尚未开始"), "lifted": N_("已提前解除"), "over": N_("已到期")}


def render(view: SilencesView, path: tuple[Place, ...], here: Session, state: PageState) -> Element:
    """The whole page of silences."""
    words = registers.speaking(here)
    return el(
        "Div",
        head(path[-1].name, path, "silences", state, words),
        el("P", words.t("静默只停发消息：预警照常判断、计数和显示，并标明“已静默”。"), class_="notes"),
        el("Div", _list(view, here, words), _form(view, here, words), class_="warning-page"),
        class_="board warning-centre",
    )


def _list(view: SilencesView, here: Session, words: Words) -> Element:
    title = words.t("静默")
    if not view.lines:
        return card(title, "", el("P", words.t("没有静默。"), class_="all-quiet"))
    heads = [registers.head(words.t(name)) for name in
             (N_("状态"), N_("预警"), N_("地区"), N_("最高级别"), N_("结束于"), N_("理由"), N_("设置人"), N_("操作"))]  # fmt: skip
    rows = [_line(one, here, words) for one in view.lines]
    return card(title, str(len(rows)), registers.table(title, heads, rows), class_="panel-events")


def _line(one: SilenceLine, here: Session, words: Words) -> Element:
    holds = one.state in ("active", "coming")
    lifted = {"silence": str(one.id)}
    return el(
        "Tr",
        el("Td", words.t(STATES[one.state]), class_=None if holds else "quiet"),
        el("Th", one.name or words.t("全部预警"), scope="row"),
        el("Td", one.place),
        el("Td", words.level_word(one.level)),
        el("Td", words.moment(one.ends)),
        el("Td", one.reason),
        el("Td", f"{here.texts.t(one.by)} {words.moment(one.at)}".strip()),
        el(
            "Td",
            forms.button(here, "warnings.lift", words.t("解除静默"), lifted) if holds and one.mine else "",
        ),
        key=str(one.id),
    )


def _form(view: SilencesView, here: Session, words: Words) -> Element | None:
    """A silence of a rule, of a place, or of a rule in a place."""
    if not view.regions:
        return None
    levels = [(str(level), words.level_word(level)) for level in range(1, len(WARNING_LEVELS))]
    spans = [("", words.t("请选择")), *((span, words.t(said)) for span, said in SPANS.items())]
    return card(
        words.t("新设静默"),
        "",
        forms.form(
            here,
            "warnings.hush",
            forms.select("rule", words.t("预警"), [("", words.t("全部预警")), *view.rules]),
            forms.select("region", words.t("地区（含下级）"), view.regions, required=True),
            forms.select("level", words.t("最高级别"), levels, "2", hint=words.t("更高级别的预警不受影响。")),
            forms.select("until", words.t("静默多久"), spans, required=True),
            forms.text("reason", words.t("理由"), required=True, maxLength=200),
            submit=words.t("设置静默"),
        ),
    )
