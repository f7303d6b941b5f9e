"""What can be done with the warnings that were ticked, and with the list as a whole: acts, views, files, keys."""

from dataclasses import replace

from indicators.errors import N_
from pages._components import forms
from pages._components.elements import Child, Element, el, link
from pages._components.supervision_forms import days
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.warning_acts import SPANS
from services.warning_files import FORMATS
from services.warning_views import ListView

FORM = "bulk"
"""The id of the form to which the boxes of the list belong."""

KEYS = (
    ("j", N_("下一条")),
    ("k", N_("上一条")),
    ("x", N_("选择或取消")),
    ("Enter", N_("打开详情")),
    ("a", N_("知悉")),
    ("s", N_("静默")),
    ("d", N_("督办")),
    ("/", N_("查找")),
    ("?", N_("显示快捷键")),
    ("Esc", N_("关闭或取消选择")),
)
"""The keys of the list, in the order in which they are told; assets/warnings.js answers them."""

FILES = {"csv": N_("导出 CSV"), "xlsx": N_("导出 Excel")}


def bulk_bar(here: Session) -> Element:
    """The acts on what was ticked; the style sheet shows it as soon as something is."""
    t = here.texts.t
    spans = [("", t("请选择")), *((span, t(said)) for span, said in SPANS.items())]
    return el(
        "Form",
        el("P", t("已选"), " ", el("B", data_picked=""), class_="bulk-count", role="status"),
        el("Button", t("知悉"), type="submit", name="do", value="ack", class_="button", data_act="ack"),
        _unfolding(
            t("静默"),
            "silence",
            forms.select("until", t("静默多久"), spans, required=True, hint=t("到期自动恢复，级别上升时立即恢复。")),
            forms.text("reason", t("理由"), required=True, maxLength=200),
            el("Button", t("静默所选"), type="submit", name="do", value="silence", class_="button"),
        ),
        _dispatch(here),
        el("Button", t("取消选择"), type="reset", class_="button button-quiet"),
        el("P", class_="form-problem", role="alert", data_problem=""),
        id=FORM,
        action="/act/warnings.bulk",
        method="post",
        noValidate=True,
        class_="bulk",
        aria_label=t("处置所选预警"),
        **forms.spoken(here),
    )  # fmt: skip


def _dispatch(here: Session) -> Element | None:
    """The form of a dispatch, for whoever may give work to departments."""
    supervision = here.services.supervision
    region = here.actor.regions[0] if here.actor.regions else 0
    if not supervision.supervises(here.actor, region):
        return None
    t = here.texts.t
    departments = [("", t("各归责任部门")), *supervision.departments(here.language).items()]
    return _unfolding(
        t("督办"),
        "dispatch",
        forms.select("department", t("责任部门"), departments),
        days(supervision.deadlines(), here.services.settings.supervision.answer_days, here),
        forms.area("instruction", t("督办要求"), required=True, hint=t("当前数据随派单一并固化留存。")),
        el("Button", t("派单督办所选"), type="submit", name="do", value="dispatch", class_="button"),
    )


def _unfolding(title: str, act: str, *content: Child) -> Element:
    return el(
        "Details",
        el("Summary", title, class_="button button-quiet"),
        el("Div", *content, class_="bulk-panel"),
        class_="picker bulk-more",
        data_act=act,
        key=act,
    )


def tools(view: ListView, here: Session, state: PageState, words: Words) -> Element:
    """Saved views, files, and the keys."""
    return el("Div", _views(view, here, state), _files(state, words), _keys(words), class_="centre-tools")


def _views(view: ListView, here: Session, state: PageState) -> Element:
    """One's own ways of looking at the list, and how to keep this one."""
    t = here.texts.t
    address = _kept(state)
    saved = [
        el(
            "Li",
            link(_address(one.address, state), one.name, class_="view-way",
                 aria_current="true" if one.address == address else None),
            forms.button(here, "warnings.forget", el("Span", class_="icon icon-close", aria_hidden="true"),
                         {"view": str(one.id)}, label=t("删除视图{name}", name=one.name), class_="star"),
            key=str(one.id),
        )
        for one in view.views
    ]  # fmt: skip
    return el(
        "Details",
        el("Summary", t("视图"), class_="picker-summary tool"),
        el(
            "Div",
            el("Ul", saved, class_="views") if saved else el("P", t("还没有保存的视图。"), class_="state-do"),
            forms.form(
                here,
                "warnings.keep",
                forms.hidden("address", address),
                forms.text("name", t("把当前筛选保存为"), required=True, maxLength=40),
                submit=t("保存视图"),
                quiet=True,
            ),
            class_="picker-list views-list",
        ),
        class_="picker",
        key="views",
    )


def _kept(state: PageState) -> str:
    """What a view keeps of the address: the place and the filters, not the page, the language or the light."""
    filters = {name: value for name, value in state.filters.items() if name != "page"}
    pairs = ";".join(f"{name}:{value}" for name, value in filters.items())
    return PageState(region=state.region, theme=state.theme, filter=pairs or None).to_url().lstrip("?")


def _address(kept: str, state: PageState) -> str:
    """A view in the reader's language and light."""
    return replace(PageState.from_url(kept), lang=state.lang, mode=state.mode).to_url() or "?"


def _files(state: PageState, words: Words) -> Element:
    """The list as a file, with the same filters; not a page, so the browser keeps it."""
    search = replace(state, sheet=None, open=None, edit=None, lang=words.texts.language).to_url()
    return el(
        "Details",
        el("Summary", words.t("导出"), class_="picker-summary tool"),
        el("Div", [el("A", words.t(FILES[kind]), href=f"/api/warnings.{kind}{search}", download=f"warnings.{kind}")
                   for kind in FORMATS], class_="picker-list"),
        class_="picker",
        key="files",
    )  # fmt: skip


def _keys(words: Words) -> Element:
    return el(
        "Details",
        el("Summary", words.t("快捷键"), class_="picker-summary tool"),
        el("Dl", [(el("Dt", el("Kbd", key)), el("Dd", words.t(said))) for key, said in KEYS], class_="picker-list keys"),
        class_="picker",
        id="keys",
        key="keys",
    )  # fmt: skip
