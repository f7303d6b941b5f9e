"""What a reader does with hotline cases: register, move to the next stage, delay, bring a file, confirm."""

from collections.abc import Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session
from services import hotline_files

NO_FILE = Issue("no_file", N_("请选择要导入的文件。"), "", "file")


def add(here: Session, fields: Fields) -> Done:
    """Register a case and go to its page."""
    return Done(go=f"/case/{here.services.hotline.add(here.actor, fields)}", said=N_("已登记。"))


def stage(here: Session, fields: Fields) -> Done:
    """Move a case to its next stage."""
    here.services.hotline.advance(here.actor, fields["case"], fields)
    return Done(go=f"/case/{fields['case']}", said=N_("进展已登记。"))


def extend(here: Session, fields: Fields) -> Done:
    """Approve a delay."""
    here.services.hotline.extend(here.actor, fields["case"], fields)
    return Done(go=f"/case/{fields['case']}", said=N_("延期已批准。"))


def bring(here: Session, fields: Fields) -> Done:
    """Register the cases of a file."""
    found = fields.file("file")
    if found is None:
        raise CockpitError(NO_FILE)
    told = hotline_files.load(here.services.hotline, here.actor, *found)
    return Done(go="/signs?theme=hotline", said=N_("已从 {file} 登记 {count} 件工单。"),
                fields={"file": told.file, "count": told.added})  # fmt: skip


def complete(here: Session, fields: Fields) -> Done:
    """Confirm that a county's cases are complete up to a day."""
    here.services.hotline.complete(here.actor, fields)
    return Done(said=N_("已确认报齐，数据已重算。"))


ACTS: Mapping[str, Act] = {
    "case.add": add,
    "case.import": bring,
    "case.complete": complete,
    "case.stage": stage,
    "case.extend": extend,
}
