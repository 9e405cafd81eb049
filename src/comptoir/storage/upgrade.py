"""Bring the database to this release's shape."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from comptoir.storage.database import Database

FOLDER = Path(__file__).parent / "migrations"


class NewerDatabaseError(Exception):
    """The database was written by a newer release. The message is for the user."""


def alembic_config() -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database) -> None:
    """Run the steps that the database has not seen; none on a database that is up to date."""
    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    with database.write() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise NewerDatabaseError(
                "This data directory was used by a newer release of Comptoir. Install that release again."
            )
        if current != scripts.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
