"""The list of the studio: what waits for the reader, drafts by where they stand, what files and rules propose."""

from collections.abc import Mapping, Sequence

from indicators.drafting import Act, State
from indicators.errors import N_
from pages._components import forms, registers, workshop
from pages._components import studio_words as say
from pages._components.elements import Child, Element, el, link
from pages._components.registers import speaking
from pages._components.rule_proposals import proposals as rule_proposals
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.studio_views import DraftLine, FileProposal

SHOWN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "open": (N_("在办"), {"state": "open"}),
    "mine": (N_("我的草稿"), {"state": "open", "mine": "yes"}),
    "review": (N_("待我审核"), {"state": State.SUBMITTED, "turn": Act.APPROVE}),
    "publish": (N_("待我发布"), {"state": State.APPROVED, "turn": f"{Act.PUBLISH} {Act.RETIRE}"}),
    "scheduled": (N_("待生效"), {"state": "scheduled"}),
    "published": (N_("近期发布"), {"state": State.PUBLISHED}),
    "retired": (N_("停用"), {"state": State.RETIRED}),
    "withdrawn": (N_("撤回"), {"state": State.WITHDRAWN}),
    "proposals": (N_("修改建议"), {}),
}
"""What of the studio is shown: its name, and how the drafts are narrowed."""

NEEDS: Mapping[str, str] = {"mine": "define", "review": "review", "publish": "publish", "proposals": "define"}
"""What one must be permitted for some of them."""

A_PAGE = 30


def render(here: Session, state: PageState) -> Element:
    """The whole page."""
    words = speaking(here)
    offered = [
        name for name in SHOWN if name not in NEEDS or here.services.studio.may(here.actor, NEEDS[name])
    ]
    chosen = state.filters.get("show", "")
    chosen = chosen if chosen in offered else "open"
    return el(
        "Div",
        workshop.tabs(here, "studio", state),
        el("Header", el("H1", words.t("定义工作室")), _begin(here, words), _files(state, words), class_="board-head"),
        el("P", words.t("定义由三个不同的人提出、审核、发布，自写明的日期起生效；发布之前一切照旧。"), class_="notes"),
        registers.choices(
            [(name, words.t(SHOWN[name][0])) for name in offered],
            chosen,
            {name: _kept(state).filtered(show=None if name == "open" else name).to_url() or "?" for name in offered},
            words.t("按进度查看"),
        ),
        _proposals(here, state, words) if chosen == "proposals" else _drafts(here, state, chosen, words),
        class_="board workshop studio",
    )  # fmt: skip


def _kept(state: PageState) -> PageState:
    return PageState(lang=state.lang, mode=state.mode)


def _files(state: PageState, words: Words) -> Element:
    """The way to the registry as files."""
    return link("/studio/files" + _kept(state).to_url(), words.t("导入导出"), class_="button button-quiet")


def _begin(here: Session, words: Words) -> Child:
    """The ways to a new draft, for those who define."""
    if not here.services.studio.may(here.actor, "define"):
        return None
    made = [("indicator", words.t("新建指标")), ("input", words.t("新建基础数据项")), ("target", words.t("新建目标")),
            ("curve", words.t("新建进度曲线"))]  # fmt: skip
    return el(
        "Div",
        [forms.button(here, "studio.open", label, {"kind": kind}, class_="button" if kind == "indicator" else "button button-quiet",
                      key=kind) for kind, label in made],
        class_="head-tools",
    )  # fmt: skip


def _drafts(here: Session, state: PageState, chosen: str, words: Words) -> Element:
    found = here.services.studio.drafts(here.actor, SHOWN[chosen][1])
    if chosen == "published":
        found = tuple(one for one in found if not one.scheduled)
    if not found:
        return el("P", words.t("这里没有草稿。"), class_="all-quiet", role="status")
    pages = -(-len(found) // A_PAGE)
    asked = state.filters.get("page", "1")
    page = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), pages)
    lines = found[(page - 1) * A_PAGE : page * A_PAGE]
    return el("Div", _table(lines, here, state, words), registers.paging(page, pages, state, words))


def _table(lines: Sequence[DraftLine], here: Session, state: PageState, words: Words) -> Element:
    heads = [
        registers.head(words.t("定义")),
        registers.head(words.t("改动")),
        registers.head(words.t("进度")),
        registers.head(words.t("提出人")),
        registers.head(words.t("最近更新")),
        registers.head(words.t("生效日期")),
        registers.head(words.t("轮到您")),
    ]
    rows = [_row(line, here, state, words) for line in lines]
    return registers.table(words.t("定义草稿，最近更新的在前"), heads, rows, "studio-table")


TURNS: Mapping[str, str] = {
    Act.SUBMIT: N_("继续编辑"),
    Act.APPROVE: N_("审核"),
    Act.PUBLISH: N_("发布"),
    Act.RETIRE: N_("发布"),
}


def _row(line: DraftLine, here: Session, state: PageState, words: Words) -> Element:
    texts = here.texts
    way = f"/studio/{line.id}{_kept(state).to_url()}"
    name = line.name(here.language) or words.t("未命名的{kind}", kind=say.kind_word(line.kind, texts))
    return el(
        "Tr",
        el("Td", link(way, name, class_="rule-name"), el("Span", line.code, class_="reason")),
        el(
            "Td",
            say.change_word(line.change, texts),
            el("Span", say.kind_word(line.kind, texts), class_="reason"),
        ),
        el("Td", say.state_word(line, texts)),
        el("Td", line.by),
        el("Td", texts.stamp(line.at)),
        el("Td", say.day(line.valid_from, texts)),
        el("Td", link(way, words.t(TURNS[line.turn]), class_="inline-link") if line.turn else "—"),
        key=str(line.id),
        data_draft=str(line.id),
    )


# ---- what files and rules propose


def _proposals(here: Session, state: PageState, words: Words) -> Element:
    files = here.services.studio.proposals(here.actor)
    rules = [one for one in here.services.rule_proposals.all(here.actor, here.language) if one.open]
    if not files and not rules:
        return el("P", words.t("没有待定的修改建议。"), class_="all-quiet", role="status")
    return el(
        "Div",
        rule_proposals(rules, here, state, words.t("对规则的修改建议")) if rules else None,
        el("Section", el("H2", words.t("定义文件里的改动")),
           el("Ol", [_file(one, here, state, words) for one in files], class_="proposals"), class_="proposals-box")
        if files else None,
        class_="studio-proposals",
    )  # fmt: skip


def _file(one: FileProposal, here: Session, state: PageState, words: Words) -> Element:
    """What a file says otherwise: take it up, or turn it down."""
    taken = one.draft is not None
    return el(
        "Li",
        el("H3", one.name(here.language)),
        el("P", f"{say.kind_word(one.kind, here.texts)} · {one.code} · {here.texts.stamp(one.at)}", class_="reason"),
        say.differences(one.lines, here.texts),
        el("P", link(f"/studio/{one.draft}{_kept(state).to_url()}", words.t("已采纳为草稿"), class_="inline-link"))
        if taken else el(
            "Div",
            forms.button(here, "studio.adopt_file", words.t("采纳为草稿"), {"proposal": str(one.id)}, class_="button"),
            forms.button(here, "studio.decline_file", words.t("不采纳"), {"proposal": str(one.id)},
                         ask=words.t("不采纳后，同样的内容不再提出。确定吗？")),
            class_="form-end",
        ),
        class_="proposal",
        key=f"file-{one.id}",
    )  # fmt: skip
