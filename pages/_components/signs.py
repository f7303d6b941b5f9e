"""The panels of the city signs: index, themes by regions, what moved it, how firm it is, limits, benchmarks.

An index is no warning, so it bears no warning colour. What is drawn is what is lost (100 less the score): where all
is well nothing is lit, and the longest bar is what to look at. A radar of five axes would show the area between
axes that nobody put in an order; bars on one scale can be compared.
"""

from collections.abc import Callable, Mapping, Sequence

from indicators.errors import N_
from pages._components import limits
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.limits import toggle
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.sign_views import (
    ChangeRow,
    ChangesView,
    HeatRow,
    HeatView,
    IndexRow,
    IndexView,
    LackingSign,
    RobustRow,
    SensitivityView,
)
from services.views import Place

FULL = 100.0
MOST_LOST = 40.0
"""How many points are lost where the bar of a part is full."""
BANDS = (95.0, 90.0, 80.0, 60.0, 40.0)
"""Lower bounds of the classes of the heat table, best first; the best class is left blank, below the last is the sixth."""

AGAINST = {"month": N_("与上月末比"), "year": N_("与上年同月末比")}

TABS = {"gov": "hotline"}
"""Themes that stand on another tab of the board than that of their domain."""

Draw = Callable[..., Element]


def words_of(here: Session) -> Words:
    """The reader's words, with the units of the catalogue."""
    return Words(here.texts, here.services.boards.units(here.language))


# ---- the index


def index(view: IndexView, here: Session, state: PageState) -> Element:
    """The index of a region, its five domains, what it does not rest on, and how it is made."""
    words = words_of(here)
    return card(
        words.t("{place}健康指数", place=view.place.name),
        _standing(view, words),
        _headline(view, words),
        _parts_table([row for row, _ in view.domains], words, lambda row: _domain_link(row, state)),
        _lacking(view, state, words),
        _method(view, words),
        class_="signs-index",
    )


def domains(view: IndexView, here: Session, state: PageState) -> Element:
    """The thirty themes under their five domains, on one scale."""
    words = words_of(here)
    columns = [
        el(
            "Section",
            el("H3", _domain_link(domain, state), " ", el("B", _score(domain.value, words))),
            _parts_table(themes, words, lambda row: row.name, short=True),
            class_="signs-domain",
        )
        for domain, themes in view.domains
    ]
    return card(
        words.t("五大领域与专题"),
        _standing(view, words),
        el(
            "P",
            words.t(
                "条长为失分（100减得分），同一标尺，满格为失 {most} 分；没有条的没有失分。",
                most=f"{MOST_LOST:g}",
            ),
            class_="notes",
        ),
        el("Div", columns, class_="signs-domains"),
    )


def _standing(view: IndexView | HeatView, words: Words) -> str:
    """The newest period, and that there are sample figures and how many."""
    facts = [words.t("数据至 {period}", period=words.until(view.newest))] if view.newest else []
    whole = view.whole if isinstance(view, IndexView) else view.whole.cells[0]
    if whole.simulated:
        facts.append(_simulated(whole, words))
    return " · ".join(facts)


def _simulated(row: IndexRow, words: Words) -> str:
    return words.t("模拟：{count} 项为模拟数，共 {there} 项", count=row.simulated, there=row.there)


def _headline(view: IndexView, words: Words) -> Element:
    whole = view.whole
    value = el(
        "P",
        el("Span", _score(whole.value, words), class_="figure-number"),
        el("Span", words.t("分"), class_="unit") if whole.value is not None else None,
        el("Span", words.t("模拟"), class_="status status-simulated") if whole.simulated else None,
        class_="signs-value",
    )
    return el(
        "Div",
        value,
        el("P", _change_text(whole, view, words), class_="quiet") if whole.change is not None else None,
        el("P", _coverage_text(whole, words), class_="quiet"),
        el("P", words.t("有分数的体征不足 {least}，暂不出指数。", least=words.percent(view.method.least * FULL, 0)),
           class_="reason") if whole.value is None else None,
        class_="signs-headline",
    )  # fmt: skip


