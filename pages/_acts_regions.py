"""What is done about regions by forms: propose a change, decide on one, settle a right that is bound to a dead code."""

from collections.abc import Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session


def propose(here: Session, fields: Fields) -> Done:
    """Propose the change of a form."""
    given = {name: fields[name] for name in fields} | {"old": " ".join(fields.all("old"))}
    number = here.services.region_changes.propose_form(here.actor, given, _boundaries(fields))
    return _to(number, N_("已提出，等另一个人确认。"))


def upload(here: Session, fields: Fields) -> Done:
    """Propose the changes of a file."""
    file = fields.file("file")
    if file is None:
        raise CockpitError(Issue("file_missing", N_("请选择文件。"), where="file"))
    number = here.services.region_changes.propose_file(here.actor, *file, _boundaries(fields))
    return _to(number, N_("已提出，等另一个人确认。"))


def _boundaries(fields: Fields) -> str:
    file = fields.file("boundaries")
    if file is None:
        return ""
    try:
        return file[1].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CockpitError(
            Issue("bad_outlines", N_("边界文件不是 UTF-8 文本。"), N_("请上传 GeoJSON。"), "boundaries")
        ) from error


def confirm(here: Session, fields: Fields) -> Done:
    """Put a proposal in force."""
    here.services.region_changes.confirm(here.actor, fields.whole("id"), fields.whole("seen"), fields["note"])
    return Done(said=N_("已确认，到日生效。"))


def give_back(here: Session, fields: Fields) -> Done:
    """Send a proposal back."""
    here.services.region_changes.give_back(
        here.actor, fields.whole("id"), fields.whole("seen"), fields["note"]
    )
    return Done(said=N_("已退回。"))


def withdraw(here: Session, fields: Fields) -> Done:
    """Take a proposal back."""
    here.services.region_changes.withdraw(
        here.actor, fields.whole("id"), fields.whole("seen"), fields["note"]
    )
    return Done(said=N_("已撤回。"))


def grant(here: Session, fields: Fields) -> Done:
    """Settle a right that is bound to a code that is no more."""
    here.services.region_grants.decide(
        here.actor, fields["account"], fields.whole("region"), fields["decision"], fields["reason"]
    )
    return Done(said=N_("已复核。"))


def _to(number: int, said: str) -> Done:
    return Done(f"/regions?open=change:{number}&filter=tab:changes", said)


ACTS: Mapping[str, Act] = {
    "regions.propose": propose,
    "regions.upload": upload,
    "regions.confirm": confirm,
    "regions.return": give_back,
    "regions.withdraw": withdraw,
    "regions.grant": grant,
}
"""What can be done about regions."""
