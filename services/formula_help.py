"""Help at the formula field: names that complete what is being typed, and what the formula so far means.

It executes nothing. What it says of a formula is what the check says of it, with the place in the text.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from indicators import formula, units
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.formula import BUILT_INS, TIME_PROGRESS
from indicators.units import Agreement
from services import access
from services.access import Actor
from services.search import rank

MOST: Final = 12
"""So many completions are offered."""

LONGEST: Final = 64
"""Signs of a question that are looked at."""

WRITTEN: Final[Mapping[str, tuple[str, str]]] = {
    "lag": ("lag(, 1)", N_("前 n 期的数")),
    "rolling_mean": ("rolling_mean(, 3)", N_("近 n 期平均")),
    "rolling_sum": ("rolling_sum(, 12)", N_("近 n 期合计")),
    "rolling_max": ("rolling_max(, 12)", N_("近 n 期最大")),
    "rolling_min": ("rolling_min(, 12)", N_("近 n 期最小")),
    "min": ("min(, )", N_("几项中最小")),
    "max": ("max(, )", N_("几项中最大")),
    "abs": ("abs()", N_("绝对值")),
    "if": ("if( > 0, , )", N_("条件成立取前者，否则取后者")),
    "round": ("round(, 2)", N_("四舍五入")),
}
"""How a function is put into the text, the cursor where its first bracket opens, and what it does."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*|[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9_]*")


@dataclass(frozen=True)
class Completion:
    """One thing that can stand where the cursor is.

    insert  what is written into the formula
    cursor  where the cursor stands afterwards, counted from the beginning of what is inserted
    name    in the reader's language; of a function what it does, a template
    unit    in which its figures come; empty for a function
    """

    kind: str
    insert: str
    cursor: int
    name: str
    unit: str = ""


@dataclass(frozen=True)
class Part:
    """An indicator that a formula uses: from sign `start` to `end` of the text."""

    code: str
    name: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True)
