"""What the script of the definition editor asks for: save, look at another side, complete a name, undo, choose between two."""

from collections.abc import Mapping
from dataclasses import replace

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._components import definition_form, definition_side, registers, studio_draft
from pages._session import Session
from pages._state import PageState
from services.definition_editor import Saved

OWN = "~"
"""The names of what the script adds to the boxes begin with it."""

CHOICE = "~choose."


def save(here: Session, fields: Fields) -> Done:
    """Keep what stands in the form."""
    saved = here.services.definition_editor.save(
        here.actor, fields.whole("~draft"), fields.whole("~seen"), _form(fields), here.language
    )
    return _told(here, fields, saved)


def resolve(here: Session, fields: Fields) -> Done:
    """Save with the choices between two texts of the same field."""
    chosen = {name[len(CHOICE) :]: fields[name] for name in fields if name.startswith(CHOICE)}
    saved = here.services.definition_editor.resolve(
        here.actor,
        fields.whole("~draft"),
        fields.whole("~seen"),
        _form(fields),
        fields.whole("~theirs"),
        chosen,
        here.language,
    )
    done = _told(here, fields, saved)
    return done if saved.conflict else replace(done, more={**done.more, "again": True})


def undo(here: Session, fields: Fields) -> Done:
    """Bring an earlier text back."""
    saved = here.services.definition_editor.undo(
        here.actor, fields.whole("~draft"), fields.whole("~seen"), fields.whole("~to"), here.language
    )
    more = {"revision": saved.draft.revision, "again": True}
    return Done(
        said=N_("已恢复到第 {number} 次保存的内容"), fields={"number": fields.whole("~to")}, more=more
    )


def look(here: Session, fields: Fields) -> Done:
    """Another side, or another region on it, as its address says."""
    view = here.services.definition_editor.view(here.actor, fields.whole("~draft"), here.language)
    state = PageState.from_url(fields["~look"])
    side = definition_side.render(view.draft, view.faults, here, state)
    return Done(more={"parts": {definition_form.SIDE: side}})


def complete(here: Session, fields: Fields) -> Done:
    """Names that what is typed may become."""
    found = here.services.definition_editor.complete(
        here.actor, fields.whole("~draft"), fields["~typed"], here.language, codes=fields["~kind"] == "code"
    )
    words = registers.speaking(here)
    offers = [
        {"insert": one.insert, "cursor": one.cursor, "name": here.texts.t(one.name),
         "unit": words.unit(one.unit) if one.unit else "", "kind": one.kind}
        for one in found
    ]  # fmt: skip
    return Done(more={"offers": offers})


def aim(here: Session, fields: Fields) -> Done:
    """A draft of a target of a region, or of a season curve, of the indicator that is being written."""
    number = here.services.definition_editor.aim(
        here.actor,
        fields.whole("~draft"),
        fields["~kind"],
        region=fields["~region"],
        year=fields["~year"],
        plan=fields["~plan"],
        statement=fields["~statement"],
    )
    return Done(f"/studio/{number}", N_("已为它另开一份草稿。"))


def _form(fields: Fields) -> dict[str, list[str]]:
    """The boxes of the form, without what the script adds."""
    return {name: fields.all(name) or [""] for name in fields if not name.startswith(OWN)}


def _told(here: Session, fields: Fields, saved: Saved) -> Done:
    """What the script needs: the revision, what is wrong, and the parts that are to be drawn anew."""
    texts, words = here.texts, registers.speaking(here)
    if saved.conflict:
        part = definition_form.conflict(saved.conflict, here)
        return Done(more={"parts": {definition_form.CONFLICT: part}, "conflict": True})
    draft = saved.draft
    state = PageState.from_url(fields["~look"])
    parts = {
        definition_form.CONFLICT: None,
        definition_form.FORMULA: definition_form.formula_said(saved.formula, saved.faults, words),
        definition_form.SIDE: definition_side.render(draft, saved.faults, here, state),
        studio_draft.AROUND: studio_draft.around(draft, here),
    }
    more = {
        "revision": draft.revision,
        "saved": definition_form.saved_at(draft, texts),
        "faults": definition_form.told(saved.faults, texts),
        "parts": parts,
        "again": bool(saved.joined),
    }
    said = definition_form.joined(saved.joined, saved.by, words) if saved.joined else ""
    return Done(said=said, more=more)


ACTS: Mapping[str, Act] = {
    "editor.save": save,
    "editor.resolve": resolve,
    "editor.undo": undo,
    "editor.look": look,
    "editor.complete": complete,
    "editor.aim": aim,
}
