"""The page of regions: which there are on a day and what each was before; changes, a form for one, rights to review."""

from collections.abc import Sequence
from datetime import date, timedelta

from indicators.errors import N_, CockpitError
from pages._components import region_changes, region_form, region_grants, states
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.registers import choices, head, picker, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.region_views import RegionLine
from services.views import Face

TODAY, CHANGES, NEW, GRANTS = "today", "changes", "new", "grants"

TABS = {
    TODAY: N_("区划表"),
    CHANGES: N_("变更"),
    NEW: N_("登记变更"),
    GRANTS: N_("授权复核"),
}

LEVELS = {
    "city": N_("市"),
    "county": N_("县（市、区）"),
    "town": N_("镇街"),
    "village": N_("村（社区）"),
}

HEADS = (N_("区划"), N_("代码"), N_("层级"), N_("上级"), N_("起止"))

ONE_DAY = timedelta(days=1)


def render(here: Session, state: PageState) -> Element:
    """What the reader chose, of what the reader may."""
    words = speaking(here)
    tabs = _tabs(here)
    if not tabs:
        return states.face(Face("forbidden", "", {}), words, "/work")
    tab = state.filters.get("tab", "")
    tab = tab if tab in tabs else tabs[0]
    bodies = {
        TODAY: _today,
        CHANGES: region_changes.render,
        NEW: region_form.render,
        GRANTS: region_grants.render,
    }
    ways = {name: PageState(lang=state.lang, mode=state.mode, filter=f"tab:{name}").to_url() for name in tabs}
    return el(
        "Div",
        el("Header", el("H1", words.t("区划维护")), class_="regions-head"),
        choices([(name, words.t(TABS[name])) for name in tabs], tab, ways, words.t("区划维护")),
        bodies[tab](here, state, words),
        class_="regions",
        data_tab=tab,
    )


def _tabs(here: Session) -> list[str]:
    """The parts of the page that are open to the reader."""
    regions = here.services.region_changes
    found = []
    if regions.may_decide(here.actor):
        found += [TODAY, CHANGES]
    if regions.may_propose(here.actor):
        found.append(NEW)
    if here.services.region_grants.may(here.actor):
        found.append(GRANTS)
    return found


# ---- the regions of a day


def _today(here: Session, state: PageState, words: Words) -> Element:
    """The regions of the chosen day, with the towns of one county, and the history of one region."""
    day = _day(state)
    lines = here.services.region_changes.on(here.actor, day, here.language)
    wanted = state.filters.get("of", "")
    shown = [line for line in lines if _seen(line, lines, wanted)]
    return el(
        "Div",
        _history(here, state, words),
        el("Div", _days(here, state, words), class_="list-filters"),
        table(
            words.t("{day} 的区划", day=(day or here.services.region_changes.today()).isoformat()),
            [head(words.t(one)) for one in HEADS],
            [_row(line, wanted, state, words) for line in shown],
            "regions-table",
        ),
        class_="regions-today",
    )


def _seen(line: RegionLine, lines: Sequence[RegionLine], wanted: str) -> bool:
    """Whether a line is drawn: the first two levels of the reader, and what stands below the one that is open."""
    top = lines[0].depth
    return line.depth <= top + 1 or f"{line.above:012d}" == wanted


def _row(line: RegionLine, wanted: str, state: PageState, words: Words) -> Element:
    code = f"{line.code:012d}"
    way = state.with_(open=f"region:{code}").to_url()
    more: Child = None
    if line.below and line.level == "county":
        opened = wanted == code
        more = link(
            state.filtered(of=None if opened else code).to_url() or "?",
            words.t("下级 {count} 个", count=line.below),
            class_="inline-link",
            aria_expanded="true" if opened else "false",
        )
    return el(
        "Tr",
        el("Th", link(way, line.name, class_="rule-name"), _zone(line, words), more, scope="row",
           class_=f"depth-{min(line.depth, 3)}"),
        el("Td", _short(code), class_="code"),
        el("Td", words.t("报送单位") if line.zone else words.t(LEVELS.get(line.level, line.level))),
        el("Td", line.parent or "—"),
        el("Td", _span(line, words)),
        data_region=code,
        key=f"{code}-{line.first}",
    )  # fmt: skip


def _zone(line: RegionLine, words: Words) -> Element | None:
    """How a zone counts, said beside its name."""
    if not line.zone:
        return None
    said = words.t("其中数，不另加") if line.inside else words.t("另计入上级")
    return el("Span", said, class_="reason")


def _short(code: str) -> str:
    return code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code


def _span(line: RegionLine, words: Words) -> str:
    if line.first is None and line.last is None:
        return "—"
    first = line.first.isoformat() if line.first else ""
    last = line.last.isoformat() if line.last else words.t("至今")
    return f"{first} – {last}".strip()


def _days(here: Session, state: PageState, words: Words) -> Element:
    """The day whose regions are shown: today, or around one of the changes."""
    offered = []
    for day in here.services.region_changes.days(here.actor):
        before = day - ONE_DAY
        offered.append((day.isoformat(), words.t("{day} 起", day=day.isoformat())))
        offered.append((before.isoformat(), words.t("{day} 之前", day=day.isoformat())))
    return picker(
        "on", words.t("哪一天"), offered, state.filters.get("on", ""), state, words, words.t("今天")
    )


def _day(state: PageState) -> date | None:
    try:
        return date.fromisoformat(state.filters.get("on", ""))
    except ValueError:
        return None


def _history(here: Session, state: PageState, words: Words) -> Element | None:
    """Every stretch of validity of the region that is open."""
    kind, _, code = (state.open or "").partition(":")
    if kind != "region" or not code.isdigit():
        return None
    try:
        lines = here.services.region_changes.history(here.actor, int(code), here.language)
    except CockpitError:
        return None
    board = PageState(region=code, lang=state.lang, mode=state.mode).to_url()
    last = lines[-1]
    return card(
        words.t("{name}的沿革", name=last.name),
        "",
        el("Ol", [_stretch(line, words) for line in lines], class_="region-history"),
        el("Div",
           None if last.zone else link("/" + board, words.t("看它的首页"), class_="button button-quiet"),
           link(state.with_(open=None).to_url() or "?", words.t("收起"), class_="button button-quiet"),
           class_="form-end"),
    )  # fmt: skip


def _stretch(line: RegionLine, words: Words) -> Element:
    heirs = words.t("并入{heirs}", heirs=words.listed(line.heirs)) if line.heirs else ""
    return el(
        "Li",
        el("B", _span(line, words)),
        el("Span", f"{line.name} {_short(f'{line.code:012d}')}"),
        el("Span", words.t("属{parent}", parent=line.parent), class_="reason") if line.parent else None,
        el("Span", heirs, class_="reason") if heirs and line.last else None,
        key=str(line.first),
    )
