"""Bring the database to this release's shape.

Alembic is loaded only where there is something to bring: it takes as long as a call to a platform.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from comptoir.books.problems import Message, ToldError
from comptoir.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent / "migrations"


class NewerDatabaseError(ToldError):
    """The database was written by a newer release."""


class Shape(StrEnum):
    """How a database's tables stand to this release."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def alembic_config() -> Config:
    """Alembic's settings, without a file."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def shape_of(database: Database) -> Shape:
    """What `upgrade` would find; nothing is changed."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    with database.read() as connection:
        return _shape(MigrationContext.configure(connection), ScriptDirectory.from_config(alembic_config()))


def upgrade(database: Database, key_file: Path | None = None) -> None:
    """Run the steps that the database has not seen; none on one that is up to date.

    Of several processes that start at once, one runs them and the others wait. `key_file` opens what a step must look
    into; an empty database needs none. Raises NewerDatabaseError, and VaultError where the key file is wanted and is
    missing, damaged, or another database's: nothing is changed then.
    """
    if _has_newest_step(database):
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    with database.write() as connection:
        database.lock(connection, "comptoir: upgrade")
        shape = _shape(MigrationContext.configure(connection), scripts)
        if shape is Shape.NEWER:
            raise NewerDatabaseError(
                Message("This database was used by a newer release of Comptoir. Install that release again.")
            )
        if shape is not Shape.CURRENT:
            config.attributes["connection"] = connection
            config.attributes["key_file"] = key_file
            command.upgrade(config, "head")


def _has_newest_step(database: Database) -> bool:
    """Whether this release's last step was the last that ran. The files of the steps begin with their numbers."""
    newest = max(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        ran = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    return list(ran) == [newest]


def _shape(context: MigrationContext, scripts: ScriptDirectory) -> Shape:
    current = context.get_current_revision()
    if current is None:
        return Shape.EMPTY
    if current == scripts.get_current_head():
        return Shape.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Shape.OLDER if current in known else Shape.NEWER
