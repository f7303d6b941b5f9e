"""Answers that many look at: made once for all who may read the same, and handed out ready.

Five hundred walls that ask every two seconds must cost little more than one. The version of everything is worked out
at most twice a second in a process. An answer is made once for a group of readers and a version: one thread of one
process makes it while all others are still given the answer before, and the next time they ask they get the new one.
"""

import gzip
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from threading import Lock
from typing import Protocol

import brotli

log = logging.getLogger("chengmai.sharing")

FRESH_SECONDS = 0.5
"""For how long a version is taken to be the one of now."""

UNFINISHED_SECONDS = 2.0
"""Figures and the warnings that follow from them are one change: so long the first wait for the second to be told."""

SOON_SECONDS = 0.1
"""While it is waited, it is looked again after so long."""

KEPT_GROUPS = 200
"""For so many groups of readers a process keeps the answer at hand; the one not asked for longest goes first."""

MAKERS = 2
"""How many answers a process makes at the same time."""

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: brotli.compress(content, quality=5),
    "gzip": lambda content: gzip.compress(content, 6, mtime=0),
}
"""The ways in which an answer lies ready compressed."""

_SPLIT = b"\n--\n"


class Pulse:
    """The version of everything, worked out at most twice a second however often it is asked for.

    unfinished  whether something was written that more will follow from: figures that nobody has judged yet. Such a
                version is held back for a while, since whoever saw it would have to look twice
    """

    def __init__(
        self,
        version: Callable[[], str],
        unfinished: Callable[[], bool] = lambda: False,
        seconds: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version = version
        self._unfinished = unfinished
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._known = ""
        self._again = float("-inf")
        self._held_since: float | None = None

    def version(self) -> str:
        """The version, at most half a second old."""
        if self._clock() < self._again:
            return self._known
        with self._lock:
            if self._clock() >= self._again:
                self._look()
            return self._known

    def _look(self) -> None:
        found, now = self._version(), self._clock()
        since = now if self._held_since is None else self._held_since
        changed = bool(self._known) and found != self._known
        if changed and now - since < UNFINISHED_SECONDS and (self._unfinished() or self._version() != found):
            self._held_since, self._again = since, now + min(SOON_SECONDS, self._seconds)
            return
        self._known, self._held_since, self._again = found, None, now + self._seconds


class Alone:
    """Makes what many ask for at once only once: the first makes it, the others wait and then find it ready."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._makers: dict[str, tuple[Lock, int]] = {}

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """Nobody else of this process makes what is named so."""
        with self._lock:
            lock, waiting = self._makers.get(name, (Lock(), 0))
            self._makers[name] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._makers.pop(name)
                if waiting > 1:
                    self._makers[name] = lock, waiting - 1


@dataclass(frozen=True)
class Ready:
    """An answer as it travels, in every encoding.

    tag   the digest of what it says
    made  by which rendering: two that were made apart differ in it, whatever they say
    """

    tag: str
    made: str
    plain: bytes
    br: bytes
    gzip: bytes

    @classmethod
    def of(cls, content: bytes) -> "Ready":
        """Content, compressed."""
        tag = sha256(content).hexdigest()[:20]
        return cls(tag, token_hex(6), content, ENCODERS["br"](content), ENCODERS["gzip"](content))

    def to_bytes(self) -> bytes:
        """All of it as one piece, with a digest by which a damaged one is known."""
        sizes = f"{self.tag} {self.made} {len(self.plain)} {len(self.br)} {len(self.gzip)}".encode()
        body = self.plain + self.br + self.gzip
        return sizes + b" " + sha256(body).hexdigest().encode() + _SPLIT + body

    @classmethod
    def from_bytes(cls, piece: bytes) -> "Ready | None":
        """The answer again; None where the piece is not whole."""
        head, _, body = piece.partition(_SPLIT)
        try:
            tag, made, plain, br, _, digest = head.decode("ascii").split(" ")
            first, second = int(plain), int(plain) + int(br)
        except ValueError:
            return None
        if sha256(body).hexdigest() != digest:
            return None
        return cls(tag, made, body[:first], body[first:second], body[second:])


class Shelf(Protocol):
    """Where ready answers lie for all processes of a machine (``data_access.shelf``)."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, content: bytes) -> None: ...
    def alone(self, name: str) -> AbstractContextManager[None]: ...


@dataclass
class _Group:
    """What one group of readers is given: the answer, the version that it was made for, and whether a new one is made."""

    ready: Ready | None = None
    version: str = ""
    busy: bool = False
    asked: float = 0.0
    lock: Lock = field(default_factory=Lock)


class Sharing:
    """Hands out ready answers.

    version  of everything that an answer shows (``Pulse.version``)
    shelf    shared with the other processes; None: every process makes its own
    """

    def __init__(self, version: Callable[[], str], shelf: Shelf | None = None) -> None:
        self._version = version
        self._shelf = shelf
        self._groups: dict[str, _Group] = {}
        self._lock = Lock()
        self._makers = ThreadPoolExecutor(MAKERS, thread_name_prefix="sharing")

    def succeeded(self, version: Callable[[], str]) -> "Sharing":
        """The same answers under the version of other services, which go on handing them out while they make new ones."""
        found = copy(self)
        found._version = version
        return found

    def ready(self, group: str, make: Callable[[], bytes]) -> Ready:
        """The newest answer that lies ready for a group; a newer one is begun where the version has changed.

        group  names everything that readers must have in common to be given the same: scope, language, light
        make   makes the content for this group; called in a thread of its own, and in one process only
        """
        version = self._version()
        known = self._group(group)
        if known.version == version and known.ready is not None:
            return known.ready
        if known.ready is None:
            with known.lock:  # the first readers wait for the first answer
                if known.ready is None:
                    known.ready, known.version = self._made(group, version, make), version
                return known.ready
        self._renew(group, known, make)
        return known.ready

    def renewing(self, group: str) -> bool:
        """Whether a newer answer is being made for a group just now: whoever was given the one before may ask soon."""
        known = self._groups.get(group)
        return known is not None and known.busy

    def _renew(self, group: str, known: _Group, make: Callable[[], bytes]) -> None:
        with known.lock:
            if known.busy:
                return
            known.busy = True
        self._makers.submit(self._replace, group, known, make)

    def _replace(self, group: str, known: _Group, make: Callable[[], bytes]) -> None:
        try:
            version = self._version()
            known.ready, known.version = self._made(group, version, make), version
        except Exception:
            log.exception("an answer could not be made; the one before stays")
            time.sleep(FRESH_SECONDS)
        finally:
            known.busy = False

    def _made(self, group: str, version: str, make: Callable[[], bytes]) -> Ready:
        """The answer of a version: from the shelf where another process has made it, else made here, alone."""
        if self._shelf is None:
            return Ready.of(make())
        name = f"{group}\n{version}"
        found = self._taken(name)
        if found is not None:
            return found
        with self._shelf.alone(group):
            found = self._taken(name)
            if found is None:
                found = Ready.of(make())
                self._shelf.put(name, found.to_bytes())
            return found

    def _taken(self, name: str) -> Ready | None:
        piece = self._shelf.get(name) if self._shelf is not None else None
        return Ready.from_bytes(piece) if piece is not None else None

    def _group(self, group: str) -> _Group:
        known = self._groups.get(group)
        if known is None:
            with self._lock:
                known = self._groups.setdefault(group, _Group(asked=time.monotonic()))
                while len(self._groups) > KEPT_GROUPS:
                    del self._groups[min(self._groups, key=lambda one: self._groups[one].asked)]
        known.asked = time.monotonic()
        return known
