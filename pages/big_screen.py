"""The wall: one page that stands for weeks, and the ready content that it asks for every few seconds.

No Dash page: what hundreds of walls ask for is bytes that lie ready, made once for all who may read the same. The
page itself holds nothing but the frame, the reader's mark and where to ask. A person who is signed in may open it;
a screen opens it with a session that its key was exchanged for, and reaches nothing else with that.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import cast

import orjson
from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from indicators.errors import CockpitError
from indicators.regions import Level, parse_code
from pages import _session
from pages import login as door
from pages._components import wall
from pages._components.words import Words
from pages._markup import markup
from pages._static import Static, icon
from pages._tokens import tokens
from services import outlines
from services.access import Actor
from services.accounts import Visitor
from services.keys import SCENES, Screen, ScreenSettings
from services.sharing import ENCODERS, Ready
from services.texts import Texts

screen = Blueprint("screen", __name__, template_folder="templates")

OPEN = ("screen.entrance", "screen.enter")
"""The endpoints that answer without a session: here a key becomes one."""

WALL = ("screen.page", "screen.content")
"""The endpoints that a screen's session reaches, and no others."""

POLL_SECONDS = 2.7
"""How often a wall asks; with its jitter, the version that is at most half a second old and the making of new content
it keeps within five seconds."""

RESUME_SECONDS = 60
"""How long a wall that somebody touched stays as it was left."""

FORTY_WEEKS = 280 * 24 * 3600
"""Browsers keep a cookie little longer."""


@dataclass(frozen=True)
class Look:
    """Who looks at a wall, at which region, in which language and light."""

    actor: Actor
    name: str
    region: int | None
    texts: Texts
    light: str
    settings: ScreenSettings

    @property
    def group(self) -> str:
        """Names all who are given the same content: what they may read, where, in which language and light."""
        actor = self.actor
        scope = (actor.role, tuple(sorted(actor.regions)), actor.systems)
        return f"wall:{program()}:{scope}:{self.region}:{self.texts.language}:{self.light}"


# ---- the wall


@screen.get("/screen")
def page() -> str:
    """The frame of the wall, with the mark of its reader in it."""
    look = _look()
    return render_template(
        "screen.html",
        texts=look.texts,
        t=look.texts.t,
        light=look.light,
        style=_files().style(),
        script=_files().script("big_screen.js"),
        icon=icon(),
        program=program(),
        look=look,
        poll=POLL_SECONDS,
        resume=RESUME_SECONDS,
        scenes=look.settings.scenes or tuple(SCENES),
        source=_source(look),
        screen_session=isinstance(g.get("screen"), Screen),
    )


@screen.get("/screen/content")
def content() -> AnyResponse:
    """What the wall shows now, ready and compressed; 304 for whoever has it already."""
    look = _look()
    services = _session.services()
    ready = services.sharing.ready(look.group, _maker(look))
    tag = f'"{ready.tag}"'
    if tag in request.headers.get("If-None-Match", ""):
        answer = Response(status=304)
    else:
        answer = _packed(ready)
    answer.headers["ETag"] = tag
    answer.headers["X-Chengmai-Program"] = program()
    answer.headers["X-Chengmai-Made"] = ready.made
    if services.sharing.renewing(look.group):
        answer.headers["X-Chengmai-Soon"] = "1"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _packed(ready: Ready) -> Response:
    """The content in the encoding that the browser likes best."""
    encoding = next((one for one in ENCODERS if one in request.accept_encodings), None)
    body = {"br": ready.br, "gzip": ready.gzip}[encoding] if encoding else ready.plain
    answer = Response(body, mimetype="application/json")
    answer.headers["Vary"] = "Accept-Encoding"
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    return answer


