"""The feeds of a reader: how each stands, what became of its runs, and the form that makes or changes one."""

from collections.abc import Mapping, Sequence
from typing import Any

from indicators.errors import N_
from pages._components import forms, registers
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.feed_form import feed_form
from pages._components.registers import head, speaking, table
from pages._session import Session
from pages._state import PageState
from services.feed_views import KINDS, REASONS, RHYTHMS, RUN_STATES, STATES, FeedView, RunLine
from services.texts import MISSING

NEW = "new-"


def render(here: Session, state: PageState) -> Element:
    """The list, and above it the feed that is open."""
    chosen = (state.open or "").partition(":")[2]
    view = here.services.feeds.listing(here.actor, here.language)
    wanted = state.filters.get("state", "")
    shown = [one for one in view.feeds if not wanted or one.state == wanted]
    opened = next((one for one in view.feeds if one.id == chosen), None)
    return el(
        "Div",
        _opened(opened, here, state) if opened else None,
        _fresh(chosen, here, state),
        _counts(view.counts, wanted, here, state),
        _table(shown, here, state) if shown else el(
            "P", here.texts.t("没有符合筛选的数据接入。") if wanted else here.texts.t("还没有数据接入。请在上面选一种来源。"),
            class_="all-quiet", role="status"),
        class_="feed-list",
    )  # fmt: skip


# ---- the list


def _counts(counts: Mapping[Any, int], wanted: str, here: Session, state: PageState) -> Element | None:
    """How many feeds stand how; every count shows them."""
    if not counts:
        return None
    t = here.texts.t
    return el(
        "Div",
        [
            link(
                state.filtered(state=None if wanted == word else word).to_url() or "?",
                el("Span", t(name), class_="tally-of"),
                el("B", str(counts.get(word, 0)), class_="tally-number"),
                class_="tally-way" + ("" if counts.get(word) else " tally-none"),
                aria_current="true" if wanted == word else None,
                key=word,
            )
            for word, name in STATES.items()
        ],
        class_="tally",
        role="group",
        aria_label=t("状态"),
    )


def _table(views: Sequence[FeedView], here: Session, state: PageState) -> Element:
    t = here.texts.t
    heads = [
        head(t(one))
        for one in (
            N_("来源"),
            N_("部门和系统"),
            N_("地区"),
            N_("周期"),
            N_("最近一次"),
            N_("下一次"),
            N_("状态"),
        )
    ]
    return table(t("自动接入清单"), heads, [_row(one, here, state) for one in views], "feeds-table")


def _row(view: FeedView, here: Session, state: PageState) -> Element:
    t, texts = here.texts.t, here.texts
    at_it = state.open == f"feed:{view.id}"
    there = state.with_(open=None if at_it else f"feed:{view.id}", edit=None).to_url() or "?"
    return el(
        "Tr",
        el("Th", link(there, view.name, class_="rule-name", aria_expanded="true" if at_it else "false"),
           el("Span", f"{t(KINDS[view.kind])} · {view.place}", class_="reason"), scope="row"),
        el("Td", view.department_name or t("多个部门"),
           el("Span", view.system_name, class_="reason") if view.system_name else None),
        el("Td", view.region_name),
        el("Td", rhythm(view, here)),
        el("Td", _last(view.last, here)),
        el("Td", MISSING if view.state == "paused" else texts.stamp(view.next_at)),
        el("Td", stands(view, here)),
        data_feed=view.id,
        key=view.id,
    )  # fmt: skip


def rhythm(view: FeedView, here: Session) -> str:
    """How often a feed is asked."""
    name = here.texts.t(RHYTHMS[view.every])
    return f"{name} {view.at}" if view.every >= 86_400 else name


def stands(view: FeedView, here: Session) -> Element:
    """How a feed stands, in a word."""
    t = here.texts.t
    word = t(STATES[view.state])
    if view.state == "failing" and view.failures > 1:
        word = t("{state}（连续 {count} 次）", state=word, count=view.failures)
    return el("Span", word, class_="feed-state", data_state=view.state)


def _last(run: RunLine | None, here: Session) -> Child:
    if run is None:
        return MISSING
    return [
        here.texts.stamp(run.ended_at),
        el("Span", outcome(run, here), class_="reason"),
    ]


def outcome(run: RunLine, here: Session) -> str:
    """What became of a run, in a line."""
    t = here.texts.t
    said = t(RUN_STATES[run.state])
    if run.state == "stored":
        counts = t("新增 {inserted}，更正 {corrected}，不变 {unchanged}", inserted=run.inserted,
                   corrected=run.corrected, unchanged=run.unchanged)  # fmt: skip
        return f"{said} · {counts}"
    if run.state == "refused":
        return f"{said} · {t('错误 {count} 处', count=run.errors)}"
    if run.state == "failed" and run.issues:
        return f"{said} · {t(str(run.issues[0]['what']), **run.issues[0]['params'])}"
    return said


# ---- one feed


