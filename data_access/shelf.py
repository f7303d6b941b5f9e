"""Ready bytes that all processes of this machine share: files in a folder, made by one of them at a time.

What lies here can be made again at any time: a file that is lost, old or half written costs a moment, never a
figure. Names are digests, so nothing of a name is a path. Files can be read by the account of the cockpit alone.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

KEPT_SECONDS = 900
"""A file that was not read or written for so long is swept out when the next one is put down."""


class Shelf:
    """A folder of ready bytes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """What lies under a name; None where nothing does."""
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Put bytes down: readers see all of them or none. Old files are swept out."""
        file = self._file(name)
        fresh = file.with_suffix(f".{os.getpid()}.new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.replace(file)
        self._sweep()

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """While this lasts no other process, and no other thread, is in here for the same name.

        The lock is the system's own: it ends with the process that holds it, however that ends.
        """
        with self._file(name).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _file(self, name: str) -> Path:
        return self._folder / sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    def _sweep(self) -> None:
        old = time.time() - KEPT_SECONDS
        for file in self._folder.iterdir():
            try:
                if file.suffix != ".lock" and file.stat().st_mtime < old:
                    file.unlink()
            except FileNotFoundError:  # another process was faster
                continue
