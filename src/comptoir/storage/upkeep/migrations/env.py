"""Alembic's entry: runs the steps on the connection that the product hands over."""

from alembic import context

from comptoir.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
