"""What a browser loads once: our stylesheets as one file, the small scripts as another, packed once and kept for good.

A first visit is mostly counted in files and bytes. Each file here has its content's digest in its address, so a
browser may keep it for a year; it is compressed once for each encoding, at a higher level than answers are.
"""

import gzip
import hashlib
import pkgutil
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

import brotli
from dash.fingerprint import check_fingerprint
from flask import Blueprint, Response, abort, request

ASSETS = Path(__file__).resolve().parent.parent / "assets"
ADDRESS = "/static"
A_YEAR = 365 * 24 * 3600

FIRST = ("tokens.css", "layout.css")
"""Stylesheets that the others rest on."""

TYPES = {"css": "text/css", "js": "text/javascript"}
ENCODERS = {
    "br": lambda content: brotli.compress(content, quality=9),
    "gzip": lambda content: gzip.compress(content, 9),
}

_SUITES = "/_dash-component-suites/dash/"
_SMALL = ("deps/", "html/")
"""What of Dash can be joined; the rest finds its later parts by its own address."""
_UNUSED = ("dash_table/",)

_SCRIPT = re.compile(r'<script src="([^"?]+)[^"]*"></script>')
_LOCAL = re.compile(r'url\("(?!data:|#)([^"]+)"\)')


@dataclass(frozen=True)
class Packed:
    """One file as it is sent."""

    name: str
    content: bytes
    encoded: dict[str, bytes] = field(default_factory=dict, compare=False)

    @property
    def address(self) -> str:
        """Where it is found: the name is in the address, and so is the digest of the content."""
        return f"{ADDRESS}/{hashlib.sha256(self.content).hexdigest()[:16]}/{self.name}"

    def as_(self, encoding: str) -> bytes:
        """The content in one encoding, compressed when it is first asked for."""
        if encoding not in self.encoded:
            self.encoded[encoding] = ENCODERS[encoding](self.content)
        return self.encoded[encoding]


class Static:
    """The files, and the blueprint that serves them to anybody: they carry no data."""

    def __init__(self) -> None:
        self._files: dict[str, Packed] = {}
        self.blueprint = Blueprint("static_files", __name__)
        self.blueprint.add_url_rule(f"{ADDRESS}/<digest>/<name>", "file", self._serve)

    def style(self) -> str:
        """The address of all our stylesheets as one: tokens first, since the others speak of them."""
        names = sorted({file.name for file in ASSETS.glob("*.css")} - set(FIRST))
        return self._keep(
            "cockpit.css", "\n".join(_style(ASSETS / name) for name in (*FIRST, *names)).encode()
        )

    def scripts(self, tags: str) -> str:
        """Dash's script tags with the small ones joined into one, the unused dropped, and Plotly packed.

        tags  what Dash would put into its index page; inline scripts stay as they are
        """
        joined: list[bytes] = []
        others: list[str] = []
        for tag in tags.splitlines():
            found = _SCRIPT.fullmatch(tag.strip())
            source = found[1] if found else ""
            inner = source.removeprefix(_SUITES)
            if source.startswith(_SUITES) and inner.startswith(_UNUSED):
                continue
            if source.startswith(_SUITES) and inner.startswith(_SMALL):
                joined.append(pkgutil.get_data("dash", check_fingerprint(inner)[0]) or b"")
            elif source.startswith("/assets/vendor/"):
                others.append(_tag(self._keep(Path(source).name, _asset(source))))
            elif source.startswith("/assets/"):
                joined.append(_asset(source))
            else:
                others.append(tag)
        return "\n".join([_tag(self._keep("cockpit.js", b";\n".join(joined))), *others])

    def script(self, name: str) -> str:
        """The address of one of our scripts by itself."""
        return self._keep(name, (ASSETS / name).read_bytes())

    def _keep(self, name: str, content: bytes) -> str:
        known = self._files.get(name)
        if known is None or known.content != content:
            known = self._files[name] = Packed(name, content)
        return known.address

    def _serve(self, digest: str, name: str) -> Response:
        file = self._files.get(name)
        if file is None or digest not in file.address.split("/"):
            abort(404)
        encoding = next((one for one in ENCODERS if one in request.accept_encodings), None)
        answer = Response(
            file.as_(encoding) if encoding else file.content, mimetype=TYPES[name.rpartition(".")[2]]
        )
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        answer.headers["Vary"] = "Accept-Encoding"
        answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return answer


def icon() -> str:
    """The mark for the browser's tab, in the page itself: one request less on every visit."""
    return "data:image/svg+xml," + quote((ASSETS / "mark.svg").read_text(encoding="utf-8").strip())


def _tag(address: str) -> str:
    return f'<script src="{address}"></script>'


def _asset(source: str) -> bytes:
    return (ASSETS / source.removeprefix("/assets/")).read_bytes()


@cache
def _style(file: Path) -> str:
    """A stylesheet whose fonts and marks are found from elsewhere too."""
    text = file.read_text(encoding="utf-8")
    return _LOCAL.sub(lambda found: f'url("{located(found[1])}")', text)


def located(name: str) -> str:
    """The address of an asset with its time of change: it may be kept for a year."""
    return f"/assets/{name}?m={int((ASSETS / name).stat().st_mtime)}"
