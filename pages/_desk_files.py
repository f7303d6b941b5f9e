"""The templates of the data desk as files: GET /export/desk-template.xlsx, for a department, a region and a release."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from indicators.errors import CockpitError
from pages._session import session
from pages._templates import XLSX


def blueprint() -> Blueprint:
    """The door to the templates."""
    door = Blueprint("desk_files", __name__)

    @door.get("/export/desk-template.xlsx")
    def template() -> Response:
        """The workbook of a release; not there for whoever may not fill it in."""
        here = session()
        region = request.args.get("region", "")
        if not (region.isascii() and region.isdigit() and len(region) == 12):
            abort(404)
        wished = (request.args.get("department", ""), int(region), request.args.get("release", ""))
        try:
            name, content = here.services.desk.desk.template(here.actor, *wished)
        except CockpitError:
            abort(404)
        answer = Response(content, mimetype=XLSX)
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        return answer

    return door