def _change_text(row: IndexRow, view: IndexView, words: Words) -> str:
    assert view.since is not None
    return words.t(
        "比{period}末 {change} 分", period=words.until(view.since), change=_signed(row.change, words)
    )


def _coverage_text(row: IndexRow, words: Words) -> str:
    return words.t("有分数 {there}/{expected} 项", there=row.there, expected=row.expected)


def _parts_table(
    rows: Sequence[IndexRow], words: Words, name: Callable[[IndexRow], Child], short: bool = False
) -> Element:
    """Parts of the index on one scale: what each has lost, its score, its change, how much of it is there."""
    heads = [words.t("领域") if not short else words.t("专题"), words.t("得分")]
    heads += [] if short else [words.t("变化")]
    heads += [words.t("有分数")]
    return el(
        "Table",
        el("Thead", el("Tr", [el("Th", head, scope="col", class_="number" if at else None) for at, head in enumerate(heads)]),
           class_="sr-only" if short else None),
        el("Tbody", [_part_row(row, words, name, short) for row in rows]),
        class_="figures signs-parts",
    )  # fmt: skip


def _part_row(row: IndexRow, words: Words, name: Callable[[IndexRow], Child], short: bool) -> Element:
    lost = 0.0 if row.value is None else min(FULL, (FULL - row.value) / MOST_LOST * FULL)
    return el(
        "Tr",
        el("Th", name(row), el("Span", class_="lost-bar", style={"--part": f"{lost:.1f}%"}), scope="row"),
        el("Td", _score(row.value, words), class_="number score" + (" none" if row.value is None else "")),
        None if short else el("Td", _signed(row.change, words), class_="number quiet"),
        el("Td", f"{row.there}/{row.expected}", class_="number quiet"),
    )


def _domain_link(row: IndexRow, state: PageState) -> Element:
    """A domain leads to its tab."""
    tab = row.key.partition(":")[2]
    return link(state.with_(theme=tab, map=None).to_url(), row.name)


def _lacking(view: IndexView, state: PageState, words: Words) -> Element | None:
    """The signs without a score: shown, with the reason, and never filled."""
    if not view.lacking:
        return None
    return el(
        "Details",
        el(
            "Summary", words.t("缺 {count} 项：不填补，由同一专题的其他体征分担权重", count=len(view.lacking))
        ),
        el("Ul", [_lacking_line(one, state, words) for one in view.lacking], class_="signs-lacking"),
        class_="fold",
    )


def _lacking_line(one: LackingSign, state: PageState, words: Words) -> Element:
    why = words.t(one.reason) if one.reason else words.reason(one.figure) or words.t("缺数")
    period = (
        words.period_short(one.figure.period) if one.figure.value is not None and one.figure.period else ""
    )
    return el(
        "Li",
        link(state.with_(sheet=one.code).to_url(), one.name),
        el("Span", one.theme, class_="quiet"),
        el("Span", " · ".join(text for text in (why, period) if text), class_="reason"),
    )


METHOD = (
    N_(
        "得分：用每项体征自己的预警线作标尺。最轻一级（一般为蓝线）为80分，最重一级（红线）为20分，其间各级等分，两线之间按直线折算；好过最轻一级再一级的幅度为100分，差过最重一级再一级的幅度为0分。计数不要求低于0，比率不要求高于100%。适中型两侧各有一套线，取较低分。"
    ),
    N_("限值按数据日期：预警线中的法定限值，一律用数据期当时有效的版本。"),
    N_(
        "没有目标或没有预警线的，按偏离自身历史同期的标准差计分（1.5、2、2.5、3）；主管部门公布级别的，无100、蓝70、黄50、橙30、红10。"
    ),
    N_("合成：体征合成专题，专题合成领域，领域合成全市（县、镇同此），都按权重平均。"),
    N_("缺数不填补：缺的体征不计，权重由同组其余分担；有分数的不足 {least} 时，这一级不出指数。"),
    N_(
        "80分以上为正常；80分以下与预警一致：60—80相当于蓝，40—60黄，20—40橙，20以下红（四级俱全时）。指数本身不是预警。"
    ),
)
"""The method in sentences; docs/health_index.md says it in full, with an example worked by hand."""


