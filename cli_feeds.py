"""The operator's door to feeds: how they stand, run one now, try one, the yearly report on sharing as a workbook."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from indicators.errors import N_, CockpitError, Issue
from services.access import SYSTEM
from services.feed_views import KINDS, RUN_STATES, STATES, RunLine


@click.group()
def feeds() -> None:
    """Feeds without hands: folders, databases and addresses that are asked by themselves."""


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def listing(door: Any, as_json: bool) -> None:
    """How every feed stands; what opens a source is not shown."""
    view = door.services.feeds.listing(SYSTEM, door.texts.language)
    if as_json:
        _show([
            {"id": one.id, "name": one.name, "kind": one.kind, "place": one.place, "department": one.department,
             "region": one.region, "state": one.state, "every": one.every, "failures": one.failures,
             "last": one.last.state if one.last else None, "good_at": one.good_at, "next_at": one.next_at}
            for one in view.feeds
        ])  # fmt: skip
        return
    for one in view.feeds:
        state = door.texts.t(STATES[one.state])
        click.echo(f"  {one.id}  {state}  {one.name}  {door.texts.t(KINDS[one.kind])}: {one.place}")
    door.say(N_("共 {count} 个接入。"), count=len(view.feeds))


@feeds.command("run")
@click.argument("feed", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def run(door: Any, feed: str, dry_run: bool, as_json: bool) -> None:
    """Ask a source now; without an id all that are due."""
    service = door.services.feeds
    if not feed:
        if dry_run:
            raise CockpitError(Issue("unknown_feed", N_("没有这个数据接入。"), N_("试接入时请写明编号。")))
        door.say(N_("到期的接入已运行 {count} 个。"), count=service.due(door.services.clock()))
        return
    found: RunLine = service.test(SYSTEM, feed) if dry_run else service.run(SYSTEM, feed)
    if as_json:
        _show({**vars(found), "issues": list(found.issues)})
    else:
        for one in found.issues:
            click.echo(f"{one['where']}  {door.texts.t(one['what'], **one['params'])}", err=True)
        door.say(
            N_("{state}：{rows} 行，{facts} 个数，新增 {inserted}，更正 {corrected}，错误 {errors} 处。"),
            state=door.texts.t(RUN_STATES[found.state]), rows=found.rows, facts=found.facts,
            inserted=found.inserted, corrected=found.corrected, errors=found.errors,
        )  # fmt: skip
    sys.exit(1 if found.state in ("failed", "refused", "broken") else 0)


@feeds.command("report")
@click.argument("year", type=int)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def report(door: Any, year: int, file: Path) -> None:
    """Write the reports on sharing of a year into a workbook."""
    file.write_bytes(door.services.quality.export(SYSTEM, year, door.texts))
    door.say(N_("已写入 {file}。"), file=str(file))


def _show(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
