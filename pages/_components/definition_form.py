"""The editor of a draft: the form in chapters, beside it what is wrong, what it comes to, what its rules would do.

assets/editor.js saves what is typed, one request a pause, and draws the parts anew with the answer; the form itself
stays as it is, so that nobody loses a letter or the place.
"""

from collections.abc import Iterator

import orjson

from indicators.errors import N_, Issue, Severity
from pages._components import definition_boxes, definition_side, forms, registers
from pages._components.definition_choices import WORDS
from pages._components.elements import Child, Element, el, part
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.definition_editor import Conflict, EditorView, Fault
from services.definition_forms import Section
from services.definition_values import shown_bound, shown_fields
from services.definition_words import LABELS
from services.formula_help import Remark, Understood
from services.scenes import name_of
from services.studio_views import DraftView
from services.texts import MISSING, Texts

FORMULA, SIDE, CONFLICT = "draft-formula", "draft-side", "draft-conflict"
"""The parts that are drawn anew by themselves: what the formula means, what stands beside the form, two texts."""

SAID = {
    "saving": N_("正在保存…"),
    "offline": N_("还没有保存：连不上服务器，内容都在这里，正在重试"),
    "typed": N_("有改动，稍后自动保存"),
    "locked": N_("这份草稿已不能修改"),
    "choose": N_("别人改了同一处，请先选择"),
    "back": N_("找回了上次没有保存的内容"),
    "refused": N_("没有保存"),
}
"""What the script says by itself, in the reader's language."""


def render(draft: DraftView, here: Session, state: PageState) -> Element:
    """The editor of a draft that may be edited."""
    view = here.services.definition_editor.view(here.actor, draft.id, here.language)
    words = registers.speaking(here)
    t = words.t
    desk = definition_boxes.Desk(words, here.services.catalog, str(draft.document.get("code", "")))
    return el(
        "Div",
        el(
            "Form",
            _bar(view, here),
            part(CONFLICT, None),
            _chapters(view, words),
            [_section(section, view, here, desk) for section in view.sections],
            class_="definition-form",
            noValidate=True,
            key=f"editor-{draft.id}-{draft.revision}",
            data_editor=str(draft.id),
            data_revision=str(draft.revision),
            data_faults=_packed(view.faults, here.texts),
            aria_label=t("定义草稿"),
            **{f"data-said-{name}": t(said) for name, said in SAID.items()},
        ),
        part(SIDE, definition_side.render(view.draft, view.faults, here, state)),
        class_="definition-editor",
    )


def _packed(faults: tuple[Fault, ...], texts: Texts) -> str:
    """The faults for the script, which puts each at its box."""
    return orjson.dumps(told(faults, texts)).decode()


def told(faults: tuple[Fault, ...], texts: Texts) -> list[dict[str, str]]:
    """Faults as the script is told of them."""
    return [
        {
            "field": fault.box,
            "what": texts.what(fault.issue),
            "do": texts.do(fault.issue),
            "kind": "error" if fault.issue.severity is Severity.ERROR else "note",
        }
        for fault in faults
    ]


def saved_at(draft: DraftView, texts: Texts) -> str:
    """When the draft was saved last, to the second, on the city's clock, and by whom."""
    said = texts.t("已保存 {clock}", clock=f"{texts.local(draft.saved_at):%H:%M:%S}")
    return f"{said} · {texts.t(draft.saved_by)}"


# ---- the bar and the chapters


def _bar(view: EditorView, here: Session) -> Element:
    t, draft = here.texts.t, view.draft
    return el(
        "Div",
        el("P", saved_at(draft, here.texts), class_="save-state", role="status",
           id="save-state"),
        el("Button", t("撤销上一次保存"), type="button", class_="button button-quiet", id="editor-undo",
           disabled=draft.revision < 2 or None, title="Alt+Z"),
        el("Button", t("立即保存"), type="button", class_="button button-quiet", id="editor-save", title="Ctrl+S"),
        el("A", t("检查与预览"), href="#draft-side-box", class_="button button-quiet to-side", data_to="draft-side-box"),
        class_="save-bar",
    )  # fmt: skip