def _method(view: IndexView, words: Words) -> Element:
    method = view.method
    weights = (
        words.t("权重：目录和方案都没有给出，一律等权：领域之间、同一领域的专题之间、同一专题的体征之间各自相等。")
        if method.equal
        else words.t("权重：等权，以下除外：{weights}。",
                     weights=words.listed(f"{name} {weight:g}" for name, weight in method.weights))
    )  # fmt: skip
    by = words.t(
        "本期 {history} 项按自身历史计分，{level} 项按公布级别计分。",
        history=method.by_history,
        level=method.by_level,
    )
    left_out = words.t("不计分：{names}。", names=words.listed(
        f"{name}（{words.t(reason)}）" if words.zh else f"{name} ({words.t(reason)})" for name, reason in view.left_out
    )) if view.left_out else None  # fmt: skip
    return el(
        "Details",
        el("Summary", words.t("指数怎样算出来")),
        el("Ol", [el("Li", words.t(text, least=words.percent(method.least * FULL, 0))) for text in METHOD],
           el("Li", weights), el("Li", by), el("Li", left_out) if left_out else None, class_="signs-method"),
        class_="fold",
        open=True,
    )  # fmt: skip


# ---- the heat table


def heat(view: HeatView, here: Session, state: PageState) -> Element:
    """Themes by regions, the score in every cell; what is missing is hatched."""
    words = words_of(here)
    heads = [
        el(
            "Th",
            link(state.with_(region=f"{place.code:012d}").to_url(), words.short_place(place)) if at else
            el("Span", words.short_place(place)),
            scope="col", class_="number",
        )
        for at, place in enumerate(view.regions)
    ]  # fmt: skip
    bodies = [
        el(
            "Tbody",
            el("Tr", el("Th", name, colSpan=len(view.regions) + 1, scope="colgroup", class_="group")),
            [_heat_row(row, view.regions, words) for row in rows],
        )
        for name, rows in view.domains
    ]
    return card(
        words.t("专题得分分地区"),
        _standing(view, words),
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("每格为该地区该专题的得分，0至100"), class_="sr-only"),
                el("Thead", el("Tr", el("Th", words.t("专题"), scope="col"), heads)),
                bodies,
                el(
                    "Tfoot",
                    _heat_row(view.whole, view.regions, words, words.t("健康指数")),
                    _count_row(words.t("有分数的体征"), [f"{c.there}/{c.expected}" for c in view.whole.cells]),
                    _count_row(words.t("其中模拟"), [str(cell.simulated) for cell in view.whole.cells]),
                ),
                class_="figures heat",
            ),
            class_="table-box",
            tabIndex=0,
            role="region",
            aria_label=words.t("专题得分分地区"),
        ),
        _legend(words),
        el("P", words.t("另有 {count} 个地区不在您的范围内", count=view.hidden), class_="notes") if view.hidden else None,
        class_="signs-heat",
    )  # fmt: skip


def band(value: float) -> int:
    """The class of a score: 0 for the best, which is left blank, to 5 for the worst."""
    return next((place for place, bound in enumerate(BANDS) if value >= bound), len(BANDS))


def _heat_row(row: HeatRow, regions: Sequence[Place], words: Words, name: str = "") -> Element:
    return el(
        "Tr",
        el("Th", name or row.name, scope="row"),
        [_heat_cell(cell, place, words) for cell, place in zip(row.cells, regions, strict=True)],
    )


def _heat_cell(cell: IndexRow, place: Place, words: Words) -> Element:
    """The score; where there is none, how many of the signs are there, or a dash where none is published."""
    if not cell.expected:
        return el("Td", "—", class_="number quiet")
    if cell.value is None:
        return el("Td", f"{cell.there}/{cell.expected}", class_="number hatched")
    partial = (
        f"{place.name} {cell.name}：{_coverage_text(cell, words)}" if cell.there < cell.expected else None
    )
    return el("Td", _score(cell.value, words), class_=f"number heat-{band(cell.value)}", title=partial)


