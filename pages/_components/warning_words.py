"""What the warning centre says: addresses, badges, what happened; the same on the list and on the page of a warning."""

from collections.abc import Sequence

from indicators.errors import N_
from pages._components.elements import Element, el, link
from pages._components.tile import level_of, mark_sign
from pages._components.words import Words
from pages._state import PageState
from services.texts import MISSING
from services.views import Mark
from services.warning_views import Badge, EventLine, WarningRow

CENTRE = "/warnings"

EVENTS = {
    "open": N_("发出{level}预警"),
    "upgrade": N_("升为{level}"),
    "downgrade": N_("降为{level}"),
    "resolve": N_("解除"),
    "revised": N_("数据修订，改为{level}"),
}
CAUSES = {
    "out_of_scope": N_("地区或指标不再适用"),
    "revision": N_("数据修订"),
    "rule_changed": N_("规则变更"),
    "rule_removed": N_("规则停用"),
    "region_retired": N_("区划已撤销"),
}
"""Why something happened, where the figure itself is not the reason."""

BADGES = {
    "acked": N_("已知悉"),
    "silenced": N_("已静默"),
    "supervised": N_("督办中"),
    "flapping": N_("频繁波动"),
}
"""What is being done about a warning, in a word."""


def address(identity: str, state: PageState) -> str:
    """The page of a warning; region, language and light go along."""
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode)
    return f"/warning/{identity}{kept.to_url()}"


def centre(kind: str, state: PageState) -> str:
    """The list of the warnings of a kind in the region shown."""
    return (
        CENTRE + PageState(region=state.region, lang=state.lang, mode=state.mode).filtered(kind=kind).to_url()
    )


def level(mark: int, kind: str, words: Words) -> Element:
    """The sign of a level with its word; without a level, that the warning is over."""
    if mark:
        return mark_sign(Mark(mark, kind), words, with_word=True)
    return el("Span", words.t("已解除"), class_="status")


def kinds(badges: Sequence[str], words: Words) -> Element | None:
    """What is being done about a warning, where only its kind is told."""
    if not badges:
        return None
    said = [el("Li", words.t(BADGES[kind]), class_="badge", data_badge=kind) for kind in badges]
    return el("Ul", said, class_="badges")


def badges(row: WarningRow, words: Words) -> Element | None:
    """What is being done about a warning, each in a word; who and until when stand in its title."""
    if not row.badges:
        return None
    return el("Ul", [_badge(one, words) for one in row.badges], class_="badges")


def _badge(badge: Badge, words: Words) -> Element:
    said = [badge.who, words.moment(badge.at) if badge.at else "", badge.text]
    if badge.until:
        said.append(words.t("至 {moment}", moment=words.moment(badge.until)))
    return el(
        "Li",
        words.t(BADGES[badge.kind]),
        class_="badge",
        data_badge=badge.kind,
        title=" · ".join(part for part in said if part) or None,
    )


def happened(event: EventLine, kind: str, words: Words) -> Element:
    """What an event was, in words, with the sign of the level that it led to."""
    named = words.level_word(event.level) if event.level else words.t("未预警")
    return el(
        "Span",
        mark_sign(Mark(event.level, kind), words) if event.level else el("Span", class_="level level-none"),
        el("Span", words.t(EVENTS[event.kind], level=named)),
        class_="event-what",
    )


def reasons(event: EventLine, words: Words) -> list[str]:
    """What must be said of an event beside it: its cause, that it was entered later."""
    return [
        words.t(CAUSES[event.cause]) if event.cause in CAUSES else "",
        words.t("事后补记") if event.back_dated else "",
    ]


def brief(row: WarningRow, state: PageState, words: Words) -> Element:
    """A warning in one line of another warning's page."""
    line = row.line
    facts = [part for part in words.alert(line) if part]
    return el(
        "Li",
        level(line.level, line.kind, words),
        el(
            "Div",
            el("P", el("Span", line.place.name, class_="where"),
               link(address(line.id, state), line.name, class_="what"), class_="first"),
            el("P", [el("Span", fact) for fact in facts], class_="second"),
            badges(row, words),
            class_="warning-words",
        ),
        class_="warning",
        **(level_of(Mark(line.level, line.kind)) if line.level else {}),
    )  # fmt: skip


def measured(value: float | None, unit: str, words: Words) -> str:
    """A number of a history, or a dash."""
    return MISSING if value is None else words.figure_text(value, unit)
