"""A drop folder: files that another system lays down, each taken up once and moved aside, with the reason if refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indicators.errors import N_, CockpitError, Issue

MOST = 500
"""How many files are taken up in one round."""

SETTLING = 2.0
"""A file that was written to so few seconds ago may still grow; it is left for the next round."""


@dataclass(frozen=True)
class Dropped:
    """One file of the folder."""

    path: Path
    size: int
    changed: float

    def content(self, limit: int) -> bytes:
        """Its bytes, one more than the limit at most."""
        with self.path.open("rb") as file:
            return file.read(limit + 1)


class DropFolder:
    """The folder, with ``done`` and ``refused`` in it.

    setting  where its path is written, for whoever is to mend it
    """

    def __init__(self, folder: Path, suffixes: tuple[str, ...], setting: str = "cap.folder") -> None:
        self._folder = folder
        self._suffixes = suffixes
        self._setting = setting

    def files(self, now: float) -> Iterator[Dropped]:
        """The files that lie there complete, by name; links and hidden files are passed by.

        now     epoch seconds; a file that was just written to is left alone
        raises  CockpitError ``no_folder``
        """
        if not self._folder.is_dir():
            raise CockpitError(
                Issue("no_folder", N_("没有投放文件夹 {folder}。"), N_("请建立它，或改设置 {setting}。"),
                      where=self._setting, params={"folder": self._folder.name, "setting": self._setting})
            )  # fmt: skip
        named = sorted(
            path for path in self._folder.iterdir()
            if path.suffix.lower() in self._suffixes and not path.name.startswith(".")
            and path.is_file() and not path.is_symlink()
        )  # fmt: skip
        for path in named[:MOST]:
            told = path.stat()
            if not 0 <= now - told.st_mtime < SETTLING:
                yield Dropped(path, told.st_size, told.st_mtime)

    def done(self, file: Dropped) -> Path:
        """Move a file that was taken."""
        return self._move(file, "done")

    def refuse(self, file: Dropped, reason: str) -> Path:
        """Move a file that was not taken, and lay the reason beside it."""
        moved = self._move(file, "refused")
        moved.with_name(moved.name + ".reason.txt").write_text(reason + "\n", encoding="utf-8")
        return moved

    def _move(self, file: Dropped, into: str) -> Path:
        """Into a folder inside; a name that is taken gets a number."""
        folder = self._folder / into
        folder.mkdir(exist_ok=True)
        target, number = folder / file.path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{file.path.stem}-{number}{file.path.suffix}"
        return file.path.rename(target)