def _opened(view: FeedView, here: Session, state: PageState) -> Element:
    """A feed with its buttons, its form where it is being changed, and its runs."""
    t, texts = here.texts.t, here.texts
    editing = state.edit == "feed"
    change = state.with_(edit=None if editing else "feed").to_url()
    facts = [
        (t("来源"), f"{t(KINDS[view.kind])} · {view.place}"),
        (t("部门"), view.department_name or t("多个部门")),
        (t("系统"), view.system_name or t("未登记")),
        (t("口令"), t("已保存，加密存放") if view.secret else t("没有")),
        (t("周期"), rhythm(view, here)),
        (t("上次查看"), texts.moment(view.looked_at) if view.looked_at else MISSING),
        (t("上次成功"), texts.moment(view.good_at) if view.good_at else MISSING),
        (t("最后修改"), f"{view.changed_by} · {texts.moment(view.changed_at)}"),
    ]
    return card(
        view.name,
        view.region_name,
        el("P", stands(view, here)),
        el("Dl", [el("Div", el("Dt", name), el("Dd", value)) for name, value in facts], class_="feed-facts"),
        _buttons(view, here, change, editing),
        feed_form(view.kind, view, here, state.with_(edit=None).to_url()) if editing else None,
        _runs(here.services.feeds.runs(here.actor, view.id), here),
        class_="feed-open",
        tools=link(
            state.with_(open=None, edit=None).to_url() or "?", t("收起"), class_="button button-quiet"
        ),
    )


def _buttons(view: FeedView, here: Session, change: str, editing: bool) -> Element:
    t = here.texts.t
    me, busy = {"feed": view.id}, view.state == "running"
    on = view.state != "paused"
    return el(
        "Div",
        forms.button(here, "feeds.test", t("试接入"), me, label=t("试接入：读取并核对，不存任何数"), disabled=busy, identity="feed-test"),
        forms.button(here, "feeds.run", t("立即接入"), me, disabled=busy, identity="feed-run"),
        forms.button(here, "feeds.switch", t("暂停") if on else t("恢复"),
                     {**me, "version": str(view.version), "on": "" if on else "yes"}, identity="feed-switch"),
        link(change, t("取消修改") if editing else t("修改"), class_="button button-quiet",
             aria_expanded="true" if editing else "false"),
        class_="feed-tools",
    )  # fmt: skip


def _runs(runs: Sequence[RunLine], here: Session) -> Element:
    t = here.texts.t
    if not runs:
        return el("P", t("还没有运行过。"), class_="state-do")
    heads = [
        head(t("时间")), head(t("缘由")), head(t("内容")), head(t("行"), True), head(t("数"), True), head(t("结果")),
    ]  # fmt: skip
    return table(t("运行记录"), heads, [_run(one, here) for one in runs], "feed-runs")


def _run(run: RunLine, here: Session) -> Element:
    t, texts = here.texts.t, here.texts
    when = texts.stamp(run.ended_at)
    if run.times > 1:
        when = t("{first} 至 {last}，{count} 次", first=texts.stamp(run.at), last=when, count=run.times)
    load = t("批次 {load}", load=run.load) if run.load else ""
    return el(
        "Tr",
        el("Th", when, scope="row"),
        el("Td", t(REASONS.get(run.why, run.why)), el("Span", run.actor, class_="reason")),
        el("Td", run.source),
        el("Td", registers.number(run.rows, speaking(here)), class_="number"),
        el("Td", registers.number(run.facts, speaking(here)), class_="number"),
        el("Td", outcome(run, here), el("Span", load, class_="reason") if load else None, _issues(run, here)),
        key=f"run-{run.id}",
        data_state=run.state,
    )


def _issues(run: RunLine, here: Session) -> Element | None:
    """What was to be said of a run, folded away."""
    if not run.issues:
        return None
    t = here.texts.t
    count = max(run.errors + run.warnings, len(run.issues))
    return el(
        "Details",
        el("Summary", t("{count} 条提示", count=count)),
        el(
            "Ul",
            [
                el("Li", el("B", str(one["where"]), " ") if one["where"] else None,
                   t(str(one["what"]), **one["params"]), " ", el("Span", t(str(one["do"]), **one["params"]), class_="quiet"))
                for one in run.issues
            ],
        ),
        class_="feed-issues",
    )  # fmt: skip


# ---- a new one


def _fresh(chosen: str, here: Session, state: PageState) -> Element:
    """A way to a new feed of each kind, and the form of the kind that was chosen."""
    t = here.texts.t
    kind = chosen.removeprefix(NEW) if chosen.startswith(NEW) else ""
    ways = [
        link(state.with_(open=None if one == kind else f"feed:{NEW}{one}", edit=None).to_url() or "?", t(name),
             class_="button button-quiet", aria_expanded="true" if one == kind else "false")
        for one, name in KINDS.items()
    ]  # fmt: skip
    return el(
        "Section",
        el("H2", t("新建接入")),
        el("Div", ways, class_="feed-tools"),
        feed_form(kind, None, here, state.with_(open=None).to_url() or "?") if kind in KINDS else None,
        class_="feed-new",
    )
