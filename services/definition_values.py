"""Values of definitions as people type them, and back: what cannot be read as it should stays the text that it is.

Nothing typed is lost: a number that is none is kept as text, and the check tells at the field what should stand there.
"""

import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from data_access.definitions import parse, write

LONGEST: Final = 30
"""Signs of a number; longer ones are no figure."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_.~\u4e00-\u9fff-]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "none", "~"))
_APART = re.compile(r"[,，、;；\s]+")


def number(text: str) -> float | int | str:
    """A number as people write it; the text where it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if len(plain) > LONGEST or not _NUMBER.fullmatch(plain):
        return text
    found = float(plain)
    if abs(found) > sys.float_info.max:
        return text
    return int(plain) if re.fullmatch(r"[+-]?\d+", plain) else found


def whole(text: str) -> int | str:
    """A whole number; the text where it is none."""
    found = number(text)
    return found if isinstance(found, int) else text


def flag(text: str) -> bool | str:
    """True or false; the text where it is neither."""
    return {"true": True, "false": False}.get(text, text)


def listed(text: str) -> list[str]:
    """Words set apart by commas, blanks or lines."""
    return [word for word in _APART.split(text) if word]


def numbers(text: str) -> list[float | int | str]:
    """Numbers set apart by commas, blanks or lines; what is none stays text."""
    return [number(word) for word in listed(text)]


def loose(text: str) -> object:
    """A number, a truth value, a list or fields in braces; the text where it is none of them."""
    plain = text.strip()
    if plain in ("true", "false"):
        return plain == "true"
    if plain[:1] in "{[" and plain[-1:] in "}]":
        return _structure(plain, text)
    return number(text)


def bound(text: str) -> object:
    """A bound of a level: one number, or the two ends of a band (``3 ~ 8``, an open end left out)."""
    low, wave, high = text.replace("～", "~").partition("~")
    if not wave:
        return loose(text)
    ends = [None if not end.strip() else number(end.strip()) for end in (low, high)]
    return text if any(isinstance(end, str) for end in ends) or ends == [None, None] else ends


def fields(text: str) -> object:
    """Fields and values as YAML; the text where it is none."""
    found = _structure(text, text)
    return found if isinstance(found, Mapping) else text


def structure(text: str) -> object:
    """Fields or a list as YAML; the text where it is neither."""
    return _structure(text, text)


def _structure(plain: str, text: str) -> object:
    """What YAML makes of a text; a comment would be lost, so that a text with one is left as it is."""
    if "#" in plain:
        return text
    source = parse(plain, "")
    return source.document if not source.issues and isinstance(source.document, Mapping | list) else text


# ---- values as text


def shown(value: object) -> str:
    """A value in one line, as it would be typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _figure(value)
    return value if isinstance(value, str) else _flow(value)


def shown_bound(value: object) -> str:
    """A bound of a level in one line."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2 and _ends(value):
        return " ~ ".join(shown(end) for end in value).strip()
    return shown(value)


def shown_list(value: object) -> str:
    """A list of words or numbers in one line."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(shown(one) for one in value)
    return shown(value)


def shown_fields(value: object) -> str:
    """Fields as YAML, over as many lines as it takes."""
    return write(value).strip() if isinstance(value, Mapping | list) else shown(value)


def _ends(value: Sequence[object]) -> bool:
    return all(one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in value)


def _figure(value: float) -> str:
    """A number that reads back as the same one."""
    return str(value) if isinstance(value, int) else repr(value)


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else '"' + _quoted(value) + '"'
    return shown(value)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
