"""The SQL of a plan: what is done in one transaction, and what must wait until it is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from strongback.migrate.step import Kind, Step
from strongback.migrate.words import Fill, fills_of
from strongback.store.sql.ddl import BUILDING, Ddl
from strongback.store.sql.layout import Layout
from strongback.store.sql.metadata import quote


@dataclass(frozen=True, slots=True)
class Work:
    """
    SQL in the order in which it runs.

    Attributes:
        together: In one transaction: all of it or nothing.
        fills: Words to tell of rows that are there, when that is done.
        after: Each by itself: long work that lets others read and write meanwhile (PostgreSQL). What was done stays done; a second
            migration goes on where a first one stopped.
    """

    together: tuple[str, ...] = ()
    fills: tuple[Fill, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def sql(self) -> tuple[str, ...]:
        return (*self.together, *self.after)

    @property
    def told(self) -> tuple[str, ...]:
        """What is done, in order, for a reader: SQL, and fills as a comment."""
        return (*self.together, *(f"-- {fill}" for fill in self.fills), *self.after)


def make_work(steps: Sequence[Step], ddl: Ddl, wanted: Layout) -> Work:
    lacking = [(step.table, step.name) for step in steps if step.kind == "fill_words"]
    fills = tuple(fills_of((table, name, wanted[table].columns[name].words) for table, name in lacking))
    if ddl.dialect == "sqlite":
        return Work(tuple(_sqlite(steps, ddl, wanted)), fills)
    return replace(_postgresql(steps, ddl), fills=fills)


# -- SQLite

# SQLite changes a table in these ways only by making it anew.
_REBUILT: frozenset[Kind] = frozenset({"allow_null", "drop_check", "add_check", "add_foreign_key"})


def _sqlite(steps: Sequence[Step], ddl: Ddl, wanted: Layout) -> Iterator[str]:
    rebuilt = {step.table for step in steps if not step.fresh and _needs_rebuild(step, wanted)}
    added = {(step.table, step.name) for step in steps if step.kind == "add_column"}
    created = [step.table for step in steps if step.kind == "create_table"]
    # A table that is made anew loses its triggers, and what they keep would not be kept: its searches are made anew as well.
    searched = {name: table for table in sorted(rebuilt) for name in wanted[table].searches}
    searched |= {step.name: step.table for step in steps if step.kind == "create_search"}
    unwanted = [step.name for step in steps if step.kind == "drop_search"]
    yield from (text for name in dict.fromkeys([*unwanted, *searched]) for text in ddl.drop_search(name))
    yield from (text for step in steps if step.kind in ("rename_table", "rename_column") for text in _rename(step, ddl))
    yield from (ddl.create_table(table) for table in created)
    for table in sorted(rebuilt):
        columns = wanted[table].columns
        yield from ddl.rebuild(table, {name: quote(name, "sqlite") for name in columns if (table, name) not in added})
    yield from (text for step in steps if step.table not in rebuilt for text in _sqlite_step(step, ddl))
    yield from (text for name, table in searched.items() for text in ddl.create_search(table, name))


def _needs_rebuild(step: Step, wanted: Layout) -> bool:
    if step.kind == "add_column":
        column = wanted[step.table].columns[step.name]
        return not column.nullable and not column.has_default
    return step.kind in _REBUILT


def _rename(step: Step, ddl: Ddl) -> Iterator[str]:
    if step.kind == "rename_table":
        yield ddl.rename_table(step.was, step.table)
    else:
        yield ddl.rename_column(step.table, step.was, step.name)


def _sqlite_step(step: Step, ddl: Ddl) -> Iterator[str]:
    match step.kind:
        case "add_column":
            yield ddl.add_column(step.table, step.name)
        case "create_index" | "rename_index":
            if step.was:
                yield ddl.drop_index(step.was)
            yield ddl.create_index(step.table, step.name)
        case "drop_index":
            yield ddl.drop_index(step.name)
        case "drop_words":
            yield ddl.drop_column(step.table, step.name)
        case _:
            pass  # done above, or told by the table's own name


# -- PostgreSQL


def _postgresql(steps: Sequence[Step], ddl: Ddl) -> Work:
    together: list[str] = []
    after: list[str] = []
    indexed_later = {step.table for step in steps if step.kind == "create_index" and not step.fresh}
    for step in steps:
        match step.kind:
            case "create_index" if not step.fresh:
                after += _index_concurrently(step, ddl)
            case "drop_index":
                after.append(ddl.drop_index(step.name, concurrently=True))
            case "drop_search":
                after += ddl.drop_search(step.name)
            case "create_search" if not step.fresh:
                after += ddl.drop_search(step.name)  # a concurrent build that was stopped leaves a broken index
                after += ddl.create_search(step.table, step.name, concurrently=True)
            case "create_search":
                together += ddl.create_search(step.table, step.name)
            case "fill_words":
                pass  # no statement: `fills`
            case "add_foreign_key" if step.fresh and not indexed_later:
                together.append(ddl.add_constraint(step.table, step.name, valid=True))
            case "add_foreign_key" | "add_check":
                after += _constraint(step, ddl)
            case _:
                together.append(_postgresql_step(step, ddl))
    return Work(tuple(together), after=tuple(after))


def _postgresql_step(step: Step, ddl: Ddl) -> str:
    match step.kind:
        case "rename_table":
            return ddl.rename_table(step.was, step.table)
        case "rename_column":
            return ddl.rename_column(step.table, step.was, step.name)
        case "rename_constraint":
            return ddl.rename_constraint(step.table, step.was, step.name)
        case "rename_index":
            return ddl.rename_index(step.was, step.name)
        case "create_table":
            return ddl.create_table(step.table)
        case "add_column":
            return ddl.add_column(step.table, step.name)
        case "allow_null":
            return ddl.allow_null(step.table, step.name)
        case "drop_check":
            return ddl.drop_constraint(step.table, step.name)
        case "drop_words":
            return ddl.drop_column(step.table, step.name)
        case _:
            return ddl.create_index(step.table, step.name)


def _index_concurrently(step: Step, ddl: Ddl) -> Iterator[str]:
    """A concurrent build that was stopped leaves a broken index under its name, so what stands there is dropped first."""
    if not step.was:
        yield ddl.drop_index(step.name, concurrently=True)
        yield ddl.create_index(step.table, step.name, concurrently=True)
        return
    building = f"{BUILDING}{step.name}"[:63]
    quoted = quote(step.name, "postgresql")
    yield ddl.drop_index(building, concurrently=True)
    yield ddl.create_index(step.table, step.name, concurrently=True).replace(quoted, quote(building, "postgresql"), 1)
    yield ddl.drop_index(step.name, concurrently=True)
    yield ddl.rename_index(building, step.name)


def _constraint(step: Step, ddl: Ddl) -> Iterator[str]:
    """Bind new rows at once, then look at the old ones without keeping anybody out."""
    yield ddl.drop_constraint(step.table, step.name)
    yield ddl.add_constraint(step.table, step.name, valid=False)
    yield ddl.validate(step.table, step.name)
