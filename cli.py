"""The operator's door: make, fill, check, ask, load, undo, tick, serve. Thin over the services."""

import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from cli_definitions import definitions
from cli_feeds import feeds
from data_access.config import Settings, load_settings
from indicators.errors import N_, CockpitError, Issue, Severity
from services.access import ROLE_NAMES, SYSTEM
from services.accounts import DemoAccount, NewAccount
from services.keys import (
    KEY_STATES,
    PURPOSES,
    SCENES,
    USUAL_DAYS,
    USUAL_SECONDS,
    WARTIME,
    KeyWish,
    ScreenSettings,
)
from services.texts import Texts

if TYPE_CHECKING:
    from services.bootstrap import Services
    from services.schedule import ScheduleView, Turn
    from services.statutory import Received

ROOT = Path(__file__).resolve().parent


class Door:
    """What every command needs: the settings, the operator's language, and the services once they are asked for."""

    def __init__(self) -> None:
        self.settings: Settings = load_settings()
        self.texts = Texts(self.settings.interface.language, self.settings.interface.time_zone)

    @cached_property
    def services(self) -> "Services":
        """The services on the store; a command that needs none does not wait for them."""
        from services import bootstrap  # pandas and the catalogue take a second that `--help` need not wait

        if not bootstrap.has_store(self.settings):
            raise CockpitError(
                Issue("no_store", N_("还没有数据库。"), N_("请先运行 chengmai init。"), where="store.url")
            )
        return bootstrap.build(self.settings)

    def say(self, message: str, **fields: object) -> None:
        """One line on standard output."""
        click.echo(self.texts.t(message, **fields))

    def tell(self, issues: Iterable[Issue]) -> None:
        """Every issue on standard error: what, where, what to do."""
        for issue in issues:
            click.echo(self.texts.issue(issue), err=True)


class Commands(click.Group):
    """Turns an error that a person can cause into words and exit code 1."""

    def invoke(self, context: click.Context) -> object:
        """Run the command that was called."""
        try:
            return super().invoke(context)
        except CockpitError as error:
            texts = context.obj.texts if context.obj else Texts("zh")
            for issue in error.issues:
                click.echo(texts.issue(issue), err=True)
            return sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """城脉 Chengmai: the leader cockpit of a city. Settings: config.yaml, CHENGMAI_<SECTION>_<NAME>."""
    context.obj = Door()
    level = context.obj.settings.logging.level.upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


def show(document: object) -> None:
    """A document as JSON on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@contextmanager
def progress(door: Door) -> Iterator[Callable[..., None]]:
    """How far long work has come: one line, written over on a terminal, a line a step in a log."""
    terminal = sys.stderr.isatty()
    last = ""

    def step(message: str, share: float | None = None, **fields: object) -> None:
        nonlocal last
        line = door.texts.t(message, **fields)
        if terminal:
            click.echo(f"\r\x1b[K{line}" + ("" if share is None else f" {share:.0%}"), err=True, nl=False)
        elif message != last:
            click.echo(line, err=True)
        last = message

    yield step
    if terminal and last:
        click.echo("\r\x1b[K", err=True, nl=False)


def put_in_place(door: Door, sample: bool | None = None, seed: int | None = None) -> None:
    """Make the store or bring it up to date, and say what was done."""
    from services import first_start

    chosen = {"enabled": sample, "seed": seed}
    changes = {name: value for name, value in chosen.items() if value is not None}
    settings = door.settings.model_copy(update={"sample": door.settings.sample.model_copy(update=changes)})
    with progress(door) as step:
        done = first_start.run(settings, step)
    for message, fields in done.lines:
        door.say(message, **fields)
    door.tell(done.issues)
    introduce(door, done.administrator, done.demo)


def introduce(door: Door, administrator: NewAccount | None, demo: Sequence[DemoAccount]) -> None:
    """Say who can sign in; the administrator's password is shown here and never again."""
    if administrator:
        door.say(N_("管理员账号（密码只显示这一次，首次登录须修改）："))
        click.echo(f"  {administrator.name}  {administrator.password}")
    if demo:
        door.say(N_("演示账号（config.yaml 中 demo: false 后消失）："))
        for account in demo:
            click.echo(f"  {account.name:<12}{account.password:<28}{door.texts.t(account.display)}")


