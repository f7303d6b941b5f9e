"""The list of warnings for machines and spreadsheets: /api/warnings, with the address and the rights of the page."""

from flask import Blueprint, Response, abort, jsonify, request

from pages._session import Session, session
from pages._state import PageState
from services import warning_files
from services.views import Face
from services.warning_centre import Selection


def blueprint() -> Blueprint:
    """The doors; whoever has no session was turned away before."""
    door = Blueprint("warnings", __name__)

    @door.get("/api/warnings")
    def listed() -> Response:
        """The open warnings that the filters of the address leave, with their counts."""
        return _private(jsonify(warning_files.document(_chosen(session()))))

    @door.get("/api/warnings/counts")
    def counts() -> Response:
        """How many stand open, by kind and level."""
        return _private(jsonify(warning_files.counts(_chosen(session()).counts)))

    @door.get("/api/warnings.<kind>")
    def file(kind: str) -> Response:
        """The same as a file for spreadsheets."""
        if kind not in warning_files.FORMATS:
            abort(404)
        here = session()
        content = warning_files.file(_chosen(here), kind, here.texts)
        answer = Response(content, mimetype=warning_files.FORMATS[kind])
        answer.headers["Content-Disposition"] = f"attachment; filename=warnings.{kind}"
        return _private(answer)

    return door


def _chosen(here: Session) -> Selection:
    """The warnings that the address asks for, as the page of the same address lists them."""
    state = PageState.from_query(request.args.to_dict())
    found = here.services.centre.selected(here.actor, state.choice, here.language)
    if isinstance(found, Face):
        abort(403 if found.kind == "forbidden" else 404)
    return found


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
