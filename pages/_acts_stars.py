"""What a reader does with stars: give one, take it away, put them in order."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session


def toggle(here: Session, fields: Fields) -> Done:
    """Star an indicator or take its star away."""
    code = fields["indicator"]
    starred = here.services.stars.toggle(here.actor, code)
    name = here.services.catalog.get(code).name(here.language)
    return Done(
        said=N_("已关注{name}，在手机首页先看。") if starred else N_("已取消关注{name}。"),
        fields={"name": name},
    )


def up(here: Session, fields: Fields) -> Done:
    """Move a starred indicator one place up."""
    here.services.stars.move(here.actor, fields["indicator"], -1)
    return Done()


def down(here: Session, fields: Fields) -> Done:
    """Move a starred indicator one place down."""
    here.services.stars.move(here.actor, fields["indicator"], 1)
    return Done()


ACTS: Mapping[str, Act] = {"star.toggle": toggle, "star.up": up, "star.down": down}
