"""What the studio of definitions tells: drafts in a list, one draft with everything around it, the history of a code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from indicators.drafting import Act, Change, Line, State
from indicators.errors import N_

STATES: Mapping[str, str] = {
    State.DRAFT: N_("草稿"),
    State.SUBMITTED: N_("送审"),
    State.APPROVED: N_("待发布"),
    State.PUBLISHED: N_("已发布"),
    State.RETURNED: N_("退回"),
    State.WITHDRAWN: N_("撤回"),
    State.RETIRED: N_("停用"),
}
"""The states of a draft in words."""

CHANGES: Mapping[str, str] = {
    Change.EDITORIAL: N_("文字修改"),
    Change.THRESHOLD: N_("阈值调整"),
    Change.CALIBRE: N_("口径变更"),
    Change.NEW: N_("新增"),
    Change.RETIREMENT: N_("停用"),
}
"""The kinds of change in words."""

KINDS: Mapping[str, str] = {
    "indicator": N_("指标"),
    "input": N_("基础数据项"),
    "target": N_("目标"),
    "curve": N_("进度曲线"),
    "identity": N_("勾稽关系"),
    "department": N_("部门"),
    "system": N_("系统与主题"),
    "plan": N_("规划"),
    "vocabulary": N_("词表"),
}
"""What a draft defines, in words."""

ACTS: Mapping[str, str] = {
    Act.OPEN: N_("新建草稿"),
    Act.SUBMIT: N_("提交送审"),
    Act.APPROVE: N_("审核通过"),
    Act.SEND_BACK: N_("退回"),
    Act.PUBLISH: N_("发布"),
    Act.RETIRE: N_("停用"),
    Act.WITHDRAW: N_("撤回"),
    Act.REOPEN: N_("重新打开"),
}
"""What people do with drafts, in words."""


@dataclass(frozen=True)
class SubmitWish:
    """What an author says at submission.

    change      what kind of change it is: the one that the fields say, or a graver one; empty takes the former
    break_date  of a change of calibre: from which day the figures mean something else
    backcast    the code of a series that says for the time before what the figures mean since; empty: there is none
    valid_from  the day from which it should hold; the publisher decides
    """

    change: str = ""
    reason: str = ""
    break_date: str = ""
    backcast: str = ""
    valid_from: str = ""


@dataclass(frozen=True)
class DraftLine:
    """One draft in a list.

    change  what kind of change it is: as submitted, or as its fields say
    by      who opened it; `mine`: the reader saved something of it
    at      the last step or saving
    turn    what the reader could do next: submit, approve, publish; empty: it is not the reader's move
    """

    id: int
    kind: str
    code: str
    name_zh: str
    name_en: str
    state: str
    purpose: str
    change: str
    revision: int
    by: str
    mine: bool
    at: int
    valid_from: date | None
    scheduled: bool
    origin: str
    turn: str

    def name(self, language: str) -> str:
        """The name in a language; the code where there is none yet."""
        first, other = (
            (self.name_en, self.name_zh) if language.startswith("en") else (self.name_zh, self.name_en)
        )
        return first or other or self.code


@dataclass(frozen=True)
class Saved:
    """One revision of a draft; `fields` are those that it changed."""

    revision: int
    at: int
    by: str
    mine: bool
    note: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class StepView:
    """One step of a draft."""

    act: str
    state: str
    revision: int
    at: int
    by: str
    text: str


@dataclass(frozen=True)
class Frozen:
    """What was seen at submission, as it was then.

    document  the text that is published: with the break of a change of calibre
    preview   values before and after (``services.preview.PreviewView`` as JSON); None where there is nothing to compute
    affected  who uses it (``services.usage.UsageView`` as JSON); None for what nobody can use yet
    trials    what a back-test said of each rule (``services.studio_rules.tried``); none where figures and rules stay
    """

    at: int
    document: Mapping[str, Any]
    lines: tuple[Line, ...]
    preview: Mapping[str, Any] | None
    affected: Mapping[str, Any] | None
    trials: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class DraftView:
    """One draft, for this reader.

    base          the published text that it began from, and its version; None and 0 for a new definition
    behind        a newer text was published since: `renew` brings the draft on top of it
    steps_seen    the number of the last step: an act names it, so that nobody acts on what they have not seen
    acts          what this reader may do with it now, as words of `indicators.drafting.Act`
    hindered      why the reader may not review or publish though the role would allow it: has a part in it
    lines         what the text says otherwise than the base
    inferred      the mildest kind of change that the touched fields allow
    choices       what the author may call it
    wish          what was said at submission
    frozen        what was seen at submission; None before
    """

    id: int
    kind: str
    code: str
    name_zh: str
    name_en: str
    purpose: str
    state: str
    revision: int
    steps_seen: int
    document: Mapping[str, Any]
    base: Mapping[str, Any] | None
    base_version: int
    behind: bool
    origin: str
    by: str
    opened_at: int
    saved_at: int
    saved_by: str
    editable: bool
    acts: frozenset[str]
    hindered: bool
    lines: tuple[Line, ...]
    inferred: str
    choices: tuple[str, ...]
    wish: SubmitWish | None
    frozen: Frozen | None
    valid_from: date | None
    scheduled: bool
    revisions: tuple[Saved, ...]
    steps: tuple[StepView, ...]

    def name(self, language: str) -> str:
        """The name in a language; the code where there is none yet."""
        first, other = (
            (self.name_en, self.name_zh) if language.startswith("en") else (self.name_zh, self.name_en)
        )
        return first or other or self.code


@dataclass(frozen=True)
class Theirs:
    """What somebody else saved since a revision: field by field, with who and when; `document` is the newest text.

    began  the text of the revision that was seen
    """

    revision: int
    document: Mapping[str, Any]
    began: Mapping[str, Any]
    by: str
    at: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class VersionView:
    """One published version of a definition.

    state     published, scheduled, withdrawn, ended
    draft     the draft that it was; None for what files brought, of which the rest is empty
    people    who proposed, reviewed, published
    lines     what it says otherwise than the version before
    """

    version: int
    valid_from: date | None
    valid_to: date | None
    state: str
    at: int
    draft: int | None
    change: str
    reason: str
    proposed_by: str
    reviewed_by: str
    published_by: str
    document: Mapping[str, Any]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class FileProposal:
    """What a file of definitions says otherwise than the registry.

    draft  the draft that took it up; None while nobody has
    """

    id: int
    kind: str
    code: str
    name_zh: str
    name_en: str
    at: int
    lines: tuple[Line, ...] = field(default=())
    draft: int | None = None

    def name(self, language: str) -> str:
        """The name in a language; the code where there is none."""
        first, other = (
            (self.name_en, self.name_zh) if language.startswith("en") else (self.name_zh, self.name_en)
        )
        return first or other or self.code
