"""Checking the books: every identity with how it stands, what fails with the difference, and the forms that decide."""

from indicators.errors import N_
from pages._components import forms, registers
from pages._components.card import card
from pages._components.catalogue import way
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._components.workshop import tabs
from pages._session import Session
from pages._state import PageState
from services import access
from services.identity_checks import (
    ACTS,
    STATES,
    CheckFilter,
    ChecksView,
    FailureView,
    IdentityView,
    Part,
)

ALL = "all"
OPEN, ACCEPTED = "open", "accepted"


def chosen_of(state: PageState) -> CheckFilter:
    """What the address wishes to see."""
    chosen = state.filters
    wish, page = chosen.get("state", OPEN), chosen.get("page", "1")
    known = wish if wish in STATES or wish == ALL else OPEN
    return CheckFilter(known, chosen.get("identity", ""), int(page) if page.isdigit() else 1)


def render(view: ChecksView, here: Session, state: PageState) -> Element:
    """The check list."""
    words = registers.speaking(here)
    return el(
        "Div",
        tabs(here, "checks", state),
        el(
            "Header",
            el("H1", words.t("数据核对")),
            el("P", words.t("每次入库都按勾稽关系逐期、逐地区核对；对不上的数先暂扣，看板和大屏不显示，直到有人放行或更正。"),
               class_="notes"),
            class_="board-head",
        ),
        _states(view, state, words),
        _failures(view, here, state, words),
        _identities(view, state, words),
        class_="board checks",
    )  # fmt: skip


def _states(view: ChecksView, state: PageState, words: Words) -> Element:
    offered = [(name, f"{words.t(said)} {view.counts.get(name, 0)}") for name, said in STATES.items()]
    offered.append((ALL, words.t("全部")))
    go = {
        name: state.filtered(state=None if name == OPEN else name, page=None).to_url() or "?"
        for name, _ in offered
    }
    named = next((one for one in view.identities if one.key == view.chosen.identity), None)
    lifted = state.filtered(identity=None, page=None).to_url() or "?"
    return el(
        "Div",
        registers.choices(offered, view.chosen.state, go, words.t("状态")),
        el("P", words.t("只看：{name}", name=_sum(named)), " ", link(lifted, words.t("看全部"), class_="inline-link"),
           class_="notes") if named else None,
        class_="checks-tools",
    )  # fmt: skip


def _sum(one: IdentityView) -> str:
    return f"{one.total_name} = {' + '.join(name for _, name in one.parts)}"


def _failures(view: ChecksView, here: Session, state: PageState, words: Words) -> Element:
    if not view.failures:
        nothing = (
            words.t("没有暂扣的数，勾稽都相符。")
            if view.chosen.state == OPEN
            else words.t("没有这样的记录。")
        )
        return el("P", nothing, class_="all-quiet", role="status")
    return el(
        "Div",
        el("Ol", [_failure(one, here, state, words) for one in view.failures], class_="check-list"),
        registers.paging(view.chosen.page, view.pages, state, words),
    )


def _failure(one: FailureView, here: Session, state: PageState, words: Words) -> Element:
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    return el(
        "Li",
        _said(one, state, words, link(f"/checks/{one.id}{kept}", one.total.name), _corrects(here)),
        _decide(one, here, words),
        class_=f"check card check-{one.state}",
        data_check=str(one.id),
        key=str(one.id),
    )


def _said(
    one: FailureView, state: PageState, words: Words, title: Child, corrects: bool = False
) -> list[Child]:
    """Where and when, the sum that does not come out, what is held back, who brought it."""
    where = " · ".join(filter(None, (one.place, words.period(one.period, one.frequency), one.breakdown)))
    delivery = (
        words.t("批次 {load}（{name}）", load=one.load, name=words.t(one.delivery)) if one.delivery else ""
    )
    return [
        el(
            "Header",
            el("H2", title),
            el("P", where, class_="check-where"),
            el("Span", words.t(STATES[one.state]), class_=f"status status-{one.state}"),
            class_="check-head",
        ),
        el(
            "Dl",
            _line(one.total, one, state, words, corrects, words.t("总数")),
            [_line(part, one, state, words, corrects) for part in one.parts],
            el("Div", el("Dt", words.t("各项合计")), el("Dd", words.figure_text(one.summed, one.total.unit)), class_="check-sum"),
            el("Div", el("Dt", words.t("差额（总数减合计）")), el("Dd", words.figure_text(one.gap, one.total.unit)), class_="check-gap"),
            class_="check-figures",
        ),
        el("P", words.t("容差 {tolerance}；发现于 {time}；{delivery}",
                        tolerance=words.figure_text(one.tolerance, one.total.unit), time=words.moment(one.found_at),
                        delivery=delivery), class_="notes"),
        el("Ol", [el("Li", words.t("{time} {name}：{act}", time=words.moment(each.at),
                     name=words.t("系统") if each.actor == "system" else each.actor, act=words.t(ACTS[each.act])),
                     el("Span", each.reason, class_="check-reason") if each.reason else None) for each in one.decisions],
           class_="check-decisions") if one.decisions else None,
    ]  # fmt: skip


