"""The changes of regions that were proposed and decided: a list, and one of them with all that it touches."""

from collections.abc import Sequence

from indicators.errors import N_, CockpitError
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.registers import head, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.region_forms import KINDS
from services.region_views import Affected, ChangeLine, ProposalLine

STATES = {
    "proposed": N_("待确认"),
    "confirmed": N_("已确认，待生效"),
    "effective": N_("已生效"),
    "returned": N_("已退回"),
    "withdrawn": N_("已撤回"),
}

STEPS = {
    "proposed": N_("提出"),
    "confirmed": N_("确认"),
    "effective": N_("生效"),
    "returned": N_("退回"),
    "withdrawn": N_("撤回"),
}

HEADS = (N_("变更"), N_("生效日"), N_("状态"), N_("提出"), N_("确认"))

SHOWN = 12
"""How many names of a list are said before the rest is counted."""


def render(here: Session, state: PageState, words: Words) -> Element:
    """The list, and above it the change that is open."""
    regions = here.services.region_changes
    lines = regions.all(here.actor, here.language)
    kind, _, number = (state.open or "").partition(":")
    opened = None
    if kind == "change" and number.isdigit():
        try:
            opened = regions.proposal(here.actor, int(number), here.language)
        except CockpitError:
            opened = None
    return el(
        "Div",
        _opened(opened, here, words) if opened else None,
        _table(lines, state, words) if lines else el("P", words.t("还没有登记过区划变更。"), class_="all-quiet", role="status"),
        class_="region-changes",
    )  # fmt: skip


def _table(lines: Sequence[ProposalLine], state: PageState, words: Words) -> Element:
    heads = [head(words.t(one)) for one in HEADS]
    return table(words.t("区划变更"), heads, [_row(line, state, words) for line in lines], "regions-table")


def _row(line: ProposalLine, state: PageState, words: Words) -> Element:
    at_it = state.open == f"change:{line.id}"
    there = state.with_(open=None if at_it else f"change:{line.id}").to_url()
    return el(
        "Tr",
        el("Th", link(there, line.title, class_="rule-name", aria_expanded="true" if at_it else "false"),
           el("Span", words.t("{count} 项", count=len(line.changes)), class_="reason") if len(line.changes) > 1 else None,
           scope="row"),
        el("Td", line.first.isoformat()),
        el("Td", stands(line.state, words)),
        el("Td", _by(line, "proposed", words)),
        el("Td", _by(line, "confirmed", words)),
        data_change=str(line.id),
        key=str(line.id),
    )  # fmt: skip


def stands(state: str, words: Words) -> Element:
    """Where a change stands, in a word."""
    return el("Span", words.t(STATES[state]), class_="change-state", data_state=state)


def _by(line: ProposalLine, state: str, words: Words) -> str:
    step = next((step for step in line.steps if step.state == state), None)
    return "—" if step is None else f"{_who(step.by, words)} {words.texts.moment(step.at)}"


def _who(name: str, words: Words) -> str:
    """Who did something; the cockpit by itself is called so."""
    return words.t("系统自动") if name == "system" else words.t(name)


# ---- one change


def _opened(line: ProposalLine, here: Session, words: Words) -> Element:
    return card(
        line.title,
        "",
        el("P", stands(line.state, words), " ", words.t("最早生效日 {day}", day=line.first.isoformat())),
        el("Ol", [_change(one, words) for one in line.changes], class_="change-lines"),
        el("P", line.reason, class_="reason")
        if line.reason not in ("", *(one.note for one in line.changes))
        else None,
        _affected(line, words),
        _steps(line, words),
        _acts(line, here, words),
    )


def _change(one: ChangeLine, words: Words) -> Element:
    kind = next(name for word, name in KINDS.items() if str(word) == one.kind)
    before, after = words.listed(one.before), words.listed(one.after)
    said = f"{before} → {after}" if before and after else before or after
    if one.parent:
        said = words.t("{what}，上级 {parent}", what=said, parent=one.parent)
    counted = None
    if one.kind == "zone":
        counted = words.t("其中数，不另加") if one.inside else words.t("另计入上级")
    return el(
        "Li",
        el("B", words.t("{day} 起", day=one.day.isoformat())),
        el("Span", words.t(kind), class_="change-kind"),
        el("Span", said),
        el("Span", counted, class_="reason") if counted else None,
        el("Span", one.note, class_="reason") if one.note else None,
    )


