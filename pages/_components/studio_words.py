"""What the pages of the studio say of drafts: states, kinds of change, fields, and one text beside another."""

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from indicators.drafting import Line
from pages._components.elements import Child, Element, el
from services.definition_values import shown
from services.definition_words import LABELS
from services.studio_views import CHANGES, KINDS, STATES, DraftLine, DraftView
from services.texts import MISSING, Texts

LEAST_MARKED, MOST_MARKED = 16, 600
"""A text between these lengths has its changed parts marked; in a shorter or longer one marks would help nobody."""

DIGIT_LISTS = ("targets", "rules")
"""Fields whose parts have names of their own, which are no fields."""


def state_word(one: DraftLine | DraftView, texts: Texts) -> Element:
    """Where a draft stands, as a mark; published for a day to come is said so."""
    word = texts.t("待生效") if one.scheduled else texts.t(STATES[one.state])
    kind = "scheduled" if one.scheduled else one.state
    return el("Span", word, class_=f"draft-state draft-{kind}", data_state=kind)


def change_word(change: str, texts: Texts) -> str:
    """The kind of a change."""
    return texts.t(CHANGES.get(change, change))


def kind_word(kind: str, texts: Texts) -> str:
    """What a draft defines."""
    return texts.t(KINDS.get(kind, kind))


def field_name(path: str, texts: Texts) -> str:
    """A field and what it lies in, as people call them: 预警规则 · 红色界限."""
    parts = path.split(".")
    said = []
    for place, part in enumerate(parts):
        named = place > 0 and parts[place - 1] in DIGIT_LISTS
        if part.isdigit() and not named:
            said.append(texts.t("第 {number} 项", number=int(part) + 1))
        else:
            label = None if named else LABELS.get(part)
            said.append(texts.t(label) if label else part)
    return " · ".join(said)


def day(one: date | None, texts: Texts) -> str:
    """A day, or a dash."""
    return MISSING if one is None else texts.date(one)


def differences(lines: Sequence[Line], texts: Texts) -> Element:
    """What is otherwise, one line a field: as it was, as it is."""
    return el("Dl", [_line(line, texts) for line in lines], class_="draft-lines")


def _line(line: Line, texts: Texts) -> Element:
    before, after = _sides(line)
    sides = [
        el("Dd", el("Span", texts.t("原"), class_="side"), el("Del", before), class_="was")
        if before
        else None,
        el("Dd", el("Span", texts.t("新"), class_="side"), el("Ins", after), class_="is") if after else None,
    ]
    if line.what == "removed":
        sides.append(el("Dd", texts.t("删去"), class_="quiet"))
    return el(
        "Div",
        el("Dt", field_name(line.path, texts), el("Code", line.path, class_="quiet")),
        sides,
        class_=f"draft-line {line.what}",
        data_path=line.path,
        key=line.path,
    )


def _sides(line: Line) -> tuple[list[Child], list[Child]]:
    before = "" if line.what == "added" else written(line.before)
    after = "" if line.what == "removed" else written(line.after)
    if not before or not after or not LEAST_MARKED <= len(before) + len(after) <= MOST_MARKED:
        return [before] if before else [], [after] if after else []
    return list(_marked(before, after, 1)), list(_marked(before, after, 2))


def _marked(before: str, after: str, side: int) -> Iterator[Child]:
    """One side of two texts, with what only stands there marked."""
    text = before if side == 1 else after
    for tag, *ends in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        piece = text[ends[0] : ends[1]] if side == 1 else text[ends[2] : ends[3]]
        if piece:
            yield piece if tag == "equal" else el("Mark", piece)


def written(value: Any) -> str:
    """A value as it would be typed; an empty one as a dash."""
    return shown(value) or MISSING
