"""What a reader does with promotion deals: register, bring forward, tell of money, mark, withdraw, bring a file."""

from collections.abc import Callable, Mapping

from indicators.errors import N_, CockpitError, Issue
from pages._actions import Act, Done, Fields
from pages._session import Session
from services import promotion_files
from services.access import Actor
from services.promotion import Promotion

Work = Callable[[Promotion, Actor, int, Mapping[str, str]], None]
NO_FILE = Issue("no_file", N_("请选择要导入的文件。"), "", "file")


def add(here: Session, fields: Fields) -> Done:
    """Register a deal and go to its page."""
    number = here.services.promotion.add(here.actor, fields)
    return Done(go=f"/deal/{number}", said=N_("已登记。"))


def bring(here: Session, fields: Fields) -> Done:
    """Register the deals of a file."""
    found = fields.file("file")
    if found is None:
        raise CockpitError(NO_FILE)
    told = promotion_files.load(here.services.promotion, here.actor, *found)
    return Done(go="/projects?theme=promo", said=N_("已从 {file} 登记 {count} 个项目。"),
                fields={"file": told.file, "count": told.added})  # fmt: skip


def complete(here: Session, fields: Fields) -> Done:
    """Confirm that a county's register is complete up to a month."""
    here.services.promotion.complete(here.actor, fields)
    return Done(said=N_("已确认报齐，数据已重算。"))


def _on_page(work: Work, said: str) -> Act:
    """An act on a deal after which its page stands without the form."""

    def act(here: Session, fields: Fields) -> Done:
        number = fields.whole("deal")
        work(here.services.promotion, here.actor, number, fields)
        return Done(go=f"/deal/{number}", said=said)

    return act


ACTS: Mapping[str, Act] = {
    "deal.add": add,
    "deal.import": bring,
    "deal.complete": complete,
    "deal.stage": _on_page(Promotion.advance, N_("进展已登记。")),
    "deal.talk": _on_page(Promotion.talk, N_("洽谈已登记。")),
    "deal.money": _on_page(Promotion.arrive, N_("到位资金已登记。")),
    "deal.mark": _on_page(Promotion.mark, N_("标记已登记。")),
    "deal.withdraw": _on_page(Promotion.withdraw, N_("退出已登记。")),
}
