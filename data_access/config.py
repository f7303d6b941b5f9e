"""The settings: config.yaml and the environment, checked and frozen before anything starts.

Every setting has a default here and in config.yaml; ``CHENGMAI_<SECTION>_<NAME>`` in the environment wins over
the file. What is wrong is told all at once: the key, the value that was found, and what is allowed.
"""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from indicators.errors import N_, CockpitError, Issue

PREFIX = "CHENGMAI_"
"""What the name of every environment variable of ours begins with."""

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "config.yaml"


def between(low: int, high: int, default: int) -> Any:
    """A whole number between two bounds, both allowed."""
    return Field(default=default, ge=low, le=high)


class Section(BaseModel):
    """A group of settings: frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CitySettings(Section):
    """Which city this is."""

    pack: str = Field(default="packs/440900", min_length=1)


def _store_url(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and not make_url(url).database):
        raise ValueError(url)
    return url


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(name) from error
    return name


def _long_or_empty(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < 32:
        raise ValueError("short")
    return secret


class StoreSettings(Section):
    """Where figures are kept."""

    url: Annotated[str, AfterValidator(_store_url)] = "sqlite:///var/chengmai.db"
    pool_size: int = between(1, 100, 8)
    pool_overflow: int = between(0, 100, 16)
    pool_wait_seconds: int = between(1, 300, 30)
    busy_seconds: int = between(1, 600, 30)
    synchronous: Literal["normal", "full"] = "normal"
    cache_mb: int = between(1, 1024, 16)
    mmap_mb: int = between(0, 65536, 0)


class ServerSettings(Section):
    """The web door."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = between(1, 65535, 8050)
    workers: int = between(1, 64, 1)
    threads: int = between(1, 128, 8)
    max_body_mb: int = between(1, 4096, 220)


class InterfaceSettings(Section):
    """What a reader meets before choosing otherwise."""

    language: Literal["zh", "en"] = "zh"
    mode: Literal["auto", "light", "dark"] = "auto"
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    poll_seconds: int = between(1, 3600, 2)


class SecuritySettings(Section):
    """Sign-in and sessions."""

    secret_key: Annotated[SecretStr, AfterValidator(_long_or_empty)] = SecretStr("")
    session_idle_minutes: int = between(1, 1440, 30)
    session_absolute_minutes: int = between(5, 10080, 720)
    lockout_attempts: int = between(3, 100, 5)
    lockout_minutes: int = between(1, 1440, 15)
    password_min_length: int = between(8, 128, 12)
    cookie_secure: bool = False
    trusted_proxies: int = between(0, 10, 0)


class IntakeSettings(Section):
    """How large a delivered file may be."""

    max_file_mb: int = between(1, 4096, 200)
    max_unpacked_mb: int = between(1, 16384, 1024)
    max_rows: int = between(1, 100_000_000, 10_000_000)
    max_columns: int = between(1, 16384, 1024)
    max_sheets: int = between(1, 1000, 50)
    max_cell_characters: int = between(1, 1_000_000, 32_767)
    max_issues: int = between(1, 100_000, 1000)
    batch_rows: int = between(1000, 1_000_000, 100_000)
    desk_cells: int = between(1000, 2_000_000, 300_000)


class FeedSettings(Section):
    """Feeds without hands: where they may reach, how long they may take, where their secrets are sealed."""

    folder: str = Field(default="var/feeds", min_length=1)
    key_file: str = Field(default="var/feeds.key", min_length=1)
    internal: str = ""
    connect_seconds: int = between(1, 120, 10)
    total_seconds: int = between(2, 3600, 60)
    max_rows: int = between(1, 10_000_000, 1_000_000)


class CapSettings(Section):
    """Warnings of authorities, as CAP 1.2."""

    folder: str = ""
    max_kb: int = between(16, 10_240, 1024)
    posts_per_minute: int = between(1, 6000, 60)
    hours_without_end: int = between(0, 720, 24)


class ScheduleSettings(Section):
    """What is done again and again without anybody's act."""

    enabled: bool = True
    lease_seconds: int = between(3, 600, 30)


def _steps(text: str) -> str:
    """Steps of an escalation: hours and a role each, the hours ascending."""
    steps_of(text)
    return text


ESCALATED_TO = ("department", "duty", "county_head", "leader")
"""Whom a step of the escalation may reach: the people of the owning department, or of a role, in the region."""


def steps_of(text: str) -> tuple[tuple[int, str], ...]:
    """The steps of an escalation from their text, ``4 duty, 24 leader``: seconds and whom.

    raises  ValueError where it is none
    """
    steps = []
    for part in filter(None, map(str.strip, text.split(","))):
        hours, to = part.split()
        if to not in ESCALATED_TO or not hours.isascii() or not hours.isdigit():
            raise ValueError(text)
        steps.append((int(hours) * 3600, to))
    if sorted({delay for delay, _ in steps}) != [delay for delay, _ in steps]:
        raise ValueError(text)
    return tuple(steps)


