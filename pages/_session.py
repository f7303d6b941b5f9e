"""This request: who asks, in which language and light, and the services that answer."""

from dataclasses import dataclass
from typing import Literal, cast

from flask import Flask, current_app, g, request

from services.access import Actor
from services.accounts import Visitor
from services.bootstrap import Services
from services.living import Living
from services.texts import SOURCE, Texts, languages

Theme = Literal["dark", "light"]

EXTENSION = "chengmai"
"""Under this name the Flask app keeps what hands out the services."""

YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Session:
    """What a page needs to know about the request that it answers."""

    actor: Actor
    services: Services
    texts: Texts
    theme: Theme

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.texts.language


def session(lang: str | None = None, mode: str | None = None) -> Session:
    """This request's session; only pages call it, which nobody reaches without having signed in.

    lang, mode  what the address of the page says; else the reader's last choice holds, then the account's, then
                the settings'
    """
    visitor: Visitor = g.visitor
    return Session(visitor.actor, services(), texts(lang, visitor.actor.language), theme(mode))


def services() -> Services:
    """The services that answer this request, the same from its beginning to its end."""
    if "services" not in g:
        g.services = living().now()
    return cast(Services, g.services)


def living(app: Flask | None = None) -> Living[Services]:
    """What hands out the services of an app, of the one that answers this request if none is named."""
    return cast(Living[Services], (app or current_app).extensions[EXTENSION])


def follow() -> None:
    """Answer the rest of this request by what holds now: something was done that may have changed definitions."""
    g.services = living().follow()


def city(words: Texts) -> str:
    """The name of the place that this cockpit is for."""
    return region_name(services().pack.root, words)


def region_name(code: int, words: Texts) -> str:
    """A region in the reader's language; one without a name in it keeps its Chinese one."""
    region = services().tree.get(code)
    return region.name if words.language == SOURCE else region.name_en or region.name


def texts(lang: str | None = None, usual: str | None = None) -> Texts:
    """Words in the first of these that exists: the address, the reader's last choice, the account, the setting."""
    settings = services().settings.interface
    for wish in (lang, request.args.get("lang"), request.cookies.get("lang"), usual):
        if wish in languages():
            return Texts(cast(str, wish), settings.time_zone)
    return Texts(settings.language, settings.time_zone)


def theme(mode: str | None = None) -> Theme:
    """Dark or light: the address, the reader's last choice, the setting, what the device prefers."""
    setting = services().settings.interface.mode
    for wish in (
        mode,
        request.args.get("mode"),
        request.cookies.get("mode"),
        setting,
        request.cookies.get("device"),
    ):
        if wish in ("dark", "light"):
            return cast(Theme, wish)
    return "light"
