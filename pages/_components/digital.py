"""The panels of the digital government: targets as their plan prints them, yearly steps, evaluations, regulation.

A target is judged by the region's own records. What another region's plan prints is shown as reference and judged
by nobody; a milestone that nobody has shown to be done is unknown and never done.
"""

from collections.abc import Callable, Mapping, Sequence

from indicators.errors import N_
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.digital_views import (
    HeadlineRow,
    HeadlineView,
    PlanName,
    PlanView,
    RegulationView,
    ScoreRow,
    ScoresView,
    SharingView,
    StepLine,
    StepsView,
    SupervisionRow,
    TargetLine,
)
from services.views import Figure, Place

STATE_WORDS = {
    "done": N_("已完成（有凭证）"),
    "met": N_("已达到"),
    "short": N_("到期未达到"),
    "unknown": N_("到期，未见依据"),
    "open": N_("未到期"),
}
SIGNS = {"done": "✓", "met": "✓", "short": "△", "unknown": "?", "open": "○"}
"""A sign beside the word; no warning colour, since a target missed is no warning."""

OPERATORS = {">=": "≥", "<=": "≤", "=": "=", "<": "<", ">": ">"}

Draw = Callable[..., Element]


def _words(here: Session) -> Words:
    return Words(here.texts, here.services.boards.units(here.language))


# ---- targets


def headlines(view: HeadlineView, here: Session, state: PageState) -> Element:
    """The nine headline indicators with definition, figure and the plan's target."""
    words = _words(here)
    aim = words.t("{year}年目标", year=view.year)
    aim = aim if view.own else words.t("{aim}（他地方案，对照）", aim=aim)
    return card(
        words.t("“十四五”九项主要指标"),
        _plan_text(view.plan, words),
        None if view.own else el("P", _reference(view.plan, words), class_="notice"),
        _table(
            (words.t("指标与定义"), words.t("本地现值"), aim, words.t("判断")),
            [_headline_row(row, aim, state, words) for row in view.rows],
            "headlines",
        ),
        class_="digital-headlines",
    )


def _reference(plan: PlanName, words: Words) -> str:
    """That the targets beside the figures are another region's."""
    return words.t("目标取自{plan}，只对该方案的地区有效；这里只列数、作对照，不判断。", plan=plan.name)


def _plan_text(plan: PlanName, words: Words) -> str:
    return words.t("{plan}，{day}", plan=plan.name, day=words.texts.date(plan.issued))


def _headline_row(row: HeadlineRow, aim: str, state: PageState, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", link(state.with_(sheet=row.code).to_url(), row.name), el("P", row.definition, class_="quiet definition", lang="zh"),
           scope="row"),
        el("Td", _figure(row.figure, row.frequency, words), class_="number", data_label=words.t("本地现值")),
        el("Td", _aim(row.target, words) if row.target else "—", class_="number", data_label=aim),
        el("Td", _state(row.target, words) if row.own and row.target else el("Span", words.t("不判断"), class_="quiet")),
    )  # fmt: skip


def _aim(target: TargetLine, words: Words) -> str:
    """The number of a target as its plan prints it."""
    if target.value is None:
        return "—"
    if target.op == "between":
        upper = words.figure_text(target.upper, target.unit)
        return words.t("{low} 至 {high}", low=words.texts.number(target.value), high=upper)
    return f"{OPERATORS.get(target.op, target.op)} {words.figure_text(target.value, target.unit)}"


def _state(target: TargetLine, words: Words) -> Element:
    return state_mark(target.state, words)


def state_mark(state: str, words: Words) -> Element:
    """Where a target stands: a sign and a word."""
    return el(
        "Span",
        el("Span", SIGNS[state], class_="sign", aria_hidden="true"),
        words.t(STATE_WORDS[state]),
        class_="target-state",
        data_state=state,
    )


def steps(view: StepsView, here: Session, state: PageState) -> Element:
    """A target for every year, and the own figure of that year."""
    words = _words(here)
    return card(
        words.t("{name}分年目标", name=view.name),
        _plan_text(view.plan, words),
        el("Blockquote", view.statement, lang="zh"),
        None if view.own else el("P", _reference(view.plan, words), class_="notice"),
        el(
            "Ol",
            [_step(step, view, words) for step in view.steps],
            class_="steps",
        ),
        el("P", link(state.with_(sheet=view.code).to_url(), words.t("查看{name}的数字说明", name=view.name))),
        class_="digital-steps",
    )


