"""Run by Alembic: the steps go through the connection, and the transaction, of whoever asked for them."""

from alembic import context

from data_access.migrations import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