Steps = Annotated[str, AfterValidator(_steps)]


class WarningSettings(Section):
    """What is told again, to whom it goes on, how long a silence may last, what counts as flapping."""

    repeat_red_hours: int = between(0, 8760, 24)
    repeat_orange_hours: int = between(0, 8760, 72)
    repeat_yellow_hours: int = between(0, 8760, 168)
    repeat_blue_hours: int = between(0, 8760, 0)
    escalate_red: Steps = "4 department, 24 county_head, 48 leader"
    escalate_orange: Steps = "24 department, 72 county_head"
    escalate_yellow: Steps = "72 department"
    escalate_blue: Steps = ""
    silence_days: int = between(1, 366, 31)
    flap_periods: int = between(2, 120, 12)
    flap_changes: int = between(2, 120, 6)
    flap_high_percent: int = between(1, 100, 20)
    flap_low_percent: int = between(1, 100, 5)


class NoticeSettings(Section):
    """Messages to people, and where they may be sent."""

    link: str = ""
    internal: str = ""
    connect_seconds: int = between(1, 60, 5)
    read_seconds: int = between(1, 120, 10)
    total_seconds: int = between(2, 300, 20)
    attempts: int = between(1, 100, 8)
    backoff_seconds: int = between(1, 3600, 30)
    backoff_most_seconds: int = between(1, 86_400, 3600)
    per_minute: int = between(1, 600, 20)


class SupervisionSettings(Section):
    """Supervised items (督办): deadlines in working days."""

    sign_days: int = between(1, 30, 1)
    answer_days: int = between(1, 250, 5)
    review_days: int = between(1, 60, 3)
    repeat_days: int = between(1, 3650, 180)


class CacheSettings(Section):
    """Answers that are kept ready."""

    kind: Literal["memory", "none"] = "memory"
    entries: int = between(1, 1_000_000, 2000)
    seconds: int = between(1, 604_800, 3600)


class SampleSettings(Section):
    """Sample figures of the first start."""

    enabled: bool = True
    seed: int = between(0, 2**31 - 1, 440900)
    max_rows: int = between(1000, 1_500_000, 1_500_000)


class LoggingSettings(Section):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(Section):
    """All settings, one field a section; ``demo`` alone stands by itself."""

    demo: bool = True
    city: CitySettings = CitySettings()
    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    interface: InterfaceSettings = InterfaceSettings()
    security: SecuritySettings = SecuritySettings()
    intake: IntakeSettings = IntakeSettings()
    feeds: FeedSettings = FeedSettings()
    cap: CapSettings = CapSettings()
    warnings: WarningSettings = WarningSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    notices: NoticeSettings = NoticeSettings()
    supervision: SupervisionSettings = SupervisionSettings()
    cache: CacheSettings = CacheSettings()
    sample: SampleSettings = SampleSettings()
    logging: LoggingSettings = LoggingSettings()


SPECIAL = {
    "store.url": "sqlite:///<path> | postgresql://<user>:<password>@<host>/<database>",
    "security.secret_key": '"" | 32 … characters',
    **dict.fromkeys(
        (f"warnings.escalate_{level}" for level in ("red", "orange", "yellow", "blue")),
        "<hours> department|duty|county_head|leader, …",
    ),
    "interface.time_zone": "Asia/Shanghai | Asia/Urumqi | … (IANA)",
}
"""What is allowed where the type alone does not say it."""


