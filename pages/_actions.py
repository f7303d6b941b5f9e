"""What a reader does by a form or a button: one door for all acts, POST /act/<name>.

An act gets the session and the fields of the form and does it through a service, which decides whether this actor
may. What it gives back is told to the browser as JSON: where to go and what to say, or what is wrong with which
field. Forgery is kept out by the token that app.py asks of every POST, strangers by the lock on every door.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import FileStorage, MultiDict

from indicators.errors import CockpitError
from pages._session import Session, follow, session
from services.texts import Texts

STALE = frozenset({"draft_changed", "layout_published", "record_changed"})
"""Issues that mean: somebody else was quicker. The page is drawn anew, and what was typed stays."""

_LONGEST = 20_000


@dataclass(frozen=True)
class Done:
    """What an act leads to.

    go      an address inside the product; empty: one stays, and the page is drawn anew
    said    one sentence on what was done: a Chinese template with its ``fields``
    undo    the act that takes it back, with the fields that it needs; None where nothing does
    more    what a script of the page asked for besides
    """

    go: str = ""
    said: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    undo: tuple[str, Mapping[str, Sequence[str]]] | None = None
    more: Mapping[str, object] = field(default_factory=dict)


class Fields(Mapping[str, str]):
    """The fields of a form as trimmed text; a field that was not sent is empty."""

    def __init__(self, form: MultiDict[str, str], files: MultiDict[str, FileStorage] | None = None) -> None:
        self._form = form
        self._files = files or MultiDict()

    def __getitem__(self, name: str) -> str:
        return _text(self._form.get(name, ""))

    def __contains__(self, name: object) -> bool:
        return name in self._form

    def __iter__(self) -> Iterator[str]:
        return iter(self._form)

    def __len__(self) -> int:
        return len(self._form)

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be sent more than once; empty ones left out."""
        return [text for one in self._form.getlist(name) if (text := _text(one))]

    def whole(self, name: str, default: int = 0) -> int:
        """A hidden whole number that the page itself wrote; the default where it is none."""
        text = self[name]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else default

    def file(self, name: str) -> tuple[str, bytes] | None:
        """The name and content of an uploaded file; None where none was chosen."""
        found = self._files.get(name)
        return (found.filename, found.read()) if found and found.filename else None


Act = Callable[[Session, Fields], Done]


def blueprint(acts: Mapping[str, Act]) -> Blueprint:
    """The door to these acts."""
    door = Blueprint("acts", __name__)

    @door.post("/act/<name>")
    def act(name: str) -> Response:
        """Do it, or say what is wrong."""
        work = acts.get(name)
        if work is None:
            abort(404)
        here = session()
        try:
            done = work(here, Fields(request.form, request.files))
        except CockpitError as error:
            if error.key == "forbidden":
                here.services.accounts.note_refusal(here.actor, name)
            return _refused(error, here.texts)
        follow()
        return _json(_told(done, here.texts))

    return door


def _told(done: Done, texts: Texts) -> dict[str, object]:
    """What was done, for the browser; how it is taken back as an act with its fields and the words of the button."""
    told: dict[str, object] = {"go": done.go, "said": texts.t(done.said, **done.fields) if done.said else ""}
    if done.undo is not None:
        act, fields = done.undo
        told["undo"] = {"act": act, "fields": fields, "label": texts.t("撤销操作")}
    if done.more:
        told["more"] = done.more
    return told


def _refused(error: CockpitError, texts: Texts) -> Response:
    """Every issue with its field, so that each stands where it can be mended."""
    issues = [{"field": one.where, "what": texts.what(one), "do": texts.do(one)} for one in error.issues]
    status = 403 if error.key == "forbidden" else 422
    return _json({"issues": issues, "stale": error.key in STALE}, status)


def _json(content: Mapping[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")


def _text(value: str) -> str:
    """Trimmed text without control characters but line breaks, and of a bounded length."""
    return "".join(
        sign for sign in value.strip()[:_LONGEST].replace("\r\n", "\n") if sign == "\n" or sign.isprintable()
    )
