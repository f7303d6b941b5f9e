"""The forms of the registry: a system, a resource, who supplies a figure."""

from pages._components import forms
from pages._components.elements import Element, link
from pages._session import Session
from services.registry_views import CYCLES, IDLE_REASONS, SHARES, WAYS, Resource, SupplyLine, System

Options = list[tuple[str, str]]


def system_form(known: System | None, here: Session, back: str) -> Element:
    """Register a system, or change what is registered of one."""
    t = here.texts.t
    reasons = [("", t("没有认定")), *((code, t(name)) for code, name in IDLE_REASONS.items())]
    return forms.form(
        here,
        "registry.system",
        *_head(known),
        forms.text("name", t("系统名称"), known.name if known else "", required=True, maxLength=120),
        *_whose(known, here),
        forms.date("since", t("启用日期"), _day(known.since if known else None), required=True),
        forms.area("purpose", t("用途"), known.purpose if known else "", rows=2),
        forms.number("users", t("在用账号数"), known.users if known else None),
        forms.date("used_on", t("最近使用日期"), _day(known.used_on if known else None),
                   hint=t("由它自动接入的数据另行计入。")),
        forms.date("connected_on", t("接入共享平台日期"), _day(known.connected_on if known else None)),
        forms.check("classified", t("涉密系统，不计入应接入"), known.classified if known else False),
        forms.select("idle_reason", t("认定闲置的原因"), reasons, known.idle_reason if known else ""),
        forms.date("found_on", t("认定日期"), _day(known.found_on if known else None)),
        forms.date("cleared_on", t("停用或并入日期"), _day(known.cleared_on if known else None)),
        submit=t("保存系统"), class_="form-wide feed-form", cancel=link(back, t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def resource_form(known: Resource | None, here: Session, back: str) -> Element:
    """Register an information resource, or change what is registered of one."""
    t = here.texts.t
    return forms.form(
        here,
        "registry.resource",
        *_head(known),
        forms.text("name", t("资源名称"), known.name if known else "", required=True, maxLength=160),
        *_whose(known, here),
        forms.select("system", t("来自系统"), _systems(here), str(known.system or "") if known else ""),
        forms.area("content", t("信息项"), known.content if known else "", rows=2),
        forms.select("share", t("共享类型"), [(code, t(name)) for code, name in SHARES.items()],
                     known.share if known else "free"),
        forms.text("basis", t("共享条件或不予共享的依据"), known.basis if known else ""),
        forms.select("cycle", t("更新周期"), [(code, t(name)) for code, name in CYCLES.items()],
                     known.cycle if known else "monthly"),
        forms.text("codes", t("由它得到的指标"), known.codes if known else "", hint=t("指标代码，以空格分隔。")),
        forms.date("needed_on", t("普查认定日期"), _day(known.needed_on if known else None), required=True),
        forms.date("catalogued_on", t("编目日期"), _day(known.catalogued_on if known else None)),
        forms.date("shared_on", t("共享日期"), _day(known.shared_on if known else None)),
        forms.date("opened_on", t("开放日期"), _day(known.opened_on if known else None)),
        forms.date("updated_on", t("最近更新日期"), _day(known.updated_on if known else None),
                   hint=t("由它得到的指标有新数据时另行计入。")),
        submit=t("保存资源"), class_="form-wide feed-form", cancel=link(back, t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def supply_form(line: SupplyLine, here: Session, back: str) -> Element:
    """Register who supplies a figure from a day on."""
    t, supply = here.texts.t, line.supply
    tree = here.services.tree
    region = next(iter(here.actor.regions), tree.root)
    seen = supply.id if supply and supply.region == region else 0
    return forms.form(
        here,
        "registry.supply",
        forms.hidden("indicator", line.code),
        forms.hidden("seen", seen),
        forms.text("region", t("地区"), tree.name(region), required=True, hint=t("下级地区没有另行登记的，依此。")),
        forms.select("department", t("提供部门"), _departments(here), supply.department if supply else line.owner_id),
        forms.select("system", t("来自系统"), _systems(here), str(supply.system or "") if supply else ""),
        forms.select("way", t("方式"), [(code, t(name)) for code, name in WAYS.items()], supply.way if supply else "desk"),
        forms.date("since", t("自哪一天起"), "", required=True, hint=t("此前的登记到前一天为止，仍可查到。")),
        forms.text("note", t("说明"), "", hint=t("由责任部门以外的部门提供时，写明为什么。")),
        submit=t("登记 {name} 的来源", name=line.name), class_="form-wide feed-form",
        cancel=link(back, t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def _head(known: System | Resource | None) -> list[Element]:
    return [
        forms.hidden("id", known.id if known else ""),
        forms.hidden("version", known.version if known else 0),
    ]


def _whose(known: System | Resource | None, here: Session) -> list[Element]:
    t, tree = here.texts.t, here.services.tree
    region = known.region if known else next(iter(here.actor.regions), tree.root)
    return [
        forms.select(
            "department", t("部门"), _departments(here), known.department if known else "", required=True
        ),
        forms.text("region", t("地区"), tree.name(region), required=True),
    ]


def _departments(here: Session) -> Options:
    t = here.texts.t
    return [("", t("请选择")), *here.services.feeds.choices(here.language).departments]


def _systems(here: Session) -> Options:
    t = here.texts.t
    return [("", t("未登记")), *here.services.feeds.choices(here.language).systems]


def _day(day: int | None) -> str:
    """A day as a date field holds it."""
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}" if day else ""
