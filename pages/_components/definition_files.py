"""The registry as files: the download, the upload, and what an upload says otherwise before anything is drafted."""

from collections.abc import Sequence

from indicators.errors import N_, CockpitError, Issue, Severity
from pages._components import forms, studio_words, workshop
from pages._components.card import card
from pages._components.elements import Child, Element, el
from pages._session import Session
from pages._state import PageState
from services import access
from services.definition_files import WORKSHOP, Difference, Incoming

UPLOAD = "upload"
"""The filter that names an upload which is looked at."""

WHAT = {"new": N_("新增"), "changed": N_("修改")}
SHOWN = 100
"""So many definitions are drawn; where there are more, their number is told."""


def render(here: Session, state: PageState) -> Element:
    """The whole page."""
    t = here.texts.t
    if not any(access.may(here.actor, action) for action in WORKSHOP):
        return el("Div", workshop.tabs(here, "studio", state), _closed(here), class_="board workshop")
    return el(
        "Div",
        workshop.tabs(here, "studio", state),
        el("Header", el("H1", t("导入导出")), class_="board-head"),
        el("P", t("导出的文件原样导回没有差异；导入只建草稿，经审核、发布后才生效。"), class_="notes"),
        el("Div", _export(here), _import(here), class_="file-doors"),
        _preview(here, state),
        class_="board workshop definition-files",
    )


def _closed(here: Session) -> Element:
    t = here.texts.t
    return el("Section", el("H1", t("没有权限")), el("P", t("如工作需要，请联系安全管理员授权。"), class_="state-do"),
              class_="state", data_state="forbidden", role="alert")  # fmt: skip


def _export(here: Session) -> Element:
    t = here.texts.t
    return card(
        t("导出"),
        "",
        el("P", t("全部定义及其各个版本：每个系统一个 YAML 文件，另有一份供人阅读的工作簿。")),
        el("A", t("下载（.zip）"), href="/studio/files/definitions.zip", class_="button", download=""),
    )


def _import(here: Session) -> Child:
    t = here.texts.t
    if not access.may(here.actor, "define"):
        return None
    return card(
        t("导入"),
        "",
        forms.form(
            here,
            "definitions.look",
            forms.file(
                "file",
                t("定义文件"),
                accept=".yaml,.yml,.xlsx,.zip",
                hint=t("YAML、按导出格式填写的 .xlsx，或含有它们的 .zip；上传后先看差异。"),
                required=True,
            ),
            submit=t("查看差异"),
            busy=t("正在比对…"),
        ),
    )


def _preview(here: Session, state: PageState) -> Child:
    """What an upload says otherwise; nothing has been changed yet."""
    token = state.filters.get(UPLOAD, "")
    if not token:
        return None
    try:
        name, incoming = here.services.definition_files.kept(here.actor, token)
    except CockpitError as error:
        return el("Div", [_issue(one, here) for one in error.issues], class_="notice", role="alert")
    return el("Section", _outcome(here, name, token, incoming), _issues(incoming.issues, here),
              [_difference(one, here) for one in incoming.differences[:SHOWN]], _more(here, incoming),
              class_="import-preview", aria_label=here.texts.t("导入预览"))  # fmt: skip


def _outcome(here: Session, name: str, token: str, incoming: Incoming) -> Element:
    t = here.texts.t
    fields = sum(len(one.lines) for one in incoming.differences)
    facts = t(
        "{count} 处差异：新增 {new} 项，修改 {changed} 项；相同 {same} 项，文件中没有的 {absent} 项保持不变。",
        count=fields,
        new=sum(one.what == "new" for one in incoming.differences),
        changed=sum(one.what == "changed" for one in incoming.differences),
        same=incoming.same,
        absent=incoming.absent,
    )
    take = None
    if incoming.differences and incoming.sound:
        label = t("建成 {count} 份草稿", count=len(incoming.differences))
        take = forms.button(here, "definitions.take", label, {"token": token}, class_="button")
    return el(
        "Header",
        el("H2", name),
        el("P", facts, role="status", data_differences=str(fields)),
        take,
        class_="import-head",
    )


def _issues(issues: Sequence[Issue], here: Session) -> Child:
    if not issues:
        return None
    wrong = any(one.severity is Severity.ERROR for one in issues)
    said = here.texts.t("先改好这些问题，再上传一次；现在没有建任何草稿。") if wrong else ""
    return el(
        "Div",
        el("P", said) if said else None,
        el("Ul", [el("Li", _issue(one, here), key=f"{number}") for number, one in enumerate(issues)]),
        class_="notice import-issues",
        role="alert" if wrong else None,
    )


def _issue(one: Issue, here: Session) -> list[Child]:
    """Where it is, what is wrong, what to do."""
    return [
        el("Code", one.where) if one.where and one.where != "file" else None,
        el("Span", f"{here.texts.what(one)} {here.texts.do(one)}".strip()),
    ]


def _difference(one: Difference, here: Session) -> Element:
    t = here.texts.t
    return el(
        "Details",
        el(
            "Summary",
            el("Span", t(WHAT[one.what]), class_="status"),
            el("Span", one.name, class_="import-name"),
            el("Code", one.code, class_="quiet"),
            el("Span", t("{count} 处", count=len(one.lines)), class_="quiet")
            if one.what == "changed"
            else None,
            el("Span", one.where, class_="quiet import-where"),
        ),
        studio_words.differences(one.lines, here.texts),
        class_="import-difference",
        open=one.what == "changed" or None,
        key=f"{one.kind}:{one.code}",
        data_code=one.code,
    )


def _more(here: Session, incoming: Incoming) -> Child:
    rest = len(incoming.differences) - SHOWN
    return (
        el("P", here.texts.t("另有 {count} 项没有列出。", count=rest), class_="notes") if rest > 0 else None
    )
