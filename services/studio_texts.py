"""Texts of drafts: what is kept of what was typed, what is published of it, and what is said when it cannot be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data_access.drafts import Draft
from data_access.publications import Version
from indicators.catalog.reading import MEASURED, Kind, code_of
from indicators.drafting import Change, Line
from indicators.errors import N_, CockpitError, Issue
from services.access import Actor
from services.studio_reading import RETIRE, plain, system_of
from services.studio_views import SubmitWish

LONGEST_REASON = 2000
LONGEST_CODE = 400
LARGEST = 400_000
"""Characters of a text of a definition as JSON; the largest of the library has a twentieth of it."""

LONGEST_SHOWN = 120

Document = Mapping[str, Any]


def sound(document: Document) -> dict[str, Any]:
    """A text as it can be kept: what any form may send, and nothing that JSON does not hold.

    raises  CockpitError ``unreadable_draft`` or ``too_large``
    """
    try:
        text = json.dumps(document)
    except (TypeError, ValueError, RecursionError) as error:
        what, do = N_("这份内容无法保存"), N_("请从表单填写。")
        raise CockpitError(Issue("unreadable_draft", what, do)) from error
    if len(text) > LARGEST:
        what, do = N_("内容太长，无法保存"), N_("请缩短文字，或减少条目。")
        raise CockpitError(Issue("too_large", what, do))
    return dict(document)


def unwritable(part: object, path: str = "") -> Iterator[Issue]:
    """Signs that no screen shows and no database keeps; they stand in a draft, and are not published."""
    if isinstance(part, str):
        if any(not sign.isprintable() and sign not in "\n\t" for sign in part):
            what, do = N_("含有不可显示的字符"), N_("删去这些字符后重新输入。")
            yield Issue("unwritable_text", what, do, path)
    elif isinstance(part, Mapping):
        for name, inner in part.items():
            yield from unwritable(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(part, Sequence):
        for place, inner in enumerate(part):
            yield from unwritable(inner, f"{path}.{place}")


def code_in(kind: str, document: Document) -> str:
    """What tells a definition from the others of its kind, as far as it is typed yet."""
    given = document.get("code") if kind in MEASURED else code_of(Kind(kind), document)
    return (
        "".join(sign for sign in given.strip() if sign.isprintable())[:LONGEST_CODE]
        if isinstance(given, str)
        else ""
    )


def asked(draft: Draft) -> str | None:
    """The system whose definitions one must be permitted to change; None while none is typed."""
    return system_of(draft.kind, draft.document) or (None if draft.kind in MEASURED else "")


def subject(draft: Draft) -> str:
    """The indicator that a draft is about; empty for none."""
    field = {"target": "indicator", "curve": "indicator", "identity": "total"}.get(draft.kind)
    if draft.kind in MEASURED:
        return draft.code
    given = draft.document.get(field) if field else ""
    return given if isinstance(given, str) else ""


def shown(actor: Actor) -> str:
    """What a screen calls somebody."""
    return actor.display or actor.name


def begun(versions: Sequence[Version], base: Version | None, wanted: int | None) -> dict[str, Any]:
    """The text that a draft begins with: of an earlier version, of the last one, or an empty one.

    raises  CockpitError ``no_such_version``
    """
    if wanted is None:
        return plain(base.entry.document) if base is not None else {}
    found = next((one for one in versions if one.version == wanted), None)
    if found is None:
        raise CockpitError(
            Issue(
                "no_such_version",
                N_("没有第 {number} 版。"),
                N_("请从版本列表中选择。"),
                params={"number": wanted},
            )
        )
    return plain(found.entry.document)


def final(draft: Draft, wish: SubmitWish) -> dict[str, Any]:
    """The text as it is to be published: a change of calibre notes its break with the day and the reason."""
    text = dict(draft.document)
    if wish.change == Change.CALIBRE and draft.purpose != RETIRE and draft.kind in MEASURED:
        given = text.get("calibre_breaks")
        breaks = [one for one in given if _day(one) != wish.break_date] if isinstance(given, Sequence) else []
        fresh = {"date": wish.break_date, "reason_zh": wish.reason}
        text["calibre_breaks"] = [*breaks, fresh | ({"backcast": wish.backcast} if wish.backcast else {})]
    return text


def _day(written: object) -> object:
    return written.get("date") if isinstance(written, Mapping) else None


def require_reason(text: str, where: str) -> None:
    """Raise unless a reason is written, and is no book."""
    if not text.strip():
        raise CockpitError(Issue("no_reason", N_("没有写理由"), N_("请写明为什么。"), where))
    if len(text) > LONGEST_REASON:
        raise CockpitError(too_long(where))


def too_long(where: str) -> Issue:
    """A reason that nobody reads."""
    what, do = N_("理由太长"), N_("请不超过 {most} 个字。")
    return Issue("too_long", what, do, where, params={"most": LONGEST_REASON})


def locked() -> Issue:
    """A draft that went on meanwhile."""
    what = N_("这份草稿已送审或已结束，不能再改。")
    return Issue("record_changed", what, N_("页面已更新；需要再改，请审核人退回，或另开草稿。"))


def overtaken() -> Issue:
    """Somebody took a step meanwhile."""
    what = N_("这份草稿的状态已经变了，这一步没有做。")
    return Issue("record_changed", what, N_("页面已更新，请核对后再操作。"))


def draft_open(standing: Draft) -> Issue:
    """One draft at a time for each definition."""
    what, do = N_("{by} 的草稿 {draft} 正在修改 {code}"), N_("先在那份草稿里改，或等它发布、撤回。")
    params = {"by": standing.author_shown, "draft": standing.id, "code": standing.code}
    return Issue("draft_open", what, do, "code", params=params)


def other_system(system: str) -> Issue:
    """A code in a system that the author does not look after."""
    what, do = (
        N_("您不能在系统 {system} 里新建或修改定义"),
        N_("核对代码的第一段；如工作需要，请联系安全管理员授权。"),
    )
    return Issue("system_not_yours", what, do, "code", params={"system": system[:40]})


def unknown_draft() -> Issue:
    """There is none, or none for this reader."""
    return Issue("unknown_draft", N_("没有这份草稿"), N_("从定义工作室的列表进入。"))


def theirs(line: Line, by: str) -> Issue:
    """What somebody else wrote in a field."""
    if line.what == "removed":
        return Issue("changed_by_other", N_("{by} 删去了这一项"), "", line.path, params={"by": by})
    value = line.after if isinstance(line.after, str) else json.dumps(line.after, ensure_ascii=False)
    told = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
    return Issue(
        "changed_by_other", N_("{by} 改为：{value}"), "", line.path, params={"by": by, "value": told}
    )
