"""数据质量 and 共享报告 on the page: what departments and feeds delivered, and their yearly reports."""

from collections.abc import Callable, Mapping, Sequence

from indicators.errors import N_
from pages._components import forms, registers
from pages._components.card import card
from pages._components.elements import Element, el, link
from pages._components.registers import bar, head, picker, speaking, table
from pages._session import Session
from pages._state import PageState
from services.feed_views import RUN_STATES
from services.quality_view import CONTENT, RATES, Quality, QualityLine, ReportLine, ReportsView
from services.texts import MISSING

SHOWN = (
    "systems_need", "systems_in", "systems_idle", "resources", "resources_catalogued", "resources_shared",
    "resources_current", "figures", "figures_registered",
)  # fmt: skip
"""The counts of a report that the table shows; the workbook has all."""


def quality(here: Session, state: PageState) -> Element:
    """The quality of a month."""
    t, words = here.texts.t, speaking(here)
    wished = state.filters.get("month", "")
    period = int(wished) if wished.isascii() and wished.isdigit() and len(wished) == 15 else None
    region = int(state.region) if state.region else None
    view = here.services.quality.quality(here.actor, region, period, here.language)
    months = [(str(month), here.texts.period(month, "monthly")) for month in view.months]
    if not months:
        return el("P", t("还没有统计过数据质量；每天零点后统计到前一天。"), class_="all-quiet", role="status")
    usual = here.texts.period(view.months[0], "monthly")
    chosen = str(view.period) if view.period != view.months[0] else ""
    return el(
        "Div",
        el("Header", el("H2", t("{place}数据质量", place=view.place)), registers.simulated(words, view.simulated),
           el("P", t("应报未报计入完整性，迟到计入及时性，越界、突变和勾稽不符计入有效性，勾稽不符计入一致性。"), class_="notes"),
           class_="feed-head"),
        el("Div", picker("month", t("月份"), months[1:], chosen, state, words, usual=usual), class_="list-filters"),
        _whole(view.whole, here),
        card(t("按部门"), here.texts.period(view.period, "monthly"),
             _lines(view.departments, t("部门"), here), class_="feed-open"),
        card(t("按接入"), here.texts.period(view.period, "monthly"),
             _lines(view.feeds, t("接入"), here, runs=True) if view.feeds
             else el("P", t("还没有自动接入。"), class_="state-do"), class_="feed-open"),
        class_="feed-list",
    )  # fmt: skip


def _whole(whole: Quality, here: Session) -> Element:
    """The four rates of the region."""
    t, words = here.texts.t, speaking(here)
    sound = None if whole.failed is None else (whole.checked or 0) - whole.failed
    parts = {
        "complete": (whole.arrived, whole.due), "on_time": (whole.ok, whole.due),
        "valid": (sound, whole.checked), "agree": (whole.agreed, whole.compared),
    }  # fmt: skip
    return el(
        "Dl",
        [
            el("Div", el("Dt", t(name)), el("Dd", el("B", words.percent(getattr(whole, rate), 2)), " ",
               el("Span", t("{part} / {whole}", part=registers.number(parts[rate][0], words),
                            whole=registers.number(parts[rate][1], words)), class_="quiet")), key=rate)
            for rate, name in RATES.items()
        ],
        class_="delay-figures quality-rates",
    )  # fmt: skip


def _lines(lines: Sequence[QualityLine], name: str, here: Session, runs: bool = False) -> Element:
    t, words = here.texts.t, speaking(here)
    heads = [head(name), head(t("应报"), True), *(head(t(rate), True) for rate in RATES.values())]
    if runs:
        heads.append(head(t("历次运行")))
    return table(name, heads, [_line(one, here, registers.number(one.quality.due, words), runs) for one in lines],
                 "registry-table")  # fmt: skip


def _line(one: QualityLine, here: Session, due: str, runs: bool) -> Element:
    words = speaking(here)
    cells = [
        el("Td", words.percent(share, 1), bar(share), class_="number")
        for share in (getattr(one.quality, rate) for rate in RATES)
    ]
    told = []
    if runs:
        said = [
            f"{words.t(RUN_STATES[state])} {count}"
            for state, count in one.runs.items()
            if state in RUN_STATES
        ]
        told = [el("Td", " · ".join(said) or MISSING)]
    return el(
        "Tr", el("Th", one.name, scope="row"), el("Td", due, class_="number"), *cells, *told, key=one.id
    )


