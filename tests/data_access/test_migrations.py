"""Schema versions: the migrations make what the rooms declare, on every engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from data_access import migrations
from data_access.config import StoreSettings
from data_access.engine import create_engine, transaction
from data_access.schema import metadata
from indicators.errors import CockpitError


@pytest.fixture
def blank(engine: Engine) -> Engine:
    """An engine on a database without any table."""
    with transaction(engine) as connection:
        found = sa.MetaData()
        found.reflect(connection)
        found.drop_all(connection)
        assert sa.inspect(connection).get_table_names() == []
    return engine


def triggers(engine: Engine) -> list[str]:
    """The names of all triggers of our tables."""
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    with engine.connect() as connection:
        return list(connection.scalars(sa.text(sqlite if engine.dialect.name == "sqlite" else postgresql)))


def test_the_migrated_schema_is_the_declared_one(blank: Engine) -> None:
    migrations.upgrade(blank)
    with blank.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrated_store_guards_its_logs_like_the_declared_one(engine: Engine, blank: Engine) -> None:
    migrations.upgrade(blank)
    migrated = triggers(blank)
    assert migrated
    with transaction(blank) as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert triggers(blank) == migrated


def test_clustered_tables_stay_clustered_on_sqlite(tmp_path: Path) -> None:
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/store.db"))
    migrations.upgrade(engine)
    with engine.connect() as connection:
        for name in ("current", "history", "confirmations"):
            made = connection.scalar(
                sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
            )
            assert "WITHOUT ROWID" in made
    engine.dispose()


def test_upgrading_twice_changes_nothing(blank: Engine) -> None:
    migrations.upgrade(blank)
    version = migrations.version(blank)
    migrations.upgrade(blank)
    assert migrations.version(blank) == version is not None


def test_a_store_of_a_newer_program_is_refused_untouched(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CockpitError) as refused:
        migrations.upgrade(engine)
    assert refused.value.key == "newer_store"
    assert "9999" in str(refused.value)
    assert migrations.version(engine) == "9999"


def test_migrations_run_from_any_folder(tmp_path: Path) -> None:
    program = (
        "from data_access import migrations; from data_access.config import StoreSettings; "
        "from data_access.engine import create_engine; "
        f"migrations.upgrade(create_engine(StoreSettings(url='sqlite:///{tmp_path}/store.db')))"
    )
    root = str(Path(migrations.__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, check=True
    )
    assert (tmp_path / "store.db").exists()
