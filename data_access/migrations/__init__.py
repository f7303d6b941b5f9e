"""Schema versions: make a store, bring one up to date, refuse one that is newer than the program."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from data_access import (
    accounts,
    alerts,
    board_layouts,
    checks,
    collection_tables,
    definitions,
    desk,
    drafts,
    feeds,
    handling_tables,
    hotline,
    incident_tables,
    indicator_notes,
    keys,
    observations,
    outbox_tables,
    plans_tables,
    projects,
    promotion,
    region_changes,
    registers,
    registry,
    resources,
    rule_proposals,
    saved_views,
    schedule,
    stars,
    statutory,
    supervision_tables,
    targets,
)
from data_access.engine import transaction
from data_access.schema import metadata
from indicators.errors import N_, CockpitError, Issue

HERE = Path(__file__).resolve().parent

logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps are told by whoever runs them

ROOMS = (
    accounts,
    alerts,
    board_layouts,
    checks,
    collection_tables,
    definitions,
    desk,
    drafts,
    feeds,
    handling_tables,
    hotline,
    incident_tables,
    indicator_notes,
    keys,
    observations,
    outbox_tables,
    plans_tables,
    projects,
    promotion,
    region_changes,
    registers,
    registry,
    resources,
    rule_proposals,
    saved_views,
    schedule,
    stars,
    statutory,
    supervision_tables,
    targets,
)
"""The rooms that add tables to the metadata; naming them here imports them."""


def upgrade(engine: Engine) -> None:
    """Bring a store to the schema of this program, in one transaction; an empty one is made.

    raises  CockpitError where the store was written by a newer program; nothing is touched then
    """
    found = version(engine)
    steps = ScriptDirectory(str(HERE))
    if found == steps.get_current_head():
        return
    if found is not None and found not in {step.revision for step in steps.walk_revisions()}:
        raise CockpitError(
            Issue(
                "newer_store",
                N_("数据库的结构版本 {found} 比本程序新"),
                N_("请安装写入该数据库的程序版本，或换用它升级之前的备份"),
                params={"found": found},
            )
        )
    with transaction(engine) as connection:
        command.upgrade(_config(connection), "head")


def create_schema(engine: Engine) -> None:
    """All tables at once, as the migrations leave them: for stores that live as long as a test."""
    with transaction(engine) as connection:
        metadata.create_all(connection)
        command.stamp(_config(connection), "head")


def version(engine: Engine) -> str | None:
    """The schema version of a store; None where there is no store yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
