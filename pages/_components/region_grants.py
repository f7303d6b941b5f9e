"""Rights that are bound to codes that are no more: each with its heirs, to be settled with a reason."""

from indicators.errors import N_
from pages._components import forms
from pages._components.elements import Element, el
from pages._components.registers import head, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.region_grants import DECISIONS, MOVED
from services.region_views import GrantLine

HEADS = (N_("账号"), N_("旧区划"), N_("承接的区划"), N_("复核"))


def render(here: Session, _state: PageState, words: Words) -> Element:
    """The rights to review, those that wait first."""
    lines = here.services.region_grants.all(here.actor, here.language)
    if not lines:
        return el("P", words.t("没有绑定旧区划的授权。"), class_="all-quiet", role="status")
    heads = [head(words.t(one)) for one in HEADS]
    return el(
        "Div",
        el(
            "P",
            words.t("这些授权绑定的区划已经撤销：仍能看它的旧时期，不会自动扩大到新的区划。"),
            class_="notes",
        ),
        table(words.t("授权复核"), heads, [_row(line, here, words) for line in lines], "regions-table"),
        class_="region-grants",
    )


def _row(line: GrantLine, here: Session, words: Words) -> Element:
    heirs = words.listed([name for _, name in line.heirs]) or "—"
    until = words.t("（到 {day}）", day=line.ended.isoformat()) if line.ended else ""
    return el(
        "Tr",
        el(
            "Th",
            words.t(line.display),
            el("Span", f"{line.name} · {line.role}", class_="reason"),
            scope="row",
        ),
        el("Td", f"{line.place}{until}"),
        el("Td", heirs),
        el("Td", _settled(line, words) if line.decision else _form(line, here, words)),
        data_grant=f"{line.name}-{line.region}",
        key=f"{line.account}-{line.region}",
    )


def _settled(line: GrantLine, words: Words) -> Element:
    at = words.texts.moment(line.at) if line.at else ""
    return el(
        "Div",
        el("B", words.t(DECISIONS[line.decision])),
        el("Span", f"{line.by} {at}", class_="reason"),
        el("Span", line.reason, class_="reason"),
    )


def _form(line: GrantLine, here: Session, words: Words) -> Element:
    offered = [(word, words.t(name)) for word, name in DECISIONS.items() if word != MOVED or line.heirs]
    return el(
        "Details",
        el("Summary", words.t("复核"), class_="inline-link"),
        forms.form(
            here,
            "regions.grant",
            forms.hidden("account", line.account),
            forms.hidden("region", line.region),
            forms.select("decision", words.t("办法"), offered, required=True),
            forms.text("reason", words.t("原因"), required=True, maxLength=500),
            submit=words.t("确定"),
            quiet=True,
        ),
        class_="withdraw",
    )
