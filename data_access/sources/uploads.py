"""What a browser sent and somebody looks at before it is taken over: kept for a day under a token."""

import re
from hashlib import sha256
from pathlib import Path

from data_access.sources.files import printable
from indicators.errors import N_, CockpitError, Issue

DAY = 24 * 3600
TOKEN = re.compile(r"[0-9a-f]{40}")


def keep(folder: Path, content: bytes, name: str, most: int, now: float) -> str:
    """Keep content with the name that it came with; gives its token. What is older than a day is thrown away.

    raises  CockpitError ``file_too_large``
    """
    if len(content) > most:
        what, do = N_("文件 {name} 有 {size} MB，超过上限 {limit} MB。"), N_("请只给出定义文件。")
        sizes = {"size": -(-len(content) // 10**6), "limit": most // 10**6}
        raise CockpitError(
            Issue("file_too_large", what, do, "file", params={"name": printable(name), **sizes})
        )
    token = sha256(name.encode("utf-8", "replace") + b"\0" + content).hexdigest()[:40]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < now - DAY:
            old.unlink(missing_ok=True)
    part = folder / f"{token}.part"
    part.write_bytes(printable(name).encode() + b"\n" + content)
    part.replace(folder / token)
    return token


def kept(folder: Path, token: str) -> tuple[str, bytes]:
    """The name and the content of what lies under a token.

    raises  CockpitError ``upload_gone``
    """
    path = folder / token
    if not TOKEN.fullmatch(token) or not path.is_file():
        raise CockpitError(
            Issue("upload_gone", N_("上传的文件已不在。"), N_("上传的文件保留一天，请重新上传。"), "file")
        )
    name, _, content = path.read_bytes().partition(b"\n")
    return name.decode(), content