def keys(model: type[Section] = Settings, prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings: ``demo``, ``city.pack``, ``store.url``…"""
    for name, spec in model.model_fields.items():
        section = spec.annotation
        if isinstance(section, type) and issubclass(section, Section):
            yield from keys(section, f"{name}.")
        else:
            yield prefix + name


def variable(key: str) -> str:
    """The environment variable that overrides a setting: ``store.url`` → ``CHENGMAI_STORE_URL``."""
    return PREFIX + key.replace(".", "_").upper()


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the file, with what the environment says on top.

    path     config.yaml; without it the one beside the program. Paths in it are meant from its folder
    raises   CockpitError with every wrong setting: key, value, what is allowed
    """
    file = (path or DEFAULT_FILE).resolve()
    found, issues = _read(file)
    variables = {variable(key): key for key in keys()}
    places = {}
    for name, text in sorted(environ.items()):
        if name in variables:
            key = variables[name]
            _put(found, key, _typed(key, text))
            places[key] = name
        elif name.startswith(PREFIX):
            issues.append(_unknown(name, text, list(variables), name))
    try:
        settings = Settings.model_validate(found)
    except ValidationError as error:
        issues += [_issue(detail, places, file) for detail in error.errors()]
        raise CockpitError(issues) from None
    security = settings.security
    if security.session_idle_minutes > security.session_absolute_minutes:
        key, longest = "security.session_idle_minutes", security.session_absolute_minutes
        issues.append(
            _wrong(key, security.session_idle_minutes, f"1 … {longest}", places.get(key, str(file)))
        )
    if issues:
        raise CockpitError(issues)
    return _anchored(settings, file.parent)


def _typed(key: str, text: str) -> object:
    """The text of a variable as the kind of value that the setting has; left as it is where it is not one."""
    kind = _spec(key).annotation
    if kind is bool:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if kind is int and text.strip().lstrip("-").isdecimal():
        return int(text)
    return text


def _read(file: Path) -> tuple[dict[str, Any], list[Issue]]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CockpitError(
            Issue(
                "no_settings",
                N_("没有设置文件 {file}"),
                N_("放一份 config.yaml，或写明它的路径"),
                params={"file": str(file)},
            )
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CockpitError(
            Issue(
                "unreadable_settings",
                N_("读不懂设置文件：{reason}"),
                N_("按 YAML 的写法改正"),
                where=str(file),
                params={"reason": " ".join(str(error).split())},
            )
        ) from None
    if found is None:
        return {}, []
    if not isinstance(found, dict):
        return {}, [
            Issue(
                "unreadable_settings", N_("设置文件应是“名称: 值”的清单"), N_("按 YAML 的写法改正"), str(file)
            )
        ]
    return found, []


def _put(found: dict[str, Any], key: str, value: object) -> None:
    """Put one value of the environment where the file would have it."""
    *sections, name = key.split(".")
    for section in sections:
        inner = found.get(section)
        found[section] = dict(inner) if isinstance(inner, dict) else {}
        found = found[section]
    found[name] = value


def _issue(detail: ErrorDetails, places: Mapping[str, str], file: Path) -> Issue:
    key = ".".join(str(part) for part in detail["loc"])
    where = places.get(key, str(file))
    if detail["type"] == "extra_forbidden":
        return _unknown(key, detail["input"], list(keys()), where)
    return _wrong(key, detail["input"], allowed(key), where)


def _wrong(key: str, value: object, wanted: str, where: str) -> Issue:
    return Issue(
        "wrong_setting",
        N_("设置 {key} 的值 {value} 不可用"),
        N_("可用的是：{allowed}"),
        where,
        params={"key": key, "value": _shown(key, value), "allowed": wanted},
    )


def _unknown(key: str, value: object, known: list[str], where: str) -> Issue:
    near = get_close_matches(key, known, n=1)
    return Issue(
        "unknown_setting",
        N_("没有名为 {key} 的设置（值 {value}）"),
        N_("是不是 {near}？全部设置见 docs/settings.md") if near else N_("全部设置见 docs/settings.md"),
        where,
        params={"key": key, "value": _shown(key, value), "near": near[0] if near else ""},
    )


def _shown(key: str, value: object) -> str:
    """The value as it was found; what may be a secret is not repeated."""
    secret = "secret" in key.lower() or ("url" in key.lower() and "@" in str(value))
    return "***" if secret else repr(value)


def _spec(key: str) -> FieldInfo:
    *sections, name = key.split(".")
    model: Any = Settings
    for section in sections:
        model = model.model_fields[section].annotation
    return model.model_fields[name]  # type: ignore[no-any-return]


def allowed(key: str) -> str:
    """What a setting may be, in a few signs: ``1 … 65535``, ``zh | en``, ``true | false``."""
    if key in SPECIAL:
        return SPECIAL[key]
    spec = _spec(key)
    kind = spec.annotation
    if isinstance(kind, type) and issubclass(kind, Section):
        return "{" + ", ".join(kind.model_fields) + "}"
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if kind is bool:
        return "true | false"
    if kind is int:
        low, high = (
            next(getattr(rule, end) for rule in spec.metadata if hasattr(rule, end)) for end in ("ge", "le")
        )
        return f"{low} … {high}"
    return "text"


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Relative paths made absolute, so that the folder one stands in does not matter."""
    url = make_url(settings.store.url)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(folder / str(url.database)))
    return settings.model_copy(
        update={
            "city": settings.city.model_copy(update={"pack": str(folder / settings.city.pack)}),
            "store": settings.store.model_copy(update={"url": url.render_as_string(hide_password=False)}),
            "feeds": settings.feeds.model_copy(
                update={
                    "folder": str(folder / settings.feeds.folder),
                    "key_file": str(folder / settings.feeds.key_file),
                }
            ),
            "cap": settings.cap.model_copy(
                update={"folder": str(folder / settings.cap.folder) if settings.cap.folder else ""}
            ),
        }
    )
