"""What people are told: a notice, and the hands that take one in the transaction of what it tells of.

A notice is written by whoever knows that something happened (warnings, their handling, supervision) and says nothing
of mail or work platforms. services/telling.py decides who gets it, in which language, when and over what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Line:
    """One sentence of a notice, about one region: whoever may not see the region does not get the sentence.

    message  a Chinese template, the key of its translation; `fields` are filled in after translating. A text that is
             itself a message, or a name, is put into the reader's language; what each language says in its own way
             (a figure with its unit, a period) is a mapping from the language to the words
    unless   a region: who answers for it (scope "own") does not get the sentence, being told of the warning there
             that stands for this one; 0: nobody is spared
    only     a region: only those who answer for it get the sentence, since they were spared it before; 0: everybody
    about    what it is about, such as the identity of a warning: of its end only those are told who were told of it
    """

    region: int
    message: str
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)
    unless: int = 0
    only: int = 0
    about: str = ""


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
    also        names of accounts that get it beside those who asked
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
    also: tuple[str, ...] = ()


def named(zh: str, en: str = "") -> dict[str, str]:
    """A name as each language says it; without an English one the Chinese."""
    return {"zh": zh, "en": en or zh}


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
