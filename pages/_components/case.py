"""One hotline case on one page: its loop from acceptance to rating, and what may be done with it."""

from indicators.errors import N_
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.hotline import case_address, short
from pages._components.registers import facts, head, simulated, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.hotline import LABELS
from services.hotline_book import CHANNELS, CLASSES, RATED, RATINGS
from services.hotline_views import CaseView, StepView

EDITS = {"stage": N_("推进环节"), "extend": N_("批准延期")}
"""What may be done with a case."""


def board_address(state: PageState) -> str:
    """Back to the board of the hotline."""
    return (
        "/signs" + PageState(region=state.region, theme="hotline", lang=state.lang, mode=state.mode).to_url()
    )


def render(view: CaseView, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = speaking(here)
    t, case = words.t, view.case
    ways = _ways(view)
    return el(
        "Div",
        el(
            "Header",
            link(board_address(state), el("Span", class_="icon icon-back", aria_hidden="true"), t("返回热线"), class_="back"),
            el("H1", case.matter),
            el("P", el("Span", case.number), el("Span", f"{view.county.name} {view.place.name}"),
               el("Span", t(view.stage), class_="status"),
               el("Span", t("超期"), class_="status") if view.overdue else None,
               el("Span", t("重复"), class_="status") if view.repeat_of else None,
               simulated(words, case.simulated), class_="board-facts"),
            class_="board-head",
        ),
        el("Nav", [
            link(case_address(case.number, state, None if state.edit == name else name), t(EDITS[name]),
                 class_="button button-quiet", aria_current="true" if state.edit == name else None) for name in ways
        ], class_="record-ways", aria_label=t("可以登记的内容")) if ways else None,
        _form(view, here, state, words) if state.edit in ways else None,
        el("Div", _loop(view, words), _facts(view, state, words), class_="record-cards"),
        class_="board record",
        data_case=case.number,
    )  # fmt: skip


def _ways(view: CaseView) -> tuple[str, ...]:
    if not view.may_record:
        return ()
    return (
        ("stage", "extend")
        if view.case.due_at and not view.case.closed_at and not view.overdue
        else ("stage",)
    )


def _loop(view: CaseView, words: Words) -> Element:
    """Every step with its beginning and end; returns are marked."""
    heads = map(head, map(words.t, (N_("环节"), N_("开始"), N_("结束"), N_("单位"), N_("说明"))))
    rows = [_step(one, words) for one in view.steps]
    return card(
        words.t("办理过程"),
        words.t("受理—派单—办理—答复—督办—办结—回访—评价"),
        table(words.t("办理过程"), heads, rows, "steps-table"),
        class_="panel-case",
    )


def _step(one: StepView, words: Words) -> Element:
    return el(
        "Tr",
        el(
            "Th",
            words.t(one.stage),
            el("Span", words.t("再次"), class_="status") if one.again else None,
            scope="row",
        ),
        el("Td", el("Span", short(one.begun, words), class_="nowrap")),
        el("Td", el("Span", short(one.ended, words) if one.ended else words.t("停在这里"), class_="nowrap")),
        el("Td", one.unit),
        el("Td", one.note or "—"),
    )


def _facts(view: CaseView, state: PageState, words: Words) -> Element:
    case, t = view.case, words.t
    due: Child = short(case.due_at, words) if case.due_at else t("直接解答，不派单")
    told: list[tuple[str, Child]] = [
        (LABELS["appeal_class"], t(view.about)),
        (LABELS["channel"], t(view.channel)),
        (LABELS["department"], view.department),
        (N_("受理时间"), short(case.accepted_at, words)),
        (N_("办理时限"), due),
        (N_("批准延期"), t("{days} 天", days=case.extended) if case.extended else "—"),
        (N_("办结时间"), [short(case.closed_at, words) if case.closed_at else "—",
                        el("Span", t("逾期办结"), class_="status") if view.late else None]),
        (N_("评价"), facts(t(view.rating), t("已解决") if case.solved else t("未解决")) if view.rating else t("没有有效评价")),
        (N_("原工单号"), link(case_address(view.repeat_of, state), view.repeat_of) if view.repeat_of else "—"),
    ]  # fmt: skip
    pairs = [pair for name, value in told for pair in (el("Dt", t(name)), el("Dd", value))]
    return card(t("工单资料"), t("不含诉求人信息"), el("Dl", pairs, class_="facts"))


def _form(view: CaseView, here: Session, state: PageState, words: Words) -> Element:
    t, case = words.t, view.case
    back = link(case_address(case.number, state), t("取消"), class_="button button-quiet")
    hidden = forms.hidden("case", case.number)
    if state.edit == "extend":
        return card(t(EDITS["extend"]), "", forms.form(
            here, "case.extend", hidden,
            forms.number("days", t(LABELS["days"]), unit=t("天"), required=True),
            forms.text("note", t(LABELS["note"]), required=True),
            submit=t("批准延期"), cancel=back, class_="form-wide"), class_="form-card")  # fmt: skip
    choose = ("", t("请选择"))
    offered = [(str(stage), t(name)) for stage, name in view.offered]
    departments = list(here.services.cases.departments(here.language).items())
    rated = [
        forms.select("rating", t(LABELS["rating"]), [choose, *((str(n), t(word)) for n, word in RATINGS.items())],
                     hint=t("环节为“评价”时填写")),
        forms.select("solved", t(LABELS["solved"]), [choose, ("yes", t("已解决")), ("no", t("未解决"))],
                     hint=t("以诉求人的话为准")),
    ] if any(stage == RATED for stage, _ in view.offered) else []  # fmt: skip
    return card(t(EDITS["stage"]), "", forms.form(
        here, "case.stage", hidden,
        forms.select("stage", t(LABELS["stage"]), [choose, *offered], required=True),
        forms.select("department", t(LABELS["department"]), departments, case.department),
        *rated,
        forms.text("note", t(LABELS["note"]), hint=t("退回重办要写明原因；不写姓名、电话、住址。")),
        submit=t("保存"), cancel=back, class_="form-wide"), class_="form-card")  # fmt: skip


def new(here: Session, state: PageState) -> Element:
    """The form of a case, the door for files, and the confirmation that a day is complete."""
    words = speaking(here)
    t, hotline = words.t, here.services.hotline
    choose = ("", t("请选择"))
    counties = [(f"{code:012d}", _name(here, code)) for code in hotline.counties(here.actor)]
    towns = [
        (f"{town:012d}", f"{_name(here, county)} {_name(here, town)}")
        for county in hotline.counties(here.actor) for town in hotline.towns(county)
    ]  # fmt: skip
    departments = list(here.services.cases.departments(here.language).items())
    form = forms.form(
        here, "case.add",
        forms.select("region", t(LABELS["region"]), [choose, *towns], required=True),
        forms.select("appeal_class", t(LABELS["appeal_class"]), [choose, *((k, t(v)) for k, v in CLASSES.items())],
                     required=True),
        forms.select("channel", t(LABELS["channel"]), [(k, t(v)) for k, v in CHANNELS.items()], "phone"),
        forms.select("department", t(LABELS["department"]), [choose, *departments], required=True),
        forms.text("matter", t(LABELS["matter"]), required=True, maxLength=120, hint=t("不写姓名、电话、住址。")),
        forms.date("day", t(LABELS["day"]), required=True),
        forms.number("limit", t(LABELS["limit"]), unit=t("天"), required=True, hint=t("直接解答的填 0")),
        forms.text("repeat_of", t(LABELS["repeat_of"]), hint=t("同一诉求人同一事项办结后一个月内再次反映时填写")),
        submit=t("登记"), class_="form-wide",
    )  # fmt: skip
    return el(
        "Div",
        el("Header", link(board_address(state), el("Span", class_="icon icon-back", aria_hidden="true"), t("返回热线"),
                          class_="back"), el("H1", t("登记12345工单")), class_="board-head"),
        card(t("逐件登记"), t("不登记诉求人的任何信息"), form, class_="form-card"),
        card(
            t("按文件导入"), t("表头按模板；有一处不对就整批不写入"),
            el("P", el("A", t("下载 XLSX 模板"), href="/template/cases.xlsx", download="cases.xlsx", class_="inline-link"), " ",
               el("A", t("下载 CSV 模板"), href="/template/cases.csv", download="cases.csv", class_="inline-link")),
            forms.form(here, "case.import", forms.file("file", t("文件"), required=True, accept=".csv,.xlsx"),
                       submit=t("导入"), busy=t("正在核对…")),
            class_="form-card",
        ),
        card(
            t("确认报齐"), t("县区确认后，这些天的热线数据才出数；没有确认的不当作零"),
            forms.form(here, "case.complete",
                       forms.select("county", t(LABELS["county"]), counties, required=True),
                       forms.date("until", t(LABELS["until"]), required=True),
                       submit=t("确认报齐"), class_="form-wide"),
            class_="form-card",
        ),
        class_="board record",
    )  # fmt: skip


def _name(here: Session, code: int) -> str:
    region = here.services.tree.get(code)
    return region.name_en if here.language == "en" else region.name