def _chapters(view: EditorView, words: Words) -> Element:
    """The chapters as buttons that lead to them; how much is wrong in each is written on it by the script."""
    return el(
        "Nav",
        [
            el("Button", words.t(section.title), el("Span", class_="chapter-count"), type="button",
               data_to=f"chapter-{section.id}", class_="tool")
            for section in view.sections
        ],
        class_="editor-chapters",
        aria_label=words.t("章节"),
    )  # fmt: skip


def _section(section: Section, view: EditorView, here: Session, desk: definition_boxes.Desk) -> Element:
    words = desk.words
    content: list[Child] = []
    for one in section.parts:
        content.append(definition_boxes.part(one, desk))
        if one.name == "formula":
            content.append(
                el("Div", part(FORMULA, formula_said(view.formula, view.faults, words)), class_="field-wide")
            )
    if section.id == "targets":
        content.append(_aims(view, here, words))
    return el(
        "Section",
        el("H2", words.t(section.title)),
        el("Div", content, class_="form form-wide"),
        class_="card editor-chapter",
        id=f"chapter-{section.id}",
        data_chapter=section.id,
    )


# ---- what the formula means


def formula_said(found: Understood | None, faults: tuple[Fault, ...], words: Words) -> Child:
    """The formula with what is wrong marked in it, the indicators that it uses, and the unit that comes out.

    faults  of the whole draft: what is told at the box itself is not told again
    """
    if found is None or not found.text.strip():
        return el("P", words.t("没有公式：这是采集来的数。"), class_="field-hint formula-said")
    told = any(one.box in ("formula", "unit") for one in faults)
    remarks = [
        el("P", words.texts.what(one.issue), class_="field-error") for one in found.remarks if not told
    ]
    return el(
        "Div",
        el("Pre", list(_marked(found)), class_="formula-text", tabIndex=0, aria_label=words.t("公式")),
        remarks,
        el("P", words.t("结果单位：{unit}", unit=words.unit(found.unit)), el("Span", _fits(found, words), class_="quiet"),
           class_="formula-unit") if found.unit else None,
        el("Ul", [el("Li", el("Code", one.code), el("Span", words.t(one.name)), el("Span", words.unit(one.unit), class_="unit"))
                  for one in {one.code: one for one in found.parts}.values()],
           class_="formula-parts") if found.parts else None,
        class_="formula-said",
        data_fits="" if found.fits is None else str(found.fits).lower(),
    )  # fmt: skip


def _fits(found: Understood, words: Words) -> str:
    if found.fits is None:
        return ""
    return words.t("，与所填单位一致") if found.fits else words.t("，与所填单位不符")


def _marked(found: Understood) -> Iterator[Child]:
    """The text, with the places at which something is wrong marked."""
    at = 0
    for one in sorted((one for one in found.remarks if one.start is not None), key=_start):
        start, end = _start(one), one.end or 0
        if start < at:
            continue
        yield found.text[at:start]
        yield el("Mark", found.text[start:end] or "␣")
        at = end
    yield found.text[at:]


def _start(one: Remark) -> int:
    return one.start or 0


# ---- targets of regions and season curves, which have drafts of their own


