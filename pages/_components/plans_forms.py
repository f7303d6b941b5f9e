"""The forms of plans: a plan, a target, another number for one, its owner, evidence; and a scorecard to begin with."""

from datetime import timedelta

from indicators.errors import N_
from pages._components import forms
from pages._components.collection_words import cancel
from pages._components.elements import Child, Element, el
from pages._session import Session
from pages._state import PageState
from services.plans_reading import ACCEPTED, MILESTONE, RETURNED
from services.plans_views import EvidenceView, TargetView
from services.scorecard_scores import COUNTY, DEPARTMENT

OPS = {
    ">=": N_("不低于"), "<=": N_("不高于"), "=": N_("等于"), "between": N_("介于"), MILESTONE: N_("里程碑（完成即可）"),
}  # fmt: skip

WIDE = "form-wide collection-form"


def add_plan(here: Session, state: PageState) -> Element:
    """Enter a plan."""
    t, services = here.texts.t, here.services
    own = [
        code for code in here.actor.regions if services.plans_book.keeps(here.actor, code)
    ]  # the plans of regions below are entered by whoever keeps them there
    regions = [(f"{code:012d}", _region(here, code)) for code in own]
    return forms.form(
        here,
        "plan.add",
        forms.text("name_zh", t("规划名称"), required=True, maxLength=200),
        forms.text("id", t("编号"), required=True, hint=t("例如 maoming2026。")),
        forms.date("issued", t("印发日期"), required=True),
        forms.select("region", t("适用地区"), regions, required=True),
        forms.area("source", t("出处"), required=True, hint=t("文号和发布的地方。")),
        submit=t("登记规划"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def _region(here: Session, code: int) -> str:
    region = here.services.tree.get(code)
    return region.name if here.language == "zh" else region.name_en or region.name


def add_target(here: Session, state: PageState, model: TargetView | None = None) -> Element:
    """Enter a target or a milestone; after the model of one that stands for reference, where there is one."""
    t, book = here.texts.t, here.services.plans_book
    own = [(plan.id, plan.name_zh) for plan, _ in book.plans() if book.keeps(here.actor, plan.region)]
    given = model.target if model is not None else None
    departments = [("", t("按指标的责任部门")), *book.departments(here.language).items()]
    year = max(book.today().year, given.year if given is not None else 0)
    return forms.form(
        here,
        "target.add",
        forms.select("plan", t("所在规划"), [("", t("请选择")), *own], required=True),
        forms.number("year", t("目标年度"), str(year), required=True),
        forms.date("due", t("完成日期"), hint=t("规划写明日期的才填。")),
        forms.text("indicator", t("指标代码"), given.indicator or "" if given else "", hint=t("没有指标能衡量的留空。")),
        *_numbers(here, given.op if given else ">=", given.value if given else None, given.upper if given else None,
                  given.unit or "" if given else ""),
        forms.area("statement_zh", t("规划原文"), given.statement_zh if given else "", required=True),
        forms.area("source", t("出处"), f"{t('参照：')}{model.plan}" if model is not None else "", required=True),
        forms.select("department", t("责任部门"), departments),
        forms.text("note", t("说明")),
        submit=t("登记目标"),
        cancel=cancel(here, state),
        class_=WIDE,
    )  # fmt: skip


def _numbers(here: Session, op: str, value: float | None, upper: float | None, unit: str) -> list[Child]:
    t = here.texts.t
    return [
        forms.select("op", t("要求"), [(one, t(word)) for one, word in OPS.items()], op, required=True),
        forms.number("value", t("目标值"), None if value is None else f"{value:g}"),
        forms.number("upper", t("上限（介于时）"), None if upper is None else f"{upper:g}"),
        forms.text("unit", t("单位"), unit, hint=t("与指标单位一致。")),
    ]


def change(view: TargetView, here: Session, state: PageState) -> Element:
    """Other numbers for a target."""
    t, one = here.texts.t, view.target
    numbers = (
        [forms.hidden("op", MILESTONE)]
        if one.op == MILESTONE
        else _numbers(here, one.op, one.value, one.upper, one.unit or "")
    )
    return forms.form(
        here,
        "target.change",
        *_seen(view),
        *numbers,
        forms.text("note", t("说明"), one.note),
        forms.area("reason", t("调整理由"), required=True, hint=t("原来的目标值保留。")),
        submit=t("调整目标"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def end(view: TargetView, here: Session, state: PageState) -> Element:
    """Let a target hold no longer."""
    t = here.texts.t
    return forms.form(
        here, "target.end", *_seen(view), forms.area("reason", t("终止理由"), required=True), submit=t("终止目标"),
        cancel=cancel(here, state), class_=WIDE, ask=t("终止以后不再考核，记录保留。确定吗？"),
    )  # fmt: skip


def owner(view: TargetView, here: Session, state: PageState) -> Element:
    """Another department answers for a target."""
    t = here.texts.t
    departments = [("", t("请选择")), *here.services.plans_book.departments(here.language).items()]
    return forms.form(
        here, "target.assign", *_seen(view),
        forms.select("department", t("责任部门"), departments, view.owner, required=True),
        forms.text("reason", t("说明")), submit=t("指定责任部门"), cancel=cancel(here, state), class_=WIDE,
    )  # fmt: skip


def evidence(view: TargetView, here: Session, state: PageState) -> Element:
    """Hand in what shows that a milestone was reached."""
    t = here.texts.t
    return forms.form(
        here,
        "evidence.add",
        forms.hidden("target", view.key),
        forms.date("done_on", t("完成日期"), required=True),
        forms.text("title", t("凭证名称"), required=True, maxLength=200),
        forms.area("citation", t("出处与内容"), required=True, hint=t("文号、验收材料、公开链接。")),
        submit=t("提交凭证"),
        cancel=cancel(here, state),
        class_=WIDE,
    )


def ruling(view: EvidenceView, here: Session, state: PageState) -> Element:
    """Accept a piece of evidence, or return it."""
    t = here.texts.t
    options = [("", t("请选择")), (ACCEPTED, t("核收")), (RETURNED, t("退回"))]
    return forms.form(
        here, "evidence.rule", forms.hidden("evidence", view.evidence.id), forms.hidden("seen", len(view.rulings)),
        forms.select("ruling", t("核收结论"), options, required=True),
        forms.area("reason", t("理由"), hint=t("退回的必须写明。")), submit=t("保存结论"),
        cancel=cancel(here, state), class_=WIDE,
    )  # fmt: skip


def _seen(view: TargetView) -> list[Element]:
    return [forms.hidden("target", view.key), forms.hidden("seen", len(view.steps))]


def card(here: Session, state: PageState) -> Element:
    """Begin a scorecard."""
    t, cards = here.texts.t, here.services.scorecards
    year = cards.today().year
    departments = list(cards.departments(here.language).items())
    return forms.form(
        here,
        "scorecard.create",
        forms.text("title", t("名称"), required=True, maxLength=80),
        forms.number("year", t("评分年度"), str(year), required=True),
        forms.text("until", t("数据截至"), str(year), hint=t("写成 2026、2026-Q2 或 2026-06。")),
        forms.select("subjects", t("评分对象"), [(DEPARTMENT, t("部门")), (COUNTY, t("县区（全部）"))], required=True),
        el("Div", forms.checks("chosen", t("部门（对象为部门时选择）"), departments), class_="field-wide"),
        submit=t("新建评分表"),
        cancel=cancel(here, state),
        class_=WIDE,
    )  # fmt: skip


def appeal_day(here: Session) -> str:
    """The last day for appeals that a form begins with."""
    return (here.services.scorecards.today() + timedelta(days=7)).isoformat()