def _step(step: StepLine, view: StepsView, words: Words) -> Element:
    value = step.figure.value
    return el(
        "Li",
        el("B", words.year(step.year)),
        el(
            "Span",
            el("Span", class_="step-have", style={"--part": f"{min(value or 0.0, 100.0):.1f}%"}),
            el("Span", class_="step-aim", style={"--at": f"{step.target:.1f}%"}),
            class_="step-bar",
            aria_hidden="true",
        ),
        el("Span", words.t("目标 {target}", target=words.figure_text(step.target, view.unit)), class_="quiet"),
        el("Span", words.t("本地 {value}", value=words.figure_text(value, view.unit)) if value is not None
           else words.t("本地没有这一年的数"),
           el("Span", words.t("模拟"), class_="status status-simulated") if step.figure.simulated else None),
        state_mark(step.state, words) if view.own else None,
        class_="step",
    )  # fmt: skip


def plan(view: PlanView, here: Session, state: PageState) -> Element:
    """The region's own plan: every target with its sentence, its day, and how it stands."""
    words = _words(here)
    if view.plan is None:
        nothing = el("P", words.t("没有收录{place}的数字政府方案，因此没有目标记录。", place=view.place.name))
        return card(words.t("本地方案的目标"), "", nothing, _elsewhere(view.elsewhere, state, words))
    counts = [f"{words.t(STATE_WORDS[name])} {count}" for name, count in view.counts if count]
    return card(
        words.t("本地方案的目标"),
        _plan_text(view.plan, words),
        el("P", words.listed(counts), class_="quiet"),
        _table(
            (words.t("方案原文"), words.t("期限"), words.t("目标"), words.t("本地现值"), words.t("状态")),
            [_target_row(line, state, words) for line in view.lines],
            "targets",
        ),
        el("P", words.t("完成须有依据：数字按本地最近一期判断，没有数字的里程碑须有完成凭证（地区包的 plan_evidence.yaml）。"),
           class_="notes"),
        _elsewhere(view.elsewhere, state, words),
        class_="digital-plan",
    )  # fmt: skip


def _target_row(line: TargetLine, state: PageState, words: Words) -> Element:
    when = words.texts.date(line.due) if line.due else words.t("{year}年（方案未写日期）", year=line.year)
    have: Child = "—"
    if line.indicator and line.figure is not None:
        have = [
            el("P", link(state.with_(sheet=line.indicator).to_url(), line.name)),
            _figure(line.figure, line.frequency, words),
        ]
    elif not line.evidence:
        have = el(
            "P", words.t("目录没有对应指标，须由{who}报送完成情况和凭证", who=line.reporter), class_="reason"
        )
    return el(
        "Tr",
        el("Th", el("Q", line.statement, lang="zh"),
           el("P", line.note, class_="quiet", lang="en") if line.note and not words.zh else None, scope="row"),
        el("Td", when, data_label=words.t("期限")),
        el("Td", words.t("完成") if line.op == "done" else _aim(line, words), class_="number", data_label=words.t("目标")),
        el("Td", have),
        el("Td", _state(line, words), el("P", line.evidence, class_="quiet") if line.evidence else None),
    )  # fmt: skip


def _elsewhere(places: Sequence[Place], state: PageState, words: Words) -> Element | None:
    if not places:
        return None
    links = [link(state.with_(region=f"{place.code:012d}").to_url(), place.name) for place in places]
    return el("P", words.t("下级有自己方案的地区："), links, class_="notes")


# ---- evaluations


def evaluation(view: ScoresView, here: Session, state: PageState) -> Element:
    """Five dimensions and their total, by region."""
    words = _words(here)
    return card(
        words.t("政务服务网上评价：五个维度"),
        _simulated([figure for row in view.rows for figure in row.figures], words),
        _scores(view, state, words),
        el("P", words.t("总分为五个维度等权（建议值）；省级公布权重后替换。"), class_="notes"),
        class_="digital-evaluation",
    )


def sharing(view: SharingView, here: Session, state: PageState) -> Element:
    """The evaluation of sharing by region, and by department where departments have reported."""
    words = _words(here)
    figures = [figure for row in view.scores.rows for figure in row.figures]
    return card(
        words.t("信息共享评价"),
        _simulated(figures, words),
        _scores(view.scores, state, words),
        el("H3", words.t("分部门")),
        _departments(view, words),
        class_="digital-sharing",
    )


