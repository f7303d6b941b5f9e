"""Whether definitions hang together: every problem at once, with its place and its remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from indicators.catalog.checks import aims, formulas, sums, ties, warnings, wording, worked
from indicators.catalog.checks.book import UNSAID, Book, Placed, make_book
from indicators.catalog.fields import FIELDS, shape, unknown_word
from indicators.catalog.reading import (
    MEASURED,
    SECTIONS,
    Document,
    Entry,
    Kind,
    Source,
    code_of,
    is_vocabulary,
    items,
)
from indicators.errors import N_, Issue

CHECKS: tuple[Callable[[Book], Iterator[Issue]], ...] = (
    wording.codes,
    wording.words,
    wording.dates,
    formulas.readable,
    formulas.loops,
    sums.aggregation,
    sums.reach,
    ties.relations,
    ties.identities,
    ties.continuations,
    warnings.fitting,
    warnings.made_of_others,
    aims.targets,
    worked.come_out,
)
"""All checks over well-formed entries; a new one is a function and a line here."""


def check(
    sources: Sequence[Source], only: frozenset[str] | None = None, examples: frozenset[str] | None = None
) -> list[Issue]:
    """Everything that is wrong with some files of definitions.

    sources   the files, library before pack; all of them are looked at together
    only      the names of the files whose problems are told; None tells all
    examples  the codes whose worked examples are run; None runs all
    """
    issues = [issue for source in sources for issue in source.issues]
    issues += [issue for source in sources for issue in _top(source)]
    placed, sound = [], []
    for source in sources:
        for kind, path, item in items(source):
            if isinstance(item, Mapping):
                one = Placed(
                    Entry(kind, code_of(kind, item), item, source.origin, source.where(path)), source, path
                )
                placed.append(one)
                wrong = list(shape(source, path, item, FIELDS[kind]))
                issues += wrong
                if not wrong:
                    sound.append(one)
                elif kind in MEASURED and len(wrong) == len(_missing(kind, item)):
                    sound.append(_completed(one))
            else:
                issues.append(_not_a_mapping(source.where(path)))
    book = make_book(sources, placed, sound)
    book.examples = examples
    for part in CHECKS:
        issues += part(book)
    told = [issue for issue in issues if only is None or issue.where.rpartition(":")[0] in only]
    return sorted(_distinct(told), key=_place)


_STAND_INS: Document = {
    "name_zh": "",
    "name_en": "",
    "unit": UNSAID,
    "unit_en": "",
    "frequency": "monthly",
    "basis": "period",
    "agg_region": "derived",
    "agg_time": "derived",
    "lowest_level": "city",
    "department": "",
    "definition_zh": "",
    "polarity": "range",
    "sensitivity": "public",
    "rule": {"type": "none"},
}
"""What stands in for a missing field, so that the rest of an entry is checked in the same round; of no effect itself."""


def completed(document: Document) -> Document:
    """A document that lacks fields, with words in their place that no check finds fault with."""
    return {**_STAND_INS, **document}


def _missing(kind: Kind, document: Document) -> list[str]:
    """The fields that an entry itself lacks; what is missing deeper inside is something else."""
    return [field.name for field in FIELDS[kind] if field.required and field.name not in document]


def _completed(one: Placed) -> Placed:
    return replace(one, entry=replace(one.entry, document=completed(one.entry.document)))


def _distinct(issues: Sequence[Issue]) -> list[Issue]:
    """The issues without repetitions."""
    return list({(issue.where, issue.text()): issue for issue in issues}.values())


def _place(issue: Issue) -> tuple[str, int]:
    name, _, line = issue.where.rpartition(":")
    return name, int(line) if line.isdigit() else 0


def _top(source: Source) -> Iterator[Issue]:
    """What is wrong at the top of a file."""
    document = source.document
    if (source.issues and document is None) or is_vocabulary(document):
        return
    if not isinstance(document, Mapping) or not document:
        yield _not_a_mapping(source.where())
        return
    head = {key: value for key, value in document.items() if key not in SECTIONS}
    for section in document.keys() - head.keys():
        content = document[section]
        if content is not None and (not isinstance(content, Sequence) or isinstance(content, str)):
            yield Issue(
                "wrong_type",
                N_("字段 {field} 的写法不对：{value}"),
                N_("应写成列表，每项是 {{字段: 值}}。"),
                source.where((section,)),
                params={"field": section, "value": type(content).__name__},
            )
    if "themes" in head:
        yield from shape(source, (), head, FIELDS[Kind.SYSTEM])
    else:
        for name in head.keys() - {"system", "schema_version"}:
            allowed = (*SECTIONS, "system", "schema_version", "themes")
            yield unknown_word(
                "unknown_field", N_("没有字段 {word}"), str(name), allowed, source.where((name,))
            )


def _not_a_mapping(where: str) -> Issue:
    return Issue("not_a_mapping", N_("这里应是字段与值的对应"), N_("写法见 docs/catalogue.md。"), where)
