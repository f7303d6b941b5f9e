"""The boxes of a definition as they are typed into: lines, areas, choices, rows of a list, folds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indicators.catalog import Catalog
from indicators.definition import WARNING_LEVELS
from pages._components import forms
from pages._components.definition_choices import options
from pages._components.elements import Child, Element, el
from pages._components.words import Words
from services.definition_forms import Box, Fold, Part, Rows

LINES = {"yaml": 4, "area": 3, "formula": 3}
"""So many lines such a box begins with."""

MOST_LINES = 20

WIDE = ("area", "yaml", "formula", "checks")
"""Boxes that take the whole width."""


@dataclass(frozen=True)
class Desk:
    """What is needed to draw a box: words, what can be chosen, the code of the definition."""

    words: Words
    catalog: Catalog
    code: str


def part(one: Part, desk: Desk) -> Element:
    """A box, a list or a fold."""
    match one:
        case Box():
            return box(one, desk)
        case Rows():
            return rows(one, desk)
        case Fold():
            return fold(one, desk)


def box(one: Box, desk: Desk) -> Element:
    """One box with its label, its hint and the place where it is told what is wrong."""
    t = desk.words.t
    label, hint = t(one.label), t(one.hint) if one.hint else ""
    choosing = _CHOOSING.get(one.widget)
    drawn = choosing(one, label, hint, desk) if choosing else _typed(one, label, hint)
    level = one.name.rpartition(".")[2]
    wide = " field-wide" if one.widget in WIDE else ""
    drawn["props"]["className"] += wide
    if level in WARNING_LEVELS[1:]:
        drawn["props"]["data-level"] = level
    return drawn


def _typed(one: Box, label: str, hint: str) -> Element:
    """A box to type in; what is no number or no day stays visible as it was typed."""
    more = {"hint": hint, "required": one.required, "autoComplete": "off", **COMPLETED.get(one.widget, {})}
    if one.widget not in LINES:
        return forms.text(one.name, label, one.text, placeholder=_EXAMPLES.get(one.widget), **more)
    lines = max(LINES[one.widget], min(one.text.count("\n") + 1, MOST_LINES))
    return forms.area(one.name, label, one.text, rows=lines, **{"spellCheck": "false", **more})


COMPLETED: Mapping[str, Mapping[str, str]] = {
    widget: {
        "role": "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "data-complete": widget, "spellCheck": "false",
    }
    for widget in ("formula", "code")
}  # fmt: skip
"""What makes a box offer completions (assets/editor.js)."""

_EXAMPLES = {"date": "2026-03-01"}


def _select(one: Box, label: str, hint: str, desk: Desk) -> Element:
    offered = [("", desk.words.t("未选")), *options(one, desk.catalog, desk.words, desk.code)]
    return forms.select(one.name, label, offered, one.text, hint=hint, required=one.required)


def _flag(one: Box, label: str, hint: str, desk: Desk) -> Element:
    t = desk.words.t
    offered = [("", t("未写")), ("true", t("是")), ("false", t("否"))]
    return forms.select(one.name, label, offered, one.text, hint=hint)


def _checks(one: Box, label: str, hint: str, desk: Desk) -> Element:
    """A choice of several out of many, folded: how many are ticked stands on it."""
    ticked = [value for value in one.value if value]
    offered = options(one, desk.catalog, desk.words, desk.code)
    return el(
        "Details",
        el("Summary", label, el("Span", f" {len(ticked)}", class_="quiet-number") if ticked else None),
        el("P", hint, class_="field-hint") if hint else None,
        forms.hidden(one.name, ""),  # so that a form without a tick says so
        forms.checks(one.name, label, offered, ticked),
        class_="field more",
        open=bool(ticked) or None,
    )


_CHOOSING: Mapping[str, Callable[[Box, str, str, Desk], Element]] = {
    "select": _select, "checks": _checks, "flag": _flag,
}  # fmt: skip


def rows(one: Rows, desk: Desk) -> Element:
    """A list: a row a thing, empty ones to come when they are needed (assets/editor.js shows them one by one)."""
    t = desk.words.t
    label = t(one.label)
    lines = [
        el(
            "Div",
            [
                _in_row(cell, f"{label} {place + 1} {t(cell.label)}", desk)
                for cell in row
                if isinstance(cell, Box)
            ],
            el("Button", "×", type="button", class_="tool row-clear", data_clear_row="",
               aria_label=t("清除第 {number} 行", number=place + 1), title=t("清除第 {number} 行", number=place + 1)),
            class_="edit-row",
            data_row="",
            hidden=place > one.filled or None,
            key=f"row-{place}",
            style={"--cells": str(len(row))},
        )
        for place, row in enumerate(one.rows)
    ]  # fmt: skip
    return el(
        "Div",
        el("P", label, class_="field-label"),
        el("P", t(one.hint), class_="field-hint") if one.hint else None,
        el("Div", [el("Span", t(head)) for head in one.heads], class_="edit-heads", aria_hidden="true",
           style={"--cells": str(len(one.heads))}),
        lines,
        forms.error(one.name),
        class_="field field-wide edit-rows",
        data_field=one.name,
    )  # fmt: skip


def _in_row(cell: Box, said: str, desk: Desk) -> Element:
    """A box in a row: its label is spoken and stands above the column."""
    drawn = box(cell, desk)
    for child in drawn["props"]["children"]:
        if child["props"].get("id") == f"field-{cell.name}":
            child["props"]["aria-label"] = said
    drawn["props"]["className"] += " in-row"
    return drawn


def fold(one: Fold, desk: Desk) -> Element:
    """Boxes behind a summary; those of a rule stand open."""
    t = desk.words.t
    label = f"{t(one.label)}：{one.named}" if one.named else t(one.label)
    inside: list[Child] = [part(inner, desk) for inner in one.parts]
    if one.name == "rule":
        return el("Fieldset", el("Legend", label, class_="sr-only"), forms.error(one.name), inside,
                  class_="edit-group field-wide", data_field=one.name)  # fmt: skip
    return el(
        "Details",
        el("Summary", label),
        forms.error(one.name),
        el("Div", inside, class_="edit-group"),
        class_="more field-wide",
        open=one.open or None,
        data_field=one.name,
        key=f"fold-{one.name}",
    )
