"""The yearly reports on sharing as a workbook: GET /export/sharing.xlsx."""

from flask import Blueprint, Response, request

from pages._session import session
from pages._state import PageState
from pages._templates import XLSX


def blueprint() -> Blueprint:
    """The door to the file."""
    door = Blueprint("feeds_files", __name__)

    @door.get("/export/sharing.xlsx")
    def file() -> Response:
        """The reports of the year that the page shows."""
        state = PageState.from_query(request.args)
        here = session(state.lang, state.mode)
        year = state.filters.get("year", "")
        wished = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
        answer = Response(here.services.quality.export(here.actor, wished, here.texts), mimetype=XLSX)
        answer.headers["Content-Disposition"] = "attachment; filename=sharing.xlsx"
        return answer

    return door
