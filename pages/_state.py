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
_SHAPES: dict[str, re.Pattern[str]] = {
    "region": re.compile(r"[0-9]{2,12}"),
    "period": re.compile(r"[0-9]{4}(-([0-9]{2}|Q[1-4]|W[0-9]{2}|[0-9]{2}-[0-9]{2}))?"),
    "theme": re.compile(r"[a-z][a-z0-9_]{0,30}"),
    "map": _CODE,
    "sheet": re.compile(_CODE.pattern + r"(@[0-9]{2,12})?"),
    "as_of": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "lang": re.compile("|".join(LANGUAGES)),
    "mode": re.compile("|".join(MODES)),
}
FIELDS = tuple(_SHAPES)
"""The names that an address may hold, in the order in which they are written."""

_LONGEST = 2000
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
    ignored  the fields of the address that could not be read
    """

    region: str | None = None
    period: str | None = None
    theme: str | None = None
    map: str | None = None
    sheet: str | None = None
    as_of: str | None = None
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
        return "?" + urlencode(chosen, safe="@") if chosen else ""

    def with_(self, **changes: str | None) -> "PageState":
        """The state after a choice. A new region or theme closes the sheet that was open."""
        if ("region" in changes or "theme" in changes) and "sheet" not in changes:
            changes["sheet"] = None
        return replace(self, **changes, ignored=())

    @property
    def choice(self) -> Choice:
        """What the reader wishes to see, for the services to decide upon."""
        code, _, region = (self.sheet or "").partition("@")
        sheet = (code, region.ljust(_REGION_DIGITS, "0") if region else None) if code else None
        return Choice(self.region, self.period, self.theme, self.map, sheet, self.as_of)
