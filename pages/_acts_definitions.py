"""What is done about definitions as files: look at what was brought, make drafts of it."""

from collections.abc import Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session

PAGE = "/studio/files"


def look(here: Session, fields: Fields) -> Done:
    """Keep an upload, and go to what it says otherwise."""
    sent = fields.file("file")
    if sent is None:
        raise CockpitError(Issue("file_needed", N_("没有选择文件。"), N_("请选择要导入的定义文件。"), "file"))
    name, content = sent
    token = here.services.definition_files.keep(here.actor, content, name)
    return Done(f"{PAGE}?filter=upload:{token}")


def take(here: Session, fields: Fields) -> Done:
    """Make drafts of what an upload says otherwise."""
    files = here.services.definition_files
    name, incoming = files.kept(here.actor, fields["token"])
    taken = files.take(here.actor, incoming, name)
    said = (
        N_("已建成草稿 {count} 份，待送审。")
        if not taken.left
        else N_("已建成草稿 {count} 份；{left} 项已有草稿在办，没有动。")
    )
    return Done("/studio?filter=show:mine", said, {"count": len(taken.drafts), "left": len(taken.left)})


ACTS: Mapping[str, Act] = {"definitions.look": look, "definitions.take": take}
"""What can be done about definitions as files."""
