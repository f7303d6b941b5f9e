"""Empty files to fill: GET /template/<name>, for whoever may register what they hold."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from flask import Blueprint, Response, abort

from pages._session import Session, region_name, session
from services import access, hotline_files, projects_files, promotion_files, region_forms

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _deals(kind: str) -> Callable[[Session], bytes]:
    return lambda here: promotion_files.template(
        kind, _first(here.services.promotion.counties(here.actor), here)
    )


def _cases(kind: str) -> Callable[[Session], bytes]:
    def make(here: Session) -> bytes:
        hotline = here.services.hotline
        towns = [town for county in hotline.counties(here.actor)[:1] for town in hotline.towns(county)]
        return hotline_files.template(kind, _first(towns, here), hotline.departments())

    return make


def _projects(kind: str, ending: str, _here: Session) -> bytes:
    return projects_files.template(kind, ending)


TEMPLATES: Mapping[str, Callable[[Session], bytes]] = {
    **{
        f"{kind}.{ending}": partial(_projects, kind, ending)
        for kind in projects_files.TEMPLATES
        for ending in ("csv", "xlsx")
    },
    "deals.csv": _deals("csv"),
    "deals.xlsx": _deals("xlsx"),
    "cases.csv": _cases("csv"),
    "cases.xlsx": _cases("xlsx"),
    "regions.csv": lambda _: region_forms.template("csv"),
    "regions.xlsx": lambda _: region_forms.template("xlsx"),
}

OF_REGIONS = ("regions.csv", "regions.xlsx")
"""For those who look after regions; the others are for those who register."""


def blueprint() -> Blueprint:
    """The door to the templates."""
    door = Blueprint("templates", __name__)

    @door.get("/template/<name>")
    def template(name: str) -> Response:
        """One template as a file."""
        make = TEMPLATES.get(name)
        if make is None:
            abort(404)
        here = session()
        access.require(here.actor, "regions" if name in OF_REGIONS else "record")
        answer = Response(make(here), mimetype=CSV if name.endswith(".csv") else XLSX)
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return answer

    return door


def _first(codes: Sequence[int], here: Session) -> str:
    return region_name(codes[0], here.texts) if codes else ""