def _departments(view: SharingView, words: Words) -> Element:
    if not view.departments:
        names = words.listed(name for _, name, _ in view.columns)
        return el("P", words.t("目录中分部门的有：{names}。本地还没有报送分部门的数，因此只有合计。", names=names),
                  class_="notes")  # fmt: skip
    kept = [
        place
        for place, _ in enumerate(view.columns)
        if any(row.figures[place].value is not None for row in view.departments)
    ]
    heads = [words.t("部门"), *(f"{view.columns[n][1]}（{words.unit(view.columns[n][2])}）" for n in kept)]
    rows = [
        el("Tr", el("Th", row.name, scope="row"), [
            el("Td", words.figure(row.figures[n])[0],
               el("Span", words.t("模拟"), class_="status status-simulated") if row.figures[n].simulated else None,
               class_="number")
            for n in kept
        ])
        for row in view.departments
    ]  # fmt: skip
    return _table(heads, rows, "departments", first_numbers=1)


def _scores(view: ScoresView, state: PageState, words: Words) -> Element:
    """Indicators as rows, regions as columns."""
    heads = (words.t("指标"), words.t("单位"), *(words.short_place(place) for place in view.regions))
    rows = [
        el(
            "Tr",
            el("Th", link(state.with_(sheet=row.code).to_url(), row.name), scope="row"),
            el("Td", words.unit(row.unit), class_="quiet"),
            [
                _score_cell(row, figure, place, words)
                for figure, place in zip(row.figures, view.regions, strict=True)
            ],
            class_="total-row" if row.total else None,
        )
        for row in view.rows
    ]
    return _table(heads, rows, "scores", first_numbers=2)


def _score_cell(row: ScoreRow, figure: Figure, place: Place, words: Words) -> Element:
    if figure.value is None:
        why = words.reason(figure) or words.t("缺数")
        return el("Td", el("Span", "—", aria_hidden="true"), el("Span", why, class_="sr-only"),
                  class_="number hatched", title=f"{place.name} {row.name}：{why}")  # fmt: skip
    return el(
        "Td", words.figure(figure)[0], class_="number", title=words.period_short(figure.period, row.frequency)
    )


# ---- regulation


def regulation(view: RegulationView, here: Session, state: PageState) -> Element:
    """How far supervision reaches and what it brings, by the department in charge."""
    words = _words(here)
    rows = [_supervision(row, state, words) for row in view.rows]
    figures = [f for row in view.rows for one in (*row.coverage, *row.effect) for f in one.figures]
    note = words.t("按指标的责任部门列出；目录中的监管指标没有部门维度，各部门自己的覆盖率须由其报送。")
    return card(
        words.t("互联网+监管：覆盖与成效"),
        _simulated(figures, words),
        _table((words.t("责任部门"), words.t("监管覆盖"), words.t("监管成效")), rows, "regulation"),
        None if view.by_department else el("P", note, class_="notes"),
        class_="digital-regulation",
    )


def _supervision(row: SupervisionRow, state: PageState, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", row.department, scope="row"),
        [
            el("Td", el("Ul", [_supervised(one, state, words) for one in some]) if some
               else el("Span", words.t("目录没有"), class_="quiet"))
            for some in (row.coverage, row.effect)
        ],
    )  # fmt: skip


def _supervised(one: ScoreRow, state: PageState, words: Words) -> Element:
    return el(
        "Li",
        link(state.with_(sheet=one.code).to_url(), one.name),
        _figure(one.figures[0], one.frequency, words),
    )


# ---- pieces


def _figure(figure: Figure, frequency: str, words: Words) -> Element:
    """A number with its period and status; a dash with the reason."""
    if figure.value is None:
        return el(
            "Span", "— ", el("Span", words.reason(figure) or words.t("缺数"), class_="reason"), class_="have"
        )
    return el(
        "Span",
        el("B", words.figure_text(figure.value, figure.unit)),
        el("Span", words.period(figure.period, frequency), class_="quiet"),
        el("Span", words.t("模拟"), class_="status status-simulated") if figure.simulated else None,
        class_="have",
    )


def _simulated(figures: Sequence[Figure], words: Words) -> str:
    """That there are sample figures, and how many."""
    count = sum(figure.simulated for figure in figures)
    return words.t("模拟：{count} 个为模拟数", count=count) if count else ""


def _table(heads: Sequence[str], rows: Sequence[Element], name: str, first_numbers: int = 99) -> Element:
    return el(
        "Div",
        el(
            "Table",
            el("Thead", el("Tr", [
                el("Th", head, scope="col", class_="number" if at >= first_numbers else None)
                for at, head in enumerate(heads)
            ])),
            el("Tbody", list(rows)),
            class_=f"figures digital-table {name}",
        ),
        class_="table-box",
        tabIndex=0,
    )  # fmt: skip


PANELS: Mapping[str, Draw] = {
    "digital.headlines": headlines,
    "digital.steps": steps,
    "digital.evaluation": evaluation,
    "digital.sharing": sharing,
    "digital.plan": plan,
    "digital.regulation": regulation,
}
"""The panels of the digital government by their names."""
