"""The list of rules by their health: what is wrong with each in words, why warnings were useless, a way to its page."""

from indicators.errors import N_
from indicators.rule_health import Trouble
from pages._components import registers
from pages._components.elements import Child, Element, el, link
from pages._components.registers import speaking
from pages._components.rule_proposals import proposals
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.rule_health import TROUBLES
from services.rule_health_views import RuleRow, RulesView
from services.texts import MISSING

FILTERS = {"trouble": N_("问题"), "system": N_("领域")}

MOST_REASONS = 3


def render(view: RulesView, here: Session, state: PageState) -> Element:
    """The whole list."""
    words = speaking(here)
    return el(
        "Div",
        _head(view, words),
        _vain(view, state, words),
        _counts(view, state, words),
        _filters(view, state, words),
        _table(view, state, words)
        if view.rows
        else el("P", words.t("没有符合筛选的规则"), class_="all-quiet"),
        registers.paging(view.page, view.pages, state, words),
        proposals(view.proposals, here, state, words.t("正在审议的修改建议")) if view.proposals else None,
        class_="board rule-health",
        data_region=f"{view.place.code:012d}",
    )


def way(rule: str, state: PageState, **more: str) -> str:
    """The page of a rule; region, language and light go along."""
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode)
    return f"/rule/{rule}" + kept.with_(**more).to_url()


def _head(view: RulesView, words: Words) -> Element:
    since = words.texts.date(view.since)
    return el(
        "Header",
        el("H1", words.t("{place}预警规则体检", place=view.place.name)),
        registers.simulated(words) if view.simulated else None,
        el("P", words.t("{since}以来触发的预警；无效预警率高于 {limit} 的规则排在最前。", since=since,
                        limit=words.percent(view.limit, 0)), class_="notes"),
        class_="board-head",
    )  # fmt: skip


def _vain(view: RulesView, state: PageState, words: Words) -> Element | None:
    vain = [*view.vain, *state.ignored]
    if not vain:
        return None
    said = words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(vain))
    return el("P", said, class_="notice", role="status")


def _counts(view: RulesView, state: PageState, words: Words) -> Element:
    """How many rules have each trouble; every count shows them."""
    chosen = view.filters.get("trouble")
    return el(
        "Div",
        [
            link(
                state.filtered(trouble=None if chosen == word else str(word), page=None).to_url() or "?",
                el("Span", words.t(name), class_="tally-of"),
                el("B", str(view.counts.get(word, 0)), class_="tally-number"),
                class_="tally-way" + ("" if view.counts.get(word) else " tally-none"),
                aria_current="true" if chosen == word else None,
                key=str(word),
            )
            for word, name in TROUBLES.items()
        ],
        class_="tally",
        role="group",
        aria_label=words.t("问题"),
    )


def _filters(view: RulesView, state: PageState, words: Words) -> Element:
    chosen = view.filters
    return el(
        "Div",
        el(
            "Form",
            el("Input", type="search", name="q", defaultValue=chosen.get("q", ""), maxLength=40, id="rule-search",
               placeholder=words.t("规则、指标、部门"), aria_label=words.t("在规则里查找"), key=chosen.get("q", "")),
            el("Button", words.t("查找"), type="submit", class_="button button-quiet"),
            class_="list-search",
            data_filter="q",
            role="search",
        ),
        [
            registers.picker(name, words.t(title), view.options[name], chosen.get(name, ""), state, words)
            for name, title in FILTERS.items()
        ],
        link(state.with_(filter=None).to_url() or "?", words.t("清除筛选"), class_="inline-link")
        if set(chosen) - {"page"} else None,
        el("P", words.t("共 {count} 条规则", count=view.found), class_="found", role="status"),
        class_="list-filters",
    )  # fmt: skip


def _table(view: RulesView, state: PageState, words: Words) -> Element:
    heads = [
        registers.head(words.t("规则")),
        registers.head(words.t("问题")),
        registers.head(words.t("无效预警率"), number=True),
        registers.head(words.t("无需处置的理由")),
        registers.head(words.t("触发"), number=True),
        registers.head(words.t("未解除"), number=True),
        registers.head(words.t("最近触发")),
        registers.head(words.t("修改")),
    ]
    rows = [_row(row, state, words) for row in view.rows]
    return registers.table(words.t("预警规则，问题最大的在前"), heads, rows, "rules-table")


def _row(row: RuleRow, state: PageState, words: Words) -> Element:
    return el(
        "Tr",
        el("Td", link(way(row.id, state), row.name, class_="rule-name"), _notes(row, words)),
        el("Td", _troubles(row, state, words)),
        el("Td", _noise(row, words), class_="number rule-noise"),
        el("Td", _reasons(row, words)),
        el("Td", str(row.fired), class_="number"),
        el("Td", str(row.standing), class_="number"),
        el("Td", row.last.isoformat() if row.last else MISSING),
        el("Td", link(way(row.id, state, edit="propose"), words.t("提出修改"), class_="inline-link")),
        class_="rule-over" if row.over else None,
        data_rule=row.id,
    )


def _notes(row: RuleRow, words: Words) -> list[Child]:
    """Whose it is, whether it is muted, and what is proposed."""
    return [
        el("Span", row.department, class_="reason") if row.department else None,
        muted_badge(row.muted_until, words),
        el("Span", words.t("修改建议 {count} 条", count=row.proposals), class_="badge")
        if row.proposals
        else None,
        el("Span", words.t("没有数据，无从触发"), class_="reason") if row.silent else None,
    ]


def muted_badge(until: int | None, words: Words) -> Element | None:
    """That nobody is told of what a rule raises, until when."""
    if until is None:
        return None
    return el(
        "Span", words.t("已静默至 {time}", time=words.texts.moment(until)), class_="badge badge-silenced"
    )


def _troubles(row: RuleRow, state: PageState, words: Words) -> Child:
    if not row.troubles:
        return el("Span", words.t("正常"), class_="quiet")
    said: list[Child] = []
    for trouble in row.troubles:
        text = words.t(TROUBLES[trouble])
        if trouble == Trouble.FLAPPING:
            text = words.t("频繁波动：{count} 个地区", count=row.flapping)
        said.append(el("Li", text))
    others = [
        el("Li", words.t("{share} 的预警同时出现：", share=words.percent(share, 0)), " ",
           link(way(rule, state), name, class_="inline-link"))
        for rule, name, share in row.overlaps[:1]
    ]  # fmt: skip
    return el("Ul", said, others, class_="rule-troubles")


def _noise(row: RuleRow, words: Words) -> Child:
    if row.noise is None:
        return el("Span", words.t("预警太少") if row.fired else MISSING, class_="quiet")
    return el("B" if row.over else "Span", words.percent(row.noise, 0), class_="cell-number")


def _reasons(row: RuleRow, words: Words) -> Child:
    if not row.reasons:
        return el("Span", words.t("没有“无需处置”的答复") if row.fired else MISSING, class_="quiet")
    return el(
        "Ul",
        [
            el("Li", words.t("{reason}：{count} 条", reason=reason, count=count))
            for reason, count in row.reasons[:MOST_REASONS]
        ],
        class_="rule-reasons",
    )
