"""Screens and machines: who manages them makes a key, which is shown once, sees what became of the others, revokes one.

Plain forms like the sign-in: a key passes through no script.
"""

from flask import Blueprint, g, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from indicators.errors import N_, CockpitError
from pages import _session
from pages import login as door
from services.access import Actor, require
from services.accounts import Visitor
from services.keys import (
    KEY_STATES,
    PURPOSES,
    SCENES,
    USUAL_DAYS,
    USUAL_SECONDS,
    WARTIME,
    Key,
    KeyWish,
    NewKey,
    ScreenSettings,
)
from services.texts import NAMES

screens = Blueprint("screens", __name__, template_folder="templates")

LIGHTS = {"dark": N_("深色"), "light": N_("浅色")}
_OPEN = ("waiting", "spent")


@screens.get("/screens")
def listing() -> str:
    """The keys of one's regions, and the form for a new one."""
    return _page()


@screens.post("/screens/new")
def new() -> AnyResponse:
    """Make a key; the answer shows it, and nothing ever shows it again."""
    try:
        made = _session.services().keys.new(_actor(), _wish())
    except CockpitError as error:
        if error.key == "forbidden":
            raise
        return make_response(_page(error=error), 422)
    answer = make_response(_page(made=made))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@screens.post("/screens/revoke")
def revoke() -> AnyResponse:
    """Take a key back."""
    _session.services().keys.revoke(_actor(), request.form.get("key", ""), request.form.get("reason", ""))
    return redirect("/screens", 303)


def _wish() -> KeyWish:
    """What the form asks for; what is not a number or a code becomes one that is refused in words."""
    form, tree = request.form, _session.services().tree
    try:
        region = tree.parse(form.get("region", ""))
    except CockpitError:
        region = 0
    screen = ScreenSettings(
        language=form.get("language", "zh") if form.get("language") in NAMES else "zh",
        light=form.get("light", "dark"),
        scenes=tuple(one for one in SCENES if one in form.getlist("scenes")),
        seconds=_number(form.get("seconds", "")),
        wartime=form.get("wartime", "offer"),
    )
    return KeyWish(
        form.get("purpose", ""), form.get("name", ""), region, _number(form.get("days", "")), screen=screen
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _page(made: NewKey | None = None, error: CockpitError | None = None) -> str:
    services, actor = _session.services(), _actor()
    require(actor, "screens")
    texts = _session.texts(usual=actor.language)
    regions = [
        code
        for root in actor.regions
        for code in (root, *services.tree.children(root, territories_only=True))
    ]

    def row(key: Key) -> dict[str, object]:
        state = services.keys.state(key)
        return {
            "id": key.id, "name": key.name, "purpose": texts.t(PURPOSES[key.purpose]),
            "region": _session.region_name(key.region, texts), "by": key.created_by,
            "made": texts.moment(key.created_at), "until": texts.moment(key.expires_at),
            "entered": texts.moment(key.entered_at) if key.entered_at else "",
            "state": texts.t(KEY_STATES[state]), "open": state in _OPEN,
        }  # fmt: skip

    return door.page(
        "screens.html",
        texts.t("大屏与接口密钥"),
        texts.t("密钥只显示一次，大屏用它换取一次只读会话"),
        issues=error.issues if error else (),
        keys=[row(key) for key in services.keys.listing(actor)],
        made=made,
        regions=[(f"{code:012d}", _session.region_name(code, texts)) for code in dict.fromkeys(regions)],
        purposes=PURPOSES,
        scenes=SCENES,
        wartimes=WARTIME,
        lights=LIGHTS,
        languages=NAMES,
        days=USUAL_DAYS,
        seconds=USUAL_SECONDS,
        form=request.form,
    )


def _actor() -> Actor:
    visitor: Visitor = g.visitor
    return visitor.actor
