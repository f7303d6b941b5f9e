"""What people are told: a notice, and the hands that take one in the transaction of what it tells of.

A notice is written by whoever knows that something happened (warnings, their handling, supervision) and says nothing
of mail or work platforms. services/telling.py decides who gets it, in which language, when and over what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from indicators.errors import fill
from services.texts import Texts


@dataclass(frozen=True)
class Named:
    """A name in Chinese and, where there is one, in English."""

    zh: str
    en: str = ""

    def words(self, texts: Texts) -> str:
        """The name in the reader's language."""
        return self.en if texts.language != "zh" and self.en else self.zh


@dataclass(frozen=True)
class Figure:
    """A number with its unit."""

    value: float | None
    unit: str = ""
    unit_en: str = ""

    def words(self, texts: Texts) -> str:
        """The number as it is printed."""
        return texts.number(self.value, self.unit_en if texts.language != "zh" else self.unit)


@dataclass(frozen=True)
class Span:
    """A period by its key."""

    key: int
    frequency: str | None = None

    def words(self, texts: Texts) -> str:
        """The period in words."""
        return texts.period(self.key, self.frequency)


@dataclass(frozen=True)
class Term:
    """A word of the cockpit that has a translation: a level, a state."""

    message: str

    def words(self, texts: Texts) -> str:
        """The word in the reader's language."""
        return texts.t(self.message)


@dataclass(frozen=True)
class Line:
    """One sentence of a notice, about one region: whoever may not see the region does not get the sentence.

    message  a Chinese template, the key of its translation; `fields` are filled in after translating. A field that
             is `Named`, a `Figure`, a `Span` or a `Term` is said in the reader's language, a text that is itself a message is translated too
    unless   a region: who answers for it (scope "own") does not get the sentence, being told of the warning there
             that stands for this one; 0: nobody is spared
    only     a region: only those who answer for it get the sentence, since they were spared it before; 0: everybody
    """

    region: int
    message: str
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)
    unless: int = 0
    only: int = 0

    def text(self, texts: Texts) -> str:
        """The sentence as it is said to a reader."""
        return fill(texts.t(self.message), {name: _said(value, texts) for name, value in self.fields.items()})


@dataclass(frozen=True)
class Notice:
    """Something that somebody should be told.

    key         makes it one and the same, however often it is put: nobody is told twice over the same channel
    kind        alert.open, alert.upgrade, alert.resolve, alert.repeat, alert.escalate, alert.released,
                alert.silence_over, rule.flapping, rule.no_data, rule.error, supervision.<what happened>
    region      the region that it is about: of a group the parent
    system      the system that a reader must be allowed to see; empty for none
    level       of the gravest line: 0 none, 1 blue to 4 red
    subject     one sentence that stands for all lines
    lines       what is told, the gravest first
    address     where in the product one reads on: a path
    at          when it happened, epoch seconds
    to          names of accounts it is for; empty: whoever asked to be told of such things
    department  whose matter it is: the people of that department get it, beside those who asked
    """

    key: str
    kind: str
    region: int
    system: str
    level: int
    subject: Line
    lines: tuple[Line, ...]
    address: str
    at: int
    to: tuple[str, ...] = ()
    department: str = ""


def _said(value: object, texts: Texts) -> object:
    if isinstance(value, str):
        return texts.t(value)
    return value.words(texts) if isinstance(value, Named | Figure | Span | Term) else value


class Teller(Protocol):
    """Takes notices in the transaction of what they tell of; what is taken is told at least once."""

    def put(self, connection: Any, notices: Sequence[Notice]) -> int:
        """Write them to the outbox, one message for each person and channel; how many messages that makes."""
        ...


class Silent:
    """Tells nobody: for a first start, a back-test, and tools."""

    def put(self, connection: Any, notices: Sequence[Notice]) -> int:  # noqa: ARG002
        """Nothing is written."""
        return 0
