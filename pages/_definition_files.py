"""The registry as files: GET /studio/files/definitions.zip, for those of the workshop of definitions."""

from flask import Blueprint, Response

from pages._session import session


def blueprint() -> Blueprint:
    """The door to the export."""
    door = Blueprint("definition_files", __name__)

    @door.get("/studio/files/definitions.zip")
    def archive() -> Response:
        """Every version of every definition; whoever may not take them along is refused by the service."""
        here = session()
        answer = Response(here.services.definition_files.archive(here.actor), mimetype="application/zip")
        answer.headers["Content-Disposition"] = "attachment; filename=definitions.zip"
        return answer

    return door
