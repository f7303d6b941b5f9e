"""Who uses an indicator: what is computed from it, the rules that look at it, the boards it stands on, how many follow it."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components import drawer
from pages._components.card import card
from pages._components.catalogue import way
from pages._components.catalogue_words import HOW
from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._state import PageState
from services.indicator_page import IndicatorView
from services.usage import BoardUse, Derived, RuleUse

BOARDS = {
    "home": N_("首页"), "economy": N_("经济运行"), "projects": N_("重点项目与招商"), "emergency": N_("应急指挥"),
    "signs": N_("城市体征"), "digital": N_("数字政府"), "screen": N_("大屏"),
}  # fmt: skip

BOARD_KINDS = {"tile": N_("指标卡"), "map": N_("地图"), "scene": N_("场景")}


def used(view: IndicatorView, state: PageState, words: Words) -> Element:
    usage = view.usage
    counts = drawer.facts([
        (words.t("关注的人"), words.texts.number(usage.stars)),
        (words.t("收到其预警的订阅"), words.texts.number(usage.subscriptions)),
        (words.t("勾稽关系"), words.texts.number(len(usage.identities)) if usage.identities else ""),
    ])  # fmt: skip
    parts: list[tuple[str, list[Child]]] = [
        (words.t("由它算出"), [_derived(one, state, words) for one in usage.derived]),
        (words.t("看它的规则"), [_rule_use(one, state, words) for one in usage.rules]),
        (words.t("看板与大屏"), _boards(usage.boards, words)),
    ]
    return card(
        words.t("谁在用"),
        "",
        [el("Div", el("H3", title), el("Ul", lines, class_="used-by")) for title, lines in parts if lines],
        counts,
        class_="panel-used",
    )


def _derived(one: Derived, state: PageState, words: Words) -> Element:
    name = one.name_zh if words.zh else one.name_en
    steps = words.t("隔 {count} 层", count=one.steps) if one.steps > 1 else words.t(HOW[one.how])
    return el("Li", link(way(one.code, state), name), el("Span", steps, class_="relation-tie"), key=one.code)


def _rule_use(one: RuleUse, state: PageState, words: Words) -> Element:
    name = one.name_zh if words.zh else one.name_en
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    return el("Li", link(f"/rule/{one.rule}{kept}", name), el("Span", words.t(HOW[one.how]), class_="relation-tie"), key=one.rule)  # fmt: skip


def _boards(uses: Sequence[BoardUse], words: Words) -> list[Child]:
    """Each board once, with how the indicator stands on it."""
    found: dict[str, list[str]] = {}
    for one in uses:
        kinds = found.setdefault(one.board, [])
        if one.kind not in kinds:
            kinds.append(one.kind)
    return [
        el("Li", words.t(BOARDS.get(board, board)),
           el("Span", " · ".join(words.t(BOARD_KINDS[kind]) for kind in kinds), class_="relation-tie"), key=board)
        for board, kinds in found.items()
    ]  # fmt: skip
