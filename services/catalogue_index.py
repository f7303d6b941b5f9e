"""Finds indicators among thousands while somebody types: Chinese, English, code, pinyin or initials.

Names are kept as they are compared. For pinyin every pair of letters that may follow each other in a spelling points
to the names in which it may; only those that hold every pair of a question are spelled out.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

from indicators.catalog import Catalog
from indicators.definition import Indicator
from services import pinyin
from services.search import LONGEST, SYSTEMS

EXACT, BEGINS, WORD, INSIDE, SPELLED_FIRST, SPELLED = range(6)
"""How well a name answers, best first."""

BEHIND = 8
"""What a word found in another name than the first is worth less."""

KEPT = 128
"""Questions whose answers are remembered."""

_EDGES = " (（-._/"
_TWO = 2


class Index:
    """The names of all indicators in force or to come; positions are those of ``indicators``."""

    def __init__(self, catalog: Catalog) -> None:
        turn = {system: place for place, system in enumerate(SYSTEMS)}
        self.indicators: tuple[Indicator, ...] = tuple(
            sorted(catalog.newest(), key=lambda one: (not one.headline, turn.get(one.system, len(turn))))
        )
        self._names = [
            (one.name_zh.casefold(), one.name_en.casefold(), one.code.casefold()) for one in self.indicators
        ]
        self._whole = ["\n".join(names) for names in self._names]
        self.find = lru_cache(maxsize=KEPT)(self._find)

    def _find(self, text: str) -> tuple[int, ...]:
        """The positions of what answers to a text, best first; every word of it must be found."""
        words = tuple(dict.fromkeys(text.casefold()[:LONGEST].split()))
        if not words:
            return tuple(range(len(self.indicators)))
        together = self._scored(" ".join(words))
        if len(words) > 1:
            parts = [self._scored(word) for word in words]
            shared = set(parts[0]).intersection(*parts[1:])
            for place in shared:
                together.setdefault(place, max(part[place] for part in parts) + BEHIND)
        return tuple(sorted(together, key=lambda place: (together[place], place)))

    def _scored(self, word: str) -> dict[int, int]:
        """What holds a word or is spelled so, with how well it answers."""
        found = {
            place: _score(word, self._names[place])
            for place, whole in enumerate(self._whole)
            if word in whole
        }
        for place in self._spelled(word):
            if place not in found:
                at = pinyin.typed(word, pinyin.syllables(self.indicators[place].name_zh))
                if at is not None:
                    found[place] = SPELLED if at else SPELLED_FIRST
        return found

    def _spelled(self, word: str) -> Iterator[int]:
        """The names whose pinyin may hold the letters one after the other."""
        letters = word.replace(" ", "")
        if len(letters) < _TWO or not (letters.isascii() and letters.isalpha()):
            return
        pairs = self._pairs
        whole = -1
        for pair in pairwise(letters):
            whole &= pairs.get("".join(pair), 0)
            if not whole:
                return
        place = 0
        while whole:
            low = whole & -whole
            place = low.bit_length() - 1
            yield place
            whole ^= low

    @cached_property
    def _pairs(self) -> dict[str, int]:
        """For each pair of letters the names in whose pinyin it may stand, as the bits of a number."""
        found: dict[str, int] = {}
        for place, one in enumerate(self.indicators):
            for pair in _pairs_of(one.name_zh):
                found[pair] = found.get(pair, 0) | 1 << place
        return found


@lru_cache(maxsize=16384)
def _pairs_of(name: str) -> frozenset[str]:
    """The pairs of letters that typing the pinyin of a name can give, whole readings and initials in any mixture."""
    pairs: set[str] = set()
    ends: set[str] = set()
    for readings in pinyin.syllables(name):
        starts = {reading[0] for reading in readings if reading}
        pairs |= {end + start for end in ends for start in starts}
        pairs |= {reading[at : at + _TWO] for reading in readings for at in range(len(reading) - 1)}
        ends = {
            end for reading in readings if reading for end in (reading[0], reading[-1], *_initial(reading))
        }
    return frozenset(pairs)


def _initial(reading: str) -> tuple[str, ...]:
    """The last letter of an initial of two letters: zh, ch, sh."""
    return ("h",) if reading[:_TWO] in ("zh", "ch", "sh") else ()


def _score(word: str, names: Sequence[str]) -> int:
    best = INSIDE + BEHIND
    for place, name in enumerate(names):
        at = name.find(word)
        if at < 0:
            continue
        score = (
            (EXACT if len(name) == len(word) else BEGINS)
            if at == 0
            else WORD
            if name[at - 1] in _EDGES
            else INSIDE
        )
        best = min(best, score + (BEHIND if place else 0))
    return best
