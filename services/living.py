"""The services that answer now: when definitions or regions change, new ones are built and take their place.

A bundle of services is built around one state of the registry and of the regions. Every server process looks twice a
second whether these have moved on, builds a new bundle on the same store in the background, and hands it out from then
on; a request keeps the one it began with. The jobs of the schedule and the ready answers of walls follow.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Generic, Protocol, Self, TypeVar

from services.schedule import Schedule

log = logging.getLogger("chengmai.living")

LOOK_SECONDS = 0.5
"""How often a process looks whether something has moved on."""

PATIENCE_SECONDS = 30.0
"""How long a state of which no bundle could be built is left alone before it is tried again."""


class Bundle(Protocol):
    """What is needed of ``services.bootstrap.Services``."""

    @property
    def schedule(self) -> Schedule: ...
    @property
    def built_on(self) -> tuple[int, ...]: ...
    def standing(self) -> tuple[int, ...]: ...
    def renewed(self) -> Self: ...


B = TypeVar("B", bound=Bundle)


class Living(Generic[B]):
    """Hands out the bundle of now.

    first  the one to begin with
    clock  seconds that only run forward
    """

    def __init__(self, first: B, clock: Callable[[], float] = time.monotonic) -> None:
        self._current = first
        self._clock = clock
        self._again = float("-inf")
        self._building = Lock()
        self._failed: tuple[int, ...] | None = None
        self._retry = 0.0
        self._schedule: Schedule | None = None
        self._ending = Event()

    def now(self) -> B:
        """The bundle of now; a newer one is begun in the background where something has moved on."""
        known = self._current
        if self._clock() >= self._again:
            self._again = self._clock() + LOOK_SECONDS
            if self._due() and not self._building.locked():
                Thread(target=self.follow, name="living", daemon=True).start()
        return known

    def follow(self) -> B:
        """The bundle of now, built at once and waited for where something has moved on."""
        if self._due():
            with self._building:
                if self._due():
                    self._replace()
        return self._current

    def start(self, *, jobs: bool) -> None:
        """Follow by itself until the process ends, also while nobody asks.

        jobs  whether this process keeps the time of the schedule as well
        """
        if jobs:
            self._schedule = self._current.schedule
            self._schedule.start()
        Thread(target=self._watch, name="living-watch", daemon=True).start()

    def stop(self) -> None:
        """Follow no longer."""
        self._ending.set()
        if self._schedule is not None:
            self._schedule.stop()

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self.follow()
            except Exception:
                log.exception("it could not be seen whether definitions have changed")

    def _due(self) -> bool:
        """Whether something has moved on, and it is not what could not be built just now."""
        standing = self._current.standing()
        if standing == self._current.built_on:
            return False
        return standing != self._failed or self._clock() >= self._retry

    def _replace(self) -> None:
        """Build the next bundle and let it answer; what cannot be built leaves the one of now."""
        before, begun = self._current, time.perf_counter()
        try:
            fresh = before.renewed()
        except Exception:
            self._failed, self._retry = before.standing(), self._clock() + PATIENCE_SECONDS
            log.exception("the changed definitions cannot be used; those before stay in force")
            return
        if self._schedule is not None:
            self._schedule.follow(fresh.schedule.jobs)
        self._current, self._failed = fresh, None
        log.info("definitions followed in %.0f ms", 1000 * (time.perf_counter() - begun))
