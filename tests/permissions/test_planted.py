"""
Leaks planted on purpose: each takes one line of defence away, and the matrix has to notice.

A leak that the matrix does not find here would not be found in anybody's service either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace as changed

from examples.jobs.service import jobs
from strongback.declare.service import Service
from strongback.engine import (
    serve_action,
    serve_batch,
    serve_download,
    serve_link,
    serve_nested,
    serve_read,
    serve_write,
)
from strongback.engine.files import place_of
from strongback.engine.held import read_row
from strongback.errors import Forbidden, InvalidInput, NotFound
from strongback.model import roles
from strongback.plan import action as plan_action_module
from strongback.plan import aggregate as plan_aggregate_module
from strongback.plan import history as plan_history_module
from strongback.plan import permission
from strongback.plan import read as plan_read_module
from strongback.plan import write as plan_write_module
from strongback.plan.outcome import Outcome
from strongback.plan.page import Tokens
from strongback.predicate import normal
from strongback.predicate.tree import TRUE, And, IsNone, Path
from strongback.store.sql import aggregate as sql_aggregate
from strongback.store.sql import find as sql_find
from strongback.store.sql import history as sql_history
from strongback.store.sql import predicate, programs, single
from strongback.store.sql import read as sql_read
from strongback.store.sql import write as sql_write
from strongback.store.sql.objects import IDS
from strongback.store.sql.predicate import Renderer
from strongback.store.sql.rows import Layout
from strongback.store.sql.single import _SingleWriter
from strongback.store.sql.sqlite import SqliteDialect
from strongback.testing import permissions
from strongback.testing.permissions import run
from tests.services.album import album
from tests.services.bazaar import bazaar
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.legacy import legacy

Patch = pytest.MonkeyPatch
CASES, A_WORLD = 12_000, 300


@dataclass(frozen=True)
class Planted:
    """
    A fault to plant.

    Attributes:
        where: The services it must be found in.
        postgres: Whether it is one of the form that only PostgreSQL runs.
    """

    name: str
    plant: Callable[[Patch], None]
    where: Service = guild
    postgres: bool = False

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


PLANTED: list[Planted] = []


def planted(where: Service = guild, *, postgres: bool = False) -> Callable[[Callable[[Patch], None]], None]:
    def add(plant: Callable[[Patch], None]) -> None:
        PLANTED.append(Planted(plant.__name__, plant, where, postgres))

    return add


# -- files


async def _held_whoever_asks(runtime: Any, operation: Any, values: dict[str, Any]) -> Any:
    target = operation.shape.target
    row = await read_row(runtime, runtime.entity(target), values["id"], str(target))
    if row is None or row.values[target.field] is None:
        raise NotFound
    return {**row.values[target.field], "id": str(row.values[target.field]["id"])}


@planted(album)
def files_read_by_anybody(patch: Patch) -> None:
    patch.setattr(serve_download, "read_held", _held_whoever_asks)


@planted(album)
def links_made_by_anybody(patch: Patch) -> None:
    patch.setattr(serve_link, "read_held", _held_whoever_asks)


@planted(album)
def files_put_where_they_are_hidden(patch: Patch) -> None:
    patch.setattr(plan_write_module, "may_see", lambda *_: TRUE)


@planted(album)
def files_shown_where_they_are_hidden(patch: Patch) -> None:
    patch.setattr(plan_read_module, "may_see", lambda *_: TRUE)


@planted(album)
def files_of_other_rows(patch: Patch) -> None:
    places: list[Any] = []

    def first(*given: Any) -> Any:
        places.append(place_of(*given))
        return places[0]

    patch.setattr(serve_download, "place_of", first)


# -- reading


@planted()
def deleted_rows_visible(patch: Patch) -> None:
    patch.setattr(Renderer, "live", lambda self, entity, columns: [])


@planted()
def deleted_caller_signed_in(patch: Patch) -> None:
    real = Renderer.actor

    def actor(self: Renderer) -> Any:
        live, Renderer.live = Renderer.live, lambda self, entity, columns: []  # type: ignore[method-assign]
        try:
            return real(self)
        finally:
            Renderer.live = live  # type: ignore[method-assign]

    patch.setattr(Renderer, "actor", actor)


@planted()
def read_permission_dropped(patch: Patch) -> None:
    patch.setattr(plan_read_module, "may_read", lambda model, entity, anonymous: TRUE)


@planted()
def include_without_permission(patch: Patch) -> None:
    real = plan_read_module._include

    def include(*args: Any) -> Any:
        made = real(*args)
        return made and replace(made, plan=replace(made.plan, branches=(TRUE,)))

    patch.setattr(plan_read_module, "_include", include)


@planted(jobs)
def included_list_without_permission(patch: Patch) -> None:
    real = plan_read_module._include

    def include(*args: Any) -> Any:
        made = real(*args)
        many = made is not None and made.relation.kind == "to_many"
        return replace(made, plan=replace(made.plan, branches=(TRUE,))) if many else made

    patch.setattr(plan_read_module, "_include", include)


@planted()
def include_within_include_without_permission(patch: Patch) -> None:
    real = plan_read_module._include

    def include(*args: Any) -> Any:
        made = real(*args)
        if made is None or not made.plan.includes:
            return made
        inner = tuple(replace(i, plan=replace(i.plan, branches=(TRUE,))) for i in made.plan.includes)
        return replace(made, plan=replace(made.plan, includes=inner))

    patch.setattr(plan_read_module, "_include", include)


@planted(jobs)
def count_without_permission(patch: Patch) -> None:
    real = sql_read.Reader._count

    def count(self: Any, *args: Any) -> Any:
        plan, self.plan = self.plan, replace(self.plan, branches=(TRUE,))
        try:
            return real(self, *args)
        finally:
            self.plan = plan

    patch.setattr(sql_read.Reader, "_count", count)


@planted()
def filter_on_a_hidden_field(patch: Patch) -> None:
    real = plan_read_module.filter_condition

    def condition(model: Any, entity: Any, asked: Any, anonymous: bool) -> Any:
        return real(model, changed(entity, access=changed(entity.access, fields=())), asked, anonymous)

    patch.setattr(plan_read_module, "filter_condition", condition)


@planted()
def null_test_on_a_hidden_field(patch: Patch) -> None:
    real = plan_read_module.filter_condition

    def condition(model: Any, entity: Any, asked: Any, anonymous: bool) -> Any:
        if asked.op == "null":
            return IsNone(plan_read_module.member_path(entity, asked.member), asked.negated)
        return real(model, entity, asked, anonymous)

    patch.setattr(plan_read_module, "filter_condition", condition)


@planted()
def filter_of_strangers_on_what_they_never_see(patch: Patch) -> None:
    real = plan_read_module.filter_condition

    def condition(model: Any, entity: Any, asked: Any, anonymous: bool) -> Any:
        shown = changed(entity, access=changed(entity.access, fields=())) if anonymous else entity
        return real(model, shown, asked, anonymous)

    patch.setattr(plan_read_module, "filter_condition", condition)


@planted()
def order_by_a_hidden_field(patch: Patch) -> None:
    patch.setattr(plan_read_module, "_sees_order", lambda *args: TRUE)


@planted()
def field_guards_dropped(patch: Patch) -> None:
    patch.setattr(plan_read_module, "_guard", lambda guards, visible: 0)


@planted(jobs)
def field_permission_dropped(patch: Patch) -> None:
    patch.setattr(plan_read_module, "may_see", lambda model, entity, name, anonymous: TRUE)


def of_the_past(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
    """Only the past is asked for: most requests are of the present, and a fault would show late."""

    @wraps(plant)
    def both(patch: Patch) -> None:
        patch.setattr(permissions, "checks_of", permissions.checks_of_past)
        plant(patch)

    return both


@planted()
@of_the_past
def history_permission_dropped(patch: Patch) -> None:
    patch.setattr(plan_history_module, "resolve", lambda model, entity, allow, anonymous: TRUE)


@planted()
@of_the_past
def version_judged_by_what_the_row_is_now(patch: Patch) -> None:
    patch.setattr(sql_history._History, "_judged", lambda self, now, then: (now,))


@planted()
@of_the_past
def version_judged_by_what_the_row_was(patch: Patch) -> None:
    patch.setattr(sql_history._History, "_judged", lambda self, now, then: (then,))


@planted()
@of_the_past
def hidden_field_shown_of_a_time_when_it_was_not(patch: Patch) -> None:
    real = sql_read.Reader.cells
    patch.setattr(
        sql_read.Reader,
        "cells",
        lambda self, plan, row, *, from_json, also=None: real(self, plan, row, from_json=from_json),
    )


@planted()
@of_the_past
def deleted_row_told_to_who_may_not_restore_it(patch: Patch) -> None:
    patch.setattr(sql_write.Writer, "_told", lambda self, there, may, old: there)


@planted()
@of_the_past
def hidden_row_restored(patch: Patch) -> None:
    patch.setattr(plan_write_module, "may_read", lambda model, entity, anonymous: TRUE)


@planted()
@of_the_past
def deleted_rows_listed_for_who_may_not_restore_them(patch: Patch) -> None:
    patch.setattr(plan_read_module, "may_restore", permission.may_read)


@planted()
@of_the_past
def rows_listed_as_deleted_that_are_not(patch: Patch) -> None:
    patch.setattr(sql_read.Reader, "_there", lambda self, renderer, entity, columns: [])


@planted(clinic)
def query_permission_dropped(patch: Patch) -> None:
    real = plan_read_module.plan_list

    def plan_list(model: Any, shape: Any, page: int) -> Any:
        open_to_all = {
            e.name: changed(e, queries=tuple(changed(q, allow=None) for q in e.queries)) for e in model.entities
        }
        return real(changed(model, entities=tuple(open_to_all.values())), shape, page)

    patch.setattr(serve_read, "plan_list", plan_list)


@planted(clinic)
def branch_dropped(patch: Patch) -> None:
    real = permission.branches
    patch.setattr(plan_read_module, "branches", lambda expr: real(expr)[:1])


@planted(jobs)
def branches_not_disjoint(patch: Patch) -> None:
    patch.setattr(sql_find, "disjoint", list)


@planted(jobs)
def page_token_for_anybody(patch: Patch) -> None:
    real = Tokens._tag
    patch.setattr(Tokens, "_tag", lambda self, payload, target, context: real(self, payload, target, ""))


@planted(clinic)
def page_begins_too_late(patch: Patch) -> None:
    real = sql_find.beyond
    patch.setattr(sql_find, "beyond", lambda entity, order, nulls: real(entity, order, nulls)[:1])


@planted()
def tag_without_groups(patch: Patch) -> None:
    patch.setattr(Layout, "etag", lambda self, row: str(row[self.version_at]))


@planted(jobs)
def hidden_told_from_absent(patch: Patch) -> None:
    real = programs._judge

    def judge(rows: Any, write: Any) -> Any:
        if rows and not rows[0][0]:
            raise Forbidden("this is not yours")
        return real(rows, write)

    patch.setattr(programs, "_judge", judge)


@planted(jobs)
def hidden_in_other_words(patch: Patch) -> None:
    real = programs._judge

    def judge(rows: Any, write: Any) -> Any:
        if rows and not rows[0][0]:
            raise NotFound("there is no such resource for you")
        return real(rows, write)

    patch.setattr(programs, "_judge", judge)


# -- searching


@planted()
def search_of_hidden_words(patch: Patch) -> None:
    patch.setattr(plan_read_module, "_sees_words", lambda *args: TRUE)


@planted(jobs)
def search_without_permission(patch: Patch) -> None:
    real = plan_read_module.plan_list

    def plan_list(model: Any, shape: Any, page: int) -> Any:
        plan = real(model, shape, page)
        return replace(plan, branches=(TRUE,)) if plan.text else plan

    patch.setattr(serve_read, "plan_list", plan_list)


@planted()
def search_finds_deleted_rows(patch: Patch) -> None:
    real = sql_read.Reader._scan

    def scan(self: Any, *args: Any) -> Any:
        if self.plan.text:
            live, Renderer.live = Renderer.live, lambda self, entity, columns: []  # type: ignore[method-assign]
            try:
                return real(self, *args)
            finally:
                Renderer.live = live  # type: ignore[method-assign]
        return real(self, *args)

    patch.setattr(sql_read.Reader, "_scan", scan)


@planted(jobs)
def search_ignored(patch: Patch) -> None:
    patch.setattr(sql_read.Reader, "_searched", lambda self, entity, columns: [])


@planted(jobs)
def search_by_any_word(patch: Patch) -> None:
    real = SqliteDialect.encode_asked
    patch.setattr(SqliteDialect, "encode_asked", lambda self, words: real(self, words).replace(" AND ", " OR "))


@planted()
def words_of_the_old_text(patch: Patch) -> None:
    """Half of the words are never told."""
    patch.setattr(SqliteDialect, "encode_words", lambda self, words: " ".join(words[::2]))


# -- aggregates


@planted()
def aggregate_without_permission(patch: Patch) -> None:
    real = plan_aggregate_module.plan_rows
    patch.setattr(
        plan_aggregate_module, "plan_rows", lambda *args, **more: replace(real(*args, **more), branches=(TRUE,))
    )


@planted()
def aggregate_of_hidden_values(patch: Patch) -> None:
    patch.setattr(plan_aggregate_module, "may_see", lambda *args: TRUE)


@planted()
def aggregate_of_deleted_rows(patch: Patch) -> None:
    real = sql_aggregate._Compilation.compile

    def compiled(self: Any, name: str) -> Any:
        live, Renderer.live = Renderer.live, lambda self, entity, columns: []  # type: ignore[method-assign]
        try:
            return real(self, name)
        finally:
            Renderer.live = live  # type: ignore[method-assign]

    patch.setattr(sql_aggregate._Compilation, "compile", compiled)


@planted()
def aggregate_of_all_that_a_filter_leaves_out(patch: Patch) -> None:
    real = plan_aggregate_module.plan_rows
    patch.setattr(plan_aggregate_module, "plan_rows", lambda *args, **more: replace(real(*args, **more), where=TRUE))


# -- who is who


@planted()
def anonymous_taken_for_signed_in(patch: Patch) -> None:
    patch.setattr(roles, "SIGNED_IN", TRUE)


@planted()
def negation_flipped(patch: Patch) -> None:
    real = normal._negated
    patch.setattr(normal, "_negated", lambda expr, none: expr if isinstance(expr, Path) else real(expr, none))


@planted()
def negation_of_a_field_lost(patch: Patch) -> None:
    patch.setattr(Renderer, "_not", lambda self, part, scope: sa.true())


@planted()
def all_taken_for_any(patch: Patch) -> None:
    real = normal.negation_normal

    def negation_normal(expr: Any, *more: Any) -> Any:
        if isinstance(expr, normal.Exists) and expr.every:
            return real(changed(expr, every=False), *more)
        return real(expr, *more)

    for module in (normal, permission, predicate):
        patch.setattr(module, "negation_normal", negation_normal)


@planted(jobs)
def fact_of_any_tenant(patch: Patch) -> None:
    patch.setattr(SqliteDialect, "in_set", lambda self, key, rows: rows.exists())


@planted(jobs)
def fact_without_its_role(patch: Patch) -> None:
    real = Renderer._exists

    def exists(self: Renderer, expr: Any, scope: Any) -> Any:
        if isinstance(expr.where, And):
            expr = changed(expr, where=expr.where.parts[0])
        return real(self, expr, scope)

    patch.setattr(Renderer, "_exists", exists)


@planted(clinic)
def tenant_of_the_caller_ignored(patch: Patch) -> None:
    real = Renderer._compare

    def compare(self: Renderer, expr: Any, scope: Any) -> Any:
        if Path("me", ("clinic",)) in (expr.left, expr.right):
            return sa.true()
        return real(self, expr, scope)

    patch.setattr(Renderer, "_compare", compare)


@planted()
def null_equals_no_caller(patch: Patch) -> None:
    """A role that asks for a caller holds for rows that name nobody, when nobody calls."""
    real = roles.role_body
    patch.setattr(
        roles,
        "role_body",
        lambda model, entity, name: entity.role(name).body if name == "made_by" else real(model, entity, name),
    )


# -- writing


@planted(jobs)
def create_judged_allowed(patch: Patch) -> None:
    real = serve_write.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        return replace(plan, may=TRUE) if plan.kind == "create" else plan

    patch.setattr(serve_write, "plan_write", plan_write)


@planted(clinic)
def update_judged_allowed(patch: Patch) -> None:
    real = serve_write.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        return replace(plan, may=TRUE) if plan.kind == "update" else plan

    patch.setattr(serve_write, "plan_write", plan_write)


@planted(jobs)
def delete_judged_allowed(patch: Patch) -> None:
    real = serve_write.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        return replace(plan, may=TRUE) if plan.kind == "delete" else plan

    patch.setattr(serve_write, "plan_write", plan_write)


@planted(clinic)
def new_row_not_judged(patch: Patch) -> None:
    patch.setattr(plan_write_module, "depends_on", lambda entity, expr, columns: False)


@planted()
def references_unchecked(patch: Patch) -> None:
    patch.setattr(plan_write_module, "references", lambda *args: ())


@planted()
def references_to_anything_there(patch: Patch) -> None:
    real = plan_write_module.references
    patch.setattr(plan_write_module, "references", lambda *args: (replace(each, readable=TRUE) for each in real(*args)))


@planted()
def verdict_on_a_hidden_row_told(patch: Patch) -> None:
    patch.setattr(programs, "_is_judged_unread", lambda plan, flags: False)


@planted()
def written_row_answered_to_anybody(patch: Patch) -> None:
    real = serve_write.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        result = plan.result and replace(
            plan.result, guards=(), out=tuple(replace(o, guard=0) for o in plan.result.out)
        )
        return replace(plan, result=result)

    patch.setattr(serve_write, "plan_write", plan_write)


@planted(jobs)
def faults_before_permission(patch: Patch) -> None:
    real = serve_write.run_write

    async def run_write(runtime: Any, operation: Any, values: Any) -> Any:
        if operation.faults:
            raise InvalidInput(operation.faults)
        return await real(runtime, operation, values)

    from strongback.engine import pipeline

    for kind in ("create", "update", "delete"):
        patch.setitem(pipeline._RUN, kind, run_write)


@planted(clinic)
def batch_stands_without_what_is_refused(patch: Patch) -> None:
    async def run(self: Any, tx: Any) -> Any:
        return [await self._one(tx, item, operation) or Outcome("ran") for item, operation in self.items]

    patch.setattr(serve_batch.Batch, "run", run)


@planted(clinic)
def batch_judged_by_its_first_operation(patch: Patch) -> None:
    real = serve_batch.write_in

    async def write_in(tx: Any, runtime: Any, operation: Any, values: Any) -> Any:
        before, seen = serve_write.plan_write, getattr(tx, "seen", 0)
        runtime.programs_kept.clear()
        serve_write.plan_write = lambda model, shape: (
            replace(before(model, shape), may=TRUE) if seen else before(model, shape)
        )
        try:
            tx.seen = seen + 1
            return await real(tx, runtime, operation, values)
        finally:
            serve_write.plan_write = before
            runtime.programs_kept.clear()

    patch.setattr(serve_batch, "write_in", write_in)


# -- a row with its children


@planted(bazaar)
def child_judged_by_the_row_around_it(patch: Patch) -> None:
    """Whoever may write a row may write all that is in it."""
    real = serve_nested.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        return real(model, shape) if shape.target.entity in ("Order", "Club") else replace(real(model, shape), may=TRUE)

    patch.setattr(serve_nested, "plan_write", plan_write)


@planted(bazaar)
def child_judged_when_its_siblings_are_there(patch: Patch) -> None:
    """Each row is written as soon as it is judged: so it grants its caller roles for the next."""
    real = serve_nested.Nested._judge

    async def judge(self: Any, row: Any) -> None:
        before = len(self.rows)
        await real(self, row)
        if row.kind == "create" and len(self.rows) > before and not self.operation.faults and not self.faults:
            await self._save(row)

    async def root(self: Any) -> Any:
        row = await real_root(self)
        if row.kind == "create" and not self.operation.faults and not self.faults:
            await self._save(row)
        return row

    def compiled(self: Any, shape: Any) -> Any:
        return real_compiled(self, replace(shape, above=None))

    async def write(self: Any) -> None:
        return None

    real_root, real_compiled = serve_nested.Nested._root, serve_nested.Nested._compiled
    patch.setattr(serve_nested.Nested, "_judge", judge)
    patch.setattr(serve_nested.Nested, "_root", root)
    patch.setattr(serve_nested.Nested, "_compiled", compiled)
    patch.setattr(serve_nested.Nested, "_write", write)


@planted(bazaar)
def hidden_children_deleted_by_leaving_them_out(patch: Patch) -> None:
    patch.setattr(serve_nested, "may_read", lambda model, entity, anonymous: TRUE)
    real = serve_nested.plan_write
    patch.setattr(
        serve_nested,
        "plan_write",
        lambda model, shape: (
            replace(real(model, shape), read=TRUE, may=TRUE) if shape.target.kind == "delete" else real(model, shape)
        ),
    )


@planted(bazaar)
def references_of_children_unchecked(patch: Patch) -> None:
    real = serve_nested.plan_write

    def plan_write(model: Any, shape: Any) -> Any:
        return replace(real(model, shape), references=())

    patch.setattr(serve_nested, "plan_write", plan_write)


@planted(bazaar)
def children_of_other_rows_named(patch: Patch) -> None:
    real = serve_nested.Nested._stored

    async def stored(self: Any, row: Any, children: Any) -> Any:
        found = await real(self, row, children)
        entity, _ = self._target(row, children)
        bound = self.runtime.objects.by_ids(entity, "planted")
        wanted = [child.id for child in children.rows if child.id is not None and child.id not in found]
        rows = await self.tx.fetch(bound.statement, bound.values({**self.context, IDS: wanted}))
        return {**found, **{each.id: each for each in self.runtime.objects.stored(entity, rows)}}

    patch.setattr(serve_nested.Nested, "_stored", stored)


@planted(bazaar)
def rows_not_judged_when_all_is_written(patch: Patch) -> None:
    async def judge_after(*args: Any) -> None:
        return None

    patch.setattr(programs.SqlPrograms, "judge_after", judge_after)


# -- actions


@planted(jobs)
def action_permission_dropped(patch: Patch) -> None:
    real = plan_action_module.plan_action
    patch.setattr(serve_action, "plan_action", lambda model, shape: replace(real(model, shape), may=TRUE))


@planted(jobs)
def action_on_rows_unread(patch: Patch) -> None:
    real = plan_action_module.plan_action
    patch.setattr(serve_action, "plan_action", lambda model, shape: replace(real(model, shape), read=TRUE))


@planted()
def action_given_hidden_rows(patch: Patch) -> None:
    real = plan_action_module._reference
    patch.setattr(plan_action_module, "_reference", lambda *args: replace(real(*args), readable=TRUE))


@planted(jobs)
def action_answers_rows_unread(patch: Patch) -> None:
    real = plan_action_module.plan_action

    def plan_action(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        return replace(plan, result=plan.result and replace(plan.result, branches=(TRUE,)))

    patch.setattr(serve_action, "plan_action", plan_action)


@planted(jobs)
def action_answers_hidden_fields(patch: Patch) -> None:
    real = plan_action_module.plan_action

    def plan_action(model: Any, shape: Any) -> Any:
        plan = real(model, shape)
        result = plan.result and replace(
            plan.result, guards=(), out=tuple(replace(o, guard=0) for o in plan.result.out)
        )
        return replace(plan, result=result)

    patch.setattr(serve_action, "plan_action", plan_action)


# -- tables that are not ours


@planted(legacy)
def conditions_on_no_version_hold(patch: Patch) -> None:
    patch.setattr(programs, "check_version", lambda *_: None)


@planted(legacy, postgres=True)
def one_statement_writes_whatever_the_condition(patch: Patch) -> None:
    patch.setattr(programs, "accepted_versions", lambda _: None)


@planted(legacy, postgres=True)
def a_row_without_a_version_is_changed_by_what_is_refused(patch: Patch) -> None:
    """Nothing but its values tells that it was."""
    real = _SingleWriter._allowed

    def allowed(self: Any, judged: Any) -> Any:
        return [] if self.plan.kind == "update" and not self.entity.managed else real(self, judged)

    patch.setattr(_SingleWriter, "_allowed", allowed)


# -- the single statement of PostgreSQL


@planted(clinic, postgres=True)
def one_statement_writes_what_it_refuses(patch: Patch) -> None:
    patch.setattr(_SingleWriter, "_allowed", lambda self, judged: [])


@planted(clinic, postgres=True)
def one_statement_reads_anything(patch: Patch) -> None:
    real = single.compile_single
    patch.setattr(programs, "compile_single", lambda target, plan, name: real(target, replace(plan, read=TRUE), name))


@planted(postgres=True)
def one_statement_answers_anybody(patch: Patch) -> None:
    real = single.compile_single

    def compile_single(target: Any, plan: Any, name: str) -> Any:
        result = plan.result and replace(plan.result, branches=(TRUE,))
        return real(target, replace(plan, result=result), name)

    patch.setattr(programs, "compile_single", compile_single)


@pytest.mark.parametrize("fault", [each for each in PLANTED if not each.postgres], ids=str)
def test_a_planted_leak_is_found(fault: Planted, monkeypatch: Patch) -> None:
    """Without one line of defence there is a finding."""
    fault.plant(monkeypatch)
    report = run(fault.where, None, CASES, seed=3, enough=1, cases_a_world=A_WORLD)
    assert report.findings, f"{fault.name} was not noticed in {report.cases} cases"


@pytest.mark.parametrize("fault", [each for each in PLANTED if each.postgres], ids=str)
def test_a_leak_planted_in_postgresql_is_found(fault: Planted, monkeypatch: Patch, postgres_url: str) -> None:
    """The same where a write is one statement."""
    fault.plant(monkeypatch)
    report = run(fault.where, postgres_url, CASES, seed=3, enough=1, cases_a_world=A_WORLD)
    assert report.findings, f"{fault.name} was not noticed in {report.cases} cases"


def test_enough_are_planted() -> None:
    assert len(PLANTED) >= 15
    assert len({each.name for each in PLANTED}) == len(PLANTED)
