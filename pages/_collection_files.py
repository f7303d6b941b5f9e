"""Reviews, scorecards, targets as files: GET /export/review-3.csv, /export/scorecard-2.xlsx, /export/plans.csv."""

from flask import Blueprint, Response, abort, request

from indicators.errors import CockpitError
from pages._session import session
from pages._state import PageState
from pages._templates import CSV, XLSX
from services import plans_files

ENDINGS = {"csv": CSV, "xlsx": XLSX}
LARGEST = 10**9


def blueprint() -> Blueprint:
    """The door to the files."""
    door = Blueprint("collection_files", __name__)

    @door.get("/export/<any(review, scorecard):kind>-<int:number>.<ending>")
    def file(kind: str, number: int, ending: str) -> Response:
        """The answers of a review, or the scores of a card, as far as the reader may see them."""
        if ending not in ENDINGS or number > LARGEST:
            abort(404)
        state = PageState.from_query(request.args)
        here = session(state.lang, state.mode)
        try:
            if kind == "review":
                content = here.services.reviews.export(here.actor, number, here.texts, ending)
            else:
                text = state.filters.get("edition", "")
                edition = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
                content = here.services.scorecards.export(here.actor, number, here.texts, ending, edition)
        except CockpitError:
            abort(404)  # one that is not theirs is as unknown as none
        answer = Response(content, mimetype=ENDINGS[ending])
        answer.headers["Content-Disposition"] = f"attachment; filename={kind}-{number}.{ending}"
        return answer

    @door.get("/export/plans.<ending>")
    def targets(ending: str) -> Response:
        """The targets of plans that the reader may see and chose."""
        if ending not in ENDINGS:
            abort(404)
        state = PageState.from_query(request.args)
        here = session(state.lang, state.mode)
        content = plans_files.export(here.services.plans_book, here.actor, state.filters, here.texts, ending)
        answer = Response(content, mimetype=ENDINGS[ending])
        answer.headers["Content-Disposition"] = f"attachment; filename=plans.{ending}"
        return answer

    return door
