"""What a reader does on the situation map: choose a point to look around."""

from urllib.parse import urlsplit

from flask import request

from pages._actions import Done, Fields
from pages._components.shell import PAGES
from pages._session import Session
from pages._state import PageState


def at(here: Session, fields: Fields) -> Done:
    """Go to the board that one is on with the point in its address; what names none is told at the field."""
    text = fields["place"].replace("，", ",")
    here.services.situation.find(here.actor, text, here.language)
    state = PageState.from_url(fields["here"]).filtered(at=text, radius=fields["radius"])
    page = urlsplit(request.referrer or "").path
    known = page if page in {place.path for place in PAGES} else "/emergency"
    return Done(go=known + state.to_url())


ACTS = {"situation.at": at}
