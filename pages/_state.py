"""The state of a page and its address: everything that is on the screen stands in the URL, and nothing else does.

A leader can send a colleague exactly what is seen. What an address says is a wish: text that has not the shape
of its field is dropped and named in ``ignored``; whether a region, indicator or period exists, and whether this
reader may see it, is decided by the services.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from services.views import Choice

LANGUAGES = ("zh", "en")
MODES = ("dark", "light")

_CODE = re.compile(r"[a-z][a-z0-9_]{0,15}(\.[a-z0-9_]{1,40}){1,4}")
_PAIR = r"[a-z_]{1,20}:[A-Za-z0-9_\u3400-\u9fff .,~-]{1,60}"
_SHAPES: dict[str, re.Pattern[str]] = {
    "region": re.compile(r"[0-9]{2,12}"),
    "period": re.compile(r"[0-9]{4}(-([0-9]{2}|Q[1-4]|W[0-9]{2}|[0-9]{2}-[0-9]{2}))?"),
    "theme": re.compile(r"[a-z][a-z0-9_]{0,30}"),
    "map": _CODE,
    "sheet": re.compile(_CODE.pattern + r"(@[0-9]{2,12})?"),
    "as_of": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "open": re.compile(r"[a-z]+:[A-Za-z0-9_-]{1,64}"),
    "filter": re.compile(_PAIR + f"(;{_PAIR}){{0,11}}"),
    "preview": re.compile(r"[0-9]{1,9}"),
    "edit": re.compile(r"[a-z_]{1,20}"),
    "cohort": re.compile(r"[0-9]{4}-Q[1-4]"),
    "lang": re.compile("|".join(LANGUAGES)),
    "mode": re.compile("|".join(MODES)),
}
FIELDS = tuple(_SHAPES)
"""The names that an address may hold, in the order in which they are written."""

_LONGEST = 2000
_LASTING = "draft:"
"""What stays open while one looks at other regions and themes."""
_REGION_DIGITS = 12


@dataclass(frozen=True)
class PageState:
    """What a reader has chosen; None means: the board's own choice.

    region   code of twelve digits
    period   a period in plain text: 2023, 2024-Q2, 2024-06
    theme    the tab of a board
    map      the indicator that map, ranking and trend speak of
    sheet    the indicator whose number sheet is open, and ``@region`` where that is not the board's region
    as_of    a day: the figures as they were known then
    open     the record or dialog that is open: its kind and its name
    filter   how a list is narrowed: ``key:value`` pairs with a semicolon between them
    preview  the delivery of the data desk whose figures are laid over what is released
    edit     what is being changed on the page
    cohort   the quarter whose deals are followed
    ignored  the fields of the address that could not be read
    """

    region: str | None = None
    period: str | None = None
    theme: str | None = None
    map: str | None = None
    sheet: str | None = None
    as_of: str | None = None
    open: str | None = None
    filter: str | None = None
    preview: str | None = None
    edit: str | None = None
    cohort: str | None = None
    lang: str | None = None
    mode: str | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def from_url(cls, search: str | None) -> "PageState":
        """Read the part of an address behind the question mark; it never raises."""
        pairs = parse_qsl((search or "")[:_LONGEST].lstrip("?"), keep_blank_values=False, max_num_fields=None)
        return cls.from_query(dict(reversed(pairs)))

    @classmethod
    def from_query(cls, query: Mapping[str, object]) -> "PageState":
        """Read the fields of a query; the first of a repeated field counts."""
        given = {name: str(value).strip() for name, value in query.items() if name in _SHAPES and value}
        good = {name: text for name, text in given.items() if _SHAPES[name].fullmatch(text)}
        if "region" in good:
            good["region"] = good["region"].ljust(_REGION_DIGITS, "0")
        return cls(**good, ignored=tuple(name for name in FIELDS if name in given and name not in good))

    def to_url(self) -> str:
        """The state as the part of an address behind the path; empty when nothing is chosen."""
        chosen = [(name, value) for name in FIELDS if (value := getattr(self, name))]
        return "?" + urlencode(chosen, safe="@:;") if chosen else ""

    def with_(self, **changes: str | None) -> "PageState":
        """The state after a choice. A new region or theme closes what was open, a new theme lifts the filter."""
        closed: tuple[str, ...] = ()
        if "region" in changes or "theme" in changes:
            closed = ("sheet",) if (self.open or "").startswith(_LASTING) else ("sheet", "open")
        lifted = ("filter",) if "theme" in changes else ()
        return replace(self, **{**dict.fromkeys((*closed, *lifted)), **changes}, ignored=())

    @property
    def filters(self) -> dict[str, str]:
        """The filter as pairs."""
        pairs = (pair.partition(":") for pair in (self.filter or "").split(";") if pair)
        return {key: value for key, _, value in pairs}

    def filtered(self, **changes: str | None) -> "PageState":
        """The state with a filter set to a value, or lifted where the value is None or empty."""
        chosen = {key: value for key, value in {**self.filters, **changes}.items() if value}
        return self.with_(filter=";".join(f"{key}:{value}" for key, value in chosen.items()) or None)

    @property
    def choice(self) -> Choice:
        """What the reader wishes to see, for the services to decide upon."""
        code, _, region = (self.sheet or "").partition("@")
        sheet = (code, region.ljust(_REGION_DIGITS, "0") if region else None) if code else None
        return Choice(
            self.region, self.period, self.theme, self.map, sheet, self.as_of,
            open=self.open, filters=self.filters, edit=self.edit, cohort=self.cohort,
        )  # fmt: skip
