"""What is written into a form or a row about a project, read and checked; everything that is wrong is told at once.

The same reading serves the forms on the screen and the rows of a file: only the places differ that an issue names.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree

FAR = (date(1990, 1, 1), date(2060, 12, 31))
"""No project of ours begins before or ends after."""

LONGEST = 200


@dataclass
class Reader:
    """Fields as text on their way to values; ``issues`` collects what cannot be read.

    place   where a field stands: the name of the form's field, or the address of a cell
    labels  what a field is called
    """

    given: Mapping[str, str]
    labels: Mapping[str, str]
    place: Callable[[str], str] = str
    issues: list[Issue] = field(default_factory=list)

    def fail(self, name: str, key: str, what: str, do: str = "", **params: object) -> None:
        """Note that something is wrong with a field."""
        label = self.labels.get(name, name)
        self.issues.append(Issue(key, what, do, self.place(name), params={"label": label, **params}))

    def done(self) -> None:
        """Raise what was found, if anything."""
        if self.issues:
            raise CockpitError(self.issues)

    def has(self, name: str) -> bool:
        """Whether anything is written there."""
        return bool(self.given.get(name, "").strip())

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST) -> str:
        """Plain words."""
        found = self.given.get(name, "").strip()
        if required and not found:
            self.missing(name)
        if len(found) > longest:
            self.fail(name, "too_long", N_("“{label}”太长，最多 {most} 个字。"), most=longest)
        return found[:longest]

    def missing(self, name: str) -> None:
        """Note that a field must be filled."""
        self.fail(name, "required", N_("请填写“{label}”。"))

    def number(
        self, name: str, *, required: bool = False, least: float | None = 0.0, most: float = 100_000.0
    ) -> float | None:
        """A number as people write it: full-width digits and thousands separators are read."""
        found = unicodedata.normalize("NFKC", self.given.get(name, "")).replace(",", "").strip()
        if not found:
            if required:
                self.missing(name)
            return None
        try:
            value = float(found)
        except ValueError:
            self.fail(
                name,
                "not_a_number",
                N_("“{label}”不是数字：{text}"),
                N_("请只写数字，单位不用写。"),
                text=found[:40],
            )
            return None
        if not isfinite(value) or (least is not None and value < least) or value > most:
            low = "−∞" if least is None else f"{least:g}"
            self.fail(name, "out_of_range", N_("“{label}”应在 {low} 与 {high} 之间，现在是 {text}。"),
                      low=low, high=f"{most:g}", text=found[:40])  # fmt: skip
            return None
        return value

    def whole(self, name: str, least: int, most: int, *, required: bool = True) -> int | None:
        """A whole number."""
        value = self.number(name, required=required, least=least, most=most)
        if value is None:
            return None
        if value != int(value):
            self.fail(name, "not_whole", N_("“{label}”应是整数。"))
            return None
        return int(value)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day: 2026-10-28, 2026/10/28, 20261028, 2026年10月28日."""
        found = unicodedata.normalize("NFKC", self.given.get(name, "")).strip()
        if not found:
            if required:
                self.missing(name)
            return None
        plain = (
            found.split(" ")[0]
            .replace("年", "-")
            .replace("月", "-")
            .rstrip("日")
            .replace("/", "-")
            .replace(".", "-")
        )
        if plain.isdigit() and len(plain) == 8:
            plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
        try:
            year, month, number = (int(part) for part in plain.split("-"))
            value = date(year, month, number)
        except ValueError:
            self.fail(
                name, "not_a_day", N_("“{label}”不是日期：{text}"), N_("请写成 2026-10-28。"), text=found[:40]
            )
            return None
        if not FAR[0] <= value <= FAR[1]:
            self.fail(name, "day_out_of_range", N_("“{label}”的年份不合理：{text}"), text=found[:40])
            return None
        return value

    def choice(
        self, name: str, options: Mapping[str, str], *, required: bool = False, default: str = ""
    ) -> str:
        """One of some words, by its code or its Chinese name."""
        found = self.given.get(name, "").strip()
        if not found:
            if required:
                self.missing(name)
            return default
        code = _code(found, options)
        if code is None:
            self.fail(name, "not_a_choice", N_("“{label}”没有“{text}”这一项。"), N_("可用的：{options}"),
                      text=found[:40], options="、".join(options.values()))  # fmt: skip
        return code or default

    def choices(self, name: str, options: Mapping[str, str], given: Iterable[str] = ()) -> tuple[str, ...]:
        """Several of some words, separated by spaces, commas or 、."""
        words = [word for text in (self.given.get(name, ""), *given) for word in _split(text)]
        found = {code for word in words if (code := _code(word, options)) is not None}
        unknown = [word for word in words if _code(word, options) is None]
        if unknown:
            self.fail(name, "not_a_choice", N_("“{label}”没有“{text}”这一项。"), N_("可用的：{options}"),
                      text=unknown[0][:40], options="、".join(options.values()))  # fmt: skip
        return tuple(code for code in options if code in found)

    def region(self, name: str, tree: RegionTree, root: int) -> int | None:
        """A region of the city, by code or by name."""
        found = self.given.get(name, "").strip()
        if not found:
            self.missing(name)
            return None
        try:
            code = tree.parse(found)
        except CockpitError as error:
            first = error.issues[0]
            self.issues.append(Issue(first.key, first.what, first.do, self.place(name), params=first.params))
            return None
        if not tree.contains(root, code) or tree.get(code).level > Level.TOWN:
            self.fail(name, "region_outside", N_("{text} 不是本市的县（市、区）或镇街。"), text=found[:40])
            return None
        return code

    def ordered(self, earlier: str, later: str, first: date | None, second: date | None) -> None:
        """Note a later day that lies before an earlier one."""
        if first is not None and second is not None and second < first:
            self.fail(
                later, "dates_cross", N_("“{label}”（{second}）早于“{earlier}”（{first}）。"), N_("请核对这两个日期。"),
                earlier=self.labels.get(earlier, earlier), first=first.isoformat(), second=second.isoformat(),
            )  # fmt: skip

    def not_after(self, name: str, day: date | None, today: date) -> None:
        """Note a day that has not come yet."""
        if day is not None and day > today:
            self.fail(name, "day_to_come", N_("“{label}”还没有到：{day}"), day=day.isoformat())


def _code(word: str, options: Mapping[str, str]) -> str | None:
    """The code of an option, found by itself or by its name."""
    if word in options:
        return word
    return next((code for code, name in options.items() if name == word), None)


def _split(text: str) -> list[str]:
    for sign in "、，,;；/":
        text = text.replace(sign, " ")
    return text.split()
