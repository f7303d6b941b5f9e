"""What an editor of layouts does: thin over services/layout_editor, which decides who may."""

from collections.abc import Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.layout_editor import Seat


def add(here: Session, fields: Fields) -> Done:
    """Put a card or a panel on the board."""
    kind, _, name = fields["offer"].partition(":")
    here.services.editor.add(here.actor, _seat(here, fields), fields["section"], kind, name)
    return Done(said=N_("已添加到版面"))


def move(here: Session, fields: Fields) -> Done:
    """Take an entry to another place."""
    to = fields.whole("to")
    here.services.editor.move(here.actor, _seat(here, fields), fields["section"], _place(fields), to)
    return Done(said=N_("已移到第 {place} 位"), fields={"place": to + 1})


def resize(here: Session, fields: Fields) -> Done:
    """Give an entry another size."""
    here.services.editor.resize(
        here.actor, _seat(here, fields), fields["section"], _place(fields), fields["size"]
    )
    return Done()


def remove(here: Session, fields: Fields) -> Done:
    """Take an entry off the board."""
    here.services.editor.remove(here.actor, _seat(here, fields), fields["section"], _place(fields))
    return Done(said=N_("已从版面移除，可以撤销"))


def undo(here: Session, fields: Fields) -> Done:
    """Take the last change back."""
    here.services.editor.undo(here.actor, _seat(here, fields))
    return Done(said=N_("已撤销上一步"))


def restore(here: Session, fields: Fields) -> Done:
    """Put an earlier version, or the pack's own layout, into the draft."""
    here.services.editor.restore(here.actor, _seat(here, fields), fields.whole("number"))
    return Done(said=N_("已放入草稿；看过之后发布才会生效"))


def discard(here: Session, fields: Fields) -> Done:
    """Give the draft up."""
    here.services.editor.discard(here.actor, _seat(here, fields))
    return Done(said=N_("草稿已放弃"))


def keep(here: Session, fields: Fields) -> Done:
    """Go on with the draft after having seen what somebody else published."""
    here.services.editor.keep_mine(here.actor, _seat(here, fields))
    return Done(said=N_("继续用您的草稿"))


def publish(here: Session, fields: Fields) -> Done:
    """Put the draft in force."""
    number = here.services.editor.publish(here.actor, _seat(here, fields), fields["note"])
    return Done(said=N_("已发布第 {number} 版，所有打开的屏幕随即更新。"), fields={"number": number})


def _seat(here: Session, fields: Fields) -> Seat:
    return Seat(fields["board"], fields["level"], fields["owner"] or here.actor.id, fields.whole("seen", -1))


def _place(fields: Fields) -> int:
    """The place of an entry; one that no layout has where it is not a number."""
    return fields.whole("place", -1)


ACTS: Mapping[str, Act] = {
    "layout.add": add,
    "layout.move": move,
    "layout.resize": resize,
    "layout.remove": remove,
    "layout.undo": undo,
    "layout.restore": restore,
    "layout.discard": discard,
    "layout.keep": keep,
    "layout.publish": publish,
}
