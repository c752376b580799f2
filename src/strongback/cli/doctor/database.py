"""The store: whether it can be reached, has the model's schema, and lets us do what we have to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongback.cli.doctor.checked import Checked, ok, refused, warning, wrong
from strongback.errors import StrongbackError
from strongback.host.project import PRODUCTION

if TYPE_CHECKING:
    from strongback.host.project import Project
    from strongback.model.model import Model
    from strongback.store.store import Store
    from strongback.tables.schema import Schema

STATEMENTS_SHOWN = 3
NOT_YET = "is not there yet; the first run makes it"


async def check_store(project: Project, url: str) -> AsyncIterator[Checked]:
    """Everything about the store at *url*. Nothing is written, and no file is made."""
    try:
        if not url.startswith("sqlite:"):
            from strongback.cli.doctor.postgresql import check_server

            looked = [each async for each in check_server(url)]
        else:
            looked = [_file_of(url)]
        for each in looked:
            yield each
        if _is_open(looked):
            async for each in _check_schema(project, url):
                yield each
    except StrongbackError as error:
        yield refused("store", error)


def _is_open(looked: list[Checked]) -> bool:
    """Whether there is a store to look into."""
    return all(each.state != "wrong" for each in looked) and not any(each.told.endswith(NOT_YET) for each in looked)


def _file_of(url: str) -> Checked:
    from strongback.store.sqlite.settings import read_settings

    settings = read_settings(url)
    if settings.in_memory:
        return ok("store", "SQLite in memory: it ends with the process")
    path = Path(settings.path)
    return _writable(path) if path.exists() else _place_for(path)


def _place_for(path: Path) -> Checked:
    folder = path.absolute().parent
    if folder.is_dir() and os.access(folder, os.W_OK):
        return ok("store", f"{path} {NOT_YET}")
    return wrong(
        "store", f"{path} cannot be made: {folder} is no folder that this user may write", f"mkdir -p {folder}"
    )


def _writable(path: Path) -> Checked:
    """SQLite writes beside the file as well: its journal."""
    refusing = [each for each in (path, path.absolute().parent) if not os.access(each, os.W_OK)]
    if refusing:
        return wrong("store", f"this user may not write {refusing[0]}", f"chown or chmod {refusing[0]}")
    return ok("store", f"{path}, {path.stat().st_size:,} bytes")


async def _check_schema(project: Project, url: str) -> AsyncIterator[Checked]:
    from strongback.cli.doctor.postgresql import check_creating, lacking_rights
    from strongback.engine.erase import erases
    from strongback.migrate.existing import look_at_existing
    from strongback.migrate.run import is_migrated
    from strongback.store.open import open_store
    from strongback.tables.make import make_schema

    store, dialect = open_store(url)
    schema = make_schema(project.model)
    try:
        await store.start()
        if store.dialect == "postgresql" and (lacking := await lacking_rights(store, _tables(schema))) is not None:
            yield lacking
            return
        looked = await look_at_existing(store, project.model, schema)
        if looked.wrong:
            yield wrong(
                "tables", "; ".join(looked.wrong), "change them, or the declaration: `strongback explain SB437`"
            )
            return
        if looked.slow:
            yield warning(
                "indexes", "; ".join(looked.slow), "make them by your own migration; these tables are not ours"
            )
        migrated = await is_migrated(store, schema)
        yield ok("schema", "the model's") if migrated else await _difference(project, store, dialect, schema)
        if migrated and erases(project.model):
            yield await _check_due(project.model, schema, store, dialect)
        if store.dialect == "postgresql":
            yield await check_creating(store, migrated=migrated)
    finally:
        await store.close()


async def _check_due(model: Model, schema: Schema, store: Store, dialect: Any) -> Checked:
    """How much is past the time at which its rule erases it."""
    from strongback.crypto.keyring import KEY_BYTES, Keyring
    from strongback.engine.erase import find_due
    from strongback.store.sql.metadata import Tables
    from strongback.store.sql.target import SqlTarget

    tables, histories = Tables(schema, store.dialect), Tables(schema, store.dialect, histories=True)
    unused = Keyring({1: bytes(KEY_BYTES)}, primary=1)  # to count takes no key
    found = await find_due(store, SqlTarget(model, schema, tables, histories, dialect, unused), datetime.now(UTC))
    rows = sum(each.rows for each in found)
    if not rows:
        return ok("erasure", "nothing is due")
    told = "; ".join(f"{each.rows:,} rows of {each.entity}: {each.rule}" for each in found if each.rows)
    return warning("erasure", f"personal values are past their time: {told}", "strongback erase, daily")


def _tables(schema: Schema) -> list[str]:
    from strongback.migrate.state import TABLE
    from strongback.store.sql.metadata import make_metadata

    made = make_metadata(schema, "postgresql", None).tables.values()
    return [*(str(table.name) for table in made if table.info.get("managed", True)), TABLE]


async def _difference(project: Project, store: Store, dialect: Any, schema: Schema) -> Checked:
    from strongback.migrate.run import preview
    from strongback.store.sql.checks import render_check

    model = project.model
    migration = await preview(store, schema, lambda table, check: render_check(model, schema, table, check, dialect))
    if migration.plan.refusals:
        told = "; ".join(str(refusal) for refusal in migration.plan.refusals)
        return wrong("schema", told, "change it by hand, or the declaration back: `strongback explain SB303`")
    statements = [*migration.work.together, *migration.work.after]
    if not statements:
        return ok("schema", "the model's, made by other hands")
    told = f"the model needs {len(statements)} more statements: {'; '.join(_beginnings(statements))}"
    if project.profile == PRODUCTION:
        return wrong("schema", told, "strongback migrate (all of them: strongback migrate --dry-run)")
    return warning("schema", told, "strongback migrate, or the next `strongback run` does it")


def _beginnings(statements: list[str]) -> Iterator[str]:
    for statement in statements[:STATEMENTS_SHOWN]:
        yield statement.partition("(")[0].strip()
    if len(statements) > STATEMENTS_SHOWN:
        yield "..."
