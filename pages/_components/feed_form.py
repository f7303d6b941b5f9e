"""The form of a feed: only the fields of its kind; what opens a source is never filled in."""

from pages._components import forms
from pages._components.elements import Child, Element, link
from pages._session import Session
from services.feed_views import AUTHS, FORMATS, RHYTHMS, FeedView


def feed_form(kind: str, view: FeedView | None, here: Session, back: str) -> Element:
    """Make a feed of a kind, or change one."""
    t = here.texts.t
    tree = here.services.tree
    choices = here.services.feeds.choices(here.language)
    departments = [("", t("多个部门（共享平台）")), *choices.departments]
    systems = [("", t("未登记")), *choices.systems]
    fields: list[Child] = [
        forms.hidden("kind", kind),
        forms.hidden("feed", view.id if view else ""),
        forms.hidden("version", view.version if view else 0),
        forms.text("name", t("名称"), view.name if view else "", required=True, maxLength=64),
        forms.select("department", t("提供部门"), departments, view.department if view else "",
                     hint=t("只接收这个部门负责的指标；其他指标会被拒绝。")),
        forms.select("system", t("来自系统"), systems, str(view.system or "") if view else "",
                     hint=t("在“系统清单”里登记的系统。")),
        forms.text("region", t("地区"), tree.name(view.region if view else _usual(here)), required=True,
                   hint=t("只接收这个地区和它下级的数据。")),
        *KIND_FIELDS[kind](view, here),
        forms.select("every", t("周期"), [(str(one), t(name)) for one, name in RHYTHMS.items()],
                     str(view.every if view else 86_400)),
        forms.text("at", t("每天的钟点"), view.at if view else "06:00", hint=t("按天或按周接入时的开始时间。"),
                   inputMode="numeric"),
        forms.area("mapping", t("列名对照"), view.mapping if view else "", rows=6, spellCheck="false",
                   hint=t("表头已是指标、地区、时期、数值时留空；写法见 docs/intake.md 的映射文件，代码表写在 codes: | 之下。")),
    ]  # fmt: skip
    return forms.form(
        here, "feeds.save", *fields, submit=t("保存接入"), class_="form-wide feed-form",
        cancel=link(back, t("取消"), class_="button button-quiet"),
    )  # fmt: skip


def _usual(here: Session) -> int:
    """The region that somebody answers for."""
    return next(iter(here.actor.regions), here.services.tree.root)


def _folder(view: FeedView | None, here: Session) -> list[Child]:
    t = here.texts.t
    known = view.settings.get("folder", "") if view else ""
    root = t(
        "设置 feeds.folder 所指文件夹里的子文件夹，保存时建立；收取 CSV、XLSX、Parquet，收过的移入 done，拒收的移入 refused 并附原因。"
    )
    return [
        forms.text(
            "folder", t("文件夹"), known, required=True, hint=root, spellCheck="false", autoComplete="off"
        )
    ]


def _database(view: FeedView | None, here: Session) -> list[Child]:
    t = here.texts.t
    settings = view.settings if view else {}
    return [
        forms.text("url", t("数据库地址"), settings.get("url", ""), required=True, spellCheck="false", autoComplete="off",
                   hint=t("写法如 postgresql://账号@主机:端口/库名；口令另填。")),
        _secret(view, here),
        forms.text("table", t("表或视图"), settings.get("table", ""), required=True, spellCheck="false", autoComplete="off",
                   hint=t("只读取这一个表或视图，例如 share.v_monthly；请对方建一个只读账号。")),
    ]  # fmt: skip


def _http(view: FeedView | None, here: Session) -> list[Child]:
    t = here.texts.t
    settings = view.settings if view else {}
    return [
        forms.text("url", t("接口地址"), settings.get("url", ""), required=True, spellCheck="false", autoComplete="off",
                   hint=t("以 https:// 开头，不含账号和口令。")),
        forms.select("auth", t("认证"), [(one, t(name)) for one, name in AUTHS.items()], settings.get("auth", "none")),
        forms.text("user", t("账号或请求头名称"), settings.get("user", ""), spellCheck="false", autoComplete="off",
                   hint=t("Basic 认证的账号，或请求头的名称，如 X-Api-Key。")),
        _secret(view, here),
        forms.select("format", t("内容"), [(one, t(name)) for one, name in FORMATS.items()],
                     settings.get("format", "json")),
        forms.text("path", t("记录所在的路径"), settings.get("path", ""), spellCheck="false", autoComplete="off",
                   hint=t("JSON 里通往清单的路径，如 data.items；整个就是清单时留空。下级字段以点连接，如 area.code。")),
    ]  # fmt: skip


def _secret(view: FeedView | None, here: Session) -> Element:
    t = here.texts.t
    hint = t("已保存，不再显示；留空则不变。") if view and view.secret else t("加密存放，保存后不再显示。")
    return forms.secret("secret", t("口令或令牌"), hint=hint)


KIND_FIELDS = {"folder": _folder, "database": _database, "http": _http}
"""What each kind asks for beside what all have."""
