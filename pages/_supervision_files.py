"""The list of supervised items as a file: GET /export/supervision.csv and .xlsx, narrowed as the page is."""

from flask import Blueprint, Response, abort, request

from pages._session import session
from pages._state import PageState
from pages._templates import CSV, XLSX
from services import supervision_list

ENDINGS = {"csv": CSV, "xlsx": XLSX}


def blueprint() -> Blueprint:
    """The door to the files."""
    door = Blueprint("supervision_files", __name__)

    @door.get("/export/supervision.<ending>")
    def file(ending: str) -> Response:
        """The items that the reader may see and chose."""
        if ending not in ENDINGS:
            abort(404)
        state = PageState.from_query(request.args)
        here = session(state.lang, state.mode)
        region = int(state.region) if state.region else None
        content = supervision_list.export(
            here.services.supervision, here.actor, state.filters, region, here.texts, ending
        )
        answer = Response(content, mimetype=ENDINGS[ending])
        answer.headers["Content-Disposition"] = f"attachment; filename=supervision.{ending}"
        return answer

    return door