def _line(
    part: Part, one: FailureView, state: PageState, words: Words, corrects: bool, label: str = ""
) -> Element:
    """One figure; where it is held back, the way to correct it at the data desk."""
    name = link(way(part.code, state), part.name)
    mend = None
    if corrects and part.held and one.state == OPEN:
        mend = link(_desk(part, one, state, words), words.t("更正"), class_="inline-link",
                    aria_label=words.t("更正{name}", name=part.name))  # fmt: skip
    return el(
        "Div",
        el("Dt", name, el("Span", label, class_="relation-tie") if label else None),
        el("Dd", words.figure_text(part.value, part.unit),
           el("Span", words.t("暂扣"), class_="status status-open") if part.held else None, mend),
        class_="check-total" if label else None,
    )  # fmt: skip


def _corrects(here: Session) -> bool:
    """Whether the reader may bring figures."""
    return access.may(here.actor, "load")


def _desk(part: Part, one: FailureView, state: PageState, words: Words) -> str:
    """The form of the data desk that corrects this very figure."""
    kept = PageState(theme="correct", lang=state.lang, mode=state.mode)
    period = words.period_text(one.period, one.frequency)
    return "/desk" + kept.filtered(indicator=part.code, region=f"{one.region:012d}", period=period).to_url()


def _decide(one: FailureView, here: Session, words: Words) -> Element | None:
    """The form of who decides: let it through with a reason, or hold it back again; correcting is done with the data."""
    if one.state == OPEN:
        return el(
            "Details",
            el("Summary", words.t("处理"), class_="button button-quiet"),
            el("P", words.t("数字有误：在数据填报里更正，更正后再核对一次，相符即自动恢复显示。"), class_="notes"),
            forms.form(
                here, "check.accept", forms.hidden("id", one.id),
                forms.area("reason", words.t("放行的理由"), required=True, maxLength=1000,
                           hint=words.t("数字按原样显示，理由和您的名字一并留存。")),
                submit=words.t("放行"),
            ),
            class_="check-decide",
            key=f"decide-{one.id}",
        )  # fmt: skip
    if one.state == ACCEPTED:
        return el(
            "Details",
            el("Summary", words.t("重新暂扣"), class_="button button-quiet"),
            forms.form(
                here, "check.reopen", forms.hidden("id", one.id),
                forms.area("reason", words.t("重新暂扣的理由"), required=True, maxLength=1000),
                submit=words.t("重新暂扣"),
            ),
            class_="check-decide",
            key=f"reopen-{one.id}",
        )  # fmt: skip
    return None


def _identities(view: ChecksView, state: PageState, words: Words) -> Element:
    names = (N_("勾稽关系"), N_("容差"), N_("核对过"), N_("不符"), N_("已放行"))
    heads = [registers.head(words.t(name), number=place > 0) for place, name in enumerate(names)]
    return card(
        words.t("勾稽关系"),
        words.t("总数应等于各项之和；缺一项就不核对"),
        registers.table(words.t("勾稽关系"), heads, [_identity(one, state, words) for one in view.identities], "identities"),
    )  # fmt: skip


def _identity(one: IdentityView, state: PageState, words: Words) -> Element:
    go = state.filtered(identity=one.key, state=ALL, page=None).to_url()
    return el(
        "Tr",
        el("Th", link(go, one.total_name), el("Span", " + ".join(name for _, name in one.parts), class_="row-other"), scope="row"),
        el("Td", words.figure_text(one.tolerance, one.unit), class_="number"),
        el("Td", words.t("{count} 处", count=words.texts.number(one.tested)), class_="number"),
        el("Td", words.texts.number(one.failing), class_="number" + (" late" if one.failing else "")),
        el("Td", words.texts.number(one.states.get(ACCEPTED, 0)), class_="number"),
        key=one.key,
    )  # fmt: skip


def single(view: FailureView, here: Session, state: PageState) -> Element:
    """One failure on a page of its own, with everything that was decided."""
    words = registers.speaking(here)
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    return el(
        "Div",
        tabs(here, "checks", state),
        el(
            "Header",
            link("/checks" + kept, el("Span", class_="icon icon-back", aria_hidden="true"), words.t("返回核对清单"), class_="back"),
            el("H1", words.t("{name}：勾稽不符", name=view.total.name)),
            class_="board-head",
        ),
        el("Div", _said(view, state, words, view.total.name, _corrects(here)), _decide(view, here, words),
           class_=f"check card check-{view.state}", data_check=str(view.id)),
        class_="board checks",
    )  # fmt: skip
