"""What is proposed to change a rule: the form under a draft, and the list of what was proposed."""

from collections.abc import Sequence

from pages._components import forms
from pages._components.elements import Child, Element, el, link
from pages._components.registers import speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.backtest_views import BacktestView
from services.rule_health_views import Count, ProposalView
from services.rule_proposals import MUTE_DAYS


def of_rule(view: BacktestView, here: Session, state: PageState) -> Element:
    """For the page of a rule: whether it is muted, the form to propose what is tried, what was proposed before."""
    words = speaking(here)
    services = here.services
    muted = services.rule_proposals.muted(here.actor, (view.id,)).get(view.id)
    told = services.rule_proposals.all(here.actor, here.language, view.id)
    may = view.kind == "management" and services.rule_proposals.may_propose(here.actor, view.id)
    return el(
        "Section",
        el("H2", words.t("提出修改")),
        el("P", words.t("这条规则已静默至 {time}（{by}：{reason}）；预警照常判定和计数，只是不再发消息。",
                        time=words.texts.moment(muted.ends), by=muted.by, reason=muted.reason),
           class_="notice", role="status") if muted else None,
        _form(view, here, state, words) if may else None,
        proposals(told, here, state) if told else None,
        class_="card panel-propose",
        id="propose",
    )  # fmt: skip


def _form(view: BacktestView, here: Session, state: PageState, words: Words) -> Element:
    """Open at once where somebody came to propose, or has already moved a bound."""
    if not view.changed:
        return el("P", words.t("先在上面调整界限、试算，再把它作为修改建议提出。"), class_="notes")
    mute = [("0", words.t("不静默")), *((str(days), words.t("{days} 天", days=days)) for days in MUTE_DAYS)]
    return forms.form(
        here,
        "rule.propose",
        forms.hidden("rule", view.id),
        forms.hidden("filter", state.filter or ""),
        forms.area("reason", words.t("为什么修改"), required=True, maxLength=2000),
        forms.select("mute", words.t("审议期间静默这条规则"), mute,
                     hint=words.t("静默期间预警照常判定和计数，只是不再发消息；各处标明“已静默”。")),
        submit=words.t("提出修改"),
        class_="propose-form",
    )  # fmt: skip


def proposals(told: Sequence[ProposalView], here: Session, state: PageState, title: str = "") -> Element:
    """What was proposed, the newest first."""
    words = speaking(here)
    taken = here.services.studio.taken() if any(one.open for one in told) else {}
    drafts = {one.id: one.draft or taken.get(f"rule:{one.id}") for one in told}
    return el(
        "Section",
        el("H2", title) if title else None,
        el("Ol", [_proposal(one, drafts[one.id], here, state, words) for one in told], class_="proposals"),
        class_="proposals-box",
    )


def _proposal(one: ProposalView, draft: int | None, here: Session, state: PageState, words: Words) -> Element:
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    head = words.t(
        "{by} · {place} · {time}", by=one.by, place=one.place.name, time=words.texts.moment(one.at)
    )
    return el(
        "Li",
        el("H3", link(f"/rule/{one.rule}{kept}", one.name)),
        el("P", head, class_="reason"),
        el("P", one.reason) if one.reason else None,
        el("Ul", [el("Li", words.t("{field}：{live} → {draft}", field=field, live=live, draft=draft))
                  for field, live, draft in one.changes], class_="proposal-changes"),
        _trial(one, words),
        el("P", words.t("已静默至 {time}", time=words.texts.moment(one.muted_until)), class_="badge badge-silenced")
        if one.muted_until else None,
        _adoption(one, draft, here, state, words),
        _end(one, here, words),
        class_="proposal" + (" proposal-withdrawn" if one.withdrawn_at else ""),
        data_proposal=str(one.id),
    )  # fmt: skip


def _trial(one: ProposalView, words: Words) -> Element | None:
    """What the back-test said then: the draft beside the rule in force."""
    if one.tried is None or one.live is None:
        return None
    first, last = (words.period(key, one.frequency) for key in (one.first, one.last))
    said: list[Child] = [
        el("P", words.t("提出时的回测（{first} 至 {last}）：{live} → {draft}", first=first, last=last,
                        live=_count(one.live, words), draft=_count(one.tried, words)))
    ]  # fmt: skip
    if one.missed:
        said.append(
            el("P", words.t("会漏掉：{episodes}", episodes=words.listed(one.missed)), class_="reason")
        )
    return el("Div", said, class_="proposal-trial")


def _count(count: Count, words: Words) -> str:
    return words.t("触发 {openings} 次、消息 {messages} 条", openings=count.openings, messages=count.messages)


def _adoption(
    one: ProposalView, draft: int | None, here: Session, state: PageState, words: Words
) -> Element | None:
    """The way into a draft of the definition, or the draft that took it up."""
    studio = here.services.studio
    if not studio.may(here.actor, "define", one.rule.partition(".")[0]):
        return None
    if draft is not None:
        kept = PageState(lang=state.lang, mode=state.mode).to_url()
        said = words.t("已采纳并发布") if one.adopted_at else words.t("已采纳为草稿")
        return el("P", link(f"/studio/{draft}{kept}", said, class_="inline-link"))
    if not one.open:
        return None
    return forms.button(here, "studio.adopt_rule", words.t("采纳为草稿"), {"proposal": str(one.id)})


def _end(one: ProposalView, here: Session, words: Words) -> Element | None:
    if one.withdrawn_at is not None:
        said = words.t("已撤回（{by}，{time}）：{why}", by=one.withdrawn_by,
                       time=words.texts.moment(one.withdrawn_at), why=one.withdrawn_why)  # fmt: skip
        return el("P", said, class_="reason")
    if not one.mine:
        return None
    return el(
        "Details",
        el("Summary", words.t("撤回建议"), class_="inline-link"),
        forms.form(
            here,
            "rule.withdraw",
            forms.hidden("id", str(one.id)),
            forms.area("why", words.t("为什么撤回"), required=True, maxLength=500),
            submit=words.t("撤回"),
            quiet=True,
        ),
        class_="withdraw",
    )
