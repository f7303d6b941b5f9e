"""What was typed about a feed, read field by field; what opens a source is taken in and never given out again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from data_access.feeds import Feed
from data_access.guard import Allowed, inner
from data_access.sources import database, http
from indicators.errors import N_, CockpitError
from indicators.regions import RegionTree
from services import mapping as mappings
from services.feed_views import AUTHS, FORMATS, KINDS, RHYTHMS
from services.incident_forms import Form

LONGEST = 500
LONGEST_MAPPING = 20_000
FOLDER = re.compile(r"[^\W_][\w-]{0,39}")
TABLE = re.compile(r"[^\s.:\x00-\x1f\"'`;]{1,128}(\.[^\s.:\x00-\x1f\"'`;]{1,128})?")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
TELLING = re.compile(r"token|key|secret|passw|pwd|sign|auth", re.IGNORECASE)
CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")
DAY = 86_400

Seal = Callable[[str], str]


class FeedForm:
    """Reads a form; ``read`` gives the feed, or raises every issue at its field.

    known  the feed that is changed; None for a new one
    """

    def __init__(
        self, values: Mapping[str, str], known: Feed | None, *, tree: RegionTree, departments: Mapping[str, str],
        systems: Mapping[int, str], allowed: Allowed, seal: Seal, zone: timedelta,
    ) -> None:  # fmt: skip
        self._form = Form(values, zone)
        self._known = known
        self._tree, self._departments, self._systems = tree, departments, systems
        self._allowed, self._seal = allowed, seal

    def read(self, fresh: str) -> Feed:
        """The feed as it was typed.

        fresh   the id of a new one
        raises  CockpitError with every field that is wrong
        """
        form, known = self._form, self._known
        kind = known.kind if known else form.choice("kind", tuple(KINDS))
        department = form.text("department")
        if department and department not in self._departments:
            form.wrong("department", "unknown_department", N_("没有这个部门。"), N_("请从列表中选择。"))
        system = form.whole("system", 0, 2**31 - 1)
        if system and system not in self._systems:
            form.wrong("system", "unknown_system", N_("没有登记这个系统。"), N_("请先在“系统清单”里登记。"))
        every = form.whole("every", 60, 604_800)
        if every not in RHYTHMS:
            form.wrong("every", "field_choice", N_("请从给出的选项中选择。"))
        made = Feed(
            id=known.id if known else fresh,
            name=form.text("name", required=True, longest=64),
            kind=kind,
            department=department,
            region=form.region("region", self._tree),
            system=system or None,
            mapping=self._mapping(),
            every=every,
            after=self._after(),
            version=form.whole("version", 0, 2**31 - 1) if known else 0,
        )
        if kind in KINDS:
            settings, secret = {"folder": self._folder, "database": self._database, "http": self._http}[
                kind
            ]()
            made = replace(made, settings=settings, secret=secret)
        form.done()
        return made

    def _after(self) -> int:
        text = self._form.text("at")
        clock = CLOCK.fullmatch(text)
        if text and clock is None:
            self._form.wrong("at", "field_clock", N_("请填写钟点，如 06:30。"))
        return int(clock[1]) * 3600 + int(clock[2]) * 60 if clock else 0

    def _mapping(self) -> str:
        text = self._form.text("mapping", longest=LONGEST_MAPPING)
        if text:
            try:
                mappings.parse(text, "mapping")
            except CockpitError as error:
                for issue in error.issues:
                    self._form.add(replace(issue, where="mapping"))
        return text

    # ---- kinds

    def _folder(self) -> tuple[dict[str, str], str]:
        name = self._form.text("folder", required=True, longest=40)
        if name and not FOLDER.fullmatch(name):
            self._form.wrong(
                "folder", "bad_folder", N_("文件夹名只能用文字、数字、下划线和短横线。"), N_("如 finance-monthly。")
            )  # fmt: skip
        return {"folder": name}, ""

    def _database(self) -> tuple[dict[str, str], str]:
        form = self._form
        text = form.text("url", required=True, longest=LONGEST)
        typed = form.text("secret", longest=LONGEST)
        settings = {"url": text, "table": self._table()}
        if not text:
            return settings, ""
        try:
            url = database.address(text)
        except CockpitError as error:
            form.add(replace(error.issues[0], where="url"))
            return settings, ""
        if url.password:  # moved to where it is sealed; the address is shown without it
            typed = typed or str(url.password)
            url = url._replace(password=None)
            settings["url"] = url.render_as_string()
        if url.host:
            port = url.port or database.PORTS.get(url.get_backend_name(), 0)
            self._outside("url", url.host, port)
        return settings, self._sealed(typed, settings, ("url",), needed=False)

    def _table(self) -> str:
        name = self._form.text("table", required=True, longest=260)
        if name and not TABLE.fullmatch(name):
            self._form.wrong(
                "table", "bad_table", N_("这里填写一个表或视图的名称，不是 SQL。"), N_("如 monthly 或 share.v_monthly。")
            )  # fmt: skip
        return name

    def _http(self) -> tuple[dict[str, str], str]:
        form = self._form
        auth = form.choice("auth", tuple(AUTHS), "none")
        settings = {
            "url": form.text("url", required=True, longest=LONGEST), "auth": auth,
            "user": form.text("user", longest=200) if auth in ("basic", "header") else "",
            "format": form.choice("format", tuple(FORMATS), "json"), "path": form.text("path", longest=200),
        }  # fmt: skip
        if auth in ("basic", "header") and not settings["user"]:
            form.wrong("user", "field_missing", N_("这一项必须填写。"))
        if auth == "header" and settings["user"] and not HEADER.fullmatch(settings["user"]):
            form.wrong("user", "bad_header", N_("请求头的名称只含字母、数字和短横线，如 X-Api-Key。"))
        try:
            http.steps(settings["path"])
        except ValueError:
            form.wrong(
                "path", "bad_path", N_("读不懂这个路径。"), N_("写法如 data.items 或 result[0].rows。")
            )
        self._address(settings["url"])
        typed = form.text("secret", longest=LONGEST)
        if typed and not (typed.isascii() and typed.isprintable()):
            form.wrong("secret", "bad_secret", N_("口令里有请求头不能携带的字符。"))
        if auth == "none":
            return settings, ""
        return settings, self._sealed(typed, settings, ("url", "auth", "user"), needed=True)

    def _address(self, text: str) -> None:
        if not text:
            return
        try:
            address = urlsplit(text)
            host, port = address.hostname or "", address.port
        except ValueError:
            host, port, address = "", None, urlsplit("")
        if not host or address.scheme not in ("https", "http") or address.username or address.password:
            self._form.wrong("url", "bad_address", N_("这不是一个可用的地址。"),
                             N_("以 https:// 开头，不含账号和口令。"))  # fmt: skip
            return
        if any(TELLING.search(name) for name, _ in parse_qsl(address.query)):
            self._form.wrong("url", "secret_in_address", N_("地址里似乎带着密钥，而地址是会显示的。"),
                             N_("请从地址里去掉它，改填在“口令”里，以请求头携带。"))  # fmt: skip
        self._outside("url", host, port or (443 if address.scheme == "https" else 80))

    def _outside(self, where: str, host: str, port: int) -> None:
        place = inner(host, port, self._allowed)
        if place:
            self._form.wrong(
                where, "internal_address", N_("地址 {host} 指向内部网络（{place}），没有放行。"),
                N_("如确需使用，请运维人员在设置 feeds.internal 中允许它。"), host=host, place=place,
            )  # fmt: skip

    def _sealed(self, typed: str, settings: Mapping[str, str], bound: tuple[str, ...], needed: bool) -> str:
        """What opens the source: what was typed, or what is kept; it does not go along to another place unseen."""
        known = self._known
        moved = known is not None and any(known.settings.get(one) != settings[one] for one in bound)
        if typed:
            return self._seal(typed)
        kept = known.secret if known else ""
        if (needed and not kept) or (kept and moved):
            self._form.wrong("secret", "secret_again", N_("请填写口令。"),
                             N_("地址或账号改变后须重新填写，原有的不会发往新地址。"))  # fmt: skip
        return kept
