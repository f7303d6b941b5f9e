"""Fetch the program uv from the Python package index, for a Python without pip: fetch_uv.py VERSION TARGET."""

import hashlib
import io
import json
import os
import platform
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path


def main(version: str, target: str) -> None:
    """Write the uv program of that version to the path ``target``, its checksum compared with the index."""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    wanted = urllib.request.Request(  # noqa: S310  the index is the operator's setting
        f"{index.rstrip('/')}/uv/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(wanted, timeout=60) as answer:  # noqa: S310
        base, files = answer.url, json.load(answer)["files"]
    ending = f"manylinux_2_17_{platform.machine()}"
    wheel = next(f for f in files if f["filename"].startswith(f"uv-{version}-") and ending in f["filename"])
    with urllib.request.urlopen(urllib.parse.urljoin(base, wheel["url"]), timeout=300) as answer:  # noqa: S310
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
        sys.exit(f"fetch_uv: the checksum of {wheel['filename']} is not the one of the index; try again")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive.read(name))
        path.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
