"""Figures that come as a file: a path on this machine, or an upload kept under a made name."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from indicators.errors import N_, CockpitError, Issue

_BLOCK = 1 << 20
_NAME_LENGTH = 120


@dataclass(frozen=True)
class Source:
    """One file, ready to be read.

    name    what people call it: the last part of the name it came with, fit to print on one line
    path    where its bytes lie
    sha256  of its bytes: the same content is the same source, whatever its name
    """

    name: str
    path: Path
    size: int
    sha256: str


def from_path(path: Path, limit: int) -> Source:
    """A file on this machine.

    limit   the most bytes that are taken; a larger file is refused before it is read
    raises  CockpitError ``file_missing``, ``file_unreadable`` or ``file_too_large``
    """
    name = printable(path.name)
    if not path.is_file():
        raise CockpitError(
            Issue("file_missing", N_("没有文件 {name}。"), N_("请检查路径，并确认它是文件而不是文件夹。"),
                  where=str(path), params={"name": name})
        )  # fmt: skip
    try:
        size = path.stat().st_size
        _refuse_large(name, size, limit)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CockpitError(
            Issue("file_unreadable", N_("读不了文件 {name}：{reason}"), N_("请检查文件的读取权限。"),
                  where=str(path), params={"name": name, "reason": why(error)})
        ) from error  # fmt: skip
    return Source(name, path, size, digest)


def from_upload(content: bytes, name: str, folder: Path, limit: int) -> Source:
    """Bytes sent by a browser, kept in ``folder`` under a name made from their digest.

    The sender's name is only ever printed: no part of it reaches the file system.
    """
    shown = printable(name)
    _refuse_large(shown, len(content), limit)
    digest = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    return Source(shown, path, len(content), digest)


def why(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, in words."""
    reasons = {
        FileNotFoundError: N_("文件不存在"),
        PermissionError: N_("没有读取权限"),
        IsADirectoryError: N_("这是文件夹，不是文件"),
        UnicodeDecodeError: N_("不是 UTF-8 编码"),
    }
    return reasons.get(type(error), N_("磁盘或网络出错"))


def printable(name: str) -> str:
    """The last part of a name, on one line, without invisible characters, shortened in the middle."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ").strip()
    if len(shown) > _NAME_LENGTH:
        half = _NAME_LENGTH // 2
        shown = shown[:half] + "…" + shown[-half:]
    return shown or "unnamed"


def _refuse_large(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise CockpitError(
            Issue("file_too_large", N_("文件 {name} 有 {size} MB，超过上限 {limit} MB。"),
                  N_("请按年份或指标拆成几个文件，或请管理员调整 intake.max_file_mb。"),
                  params={"name": name, "size": -(-size // 10**6), "limit": limit // 10**6})
        )  # fmt: skip
