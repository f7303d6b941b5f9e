"""One deal on one page: how far it has come and when, its money by month, what was said of it; and what may be done."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._components import forms
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.promotion import deal_address
from pages._components.registers import facts, head, number, simulated, speaking, table
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.promotion_book import (
    CURRENCIES,
    INDUSTRIES,
    KINDS,
    LANDED,
    MARKS,
    ORIGINS,
    REASONS,
    SIGNED,
    STAGES,
    WITHDRAWN,
    DealRecord,
    day_of,
)
from services.promotion_forms import LABELS, STAGE_FIELDS, shown
from services.promotion_panels import STATES, state_of

BOARD = "/projects"
EDITS = {
    "stage": N_("登记进展"), "talk": N_("登记洽谈"), "money": N_("登记到位资金"), "mark": N_("标记停滞"),
    "withdraw": N_("登记退出"),
}  # fmt: skip
"""What may be done with a deal."""


def board_address(state: PageState) -> str:
    """Back to the board of promotion."""
    return BOARD + PageState(region=state.region, theme="promo", lang=state.lang, mode=state.mode).to_url()


def render(one: DealRecord, here: Session, state: PageState) -> Element:
    """The whole page."""
    words = speaking(here)
    promotion = here.services.promotion
    today = day_of(promotion.today())
    may = promotion.may_record(here.actor, one.deal.county)
    return el(
        "Div",
        _head(one, today, here, state, words),
        _ways(one, may, state, words) if may else None,
        _form(one, here, state, words) if may and state.edit in _offered(one) else None,
        el(
            "Div",
            _course(one, words),
            _money(one, words),
            _said(one, words),
            _facts(one, words),
            class_="record-cards",
        ),
        class_="board record",
        data_deal=str(one.deal.id),
    )


def _head(one: DealRecord, today: int, here: Session, state: PageState, words: Words) -> Element:
    name = here.services.tree.get(one.deal.county)
    return el(
        "Header",
        link(board_address(state), el("Span", class_="icon icon-back", aria_hidden="true"),
             words.t("返回招商"), class_="back"),
        el("H1", one.deal.name),
        el("P",
           el("Span", one.deal.code),
           el("Span", name.name_en if words.texts.language == "en" else name.name),
           el("Span", words.t(STAGES[one.stage]), class_="status"),
           el("Span", words.t(STATES[state_of(one, today)]), class_="status"),
           simulated(words, one.deal.simulated),
           class_="board-facts"),
        class_="board-head",
    )  # fmt: skip


def _offered(one: DealRecord) -> tuple[str, ...]:
    """What may be done with a deal as it stands."""
    if one.deal.withdrawn_class:
        return ()
    ways = ["stage"]
    ways += ["money"] if one.counted else ["talk"]
    ways += ["mark"] if one.counted and LANDED not in one.reached else []
    return (*ways, "withdraw")


def _ways(one: DealRecord, may: bool, state: PageState, words: Words) -> Element | None:
    ways = _offered(one)
    if not ways or not may:
        return None
    return el(
        "Nav",
        [
            link(deal_address(one.deal.id, state, None if state.edit == name else name), words.t(EDITS[name]),
                 class_="button button-quiet", aria_current="true" if state.edit == name else None)
            for name in ways
        ],
        class_="record-ways",
        aria_label=words.t("可以登记的内容"),
    )  # fmt: skip


# ---- forms


def _form(one: DealRecord, here: Session, state: PageState, words: Words) -> Element:
    t = words.t
    name = str(state.edit)
    fields: Mapping[str, Callable[[], list[Child]]] = {
        "stage": lambda: [
            forms.select("stage", t(LABELS["stage"]), [(str(n), t(word)) for n, word in STAGES.items()],
                         str(min(one.stage + 1, max(STAGES))), required=True),
            forms.date("day", t(LABELS["day"]), required=True),
            forms.text("note", t(LABELS["note"]), hint=t("更正已登记的日期时写明原因；原来的日期会保留。")),
        ],
        "talk": lambda: [forms.date("day", t(LABELS["talked_on"]), required=True)],
        "money": lambda: [
            forms.text("month", t(LABELS["month"]), hint="2026-10", required=True),
            forms.number("money", t(LABELS["money"]), unit=words.unit("亿元"), required=True),
            forms.text("note", t(LABELS["note"]), hint=t("更正已登记的月份时写明原因。")),
        ],
        "mark": lambda: [
            forms.select("reason_class", t(LABELS["reason_class"]), [("", t("请选择")), *_named(REASONS, words)],
                         _last(one, "reason_class"), required=True),
            forms.select("mark", t(LABELS["mark"]), [("", t("请选择")), *_named(MARKS, words)],
                         _last(one, "mark"), required=True),
            forms.area("note", t(LABELS["note"]), hint=t("终止的要写明原因。")),
        ],
        "withdraw": lambda: [
            forms.select("withdrawn_class", t(LABELS["withdrawn_class"]), [("", t("请选择")), *_named(WITHDRAWN, words)],
                         required=True, hint=t("企业退出的仍留在签约批次里；登记有误的不再计数。")),
            forms.area("reason", t(LABELS["reason"]), required=True),
        ],
    }  # fmt: skip
    back = link(deal_address(one.deal.id, state), t("取消"), class_="button button-quiet")
    return card(
        t(EDITS[name]),
        "",
        forms.form(here, f"deal.{name}", forms.hidden("deal", str(one.deal.id)), *fields[name](),
                   submit=t("保存"), cancel=back, class_="form-wide"),
        class_="form-card",
    )  # fmt: skip


def _named(options: Mapping[str, str], words: Words) -> list[tuple[str, str]]:
    return [(code, words.t(name)) for code, name in options.items()]


def _last(one: DealRecord, field: str) -> str:
    return str(getattr(one.marks[-1], field)) if one.marks else ""


# ---- what is known


def _course(one: DealRecord, words: Words) -> Element:
    """The stages with their days, and every day that was ever told."""
    steps = [
        el("Li",
           el("Span", words.t(name), class_="step-name"),
           el("Span", shown(one.reached[stage]) if stage in one.reached else "—", class_="step-day"),
           data_reached="yes" if stage in one.reached else "no")
        for stage, name in STAGES.items()
    ]  # fmt: skip
    told = sorted(one.history, key=lambda row: -row.number)
    rows = [
        el("Tr", el("Td", words.t(STAGES[row.stage])), el("Td", shown(row.reached_on)), el("Td", row.note or "—"),
           el("Td", f"{words.texts.moment(row.at)} {_who(row.actor, words)}"))
        for row in told
    ]  # fmt: skip
    heads = map(head, (words.t("阶段"), words.t("日期"), words.t("备注"), words.t("何时何人登记")))
    return card(
        words.t("进展"),
        words.t("到达各阶段的日期"),
        el("Ol", steps, class_="deal-steps"),
        el("Details", el("Summary", words.t("登记经过（{count} 条）", count=len(rows)), class_="more-summary"),
           table(words.t("登记经过"), heads, rows)),
    )  # fmt: skip


def _money(one: DealRecord, words: Words) -> Element | None:
    if not one.counted:
        return None
    total = sum(one.money.values())
    share = 100 * total / one.amount if one.amount else None
    rows = [
        el("Tr", el("Td", f"{row.month // 100}-{row.month % 100:02d}"),
           el("Td", number(row.amount, words, decimals=3), class_="number"),
           el("Td", row.note or ("—" if one.money[row.month] == row.amount else words.t("已更正"))),
           el("Td", f"{words.texts.moment(row.at)} {_who(row.actor, words)}"))
        for row in reversed(one.payments)
    ]  # fmt: skip
    heads = (
        head(words.t("月份")),
        head(words.t("到位（亿元）"), True),
        head(words.t("备注")),
        head(words.t("何时何人登记")),
    )
    return card(
        words.t("资金到位"),
        facts(words.t("合同 {amount}", amount=words.figure_text(one.amount, "亿元")),
              words.t("已到位 {amount}", amount=words.figure_text(total, "亿元")), words.percent(share, 1)),
        table(words.t("各月到位资金"), heads, rows) if rows else el("P", words.t("还没有到位资金。"), class_="all-quiet"),
    )  # fmt: skip


def _said(one: DealRecord, words: Words) -> Element | None:
    """What was said of its standing still, and why it was withdrawn."""
    rows = [
        el("Tr", el("Td", shown(row.marked_on)), el("Td", words.t(MARKS[row.mark])), el("Td", words.t(REASONS[row.reason_class])),
           el("Td", row.note or "—"), el("Td", _who(row.actor, words)))
        for row in reversed(one.marks)
    ]  # fmt: skip
    deal = one.deal
    gone = (
        el("P", words.t("{day} 登记退出：{kind}，{reason}", day=shown(deal.withdrawn_on or 0),
                        kind=words.t(WITHDRAWN[deal.withdrawn_class]), reason=deal.withdrawn_reason), class_="notes")
        if deal.withdrawn_class else None
    )  # fmt: skip
    if not rows and gone is None:
        return None
    heads = map(
        head, (words.t("日期"), words.t("标记"), words.t("原因类别"), words.t("说明"), words.t("登记人"))
    )
    return card(words.t("停滞与退出"), "", gone, table(words.t("停滞标记"), heads, rows) if rows else None)


def _facts(one: DealRecord, words: Words) -> Element:
    deal = one.deal
    amount = words.figure_text(one.amount, "亿元") if deal.amount is not None else "—"
    if deal.currency != "CNY" and deal.amount is not None:
        amount += words.t("（原币 {amount}，签约日汇率 {rate}）", rate=number(deal.rate, words),
                          amount=f"{number(deal.amount, words)} {words.t(CURRENCIES[deal.currency])}")  # fmt: skip
    told: list[tuple[str, Child]] = [
        (LABELS["company"], deal.company),
        (LABELS["credit_code"], deal.credit_code or "—"),
        (LABELS["industry"], words.t(INDUSTRIES.get(deal.industry, deal.industry))),
        (LABELS["origin"], words.t(ORIGINS.get(deal.origin, deal.origin))),
        (LABELS["kind"], words.t(KINDS[deal.kind]) if SIGNED in one.reached else "—"),
        (LABELS["amount"], amount),
        (LABELS["talked_on"], shown(deal.talked_on) if deal.talked_on else "—"),
        (LABELS["note"], deal.note or "—"),
    ]
    pairs = [pair for name, value in told for pair in (el("Dt", words.t(name)), el("Dd", value))]
    return card(words.t("项目资料"), "", el("Dl", pairs, class_="facts"))


def _who(actor: str, words: Words) -> str:
    return words.t("系统") if actor == "system" else words.t("模拟") if actor == "sample" else actor


# ---- a new one


def new(here: Session, state: PageState) -> Element:
    """The form of a deal, the door for files, and the confirmation that a month is complete."""
    words = speaking(here)
    t, services = words.t, here.services
    counties = services.promotion.counties(here.actor)
    places = [(f"{code:012d}", _name(here, code)) for code in counties]
    language = {"lang": here.language}
    return el(
        "Div",
        el("Header", link(board_address(state), el("Span", class_="icon icon-back", aria_hidden="true"), t("返回招商"),
                          class_="back"), el("H1", t("登记招商项目")), class_="board-head"),
        card(t("逐个登记"), t("框架、意向协议也登记，但不计入签约"), _new_form(here, state, places, words), class_="form-card"),
        card(
            t("按文件导入"), t("表头按模板；有一处不对就整批不写入"),
            el("P", el("A", t("下载 XLSX 模板"), href="/template/deals.xlsx", download="deals.xlsx", class_="inline-link"), " ",
               el("A", t("下载 CSV 模板"), href="/template/deals.csv", download="deals.csv", class_="inline-link")),
            forms.form(here, "deal.import", forms.file("file", t(LABELS["file"]), required=True, accept=".csv,.xlsx"),
                       submit=t("导入"), busy=t("正在核对…")),
            class_="form-card",
        ),
        card(
            t("确认报齐"), t("县区确认后，该月的招商数据才出数；没有确认的不当作零"),
            forms.form(
                here, "deal.complete",
                forms.select("county", t(LABELS["county"]), places, required=True),
                forms.text("month", t(LABELS["month"]), hint="2026-10", required=True),
                submit=t("确认报齐"), class_="form-wide",
            ),
            class_="form-card",
        ),
        class_="board record",
        **language,
    )  # fmt: skip


def _new_form(here: Session, state: PageState, places: list[tuple[str, str]], words: Words) -> Element:
    t = words.t
    choose = ("", t("请选择"))
    region = state.region if state.region in dict(places) else places[0][0] if len(places) == 1 else ""
    return forms.form(
        here, "deal.add",
        forms.text("name", t(LABELS["name"]), required=True, maxLength=120),
        forms.text("company", t(LABELS["company"]), required=True, maxLength=120),
        forms.text("credit_code", t(LABELS["credit_code"]), maxLength=18, hint=t("正式签约时必填")),
        forms.select("region", t(LABELS["region"]), [choose, *places], region, required=True),
        forms.select("industry", t(LABELS["industry"]), [choose, *_named(INDUSTRIES, words)], required=True),
        forms.select("origin", t(LABELS["origin"]), [choose, *_named(ORIGINS, words)], required=True),
        [forms.date(name, t(label)) for name, label in STAGE_FIELDS.items()],
        forms.date("talked_on", t(LABELS["talked_on"])),
        forms.select("kind", t(LABELS["kind"]), [choose, *_named(KINDS, words)]),
        forms.select("currency", t(LABELS["currency"]), _named(CURRENCIES, words), "CNY"),
        forms.number("amount", t(LABELS["amount"]), unit=t("亿（所选币种）")),
        forms.number("rate", t(LABELS["rate"]), hint=t("外币时填一单位外币折合人民币")),
        forms.area("note", t(LABELS["note"])),
        submit=t("登记"), class_="form-wide",
    )  # fmt: skip


def _name(here: Session, code: int) -> str:
    region = here.services.tree.get(code)
    return region.name_en if here.language == "en" else region.name
