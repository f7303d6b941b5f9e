"""What is wrong with a draft, at its fields: the check of files, with the draft laid over what is in force.

There is one truth of what is refused, `indicators.catalog.checking`; here a draft is put before it as if it were one
more file, and what it says is brought back to the fields of the form. What a draft spoils elsewhere, in a formula that
uses it or a relation that leads to it, is told at the field that does it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from indicators.catalog import Catalog, Entry, Kind, Source
from indicators.catalog.checking import check, completed
from indicators.catalog.fields import FIELDS, shape
from indicators.catalog.reading import MEASURED, SECTIONS, Path, code_of
from indicators.errors import N_, Issue, Severity

DRAFT: Final = "draft"
"""The name and the origin of the file that a draft is put before the check as."""

SPOILS: Final[Mapping[str, str]] = {
    "cycle": "formula",
    "relation_loop": "related",
    "refer_loop": "rule",
    "unit_contradicts_formula": "unit",
    "unit_mismatch": "unit",
    "relation_contradicts_formula": "formula",
    "missing_relation": "formula",
    "component_of_ratio": "agg_region",
    "part_not_additive": "agg_region",
    "level_below_inputs": "lowest_level",
    "dimension_of_inputs": "dimensions",
    "frequency_of_inputs": "frequency",
    "basis_of_inputs": "basis",
    "target_unit": "unit",
    "identity_mixed": "unit",
    "part_without_relation": "related",
    "refer_to_nothing": "rule",
    "example_fails": "formula",
    "unknown_code": "code",
    "wrong_member": "rule",
}
"""The field of a draft by which it makes another definition wrong, by the key of what is wrong there."""

Document = Mapping[str, object]


class DefinitionCheck:
    """Checks drafts against the registry.

    catalog    what is in force; its version tells when the registry has changed
    published  every published version of every definition, in the order in which they came
    """

    def __init__(self, catalog: Callable[[], Catalog], published: Callable[[], Sequence[Entry]]) -> None:
        self._catalog = catalog
        self._published = published
        self._base: tuple[int, tuple[Source, ...], frozenset[tuple[str, str]]] | None = None

    def issues(self, kind: str, document: Document, code: str | None = None) -> tuple[Issue, ...]:
        """Everything that is wrong with a draft; ``where`` is a field: ``formula``, ``rule.red``, ``related.2.code``.

        code  of the definition that it changes; None for one that is new
        """
        wanted, (base, known) = Kind(kind), self._standing()
        source, places = _laid_out(wanted, document)
        others = [_without(one, wanted, code) for one in base] if code else list(base)
        wrong, readable = _misshapen(source, places, wanted, document)
        found = [*wrong, *check([*others, readable], examples=self._affected(wanted, document))]
        told = [*_identity(self._catalog(), wanted, document, code), *_placed(found, places, known)]
        return tuple({(one.key, one.where, _text(one)): one for one in told}.values())

    def errors(self, kind: str, document: Document, code: str | None = None) -> tuple[Issue, ...]:
        """What must be mended before the draft can be submitted."""
        return tuple(one for one in self.issues(kind, document, code) if one.severity is Severity.ERROR)

    def _standing(self) -> tuple[tuple[Source, ...], frozenset[tuple[str, str]]]:
        """The registry as files, and what the check says of them without any draft."""
        version = self._catalog().version
        if self._base is None or self._base[0] != version:
            sources = tuple(_files(self._published()))
            said = check(sources, examples=frozenset())
            self._base = version, sources, frozenset((one.key, _text(one)) for one in said)
        return self._base[1], self._base[2]

    def _affected(self, kind: Kind, document: Document) -> frozenset[str]:
        """The draft itself and all that is computed from it: their worked examples are run."""
        if kind not in MEASURED:
            return frozenset()
        catalog, own = self._catalog(), str(document.get("code", ""))
        users = {one: set(catalog.inputs(one)) for one in catalog.codes}
        found, frontier = {own}, {own}
        while frontier:
            frontier = {one for one, needs in users.items() if needs & frontier} - found
            found |= frontier
        return frozenset(found)


def _identity(catalog: Catalog, kind: Kind, document: Document, code: str | None) -> Iterator[Issue]:
    """A code is given once, and stays."""
    own = document.get("code")
    if kind not in MEASURED or not isinstance(own, str) or own == code:
        return
    if code is not None:
        yield Issue("code_changed", N_("代码不能从 {before} 改为 {code}"),
                    N_("代码一经发布不再改动；要换代码，请新建指标，再停用这一个并写明替代者。"), "code",
                    params={"before": code, "code": own})  # fmt: skip
    elif own in catalog:
        yield Issue("code_taken", N_("代码 {code} 已经是“{name}”"), N_("换一个代码；要修改它，请在指标库打开它再修改。"), "code",
                    params={"code": own, "name": catalog.get(own).name_zh})  # fmt: skip


# ---- the registry as files


def _files(entries: Sequence[Entry]) -> Iterator[Source]:
    """What is in force as sources for the check: one for each system of an origin, the vocabulary first."""
    newest = {("measured" if e.kind in MEASURED else e.kind.value, e.code): e for e in _ended_first(entries)}
    heads = {entry.code: entry for entry in newest.values() if entry.kind is Kind.SYSTEM}
    groups: dict[tuple[str, str], dict[str, list[Document]]] = {}
    for entry in newest.values():
        section = _SECTION.get(entry.kind)
        if section is None:
            continue
        system = entry.code.partition(".")[0] if entry.kind in MEASURED else ""
        groups.setdefault((entry.origin, system), {}).setdefault(section, []).append(entry.document)
    for entry in newest.values():
        if entry.kind is Kind.VOCABULARY:
            yield Source("vocabulary", entry.document, entry.origin)
    for code, head in heads.items():
        lists = groups.pop((head.origin, code), {})
        yield Source(f"{head.origin}/{code}", {**head.document, **lists}, head.origin)
    for (origin, system), lists in groups.items():
        yield Source(f"{origin}/{system or 'common'}", lists, origin)


def _ended_first(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, those in force without an end last, so that they win."""
    return sorted(entries, key=lambda entry: entry.document.get("valid_to") is None)