# ---- reports


def reports(here: Session, state: PageState) -> Element:
    """The yearly reports on sharing, department by department."""
    t, words = here.texts.t, speaking(here)
    wished = state.filters.get("year", "")
    year = int(wished) if wished.isascii() and wished.isdigit() and len(wished) == 4 else None
    view = here.services.quality.reports(here.actor, year, here.language)
    years = [(str(one), words.year(one)) for one in view.years if one != view.years[1]]
    chosen = str(view.year) if view.year != view.years[1] else ""
    opened = (state.open or "").partition("report:")[2]
    line = next((one for one in view.lines if one.department == opened), None)
    heads = [head(t("部门")), *(head(t(CONTENT[one]), True) for one in SHOWN), head(t("提交"))]
    return el(
        "Div",
        el("Header", el("H2", t("{year}年信息共享情况报告", year=view.year)), registers.simulated(words, view.simulated),
           el("P", t("各部门应于 {day} 前提交；已提交 {count} 份，共 {all} 个部门。", day=here.texts.date(view.due),
                     count=view.handed, all=len(view.lines)), class_="notes"),
           el("A", "XLSX", href="/export/sharing.xlsx" + state.to_url(), class_="button button-quiet", download=""),
           class_="feed-head"),
        el("Div", picker("year", t("年份"), years, chosen, state, words, usual=words.year(view.years[1])),
           class_="list-filters"),
        _report(line, view, here, state) if line else None,
        table(t("信息共享情况报告"), heads, [_report_row(one, here, state) for one in view.lines], "registry-table", wide=True)
        if view.lines else el("P", t("还没有可报告的登记。"), class_="all-quiet"),
        class_="feed-list sharing-reports",
    )  # fmt: skip


def _report_row(one: ReportLine, here: Session, state: PageState) -> Element:
    t, texts = here.texts.t, here.texts
    content = _content(one)
    there = state.with_(
        open=None if state.open == f"report:{one.department}" else f"report:{one.department}"
    ).to_url()
    said = texts.stamp(one.handed.at) if one.handed else t("未提交")
    late = t("迟 {days} 天", days=one.delay) if one.delay else ""
    return el(
        "Tr",
        el("Th", link(there or "?", one.name, class_="rule-name"), scope="row"),
        *(el("Td", texts.number(content.get(name, 0)), class_="number") for name in SHOWN),
        el("Td", said, el("Span", late, class_="reason") if late else None),
        key=one.department,
    )


def _content(line: ReportLine) -> Mapping[str, float]:
    """What a report tells: as it was handed in, or as it stands now; a simulated one was never written."""
    return line.handed.content if line.handed and line.handed.content else line.content


def _report(line: ReportLine, view: ReportsView, here: Session, state: PageState) -> Element:
    """One report: everything that it tells, and the form that hands it in."""
    t, texts = here.texts.t, here.texts
    content = _content(line)
    back = state.with_(open=None).to_url() or "?"
    said = t("还没有提交。") if line.handed is None else t(
        "{name}于 {time} 提交。{remarks}", name=line.handed.actor, time=texts.moment(line.handed.at),
        remarks=line.handed.remarks)  # fmt: skip
    return card(
        line.name,
        t("{year}年", year=view.year),
        el("P", said),
        el("Dl", [el("Div", el("Dt", t(name)), el("Dd", texts.number(content.get(one, 0))), key=one)
                  for one, name in CONTENT.items()], class_="feed-facts"),
        forms.form(
            here, "registry.report", forms.hidden("department", line.department), forms.hidden("year", view.year),
            forms.hidden("seen", line.handed.id if line.handed else 0),
            forms.area("remarks", t("说明"), "", rows=2, hint=t("提供和使用共享信息的情况、存在的问题。")),
            submit=t("再次提交") if line.handed else t("提交报告"), class_="feed-form",
            cancel=link(back, t("收起"), class_="button button-quiet"),
        ) if line.may else None,
        class_="feed-open",
    )  # fmt: skip


TABS: Sequence[tuple[str, str, Callable[[Session, PageState], Element]]] = (
    ("quality", N_("数据质量"), quality),
    ("reports", N_("共享报告"), reports),
)
"""The tabs of quality and reports."""