class Remark:
    """Something to say about a formula, and where in the text it is; both None: about the whole."""

    issue: Issue
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Understood:
    """What a formula means so far.

    parts    the indicators that it uses, in the order of the text
    remarks  what is wrong
    unit     in which its figures come out; empty where that cannot be told
    fits     whether the claimed unit agrees: True, False, or None where that cannot be told
    """

    text: str
    parts: tuple[Part, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unit: str = ""
    fits: bool | None = None


class FormulaHelp:
    """Completes names and explains formulas."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog

    def complete(self, actor: Actor, typed: str, language: str, own: str = "") -> tuple[Completion, ...]:
        """What may be meant by what is typed: a code, a name in Chinese, pinyin or English, a function.

        own  the code of the indicator whose formula it is: it cannot stand in its own formula
        """
        wanted = typed.strip()[:LONGEST]
        if not wanted or not access.may(actor, "view"):
            return ()
        found: list[tuple[int, int, Completion]] = []
        for place, one in enumerate(self._catalog().newest()):
            if one.code == own or not access.may(actor, "view", system=one.system):
                continue
            score = rank(wanted, one.code, one.name_zh, one.name_en)
            if score is not None:
                name = one.name(language)
                found.append((score, place, Completion("indicator", one.code, len(one.code), name, one.unit)))
        functions = [
            (rank(wanted, name), -1, Completion("function", text, text.index("(") + 1, said))
            for name, (text, said) in WRITTEN.items()
        ]
        if (score := rank(wanted, TIME_PROGRESS)) is not None:
            progress = Completion("built_in", TIME_PROGRESS, len(TIME_PROGRESS), N_("全年已过时间"), "%")
            found.append((score, -1, progress))
        found += [(score, place, one) for score, place, one in functions if score is not None]
        return tuple(one for *_, one in sorted(found, key=lambda one: one[:2])[:MOST])

    def understand(self, text: str, claimed: str, language: str, own: str = "") -> Understood:
        """What a formula means, and what is wrong with it, whatever else the draft says.

        claimed  the unit that the draft gives its figures; empty: none yet
        """
        catalog = self._catalog()
        if not text.strip():
            return Understood(text)
        try:
            tree = formula.parse(text)
        except CockpitError as error:
            return Understood(text, self._parts(text, language), tuple(_located(text, error.issues)))
        parts = self._parts(text, language)
        known = {code: catalog.get(code).unit for code in formula.references(tree) if code in catalog}
        wrong = [
            Remark(replace(catalog.unknown(code), where="formula"), *_place(text, code))
            for code in formula.references(tree)
            if code not in known
        ]
        path = self._circle(own, formula.references(tree)) if not wrong else None
        if path:
            wrong.append(Remark(formula.cycle_issue(path, "formula"), *_place(text, path[1])))
        if wrong:
            return Understood(text, parts, tuple(wrong))
        try:
            found = formula.unit_of(tree, known)
        except CockpitError as error:
            return Understood(text, parts, tuple(_located(text, error.issues)))
        unit = "" if found.literal is not None else self._unit(found, claimed)
        agreed = formula.agreement(tree, known, claimed) if claimed else Agreement.UNKNOWN
        fits = {Agreement.COMPATIBLE: True, Agreement.CONTRADICTING: False}.get(agreed)
        if fits is False:
            what = N_("公式算出的单位是 {found}，这里写的是 {claimed}")
            do = N_("核对单位和公式里的系数，如 % 要乘 100，亿元除以万人得万元。")
            issue = Issue("unit_contradicts_formula", what, do, "unit",
                          params={"found": unit or "—", "claimed": claimed})  # fmt: skip
            return Understood(text, parts, (Remark(issue),), unit, fits)
        return Understood(text, parts, (), unit, fits)

    def _parts(self, text: str, language: str) -> tuple[Part, ...]:
        catalog, found = self._catalog(), []
        for match in _NAME.finditer(text):
            code = match.group()
            if code in catalog:
                one = catalog.get(code)
                found.append(Part(code, one.name(language), one.unit, match.start(), match.end()))
            elif code in BUILT_INS:
                found.append(Part(code, N_("全年已过时间"), BUILT_INS[code], match.start(), match.end()))
        return tuple(found)

    def _circle(self, own: str, names: Sequence[str]) -> tuple[str, ...] | None:
        """The way on which a formula would come back to its own indicator."""
        if not own:
            return None
        catalog = self._catalog()
        needs = {code: catalog.inputs(code) for code in catalog.closure(set(names) - {own}) if code != own}
        return formula.find_cycle({own: tuple(names), **needs})

    def _unit(self, found: units.Quantity, claimed: str) -> str:
        """A word for the unit that comes out: the claimed one where it fits, else one that the catalogue knows."""
        wanted = found.resulting
        if wanted is None:
            return ""
        usual = dict.fromkeys((claimed, "%", "‰", "倍", *(one.unit for one in self._catalog().newest())))
        return next((word for word in usual if word and units.of(word).resulting == wanted), "")


def _located(text: str, issues: Sequence[Issue]) -> Iterator[Remark]:
    """What is wrong, with its place in the text where it can be told."""
    for issue in issues:
        told = replace(issue, where="formula")
        place, name, part = (issue.params.get(word) for word in ("place", "name", "part"))
        if isinstance(place, int):
            start = min(place - 1, len(text))
            yield Remark(told, start, min(start + 1, len(text)))
        elif isinstance(name, str):
            yield Remark(told, *_place(text, name))
        elif isinstance(part, str):
            yield Remark(told, *_place(text, part))
        else:
            yield Remark(told)


def _place(text: str, word: str) -> tuple[int | None, int | None]:
    """Where a name stands in a formula, as a whole; or a part as it is written."""
    for match in _NAME.finditer(text):
        if match.group() == word:
            return match.start(), match.end()
    at = text.find(word)
    return (at, at + len(word)) if at >= 0 else (None, None)