def _maker(look: Look):  # type: ignore[no-untyped-def]
    """Makes the content of a look, outside any request."""
    services = _session.services()

    def make() -> bytes:
        view = services.walls.view(look.actor, look.region, look.texts.language)
        words = Words(look.texts, services.boards.units(look.texts.language))
        geometry = None
        region = services.tree.get(view.place.code)
        if view.face is None and region.level < Level.TOWN:
            geometry = services.maps.geometry(look.actor, view.place.code, Level(region.level + 1))
        drawn = outlines.drawing(geometry) if geometry else None
        html = markup(wall.content(view, drawn, words, dict(tokens(look.light))))
        triggers = [{"id": one.id, "level": one.level, "title": one.title} for one in view.triggers]
        return orjson.dumps({"html": html, "triggers": triggers})

    return make


def _look() -> Look:
    """The look of this request: a screen's as its key says, a person's as the address says."""
    services = _session.services()
    held = g.get("screen")
    if isinstance(held, Screen):
        settings = held.settings
        texts = Texts(settings.language, services.settings.interface.time_zone)
        return Look(held.actor, held.actor.display, held.actor.regions[0], texts, settings.light, settings)
    visitor: Visitor = g.visitor
    actor = visitor.actor
    mode = request.args.get("mode")
    light = mode if mode in ("dark", "light") else "dark"
    wish = request.args.get("wartime")
    settings = ScreenSettings(wartime=wish if wish in ("offer", "switch") else "offer")
    name = " ".join(part for part in (actor.display, actor.name) if part)
    texts = _session.texts(usual=actor.language)
    return Look(actor, texts.t(actor.display) if actor.display else name, _region(), texts, light, settings)


def _region() -> int | None:
    """The region that the address wishes for; none where it names none."""
    try:
        return parse_code(request.args["region"]) if request.args.get("region") else None
    except CockpitError:
        return None


def _source(look: Look) -> str:
    """Where the page asks for its content: the same wish, for a person."""
    if isinstance(g.get("screen"), Screen):
        return "/screen/content"
    region = f"&region={look.region:012d}" if look.region else ""
    return f"/screen/content?lang={look.texts.language}&mode={look.light}{region}"


def _files() -> Static:
    return cast(Static, current_app.extensions[door.STATIC])


def program() -> str:
    """Changes with the program: an open wall then loads its page anew, once."""
    return _program(_files())


@cache
def _program(files: Static) -> str:
    """Read once: a running program does not change."""
    addresses = files.style() + files.script("big_screen.js")
    return sha256(addresses.encode()).hexdigest()[:12]


# ---- the entrance of a screen


def cookie_name() -> str:
    """The name of a screen's cookie."""
    secure = _session.services().settings.security.cookie_secure
    return "__Host-chengmai-screen" if secure else "chengmai_screen"


def token() -> str:
    """The token of a screen that the browser sent, if any."""
    return request.cookies.get(cookie_name(), "")


@screen.get("/screen/enter")
def entrance() -> str:
    """The form for a key; a script takes one from behind the # of the address, which never reaches the server."""
    return _entrance()


@screen.post("/screen/enter")
def enter() -> AnyResponse:
    """Exchange the key for a session, and lead to the wall."""
    services = _session.services()
    try:
        fresh, key = services.keys.enter(request.form.get("key", ""), door.address())
    except CockpitError as error:
        return make_response(_entrance(error), 429 if error.key == "key_locked" else 401)
    answer = redirect("/screen", 303)
    age = min(key.expires_at - int(services.clock().timestamp()), FORTY_WEEKS)
    answer.set_cookie(
        cookie_name(), fresh, max_age=age, secure=services.settings.security.cookie_secure,
        httponly=True, samesite="Strict", path="/",
    )  # fmt: skip
    return answer


def _entrance(error: CockpitError | None = None) -> str:
    texts = _session.texts()
    return door.page(
        "screen_enter.html",
        texts.t("大屏入口"),
        texts.t("用一次性密钥打开大屏"),
        issues=error.issues if error else (),
        ended="ended" in request.args and error is None,
        script_enter=_files().script("screen_enter.js"),
    )