def _count_row(name: str, cells: Sequence[str]) -> Element:
    return el(
        "Tr",
        el("Th", name, scope="row"),
        [el("Td", cell, class_="number quiet") for cell in cells],
        class_="counts-row",
    )


def _legend(words: Words) -> Element:
    edges = (FULL, *BANDS, 0.0)
    items = [
        el("Li", el("Span", class_=f"swatch heat-{place}"),
           words.t("{low} 至 {high}", low=f"{edges[place + 1]:g}", high=f"{edges[place]:g}"))
        for place in range(len(BANDS) + 1)
    ]  # fmt: skip
    items.append(
        el(
            "Li",
            el("Span", class_="swatch hatched"),
            words.t("没有得分：有分数的体征数/应有数"),
        )
    )
    items.append(el("Li", el("Span", "—", aria_hidden="true"), words.t("本级不发布")))
    return el("Ul", items, class_="heat-legend")


# ---- what moved it


def changes(view: ChangesView, here: Session, state: PageState) -> Element:
    """What each sign did to the index since the comparison period; the printed parts add up to the difference."""
    words = words_of(here)
    most = max((abs(row.part) for row in view.rows), default=0.0)
    since = words.until(view.since)
    rest = [
        _sum_row(words.t("其余 {count} 项合计", count=view.unlisted), view.others, words),
        _sum_row(_coverage_change(view, words), view.coverage, words),
    ]
    table = el(
        "Table",
        el("Caption", words.t("各项体征对指数变化的贡献"), class_="sr-only"),
        el("Thead", el("Tr", [
            el("Th", head, scope="col", class_=class_)
            for head, class_ in (
                (words.t("体征"), None), (words.t("{since} → 现在", since=since), "number"),
                (words.t("得分"), "number minor"), (words.t("贡献（分）"), "number"),
            )
        ])),
        el("Tbody",
           _end_row(words.t("{period}末的指数", period=since), view.before, words),
           [_change_row(row, most, state, words) for row in view.rows], rest),
        el("Tfoot", _end_row(words.t("现在的指数"), view.after, words),
           _end_row(words.t("变化合计"), round(view.after - view.before, 2), words, signed=True)),
        class_="figures signs-changes",
    )  # fmt: skip
    note = words.t("模拟：{count} 项为模拟数", count=view.simulated) if view.simulated else ""
    return card(
        words.t("指数变化的来由"),
        note,
        el("P", [toggle(state.filtered(since=key if key != "month" else None), words.t(text), key == view.against)
                 for key, text in AGAINST.items()], class_="segments toggle"),
        el("Div", table, class_="table-box", tabIndex=0, role="region", aria_label=words.t("指数变化的来由")),
    )  # fmt: skip


def _change_row(row: ChangeRow, most: float, state: PageState, words: Words) -> Element:
    width = f"{abs(row.part) / most * 50:.1f}%" if most else "0%"
    return el(
        "Tr",
        el("Th", link(state.with_(sheet=row.code).to_url(), row.name),
           el("Span", row.theme, class_="quiet theme"), scope="row"),
        el("Td", el("Span", words.figure(row.before)[0], class_="quiet whole"), " → ",
           el("Span", words.figure_text(row.after.value, row.after.unit), class_="whole"),
           el("Span", words.t("模拟"), class_="status status-simulated minor") if row.after.simulated else None, class_="number value"),
        el("Td", f"{_score(row.score_before, words)} → {_score(row.score_after, words)}", class_="number minor quiet"),
        el("Td", el("Span", class_="moved-bar " + ("gain" if row.part >= 0 else "loss"), style={"--part": width}),
           el("B", words.points(row.part)), class_="number part-cell"),
    )  # fmt: skip


def _sum_row(name: str, part: float, words: Words) -> Element:
    return el(
        "Tr",
        el("Th", name, scope="row", colSpan=2),
        el("Td", "", class_="minor"),
        el("Td", words.points(part), class_="number"),
        class_="quiet-row",
    )


