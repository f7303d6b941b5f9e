"""How a Chinese text is typed: whether letters are its pinyin, in full, by initials, or some of each."""

import os
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

_TONES = str.maketrans("", "", "\u0300\u0301\u0304\u030c\u0302")
_DIAERESIS = "u\u0308"
_SPACE = re.compile(r"[\s'·（）()、，,/-]+")

Syllables = tuple[tuple[str, ...], ...]
"""The readings of each sign of a text, without tones; what is not Chinese reads as itself."""


@lru_cache(maxsize=8192)
def syllables(text: str) -> Syllables:
    """The readings of each sign: 重 is zhong and chong; ü is typed v."""
    return tuple(_readings(sign) for sign in _SPACE.sub("", text.casefold()))


def typed(letters: str, text: Syllables) -> int | None:
    """Where letters begin to be the pinyin of a text; None where they nowhere are.

    Each sign takes its whole reading or its initial, the last one any beginning of it, so that `czsr`, `caizhengsr`,
    `cai zhe` all find 财政收入.
    """
    wanted = _SPACE.sub("", letters.casefold())
    if not wanted:
        return None
    starts = (at for at, readings in enumerate(text) if any(one[0] == wanted[0] for one in readings))
    return next((start for start in starts if _follows(wanted, 0, text, start)), None)


def _follows(letters: str, at: int, text: Syllables, place: int) -> bool:
    """Whether the letters from ``at`` on are the signs from ``place`` on."""
    if at == len(letters):
        return True
    if place == len(text):
        return False
    return any(
        _follows(letters, at + taken, text, place + 1)
        for reading in text[place]
        for taken in _taken(letters[at:], reading)
    )


def _taken(letters: str, reading: str) -> list[int]:
    """How many letters a sign may take: its whole reading, its initial, or all that is left as a beginning."""
    if reading.startswith(letters):
        return [len(letters)]
    initials = [start for start in ("zh", "ch", "sh") if reading.startswith(start)]
    return [len(part) for part in (reading, *initials, reading[:1]) if letters.startswith(part)]


def _readings(sign: str) -> tuple[str, ...]:
    known = _dictionary().get(ord(sign))
    if known is None:
        return (sign,)
    return tuple(dict.fromkeys(_plain(reading) for reading in known.split(",")))


def _plain(reading: str) -> str:
    """A reading without its tone: lǜ is lv."""
    apart = unicodedata.normalize("NFD", reading).replace(_DIAERESIS, "v")
    return apart.translate(_TONES)


@cache
def _dictionary() -> Mapping[int, str]:
    """The readings of all signs, with tones, separated by commas; read when somebody searches for the first time."""
    # The phrases of the library would take 45 MB; all readings of each sign are enough to find a name by.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    known: Mapping[int, str] = pinyin_dict
    return known
