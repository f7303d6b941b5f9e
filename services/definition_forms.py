"""The form of a definition: from a document to boxes that can be typed into, and back.

Every field that the check knows has a box; what a form does not know is carried along untouched. The name of a box is
the way to the field in words with dots: ``rule.red``, ``related.2.code``; of things that stand under a name of their
own (targets by year, further rules) the place in the list stands for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from indicators.catalog import Kind
from indicators.catalog.fields import FIELDS, Field
from indicators.rules import RULE_FIELDS
from services import definition_values as values
from services.definition_words import AREAS, CODES, HINTS, LABELS, ROOM, SECTIONS, TITLES

SPARE: Final = 6
"""So many empty rows stand ready under a list."""

Form = Mapping[str, Sequence[str]]
Document = Mapping[str, object]


@dataclass(frozen=True)
class Box:
    """One box of the form.

    widget   text, area, number, select, checks, formula, code, code_new, date, flag, yaml
    value    as it is shown; of checks one for each that is ticked
    choices  where the options come from: a word that the page knows
    words    the options themselves, where they are words of the check
    """

    name: str
    label: str
    widget: str
    value: tuple[str, ...] = ("",)
    hint: str = ""
    required: bool = False
    choices: str = ""
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The value of a box that holds one."""
        return self.value[0] if self.value else ""


@dataclass(frozen=True)
class Rows:
    """A list: rows of boxes, the last ones empty."""

    name: str
    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Box, ...], ...]
    filled: int
    hint: str = ""


@dataclass(frozen=True)
class Fold:
    """Boxes that are seldom needed, or of a thing of its own: closed unless something stands in them."""

    name: str
    label: str
    parts: tuple["Box | Rows | Fold", ...]
    open: bool = False
    named: str = ""


Part = Box | Rows | Fold


@dataclass(frozen=True)
class Section:
    """A chapter of the form."""

    id: str
    title: str
    parts: tuple[Part, ...] = field(default=())


def form_of(kind: str, document: Document) -> tuple[Section, ...]:
    """The form of a document of a kind, filled with it."""
    wanted = Kind(kind)
    if wanted is Kind.VOCABULARY:
        box = Box(
            WHOLE, LABELS.get(WHOLE, WHOLE), "yaml", (values.shown_fields(document.get(WHOLE) or document),)
        )
        return (Section("all", TITLES["all"], (box,)),)
    known = {one.name: one for one in FIELDS[wanted]}
    layout = SECTIONS.get(wanted, {"all": tuple(known)})
    listed = {name for names in layout.values() for name in names}
    rest = tuple(name for name in known if name not in listed and name not in KEPT)
    chapters = {**layout, **({"more": rest} if rest else {})}
    return tuple(
        Section(
            chapter, TITLES[chapter], tuple(_part(known[name], name, document) for name in names if name in known)
        )
        for chapter, names in chapters.items()
    )  # fmt: skip


def document_of(kind: str, form: Form, before: Document) -> dict[str, Any]:
    """The document that a filled form describes.

    before  the document as it was: what the form does not speak of stays
    """
    wanted = Kind(kind)
    if wanted is Kind.VOCABULARY:
        found = values.fields(_one(form, WHOLE)) if WHOLE in form else before
        return dict(found) if isinstance(found, Mapping) else {**before, WHOLE: found}
    made = _read(FIELDS[wanted], "", form, before)
    return {**made, **{name: before[name] for name in KEPT if name in before}}


def box_of(document: Document, where: str) -> str:
    """The box at which something about a field is told: years and names of rules are places of lists there."""
    head, _, rest = where.partition(".")
    inside = document.get(head)
    if head not in NAMED_LISTS or not rest or not isinstance(inside, Mapping):
        return where
    name, _, further = rest.partition(".")
    places = {str(one): place for place, one in enumerate(inside)}
    if name not in places:
        return head
    return f"{head}.{places[name]}.{further or NAMED_LISTS[head]}"


WHOLE: Final = "document"
"""The one box of what has no form of its own."""

KEPT: Final = ("version", "valid_from", "valid_to")
"""What publication writes; carried along."""

NAMED_LISTS: Final[Mapping[str, str]] = {"targets": "value", "rules": "name"}
"""Fields in which things stand under names of their own, and the box that stands for the whole thing."""


# ---- from a document to boxes


