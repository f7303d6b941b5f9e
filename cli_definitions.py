"""The operator's door to definitions as files: export the registry, import what files say otherwise as drafts."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indicators.errors import N_, CockpitError, Issue, Severity
from services.access import SYSTEM, Actor
from services.accounts import actor_of

if TYPE_CHECKING:
    from services.definition_files import Incoming, Taken
    from services.texts import Texts

WHAT = {"new": N_("新增"), "changed": N_("修改")}
SHOWN = 60
"""So many characters of a value are shown on a line."""


@click.group()
def definitions() -> None:
    """Definitions as files: the registry out, drafts in."""


@definitions.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def export(door: Any, folder: Path) -> None:
    """Write the registry into a folder: YAML as the library's, and a workbook for people."""
    for name, size in door.services.definition_files.write(SYSTEM, folder).items():
        click.echo(f"  {name:<24}{size:>10,}")
    door.say(N_("已导出到 {folder}。"), folder=str(folder))


@definitions.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what the files say otherwise, and change nothing.")
@click.option("--as", "account", default="", metavar="NAME", help="The account whose drafts they become.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def import_(door: Any, path: Path, dry_run: bool, account: str, as_json: bool) -> None:
    """Make drafts of what files say otherwise than the registry; review and publication follow in the product."""
    files, actor = door.services.definition_files, _actor(door, account)
    incoming = files.look(actor, path)
    taken = None if dry_run or not incoming.sound else files.take(actor, incoming, path.name)
    if as_json:
        click.echo(
            json.dumps(_document(incoming, taken, door.texts), ensure_ascii=False, indent=2, default=str)
        )
    else:
        _tell(door, incoming, taken)
    sys.exit(0 if incoming.sound else 1)


def _actor(door: Any, account: str) -> Actor:
    """Whose drafts they become: an account by its name, else the cockpit itself."""
    if not account:
        return SYSTEM
    for found in door.services.accounts.listing(SYSTEM):
        if found.name == account:
            return actor_of(found, int(door.services.clock().timestamp()))
    raise CockpitError(
        Issue("unknown_account", N_("没有账号 {name}。"), N_("用 chengmai account list 查看。"), "--as",
              params={"name": account})
    )  # fmt: skip


def _tell(door: Any, incoming: "Incoming", taken: "Taken | None") -> None:
    """Every difference by definition and field, then what is wrong, then the count."""
    for one in incoming.differences:
        click.echo(f"{door.texts.t(WHAT[one.what])}  {one.code}  {one.name}  ({one.where})")
        for line in one.lines if one.what == "changed" else ():
            click.echo(f"    {line.path}: {_short(line.before)} → {_short(line.after)}")
    door.tell(incoming.issues)
    door.say(
        N_(
            "{count} 处差异：{definitions} 项定义（新增 {new} 项，修改 {changed} 项）；相同 {same} 项，文件中没有的 {absent} 项保持不变。"
        ),
        count=sum(len(one.lines) for one in incoming.differences),
        definitions=len(incoming.differences),
        new=sum(one.what == "new" for one in incoming.differences),
        changed=sum(one.what == "changed" for one in incoming.differences),
        same=incoming.same,
        absent=incoming.absent,
    )
    if taken is not None:
        door.tell(taken.left)
        door.say(N_("已建成草稿 {count} 份，待审核发布。"), count=len(taken.drafts))


def _short(value: object) -> str:
    """A value on one line."""
    text = (
        "—"
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _document(incoming: "Incoming", taken: "Taken | None", texts: "Texts") -> dict[str, object]:
    """The whole result for a program."""
    return {
        "differences": [one.to_json() for one in incoming.differences],
        "same": incoming.same,
        "absent": incoming.absent,
        "issues": [
            {"key": one.key, "severity": str(one.severity), "where": one.where, "what": texts.what(one), "do": texts.do(one)}
            for one in (*incoming.issues, *(taken.left if taken else ()))
        ],
        "errors": sum(one.severity is Severity.ERROR for one in incoming.issues),
        "drafts": list(taken.drafts) if taken else [],
    }  # fmt: skip
