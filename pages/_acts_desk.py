"""What is done at the data desk: bring a file, type, accept, release, take back, correct, undo."""

from collections.abc import Mapping

import orjson

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._components import desk_words
from pages._session import Session
from services.desk_release import Correction
from services.desk_views import ERROR, WARNING, Check


def upload(here: Session, fields: Fields) -> Done:
    """Take a file in as a draft, and go to it."""
    given = fields.file("file")
    if given is None:
        raise CockpitError(Issue("no_file", N_("没有选择文件。"), N_("请选择 .xlsx 或 .csv 文件。"), "file"))
    number = here.services.desk.desk.upload(here.actor, *given, fields.whole("region") or None)
    return Done(f"/desk/{number}", N_("已读取并核对，保存为草稿。"))


def grid(here: Session, fields: Fields) -> Done:
    """Begin to type the figures of a release."""
    number = here.services.desk.desk.open_grid(
        here.actor, fields["department"], fields.whole("region"), fields["release"]
    )
    return Done(f"/desk/{number}")


def type_(here: Session, fields: Fields) -> Done:
    """Save what was typed or pasted; the script of the grid asks for it and draws the doubts itself."""
    desk, number = here.services.desk.desk, fields.whole("id")
    check = desk.type(here.actor, number, fields.whole("seen"), _cells(fields))
    return Done(more=_told(here, number, fields.whole("sheet"), check))


def back(here: Session, fields: Fields) -> Done:
    """Take back what was typed last."""
    here.services.desk.desk.take_back(here.actor, fields.whole("id"), fields.whole("seen"))
    return Done(said=N_("已撤销上一步。"))


def accept(here: Session, fields: Fields) -> Done:
    """Accept the ticked warnings for one reason."""
    chosen = [(key, address) for key, _, address in (one.partition(" ") for one in fields.all("pick"))]
    count = here.services.desk.desk.accept(
        here.actor, fields.whole("id"), fields.whole("seen"), chosen, fields["reason"]
    )
    return Done(said=N_("已接受 {count} 处提示，原因一并留存。"), fields={"count": count})


def release(here: Session, fields: Fields) -> Done:
    """Release, or have it released at its moment."""
    at = here.services.desk.release.release(here.actor, fields.whole("id"), fields.whole("seen"))
    if at:
        return Done(said=N_("已安排：{time} 自动发布。"), fields={"time": here.texts.moment(at)})
    return Done(said=N_("已发布。"))


def reopen(here: Session, fields: Fields) -> Done:
    """Make a draft again."""
    here.services.desk.release.reopen(here.actor, fields.whole("id"), fields.whole("seen"))
    return Done(said=N_("已取回为草稿。"))


def drop(here: Session, fields: Fields) -> Done:
    """Lay a draft aside."""
    here.services.desk.release.drop(here.actor, fields.whole("id"), fields.whole("seen"))
    return Done("/desk?theme=deliveries", N_("已搁置，内容仍保存。"))


def correct(here: Session, fields: Fields) -> Done:
    """Put another value into one cell."""
    wish = Correction(
        fields["indicator"], fields["region"], fields["period"], fields["value"], fields["yoy"], fields["reason"],
        fields["checked"] == "yes",
    )  # fmt: skip
    number = here.services.desk.release.correct(here.actor, wish)
    return Done(f"/desk/{number}", N_("已更正，旧值留在历史里。"))


def undo(here: Session, fields: Fields) -> Done:
    """Take a load back."""
    load = fields.whole("load")
    report = here.services.desk.release.undo(here.actor, load)
    said = N_("批次 {load} 已撤销，{count} 个数退回。")
    return Done(said=said, fields={"load": load, "count": report.changed})


def _cells(fields: Fields) -> list[tuple[int, int, int, str]]:
    """The cells that were typed: row, column and text, as JSON."""
    sheet = fields.whole("sheet")
    try:
        found = orjson.loads(fields["cells"])
        return [(sheet, int(line), int(place), str(text)) for line, place, text in found]
    except (ValueError, TypeError) as error:
        raise CockpitError(
            Issue("cells_unread", N_("没有读懂填写的内容。"), N_("请刷新页面后再试。"))
        ) from error


def _told(here: Session, number: int, sheet: int, check: Check) -> dict[str, object]:
    """What the grid needs to draw the doubts anew: the revision, the counts in words, the doubts by cell."""
    t, texts = here.texts.t, here.texts
    head = here.services.desk.desk.head(here.actor, number)
    marks = [
        {"cell": f"{mark.cell[1]}-{mark.cell[2]}", "kind": mark.kind,
         "text": f"{t(desk_words.MARKS[mark.kind])}：{texts.what(mark.issue)}"
         if here.language == "zh" else f"{t(desk_words.MARKS[mark.kind])}: {texts.what(mark.issue)}"}
        for mark in check.marks
        if mark.cell is not None and mark.cell[0] == sheet and mark.kind != "notice"
    ]  # fmt: skip
    parts = [t("{count} 个数", count=check.figures)]
    if check.counts[ERROR]:
        parts.append(t("{count} 错误", count=check.counts[ERROR]))
    if check.counts[WARNING]:
        parts.append(t("{count} 提示待处理", count=check.counts[WARNING]))
    saved = f"{texts.local(head.at):%H:%M:%S}"
    return {
        "seen": head.revision,
        "marks": marks,
        "counts": " · ".join(parts),
        "saved": saved,
        "clean": check.clean,
    }


ACTS: Mapping[str, Act] = {
    "desk.upload": upload,
    "desk.grid": grid,
    "desk.type": type_,
    "desk.back": back,
    "desk.accept": accept,
    "desk.release": release,
    "desk.reopen": reopen,
    "desk.drop": drop,
    "desk.correct": correct,
    "desk.undo": undo,
}
"""What can be done at the data desk."""