def _part(one: Field, name: str, document: Document) -> Part:
    """What stands in the form for a field."""
    value = document.get(one.name)
    if one.name in ("rule", "rules", "targets") and one.holds == "mapping":
        return _SPECIAL[one.name](name, value)
    if one.parts and one.holds == "mappings":
        return _rows(one, name, value)
    if one.parts:
        inside = value if isinstance(value, Mapping) else {}
        return Fold(name, LABELS[one.name], tuple(_part(part, f"{name}.{part.name}", inside) for part in one.parts),
                    open=bool(inside))  # fmt: skip
    return _box(one, name, value)


def _box(one: Field, name: str, value: object) -> Box:
    box = Box(
        name,
        LABELS.get(one.name, one.name),
        _widget(one),
        hint=HINTS.get(one.name, ""),
        required=one.required and not one.nullable,
        choices=one.name if _widget(one) in ("select", "checks") else "",
        words=one.words,
    )
    return replace(box, value=_shown(one, value))


def _widget(one: Field) -> str:
    if one.name == "formula":
        return "formula"
    if one.name in CODES:
        return "code"
    if one.words or one.name in ROOM:
        return "select"
    if one.name == "dimensions":
        return "checks"
    by_kind = {
        "number": "number", "whole": "number", "flag": "flag", "day": "date", "texts": "area", "numbers": "area",
        "mapping": "yaml", "mappings": "yaml", "value": "number", "code": "code_new",
    }  # fmt: skip
    return "area" if one.name in AREAS else by_kind.get(one.holds, "text")


def _shown(one: Field, value: object) -> tuple[str, ...]:
    """A value as text."""
    if one.name == "dimensions":
        return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if one.holds in ("mapping", "mappings"):
        return ("" if value is None else values.shown_fields(value),)
    if one.holds in ("texts", "numbers"):
        return ("" if value is None else values.shown_list(value),)
    return (values.shown_bound(value) if one.holds == "value" else values.shown(value),)


def _rows(one: Field, name: str, value: object) -> Rows:
    found = [row for row in _sequence(value) if isinstance(row, Mapping)]
    rows = [
        tuple(_cell(part, f"{name}.{place}.{part.name}", row) for part in one.parts)
        for place, row in enumerate([*found, *({},) * SPARE])
    ]
    heads = tuple(LABELS.get(part.name, part.name) for part in one.parts)
    return Rows(name, LABELS[one.name], heads, cast("tuple[tuple[Box, ...], ...]", tuple(rows)), len(found),
                HINTS.get(one.name, ""))  # fmt: skip


def _cell(one: Field, name: str, row: Document) -> Part:
    """A box of a row; where a row names an indicator, its code is completed."""
    part = _part(one, name, row)
    return replace(part, widget="code") if one.name == "code" and isinstance(part, Box) else part


def _targets(name: str, value: object) -> Part:
    """Targets by year, for every region without one of its own."""
    found = list(value.items()) if isinstance(value, Mapping) else []
    rows = [
        (
            Box(f"{name}.{place}.year", LABELS["year"], "number", (values.shown(year),)),
            Box(f"{name}.{place}.value", LABELS["value"], "number", (values.shown(wanted),)),
        )
        for place, (year, wanted) in enumerate([*found, *(("", None),) * SPARE])
    ]
    return Rows(
        name, LABELS["targets"], (LABELS["year"], LABELS["value"]), tuple(rows), len(found), HINTS["targets"]
    )


def _rule(name: str, value: object) -> Part:
    return Fold(name, LABELS["rule"], tuple(_rule_parts(name, value)), open=True)


def _further_rules(name: str, value: object) -> Part:
    """Rules beside the first one, each under a name of its own, and one empty place for another."""
    found = list(value.items()) if isinstance(value, Mapping) else []
    folds = []
    for place, (word, written) in enumerate([*found, ("", {})]):
        own = f"{name}.{place}"
        naming = Box(f"{own}.name", LABELS["rule_name"], "text", (str(word),), HINTS["rule_name"])
        folds.append(
            Fold(own, LABELS["further_rule"], (naming, *_rule_parts(own, written, named=True)), open=bool(word),
                 named=str(word))
        )  # fmt: skip
    return Fold(name, LABELS["rules"], tuple(folds), open=bool(found))