def _end_row(name: str, value: float, words: Words, signed: bool = False) -> Element:
    text = words.texts.number(value, decimals=2, signed=signed)
    return el(
        "Tr",
        el("Th", name, scope="row", colSpan=2),
        el("Td", "", class_="minor"),
        el("Td", text, class_="number"),
        class_="end-row",
    )


def _coverage_change(view: ChangesView, words: Words) -> str:
    """The line for signs that joined or left."""
    parts = []
    if view.joined:
        parts.append(words.t("新计入 {names}", names=words.listed(view.joined)))
    if view.left:
        parts.append(words.t("不再计入 {names}", names=words.listed(view.left)))
    said = "；".join(parts) if words.zh else "; ".join(parts)
    return words.t("覆盖变化：{said}", said=said) if said else words.t("覆盖变化：没有")


# ---- how firm it is


def sensitivity(view: SensitivityView, here: Session, state: PageState) -> Element:
    """How much of the index, and of the order of the regions, hangs on the weights."""
    words = words_of(here)
    spread = words.percent(view.spread * FULL, 0)
    return card(
        words.t("换一套权重会怎样"),
        words.t("{draws} 套随机权重，各在 ±{spread} 之内", draws=view.draws, spread=spread),
        el("P", words.t("{place}的指数为 {value}，九成的权重下在 {low} 与 {high} 之间。", place=view.own.place.name,
                        value=_score(view.own.value, words), low=_score(view.own.low, words),
                        high=_score(view.own.high, words))),
        el("Div", _ranks(view.regions, state, words), class_="table-box", tabIndex=0) if view.regions else None,
        el("Div", el(
            "Table",
            el("Thead", el("Tr", el("Th", words.t("领域"), scope="col"), [
                el("Th", words.t("权重{change}时的指数", change=change), scope="col", class_="number")
                for change in (f"−{spread}", f"+{spread}")
            ])),
            el("Tbody", [
                el("Tr", el("Th", one.name, scope="row"), el("Td", _score(one.less, words, 2), class_="number"),
                   el("Td", _score(one.more, words, 2), class_="number"))
                for one in view.leanings
            ]),
            class_="figures",
        ), class_="table-box", tabIndex=0),
        class_="signs-firm",
    )  # fmt: skip


def _ranks(rows: Sequence[RobustRow], state: PageState, words: Words) -> Element:
    low = min(row.low for row in rows)
    span = max(row.high for row in rows) - low or 1.0
    return el(
        "Table",
        el("Thead", el("Tr", [
            el("Th", head, scope="col", class_="number" if at else None)
            for at, head in enumerate((words.t("地区"), words.t("指数"), words.t("位次"), words.t("位次区间"), words.t("指数区间")))
        ])),
        el("Tbody", [
            el("Tr",
               el("Th", link(state.with_(region=f"{row.place.code:012d}").to_url(), row.place.name), scope="row"),
               el("Td", _score(row.value, words), class_="number"),
               el("Td", str(row.rank) if row.rank else "—", class_="number"),
               el("Td", _between(row.best_rank, row.worst_rank), class_="number"),
               el("Td", el("Span", class_="range-bar", style={
                   "--from": f"{(row.low - low) / span * FULL:.1f}%", "--part": f"{(row.high - row.low) / span * FULL:.1f}%"}),
                  f"{_score(row.low, words)}—{_score(row.high, words)}", class_="number"))
            for row in sorted(rows, key=lambda row: -row.value)
        ]),
        class_="figures",
    )  # fmt: skip


def _between(best: int | None, worst: int | None) -> str:
    if best is None or worst is None:
        return "—"
    return str(best) if best == worst else f"{best}—{worst}"


# ---- numbers


def _score(value: float | None, words: Words, decimals: int = 1) -> str:
    return words.texts.number(value, decimals=decimals)


def _signed(value: float | None, words: Words) -> str:
    return words.texts.number(value, decimals=2, signed=True)


PANELS: Mapping[str, Draw] = {
    "signs.index": index,
    "signs.domains": domains,
    "signs.heat": heat,
    "signs.changes": changes,
    "signs.sensitivity": sensitivity,
    "signs.limits": limits.limits,
    "signs.benchmark": limits.benchmark,
}
"""The panels of the signs by their names."""