def _affected(line: ProposalLine, words: Words) -> Element:
    """What the change touches, as facts; nothing is said of what it does not touch."""
    view = line.affected
    facts = [*_of_regions(view, words), *_of_figures(view, line, words)]
    return el(
        "Section",
        el("H3", words.t("影响")),
        el(
            "Dl",
            [el("Div", el("Dt", name), el("Dd", said), key=name) for name, said in facts],
            class_="change-facts",
        ),
        class_="change-affected",
    )


def _of_regions(view: Affected, words: Words) -> list[tuple[str, Child]]:
    named = (
        (N_("撤销"), view.ended),
        (N_("新设"), view.begun),
        (N_("换了上级"), view.moved),
        (N_("辖区有变，前后不比"), view.broken),
        (N_("可按现行区划合并"), view.mapped),
        (N_("边界由原边界拼成"), view.outlines),
        (N_("还没有边界"), view.missing),
    )
    return [(words.t(name), _names(names, words)) for name, names in named if names]


def _of_figures(view: Affected, line: ProposalLine, words: Words) -> list[tuple[str, Child]]:
    found: list[tuple[str, Child]] = [
        (words.t("已存的数"), words.t("{count} 个，都留在原来的区划和时期", count=f"{view.figures:,}"))
    ]
    if view.alerts:
        found.append(
            (words.t("未解除的预警"), words.t("{count} 条，生效时以“区划已撤销”解除", count=view.alerts))
        )
    if view.grants:
        names = _names(view.grants, words)
        found.append((words.t("授权待复核"), [names, words.t("（仍可看旧时期，由安全管理员复核）")]))
    if view.targets:
        found.append((words.t("目标"), words.t("{count} 条绑定旧区划，请给新区划另下", count=view.targets)))
    if view.subscriptions:
        found.append((words.t("订阅"), words.t("{count} 条绑定旧区划", count=view.subscriptions)))
    if line.outlined:
        found.append((words.t("边界"), words.t("随变更提交了新边界")))
    return found


def _names(names: Sequence[str], words: Words) -> str:
    said = words.listed(names[:SHOWN])
    return said if len(names) <= SHOWN else words.t("{names}等 {count} 个", names=said, count=len(names))


def _steps(line: ProposalLine, words: Words) -> Element:
    return el(
        "Ol",
        [
            el("Li", el("B", words.t(STEPS[step.state])), el("Span", f"{_who(step.by, words)} {words.texts.moment(step.at)}"),
               el("Span", step.note, class_="reason") if step.note else None, key=str(number))
            for number, step in enumerate(line.steps)
        ],
        class_="change-steps",
    )  # fmt: skip


def _acts(line: ProposalLine, here: Session, words: Words) -> Element | None:
    """What the reader may do about it."""
    marks = (forms.hidden("id", line.id), forms.hidden("seen", line.seen))
    made: list[Child] = []
    if line.may_confirm:
        made.append(forms.form(
            here, "regions.confirm", *marks, forms.area("note", words.t("意见"), maxLength=2000),
            submit=words.t("确认变更"), ask=words.t("确认后到日生效，旧时期仍是旧区划。要确认吗？"),
        ))  # fmt: skip
        made.append(_with_reason(here, "regions.return", words.t("退回"), words.t("退回原因"), marks))
    elif line.state == "proposed" and line.mine:
        made.append(el("P", words.t("请由另一位有权的人确认。"), class_="notice"))
    if line.may_withdraw:
        made.append(_with_reason(here, "regions.withdraw", words.t("撤回变更"), words.t("撤回原因"), marks))
    return el("Div", made, class_="change-acts") if made else None


def _with_reason(here: Session, act: str, said: str, label: str, marks: tuple[Element, ...]) -> Element:
    return el(
        "Details",
        el("Summary", said, class_="inline-link"),
        forms.form(
            here,
            act,
            *marks,
            forms.area("note", label, required=True, maxLength=2000),
            submit=said,
            quiet=True,
        ),
        class_="withdraw",
    )