def _rule_parts(name: str, value: object, *, named: bool = False) -> Iterator[Part]:
    written = value if isinstance(value, Mapping) else {}
    first = (*(("name_zh", "name_en") if named else ()), *RULE_FIRST)
    yield from (_rule_box(name, one, written) for one in first)
    benchmark = written.get("benchmark")
    inside = benchmark if isinstance(benchmark, Mapping) else {}
    yield Box(f"{name}.benchmark.code", LABELS["benchmark.code"], "code", (values.shown(inside.get("code")),),
              HINTS["benchmark.code"])  # fmt: skip
    yield Box(f"{name}.benchmark.region", LABELS["benchmark.region"], "select", (values.shown(inside.get("region")),),
              choices="benchmark", words=("same", "parent"))  # fmt: skip
    rest = [one for one in RULE_FIELDS if one not in first and one != "benchmark"]
    boxes = tuple(_rule_box(name, one, written) for one in rest if named or one not in ("name_zh", "name_en"))
    yield Fold(f"{name}.more", LABELS["rule_more"], boxes, open=False)


RULE_FIRST: Final = (
    "type", "measure", "op", "red", "orange", "yellow", "blue", "persist", "clear_margin", "keep", "no_data",
    "source", "source_note",
)  # fmt: skip
"""What most rules say, in the order in which one thinks of it."""

RULE_TEXTS: Final = frozenset(
    {
        "name_zh", "name_en", "type", "measure", "op", "no_data", "no_data_level", "direction", "chart", "side", "end",
        "by", "when", "folds", "valid_from", "valid_to", "code", "limit_level", "source", "source_note", "note",
    }
)  # fmt: skip
"""Fields of a rule that hold words."""

_LEVELS: Final = ("red", "orange", "yellow", "blue")


def _rule_box(name: str, one: str, written: Mapping[str, object]) -> Box:
    value = written.get(one)
    shown = values.shown_bound(value) if one in _LEVELS else values.shown(value)
    chosen = one in ("type", "measure", "op", "no_data", "source", "no_data_level", "limit_level")
    widget = (
        "select"
        if chosen
        else "code"
        if one == "code"
        else "date"
        if one.startswith("valid_")
        else "area"
        if one in ("note", "source_note")
        else "text"
        if one in RULE_TEXTS
        else "number"
    )
    return Box(f"{name}.{one}", LABELS.get(f"rule.{one}", LABELS.get(one, one)), widget, (shown,),
               HINTS.get(f"rule.{one}", ""), choices=f"rule.{one}" if chosen else "")  # fmt: skip


_SPECIAL: Final[Mapping[str, Callable[[str, object], Part]]] = {
    "rule": _rule, "rules": _further_rules, "targets": _targets,
}  # fmt: skip


# ---- from boxes to a document


def _read(known: Sequence[Field], prefix: str, form: Form, before: Document) -> dict[str, Any]:
    """The fields of a mapping; those of which the form does not speak stay as they were."""
    made: dict[str, Any] = {}
    for one in known:
        name = prefix + one.name
        if one.name in KEPT and not prefix:
            continue
        spoken, value = _value(one, name, form, before.get(one.name))
        if not spoken:
            if one.name in before:
                made[one.name] = before[one.name]
        elif value is not None or _stays_null(one, before):
            made[one.name] = value
        elif before.get(one.name) in ([], {}):
            made[one.name] = before[one.name]
    names = {one.name for one in known}
    return {**made, **{name: before[name] for name in before if name not in names}}


def _stays_null(one: Field, before: Document) -> bool:
    """Whether an empty box means null: where it must say something, and where null stood before."""
    return one.nullable and (one.required or (one.name in before and before[one.name] is None))


def _value(one: Field, name: str, form: Form, before: object) -> tuple[bool, Any]:
    """Whether a form speaks of a field, and what it says; None: nothing."""
    if one.name in ("rule", "rules", "targets") and one.holds == "mapping":
        return _READ[one.name](name, form, before)
    if one.parts and one.holds == "mappings":
        places = _places(name, form)
        rows = [_row(one, name, place, form, before) for place in places]
        return bool(places), [row for row in rows if row] or None
    if one.parts:
        if not any(key.startswith(name + ".") for key in form):
            return False, None
        inside = before if isinstance(before, Mapping) else {}
        return True, _read(one.parts, name + ".", form, inside) or None
    if name not in form:
        return False, None
    if one.name == "dimensions":
        ticked = [word for word in form[name] if word]
        order = [word for word in _sequence(before) if word in ticked]
        return True, [*order, *(word for word in ticked if word not in order)] or None
    text = _one(form, name)
    return True, _typed(one, text, before) if text else None


