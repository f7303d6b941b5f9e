"""What is done about calls for indicators and the yearly review by forms."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._actions import Act, Done, Fields
from pages._session import Session
from services.access import Actor
from services.collection import Collection
from services.yearly_reviews import YearlyReviews

Values = Mapping[str, str]


def sent(fields: Fields, *lists: str) -> dict[str, str]:
    """The fields of a form; of those that may be sent more than once all values, separated by commas."""
    return {name: fields[name] for name in fields} | {name: ",".join(fields.all(name)) for name in lists}


def announce(here: Session, fields: Fields) -> Done:
    """Open a call and go to it."""
    number = here.services.collection.announce(here.actor, sent(fields, "departments"))
    return Done(go=f"/calls/{number}", said=N_("已发起征集，并告知面向的单位。"))


def draft(here: Session, fields: Fields) -> Done:
    """Make a selected proposal a draft of a definition and go there."""
    number = here.services.collection.draft(here.actor, fields.whole("proposal"))
    return Done(go=f"/studio/{number}", said=N_("已转为定义草稿，请补齐其余字段后送审。"))


def _on_call(work: Callable[[Collection, Actor, int, Values], object], said: str) -> Act:
    """An act on a call; its page stands afterwards without the form."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("call")
        work(here.services.collection, here.actor, number, sent(fields))
        return Done(go=f"/calls/{number}", said=said)

    return act


def _on_proposal(work: Callable[[Collection, Actor, int, Values], int], said: str) -> Act:
    """An act on a proposal; the page of its call stands afterwards, with the proposal open."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("proposal")
        call = work(here.services.collection, here.actor, number, sent(fields))
        return Done(go=f"/calls/{call}?open=proposal:{number}", said=said)

    return act


def _hand_in_again(collection: Collection, actor: Actor, number: int, values: Values) -> int:
    return collection.take_back(actor, number, values, back=False)


# ---- the yearly review


def begin(here: Session, fields: Fields) -> Done:
    """Begin a yearly review and go to it."""
    number = here.services.reviews.begin(here.actor, sent(fields))
    return Done(go=f"/review/{number}", said=N_("已向各责任部门发出复核。"))


def answer(here: Session, fields: Fields) -> Done:
    """Take the answers of a page of the list; the page stays where it is."""
    count = here.services.reviews.answer(here.actor, fields.whole("review"), sent(fields))
    return Done(said=N_("已保存 {count} 条答复。"), fields={"count": count})


def review_draft(here: Session, fields: Fields) -> Done:
    """Open the draft that an answer asks for."""
    number = here.services.reviews.draft(here.actor, fields.whole("review"), fields["code"])
    return Done(go=f"/studio/{number}", said=N_("已转为定义草稿。"))


def _on_review(work: Callable[[YearlyReviews, Actor, int, Values], object], said: str) -> Act:
    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("review")
        work(here.services.reviews, here.actor, number, sent(fields))
        return Done(go=f"/review/{number}", said=said)

    return act


ACTS: Mapping[str, Act] = {
    "call.announce": announce,
    "call.extend": _on_call(Collection.extend, N_("截止日期已调整。")),
    "call.close_entry": _on_call(Collection.close_entry, N_("征集已截止，请专家评分。")),
    "call.close_scores": _on_call(Collection.close_scores, N_("评分已结束，排名已公开。")),
    "call.finish": _on_call(Collection.finish, N_("评选结果已公布。")),
    "call.withdraw": _on_call(Collection.withdraw, N_("征集已撤回。")),
    "call.propose": _on_call(Collection.propose, N_("建议已提交，截止以前可以修改。")),
    "call.rewrite": _on_proposal(Collection.rewrite, N_("建议已修改，原来的文字保留。")),
    "call.take_back": _on_proposal(Collection.take_back, N_("建议已撤回。")),
    "call.hand_in_again": _on_proposal(_hand_in_again, N_("建议已重新提交。")),
    "call.score": _on_proposal(Collection.score, N_("评分已提交，截止以前可以修改。")),
    "call.decide": _on_proposal(Collection.decide, N_("结论已保存。")),
    "call.draft": draft,
    "review.begin": begin,
    "review.answer": answer,
    "review.draft": review_draft,
    "review.extend": _on_review(YearlyReviews.extend, N_("截止日期已调整。")),
    "review.close": _on_review(YearlyReviews.close, N_("复核已结束。")),
    "review.remind": _on_review(YearlyReviews.remind, N_("已提醒还没有答复的部门。")),
}
