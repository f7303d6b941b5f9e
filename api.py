"""The machine door: thin over the services. Here so far: the data version, and geometry for the browser's maps."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request

from indicators.errors import CockpitError
from indicators.regions import Level, parse_code
from services.access import Actor
from services.bootstrap import Services

_A_DAY = 24 * 3600


def blueprint(services: Services, actor: Callable[[], Actor]) -> Blueprint:
    """The endpoints, for an app that has already turned away whoever has no session.

    actor  gives the actor of the request that is being answered, from its session alone
    """
    door = Blueprint("api", __name__)

    @door.get("/version")
    def version() -> Response:
        """What is shown depends on these; a page asks often, and is answered 304 while nothing changed."""
        current = services.version()
        answer = jsonify(version=current)
        answer.set_etag(current)
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer.make_conditional(request)

    @door.get("/geo/<parent>/<level>.json")
    def geometry(parent: str, level: str) -> Response:
        """Polygons to draw a map with; kept by the browser until the content's tag changes."""
        try:
            found = services.maps.geometry(actor(), parse_code(parent), Level.parse(level))
        except CockpitError as error:
            abort(403 if error.key == "forbidden" else 404)
        if found is None:
            abort(404)
        answer = Response(found.content(), mimetype="application/geo+json")
        answer.set_etag(found.tag)
        answer.headers["Cache-Control"] = f"private, max-age={_A_DAY}"
        return answer.make_conditional(request)

    return door