def _row(one: Field, name: str, place: int, form: Form, before: object) -> dict[str, Any]:
    """One row of a list; empty where nothing was typed in it."""
    rows = _sequence(before)
    own = rows[place] if place < len(rows) and isinstance(rows[place], Mapping) else {}
    prefix = f"{name}.{place}."
    if not any(_one(form, prefix + part.name) for part in one.parts):
        return {}
    return _read(one.parts, prefix, form, own)


def _typed(one: Field, text: str, before: object) -> object:
    """What is meant by a text; a text that means what stood there before is that."""
    if before is not None and _shown(one, before) == (text,):
        return before
    reader: Callable[[str], object] = _READERS.get(one.holds, str)
    return reader(text)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "number": values.number, "whole": values.whole, "flag": values.flag, "texts": values.listed,
    "numbers": values.numbers, "mapping": values.fields, "mappings": values.structure, "value": values.bound,
}  # fmt: skip


def _read_targets(name: str, form: Form, before: object) -> tuple[bool, Any]:
    places = _places(name, form)
    made: dict[object, object] = {}
    was = (
        {values.shown(year): wanted for year, wanted in before.items()} if isinstance(before, Mapping) else {}
    )
    for place in places:
        year, wanted = _one(form, f"{name}.{place}.year"), _one(form, f"{name}.{place}.value")
        if not year and not wanted:
            continue
        key: object = values.whole(year) if year else ""
        while key in made:  # a year that is written twice is told as one that is none
            key = f"{key}*"
        same = year in was and values.shown(was[year]) == wanted
        made[key] = was[year] if same else values.number(wanted) if wanted else ""
    return bool(places), made or None


def _read_rule(name: str, form: Form, before: object) -> tuple[bool, Any]:
    if not any(key.startswith(name + ".") for key in form):
        return False, None
    was = before if isinstance(before, Mapping) else {}
    made: dict[str, object] = {}
    for one in RULE_FIELDS:
        value = _rule_value(name, one, form, was)
        if value is not None:
            made[one] = value
    rest = {key: value for key, value in was.items() if key not in RULE_FIELDS}
    return True, {**made, **rest} or None


def _rule_value(name: str, one: str, form: Form, was: Mapping[str, object]) -> object:
    if one == "benchmark":
        return _benchmark(f"{name}.benchmark", form, was.get(one))
    if f"{name}.{one}" not in form:
        return was.get(one)
    text = _one(form, f"{name}.{one}")
    if not text:
        return None
    shown = values.shown_bound(was.get(one)) if one in _LEVELS else values.shown(was.get(one))
    if one in was and shown == text:
        return was[one]
    if one in RULE_TEXTS:
        return text
    return values.bound(text) if one in _LEVELS else values.loose(text)


def _benchmark(name: str, form: Form, before: object) -> object:
    if f"{name}.code" not in form and f"{name}.region" not in form:
        return before
    was = before if isinstance(before, Mapping) else {}
    made = {**was, **{word: _one(form, f"{name}.{word}") for word in ("code", "region")}}
    return {word: value for word, value in made.items() if value} or None


def _read_rules(name: str, form: Form, before: object) -> tuple[bool, Any]:
    places = _places(name, form)
    was = list(before.items()) if isinstance(before, Mapping) else []
    made: dict[str, object] = {}
    for place in places:
        word = _one(form, f"{name}.{place}.name")
        own = was[place][1] if place < len(was) else {}
        _, rule = _read_rule(f"{name}.{place}", form, own)
        if not word and not rule:
            continue
        while word in made:  # a name that is given twice is told as one that is none
            word += "*"
        made[word] = rule if rule is not None else {}
    return bool(places), made or None


_READ: Final[Mapping[str, Callable[[str, Form, object], tuple[bool, Any]]]] = {
    "rule": _read_rule, "rules": _read_rules, "targets": _read_targets,
}  # fmt: skip


def _places(name: str, form: Form) -> list[int]:
    """The places of a list of which the form speaks."""
    heads = (key[len(name) + 1 :].partition(".")[0] for key in form if key.startswith(name + "."))
    return sorted({int(head) for head in heads if head.isascii() and head.isdigit() and len(head) < 4})


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _one(form: Form, name: str) -> str:
    found = form.get(name, ())
    return found[-1].strip() if found else ""