_SECTION: Final[Mapping[Kind, str]] = {kind: section for section, kind in SECTIONS.items()}


def _without(source: Source, kind: Kind, code: str) -> Source:
    """A source without the definition that a draft takes the place of."""
    document = cast("Mapping[str, Any]", source.document)
    kept = {}
    for section in [_SECTION[one] for one in MEASURED] if kind in MEASURED else [_SECTION.get(kind, "")]:
        found = document.get(section)
        if isinstance(found, list) and any(code_of(kind, one) == code for one in found):
            kept[section] = [one for one in found if code_of(kind, one) != code]
    return replace(source, document={**document, **kept}) if kept else source


# ---- the draft as a file


def _laid_out(kind: Kind, document: Document) -> tuple[Source, dict[int, str]]:
    """A draft as a source in which every field has a line of its own, and the field of each line."""
    section = _SECTION.get(kind)
    start: Path = (section, 0) if section else ()
    whole: object = {section: [document]} if section else document
    paths = [start, *_paths(document, start)]
    lines = {path: line for line, path in enumerate(paths, 1)}
    fields = {line: ".".join(map(str, path[len(start) :])) for path, line in lines.items()}
    return Source(DRAFT, whole, DRAFT, lines), fields


def _misshapen(
    source: Source, places: Mapping[int, str], kind: Kind, document: Document
) -> tuple[list[Issue], Source]:
    """What cannot be read, and the draft without the fields in which it stands: the rest is checked all the same."""
    section = _SECTION.get(kind)
    if section is None:
        return [], source
    wrong = [one for one in shape(source, (section, 0), document, FIELDS[kind]) if _inside(one, places)]
    unread = {_inside(one, places).partition(".")[0] for one in wrong}
    kept = {name: value for name, value in document.items() if str(name) not in unread}
    stand_ins = {name: value for name, value in completed({}).items() if name in unread}
    return wrong, replace(source, document={section: [{**kept, **stand_ins}]})


def _inside(issue: Issue, places: Mapping[int, str]) -> str:
    """The field of a draft that an issue is about; empty for the draft as a whole."""
    return places.get(int(issue.where.rpartition(":")[2]), "")


def _paths(part: object, path: Path) -> Iterator[Path]:
    """The ways to everything in a document."""
    items: Sequence[tuple[Any, object]] = ()
    if isinstance(part, Mapping):
        items = list(part.items())
    elif isinstance(part, Sequence) and not isinstance(part, str):
        items = list(enumerate(part))
    for name, inner in items:
        yield (*path, name)
        yield from _paths(inner, (*path, name))


def _placed(
    found: Sequence[Issue], places: Mapping[int, str], known: frozenset[tuple[str, str]]
) -> Iterator[Issue]:
    """What was found in the draft at its fields, and what it spoils elsewhere at the field that does so."""
    for issue in found:
        name, _, line = issue.where.rpartition(":")
        if name == DRAFT:
            yield replace(issue, where=_nearer(issue, places.get(int(line), "")))
        elif (issue.key, _text(issue)) not in known:
            yield replace(issue, where=SPOILS.get(issue.key, ""))


def _nearer(issue: Issue, field: str) -> str:
    """The field itself, where the issue is told of the whole and names it."""
    named = issue.params.get("field")
    if not isinstance(named, str) or field.rpartition(".")[2] == named:
        return field
    if issue.key == "missing_field" or field.split(".")[0] in ("rule", "rules"):
        return f"{field}.{named}" if field else named
    return field


def _text(issue: Issue) -> str:
    return replace(issue, where="").text()