@main.command()
@click.option("--sample/--no-sample", default=None, help="Fill the gaps with figures marked as simulated.")
@click.option("--seed", type=int, help="Another seed for the sample figures.")
@click.pass_obj
def init(door: Door, sample: bool | None, seed: int | None) -> None:
    """Make the store, or bring it up to date and fill only what is missing."""
    put_in_place(door, sample, seed)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.pass_obj
def check(door: Door, paths: tuple[Path, ...]) -> None:
    """Every problem of definitions, rules and packs at once, with file, line and remedy."""
    from services import checks

    today = datetime.now(ZoneInfo(door.settings.interface.time_zone)).date()
    issues = checks.run(paths, ROOT / door.settings.city.pack, today)
    door.tell(issues)
    errors = sum(issue.severity is Severity.ERROR for issue in issues)
    door.say(N_("检查完毕：错误 {errors} 个，提醒 {others} 个。"), errors=errors, others=len(issues) - errors)
    sys.exit(1 if errors else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="How the file speaks of our figures.")
@click.option("--dry-run", is_flag=True, help="Check and count everything, store nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_obj
def load(door: Door, file: Path, mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Take in a CSV, Excel or Parquet file in one transaction; warnings follow at once."""
    from services import intake
    from services import mapping as mappings

    services = door.services
    source = intake.from_path(file, services.intake.file_limit)
    spoken = mappings.load(mapping) if mapping else None
    with progress(door) as step:

        def stage(name: str, rows: int) -> None:
            step(N_("{stage}：{rows} 行"), stage=door.texts.t(intake.STAGES[name]), rows=rows)

        report = services.intake.load(SYSTEM, source, spoken, dry_run=dry_run, progress=stage)
    if as_json:
        show(report.to_json(door.texts))
    else:
        door.tell(report.issues)
        counts = {name: value for name, value in vars(report).items() if isinstance(value, int | str)}
        door.say(intake.OUTCOMES[report.state], **{"load": report.load, **counts})
    sys.exit(1 if report.state == "refused" else 0)


@main.command()
@click.option("--limit", default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def loads(door: Door, limit: int, as_json: bool) -> None:
    """The latest loads."""
    found = door.services.store.loads(limit)
    if as_json:
        show([vars(one) for one in found])
        return
    for one in found:
        undone = door.texts.t(N_("已撤销")) if one.undone else ""
        click.echo(
            f"{one.id:>6}  {door.texts.moment(one.at)}  {one.inserted:>8}  {one.actor}  {one.name}  {undone}"
        )


@main.command()
@click.argument("load", type=int)
@click.pass_obj
def undo(door: Door, load: int) -> None:
    """Take a load back: what it replaced returns, warnings are judged again."""
    report = door.services.intake.undo(SYSTEM, load)
    door.say(N_("已撤销批次 {load}：{changed} 个数值有变化。"), load=load, changed=report.changed)


@main.command()
@click.argument("indicator")
@click.argument("region")
@click.argument("period", required=False)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As it was known at the end of that day.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def query(
    door: Door, indicator: str, region: str, period: str | None, as_of: datetime | None, as_json: bool
) -> None:
    """One figure with everything that it must not travel without."""
    zone = ZoneInfo(door.settings.interface.time_zone)
    known = end_of_day(as_of.date(), zone) if as_of else None
    figure = door.services.documents.figure(SYSTEM, door.texts, indicator, region, period, known)
    if as_json:
        show(figure)
        return
    texts = door.texts
    number = "—" if figure["value"] is None else texts.number(figure["value"], figure["unit"])
    click.echo(f"{figure['region_name']}  {figure['name']}  {figure['period'] or ''}  {number}")
    words = [
        texts.status(figure["status"]) if figure["status"] else "",
        figure["reason"] or "",
        growth(texts, N_("同比"), figure["yoy_published"]),
        growth(texts, N_("同比（推算）"), figure["yoy_computed"]),
    ]
    click.echo("  " + " · ".join(word for word in words if word))
    if figure["source"]:
        click.echo(f"  {figure['source']['title']}  {figure['source']['citation']}")
    if figure["warning"]:
        click.echo(f"  {texts.level(figure['warning']['level'])}  {figure['warning']['since']}")


def growth(texts: Texts, name: str, value: float | None) -> str:
    """A growth rate with its name; nothing where there is none."""
    return "" if value is None else f"{texts.t(name)} {texts.number(value, '%', signed=True)}"


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of a local day."""
    return datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(seconds=1)


@main.command()
@click.pass_obj
def tick(door: Door) -> None:
    """Do what is due: take up the drop folder, end what expired, judge figures that changed, fell due or are late."""
    services = door.services
    if services.definitions.take_effect():
        services = services.renewed()
    if services.statutory.has_folder:
        tell_dropped(door)
    services.statutory.tick()
    services.resources.tick(services.clock())
    services.incidents.tick()
    report = services.alerts.tick(services.clock())
    door.tell(report.issues)
    door.say(
        N_("已判定规则 {rules} 条：新开 {opened}，升降级 {changed}，解除 {resolved}，订正 {revised}。"),
        rules=report.rules,
        opened=report.opened,
        changed=report.changed,
        resolved=report.resolved,
        revised=report.revised,
    )


@main.command()
@click.option("--once", is_flag=True, help="Do what is due now, all in order; for a timer of the system.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def schedule(door: Door, once: bool, as_json: bool) -> None:
    """How the jobs stand that run by themselves, and where one failed."""
    turns = door.services.schedule.once() if once else ()
    view = door.services.schedule.view(SYSTEM)
    if as_json:
        done = [
            {"job": one.job.name, "outcome": one.outcome, "times": one.times, "holder": one.holder}
            for one in turns
        ]
        show({"turns": done, **asdict(view)})
    else:
        tell_schedule(door, turns, view)
    sys.exit(1 if any(turn.outcome == "failed" for turn in turns) else 0)


def tell_schedule(door: Door, turns: "Sequence[Turn]", view: "ScheduleView") -> None:
    """What was done in this turn, or how every job stands; then the failures that are not mended."""
    from services.schedule import OUTCOMES, STATES

    t, moment = door.texts.t, door.texts.moment
    for turn in turns:
        click.echo("  ".join(filter(None, (turn.job.name, t(OUTCOMES[turn.outcome]), turn.holder))))
    for job in () if turns else view.jobs:
        at = moment(job.at) if job.at else "—"
        click.echo("  ".join((job.name, t(STATES[job.state]), at, f"{job.milliseconds} ms", t(job.title))))
    for one in view.failures:
        if not one.mended:
            said = t(one.what, **one.params)
            click.echo(f"{one.name}  ×{one.times}  {moment(one.last)}  {said}", err=True)


@main.command()
@click.argument("rule", type=click.Path(path_type=Path))
@click.argument("series", type=click.Path(path_type=Path))
@click.option("--rule", "wanted", default="", metavar="ID", help="Which rule, where the file holds several.")
@click.option("--figures", is_flag=True, help="The values are figures; their growth is computed first.")
@click.option("--json", "as_json", is_flag=True, help="Every state and event as JSON.")
@click.pass_obj
def backtest(door: Door, rule: Path, series: Path, wanted: str, figures: bool, as_json: bool) -> None:
    """Try a rule of a YAML file on a series (region, period, value): what it would have done, without a store."""
    from services import trial

    tried = trial.run(rule, series, wanted, figures=figures)
    told = tried.to_json()
    if as_json:
        show(told)
        return
    for event in told["events"]:
        level = door.texts.level(event["level"] or "none") if event["level"] else "—"
        click.echo(
            f"{event['region']}  {event['period']}  {door.texts.t(EVENT_WORDS[event['event']])}  {level}"
        )
    summary = told["summary"]
    door.say(
        N_("区域 {regions} 个，时期 {periods} 期：新开 {opened}，升降级 {changed}，解除 {resolved}。"),
        regions=len(tried.series.regions),
        periods=len(tried.series.keys),
        opened=summary["events"]["OPEN"],
        changed=summary["events"]["UPGRADE"] + summary["events"]["DOWNGRADE"],
        resolved=summary["events"]["RESOLVE"],
    )


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--folder", is_flag=True, help="Take up the drop folder of the settings (cap.folder).")
@click.option("--json", "as_json", is_flag=True, help="What became of each message as JSON.")
@click.pass_obj
def cap(door: Door, files: tuple[Path, ...], folder: bool, as_json: bool) -> None:
    """Take in warnings of authorities: CAP 1.2 files, or all that lie in the drop folder."""
    if bool(files) == folder:
        raise click.UsageError("FILE… or --folder")
    services = door.services
    told = [(path.name, *received(door, path)) for path in files]
    if folder:
        told = [
            (one.name, one.received, one.issues)
            for one in services.statutory.take_folder(SYSTEM, door.texts.issue)
        ]
    if as_json:
        show([cap_answer(door, *one) for one in told])
    else:
        for one in told:
            say_received(door, *one)
    sys.exit(1 if any(found is None for _, found, _ in told) else 0)


def received(door: Door, path: Path) -> "tuple[Received | None, tuple[Issue, ...]]":
    """One file taken in, or why it was refused."""
    from services import intake

    limit = door.settings.cap.max_kb << 10
    try:
        source = intake.from_path(path, 2 * limit)
        with source.path.open("rb") as file:
            found = door.services.statutory.receive(SYSTEM, file.read(limit + 1), "command", source.name)
    except CockpitError as error:
        return None, error.issues
    return found, found.issues


def tell_dropped(door: Door) -> None:
    """Take up the drop folder and say what became of its files; a folder that is gone is said too."""
    try:
        for one in door.services.statutory.take_folder(SYSTEM, door.texts.issue):
            say_received(door, one.name, one.received, one.issues)
    except CockpitError as error:
        door.tell(error.issues)


def say_received(door: Door, name: str, found: "Received | None", issues: Sequence[Issue]) -> None:
    """One message on a line, and its issues below."""
    state = found.state if found else "refused"
    level = door.texts.level(LEVEL_KEYS[found.level]) if found and found.level else ""
    live = door.texts.t(N_("生效中")) if found and found.live else ""
    words = (name, door.texts.t(CAP_STATES[state]), level, live, found.status if found else "")
    click.echo("  ".join(word for word in words if word))
    door.tell(issues)


def cap_answer(door: Door, name: str, found: "Received | None", issues: Sequence[Issue]) -> dict[str, object]:
    """What became of a message, for a program."""
    told = {"file": name, "state": found.state if found else "refused"}
    if found:
        told |= {"id": found.id, "level": found.level, "colour": found.colour, "in_force": found.live,
                 "regions": [f"{region:012d}" for region in found.regions], "superseded": list(found.superseded)}  # fmt: skip
    return told | {
        "issues": [{"key": one.key, "what": door.texts.what(one), "where": one.where} for one in issues]
    }


CAP_STATES = {"stored": N_("已收下"), "repeated": N_("重复，未变"), "refused": N_("拒收")}
"""What can become of a message."""

LEVEL_KEYS = ("none", "blue", "yellow", "orange", "red")


@main.command()
@click.option("--region", help="Only this region, in any spelling.")
@click.option("--history", is_flag=True, help="What happened, newest first.")
@click.option("--limit", default=100, show_default=True, help="Lines of the history.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def warnings(door: Door, region: str | None, history: bool, limit: int, as_json: bool) -> None:
    """Open warnings, the most severe first."""
    services = door.services
    regions = (services.tree.parse(region),) if region else None
    told = (
        services.documents.events(SYSTEM, door.texts, regions, limit)
        if history
        else services.documents.warnings(SYSTEM, door.texts, regions)
    )
    if as_json:
        show(told)
        return
    for one in told:
        click.echo("  ".join(word for word in warning_words(door.texts, one) if word))
    if not told:
        door.say(N_("没有未解除的预警。"))


def warning_words(texts: Texts, one: dict[str, Any]) -> Iterator[str]:
    """A warning, or what happened to one, on a line: level, place, indicator, figure against bound, period."""
    yield texts.level(one["level"]) if one["level"] != "none" else "—"
    yield texts.t(EVENT_WORDS[one["event"]]) if "event" in one else ""
    yield f"{one['region_name']} {one['name']}"
    yield texts.number(one["measure_value"])
    if one.get("op"):
        yield f"({one['op']} {texts.number(one['threshold'])})"
    yield one["period"]
    if one.get("lasted"):
        yield texts.t(N_("已持续 {count} 期"), count=one["lasted"])
    yield texts.status("simulated") if one.get("status") == "simulated" else ""


EVENT_WORDS = {
    "OPEN": N_("新开"),
    "UPGRADE": N_("升级"),
    "DOWNGRADE": N_("降级"),
    "RESOLVE": N_("解除"),
    "REVISED": N_("订正"),
}
"""What can happen to a warning."""


@main.group()
def notices() -> None:
    """Messages to people: their channels, what waits, what failed."""


@notices.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_notices(door: Door, as_json: bool) -> None:
    """How every channel stands, how much waits and what failed; never what opens a channel."""
    services, texts = door.services, door.texts
    channels, counts = services.channels.listing(SYSTEM), services.channels.counts(SYSTEM)
    failures = services.channels.failures(SYSTEM)
    if as_json:
        show(
            {
                "channels": [asdict(one) for one in channels],
                "counts": dict(counts),
                "failures": [
                    {"id": one.delivery.id, "key": one.delivery.key, "title": one.delivery.title,
                     "owner": one.owner, "channel": one.channel, "state": one.delivery.state,
                     "error": one.delivery.error, "attempts": len(one.attempts)}
                    for one in failures
                ],
            }
        )  # fmt: skip
        return
    from services.channels import KINDS, STATES
    from services.telling_words import fault

    for one in channels:
        health = fault(one.error, texts) or (texts.t(N_("正常")) if one.enabled else texts.t(N_("停用")))
        click.echo("  ".join((one.id, one.name, texts.t(KINDS[one.kind]), health)))
    door.say(N_("已送出 {sent} · 待发送 {waiting} · 未到时间 {messages} · 已放弃 {failed}"), **counts)
    for lost in failures:
        told = lost.delivery
        line = (
            str(told.id),
            texts.t(STATES[told.state]),
            lost.channel,
            lost.owner,
            told.title,
            fault(told.error, texts),
        )
        click.echo("  ".join(line), err=True)


@notices.command("send")
@click.pass_obj
def send_notices(door: Door) -> None:
    """Send what is due now; the server does so by itself."""
    services = door.services
    sent = services.telling.send(
        int(services.clock().timestamp()), patience=door.settings.notices.total_seconds + 5
    )
    door.say(N_("已送出 {count} 条。"), count=sent)


@notices.command("again")
@click.argument("number", type=int)
@click.pass_obj
def send_again(door: Door, number: int) -> None:
    """Put what was given up back into the outbox, with the key that it had."""
    door.services.channels.again(SYSTEM, number)
    door.say(N_("已放回发件箱，即将再次发送。"))


@notices.command("test")
@click.argument("channel")
@click.argument("address", default="")
@click.pass_obj
def test_channel(door: Door, channel: str, address: str) -> None:
    """Send a test message over a channel; where it writes to one person, to that address."""
    told = door.services.channels.test(SYSTEM, channel, address)
    if told is None or told.state != "sent":
        from services.telling_words import fault

        error = fault(told.error, door.texts) if told is not None else ""
        click.echo(door.texts.t(N_("没有送出：{error}"), error=error), err=True)
        sys.exit(1)
    door.say(N_("测试消息已送出。"))


@main.group()
def account() -> None:
    """People, their roles and regions."""


@account.command("list")
@click.pass_obj
def list_accounts(door: Door) -> None:
    """Every account with its rights."""
    services = door.services
    for one in services.accounts.listing(SYSTEM):
        regions = ", ".join(services.tree.name(grant.region) for grant in one.grants)
        state = door.texts.t(N_("停用")) if one.disabled else ""
        click.echo(f"{one.name:<16}{door.texts.t(ROLE_NAMES[one.role])}  {regions}  {state}")


@account.command()
@click.argument("name")
@click.option("--role", type=click.Choice(sorted(ROLE_NAMES)), required=True)
@click.option("--region", "regions", multiple=True, help="In any spelling; may be given several times.")
@click.option("--display", default="", help="The name shown on the screen.")
@click.option(
    "--department", default="", help="Of the catalogue: whose supervised items the account answers."
)
@click.pass_obj
def create(door: Door, name: str, role: str, regions: tuple[str, ...], display: str, department: str) -> None:
    """A new account with a random password, shown once."""
    services = door.services
    codes = [services.tree.parse(region) for region in regions]
    made = services.accounts.create(SYSTEM, name, display, role, codes, department=department)
    click.echo(f"{made.name}  {made.password}")


@account.command()
@click.argument("name")
@click.pass_obj
def password(door: Door, name: str) -> None:
    """A new random password, shown once; open sessions of the account end."""
    made = door.services.accounts.reset_password(SYSTEM, name)
    click.echo(f"{made.name}  {made.password}")


@account.command()
@click.argument("name")
@click.argument("department", default="")
@click.pass_obj
def department(door: Door, name: str, department: str) -> None:
    """Say of which department somebody is; without one: of none."""
    door.services.accounts.set_department(SYSTEM, name, department)
    door.say(N_("已更新账号 {name}。"), name=name)


@account.command()
@click.argument("name")
@click.argument("region")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day of the grant.")
@click.option("--revoke", is_flag=True, help="Take the grant away instead.")
@click.pass_obj
def grant(door: Door, name: str, region: str, until: datetime | None, revoke: bool) -> None:
    """Give an account a region with all that lies below it."""
    services = door.services
    code = services.tree.parse(region)
    if revoke:
        services.accounts.revoke(SYSTEM, name, code)
    else:
        zone = ZoneInfo(door.settings.interface.time_zone)
        end = end_of_day(until.date(), zone) if until else None
        services.accounts.grant(SYSTEM, name, code, until=end)
    door.say(N_("已更新 {name} 的授权。"), name=name)


@account.command()
@click.argument("name")
@click.option("--again", is_flag=True, help="Open a closed account again.")
@click.pass_obj
def disable(door: Door, name: str, again: bool) -> None:
    """Close an account; whoever is signed in with it is out at once."""
    accounts = door.services.accounts
    (accounts.enable if again else accounts.disable)(SYSTEM, name)
    door.say(N_("已更新账号 {name}。"), name=name)


@main.group()
def key() -> None:
    """Keys of screens and machines."""


@key.command("new")
@click.argument("name")
@click.option("--purpose", type=click.Choice(sorted(PURPOSES)), default="screen", show_default=True)
@click.option("--region", required=True, help="In any spelling; what lies below it is included.")
@click.option("--days", default=USUAL_DAYS, show_default=True, help="How long it holds.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--light", type=click.Choice(["dark", "light"]), default="dark", show_default=True)
@click.option("--scene", "scenes", multiple=True, type=click.Choice(list(SCENES)), help="Without: all.")
@click.option("--seconds", default=USUAL_SECONDS, show_default=True, help="How long each scene stands.")
@click.option("--wartime", type=click.Choice(list(WARTIME)), default="offer", show_default=True)
@click.pass_obj
def new_key(
    door: Door, name: str, purpose: str, region: str, days: int, language: str, light: str,
    scenes: tuple[str, ...], seconds: int, wartime: str,
) -> None:  # fmt: skip
    """A new key, shown once: a screen exchanges it at /screen/enter, a machine presents it with each delivery."""
    services = door.services
    screen = ScreenSettings(language, light, scenes, seconds, wartime)
    wish = KeyWish(purpose, name, services.tree.parse(region), days, screen=screen)
    made = services.keys.new(SYSTEM, wish)
    click.echo(f"{made.key.id}  {made.text}")


@key.command("list")
@click.pass_obj
def list_keys(door: Door) -> None:
    """Every key, the newest first, and what has become of it."""
    services = door.services
    for one in services.keys.listing(SYSTEM):
        state = door.texts.t(KEY_STATES[services.keys.state(one)])
        purpose, until = door.texts.t(PURPOSES[one.purpose]), door.texts.moment(one.expires_at)
        click.echo(f"{one.id}  {purpose}  {one.name}  {services.tree.name(one.region)}  {until}  {state}")


@key.command("revoke")
@click.argument("identity", metavar="ID")
@click.option("--reason", default="", help="Kept in the audit log.")
@click.pass_obj
def revoke_key(door: Door, identity: str, reason: str) -> None:
    """Take a key back; a screen that entered with it is out at once."""
    revoked = door.services.keys.revoke(SYSTEM, identity, reason)
    door.say(N_("已撤销密钥 {key}：{name}"), key=revoked.id, name=revoked.name)


@main.command()
@click.option("--host")
@click.option("--port", type=click.IntRange(1, 65535))
@click.pass_obj
def serve(door: Door, host: str | None, port: int | None) -> None:
    """The web door."""
    _ = door.services  # brings the schema up to date, and without a store says so here, not in a worker's log
    listen(door, host, port)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535))
@click.pass_obj
def run(door: Door, port: int | None) -> None:
    """Make and fill the store if there is none yet, then serve it."""
    from services import bootstrap

    if bootstrap.has_store(door.settings):
        introduce(door, None, door.services.accounts.settle_demo())
    else:
        put_in_place(door)
    listen(door, None, port)


def listen(door: Door, host: str | None, port: int | None) -> None:
    """Become the server, which runs until it is stopped; says where.

    The process is replaced, so that no connection to the store is handed on to the workers: a store of SQLite must
    not be carried across a fork.
    """
    server = door.settings.server
    host, port = host or server.host, port or server.port
    require_free(host, port)
    door.say(N_("城脉已在 {address} 等候，按 Ctrl+C 停止。"), address=f"http://{host}:{port}")
    level = "debug" if door.settings.logging.level == "debug" else "error"
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(server.workers),
        "--runtime-mode": "st",  # requests are worked on by the threads below; this one only takes them in
        "--blocking-threads": str(server.threads),
        "--working-dir": str(ROOT),
        "--log-level": level,
    }
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "granian", "--factory", "--no-access-log", *words, "app:server"]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606  our own interpreter and our own words


def require_free(host: str, port: int) -> None:
    """Raise when somebody listens there already; the server would share the port and answer every other request."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what, do = N_("{address} 不能监听：{reason}"), N_("请用 --port 换一个端口，或停止占用它的程序。")
            said = {"address": f"{host}:{port}", "reason": error.strerror or str(error)}
            raise CockpitError(Issue("port_in_use", what, do, "server.port", params=said)) from error


main.add_command(definitions)
main.add_command(feeds)

if __name__ == "__main__":
    main()