def _aims(view: EditorView, here: Session, words: Words) -> Element | None:
    if view.own is None:
        return el("P", words.t("发布之后可以为各地区分别定目标和进度曲线。"), class_="field-hint field-wide")
    t, tree = words.t, here.services.tree
    operators = WORDS["op"]

    def place(region: int | None) -> str:
        return (
            t("所有地区") if region is None or not tree.has(region) else name_of(tree, region, here.language)
        )

    targets = [
        el(
            "Li",
            el("B", place(one.region)),
            el("Span", words.year(one.year)),
            el("Span", t(operators.get(one.op, one.op))),
            el("Span", words.figure_text(one.value, one.unit or "") if one.value is not None else MISSING),
            _aim_button(here, "target", place(one.region), {"region": f"{one.region:012d}", "year": str(one.year),
                        "plan": one.plan, "statement": one.statement_zh}),
        )
        for one in view.aims.targets
    ]  # fmt: skip
    curves = [
        el(
            "Li",
            el("B", place(one.region)),
            el("Span", words.year(one.year) if one.year else t("每年")),
            el("Span", " ".join(words.texts.number(share) for share in one.shares), class_="quiet"),
            _aim_button(here, "curve", place(one.region),
                        {"region": f"{one.region:012d}" if one.region else "", "year": str(one.year or "")}),
        )
        for one in view.aims.curves
    ]  # fmt: skip
    return el(
        "Div",
        el("P", t("各地区的目标"), class_="field-label"),
        el("Ul", targets, class_="aims") if targets else el("P", t("还没有按地区定的目标。"), class_="field-hint"),
        el("P", t("进度曲线"), class_="field-label"),
        el("Ul", curves, class_="aims") if curves else el("P", t("没有进度曲线：时序进度按日历平均。"), class_="field-hint"),
        el("Div",
           el("Button", t("新增一个地区的目标"), type="button", class_="button button-quiet", data_aim="target"),
           el("Button", t("新增进度曲线"), type="button", class_="button button-quiet", data_aim="curve"),
           class_="form-end"),
        el("P", t("目标和进度曲线各是一份草稿，同样经三人审核发布。"), class_="field-hint"),
        class_="field field-wide",
    )  # fmt: skip


def _aim_button(here: Session, kind: str, place: str, given: dict[str, str]) -> Element:
    label = here.texts.t("修改{place}的目标" if kind == "target" else "修改{place}的进度曲线", place=place)
    data = {f"data-aim-{name}": value for name, value in given.items()}
    return el("Button", here.texts.t("修改"), type="button", class_="tool", data_aim=kind, aria_label=label,
              title=label, **data)  # fmt: skip


# ---- two people wrote the same field


def conflict(found: Conflict, here: Session) -> Element:
    """Both texts side by side, and a choice for each field; what was typed stays in the form."""
    t = here.texts.t
    said = t("{by} 在 {time} 保存了同一处的不同内容。两边都在下面，选好后再保存；您填写的内容都还在表单里。",
             by=t(found.by), time=here.texts.moment(found.at))  # fmt: skip
    return el(
        "Section",
        el("H2", t("请选择保留哪一边")),
        el("P", said),
        el(
            "Div",
            [
                el(
                    "Fieldset",
                    el("Legend", t(one.label), class_="field-label"),
                    _side(one.field, "theirs", t("{by} 的", by=t(found.by)), one.theirs),
                    _side(one.field, "mine", t("我的"), one.mine),
                    el("P", t("原来：{value}", value=_written(one.began)), class_="field-hint"),
                    forms.error(f"~choose.{one.field}"),
                    key=one.field,
                    class_="conflict-field",
                )
                for one in found.fields
            ],
        ),
        el("Button", t("按选择保存"), type="button", class_="button", id="editor-resolve"),
        class_="notice conflict",
        role="alert",
        data_theirs=str(found.revision),
    )


def _side(field: str, side: str, label: str, value: object) -> Element:
    return el(
        "Label",
        el("Input", type="radio", name=f"~choose.{field}", value=side),
        el("Span", label),
        el("Pre", _written(value)),
        class_="conflict-side",
        data_side=side,
    )


def _written(value: object) -> str:
    """A value as people read it in a form."""
    if value is None or value == "":
        return MISSING
    return shown_fields(value) if isinstance(value, dict | list) else shown_bound(value)


def joined(names: tuple[str, ...], by: str, words: Words) -> str:
    """What is said when another's changes were taken along."""
    fields = words.listed(words.t(LABELS.get(name, name)) for name in names)
    return words.t("已保存，并带上了 {by} 改的：{fields}", by=words.t(by), fields=fields)


def refusal(issues: tuple[Issue, ...], texts: Texts) -> str:
    """Why nothing was saved, in one line."""
    return " ".join(f"{texts.what(one)} {texts.do(one)}".strip() for one in issues)
