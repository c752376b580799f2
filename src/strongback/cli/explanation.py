"""What a role or a list becomes in the store: the statement, how the store runs it, and what that costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from strongback.app import App
from strongback.contract.english import english
from strongback.contract.words import who
from strongback.errors import ConfigurationError, did_you_mean
from strongback.model.access import Role
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.plan.asked import Target
from strongback.plan.permission import branches, resolve
from strongback.plan.read import Out, ReadPlan, plan_list
from strongback.plan.shape import OrderKey, Shape
from strongback.predicate.tree import TRUE, Path, RoleCall
from strongback.store.sql.predicate import ACTOR, NOW
from strongback.store.sql.read import compile_read
from strongback.store.store import Statement

NOBODY = "nobody in particular"
# `SEARCH job_1 USING INDEX ...`: a table under an alias of ours.
READ = re.compile(r"(SCAN|SEARCH) (\w+?)_\d+\b")


class Explanation(Struct, frozen=True):
    """
    What was asked about.

    Attributes:
        tenant: Whether the role holds within one tenant only, in words.
        sql: The statement for a signed-in caller.
        plan: How the store runs it now, line by line.
        cost: What that means, in one sentence.
    """

    name: str
    text: str
    tenant: str
    sql: str
    store: str
    plan: tuple[str, ...]
    cost: str


async def explain(app: App, spelt: str) -> Explanation:
    """
    Explain the role or the list *spelt* (`Job.recruiter`) on the store of *app*, which is open.

    Raises:
        ConfigurationError: There is none of that name.
    """
    entity, thing = find(app.model, spelt)
    if isinstance(thing, Role):
        plan, text, tenant = (
            _of_role(app.model, entity, thing),
            _role_text(app.model, entity, thing),
            _tenant(entity, thing),
        )
    else:
        plan, text, tenant = _of_query(app.model, entity, thing), _query_text(entity, thing), ""
    bound = compile_read(app.runtime.programs.target, plan, spelt).page
    values = bound.values({ACTOR: NOBODY, NOW: app.clock.now()})
    steps = await _steps(app, bound.statement, values)
    if app.store.dialect == "sqlite":
        lines, cost = _judged_sqlite(steps, frozenset(table.name for table in app.schema.tables.values()))
    else:
        lines, cost = _judged_postgresql(steps[0]["Plan"])
    return Explanation(spelt, text, tenant, bound.statement.sql, app.store.dialect, lines, cost)


def told(explanation: Explanation) -> str:
    """*explanation* as a text for people."""
    tenant = f"Tenant: {explanation.tenant}.\n" if explanation.tenant else ""
    plan = "\n".join(f"    {line}" for line in explanation.plan)
    sql = "\n".join(f"    {line}" for line in explanation.sql.splitlines())
    head = f"{explanation.name}\n\n{explanation.text}\n{tenant}\nSQL ({explanation.store}):"
    return f"{head}\n\n{sql}\n\nPlan, on the rows there now:\n\n{plan}\n\nCost: {explanation.cost}."


def find(model: Model, spelt: str) -> tuple[Entity, Role | Query]:
    """The entity and the role or list that *spelt* names."""
    name, _, member = spelt.partition(".")
    entity = model.by_name.get(name)
    if entity is None:
        hint = did_you_mean(name, model.by_name) or f"entities: {', '.join(model.by_name)}"
        raise ConfigurationError(f"there is no entity `{name}`", hint=hint)
    found = entity.role(member) or entity.query(member)
    if found is None:
        known = [*(r.name for r in entity.roles), *(q.name for q in entity.queries)]
        hint = did_you_mean(member, known) or f"it has {', '.join(known) or 'none'}"
        raise ConfigurationError(f"`{name}` has no role or list `{member}`", hint=hint)
    return entity, found


def _of_role(model: Model, entity: Entity, role: Role) -> ReadPlan:
    """The first page of the rows for which the caller has the role, in the order of the entity's first list."""
    order = _order(entity.queries[0] if entity.queries else Query("search"))
    allowed = branches(resolve(model, entity, RoleCall(Path("self"), role.name), anonymous=False))
    limit = (entity.queries[0].page_default if entity.queries else 20) + 1
    return ReadPlan(
        entity.name, (Out("id", Path("self", ("id",)), entity.id_type),), TRUE, allowed, order=order, limit=limit
    )


def _of_query(model: Model, entity: Entity, query: Query) -> ReadPlan:
    shape = Shape(Target(entity.name, "list", query.name), anonymous=False, order=_order(query)[:-1] or _order(query))
    return plan_list(model, shape, query.page_default)


def _order(query: Query) -> tuple[OrderKey, ...]:
    first = query.sort[0] if query.sort else "id"
    key = OrderKey(first.removeprefix("-"), first.startswith("-"))
    return (key,) if key.member == "id" else (key, OrderKey("id", key.descending))


def _role_text(model: Model, entity: Entity, role: Role) -> str:
    whom = "Anyone, with a token or without," if role.anonymous else "A signed-in caller,"
    return f"{whom} when {english(model, entity, role.body)}."


def _query_text(entity: Entity, query: Query) -> str:
    allow = "" if query.allow is None else f", and only for {who(query.allow)}"
    return (
        f"Every {entity.name} that the caller may read ({who(entity.access.read)}){allow}: first page, default order."
    )


def _tenant(entity: Entity, role: Role) -> str:
    if not entity.tenant:
        return "the entity has no tenant"
    if role.tenant_bound:
        return "bound to the row's tenant"
    return "spans tenants, as declared" if role.spans_tenants else "not bound to the row's tenant"


# -- what the store says


async def _steps(app: App, statement: Statement, values: list[Any]) -> list[Any]:
    if app.store.dialect == "sqlite":
        rows = await app.store.fetch(Statement(f"EXPLAIN QUERY PLAN {statement.sql}"), values)
        return [(row[0], row[1], row[3]) for row in rows]
    rows = await app.store.fetch(Statement(f"EXPLAIN (FORMAT JSON) {statement.sql}"), values)
    told = rows[0][0]
    return json.loads(told) if isinstance(told, str) else told  # type: ignore[no-any-return]  # a list of one plan


def _judged_sqlite(steps: list[Any], tables: frozenset[str]) -> tuple[tuple[str, ...], str]:
    depth = {0: -1}
    lines: list[str] = []
    for step, parent, text in steps:
        depth[step] = depth.get(parent, -1) + 1
        lines.append("  " * depth[step] + text)
    reads = [(parent, text, of[2]) for _, parent, text in steps if (of := READ.match(text)) and of[2] in tables]
    whole = dict.fromkeys(table for _, text, table in reads if text.startswith("SCAN") and "USING" not in text)
    ordered = {parent for _, parent, text in steps if text.startswith("USE TEMP B-TREE FOR ORDER BY")}
    sorted_ = dict.fromkeys(table for parent, _, table in reads if parent in ordered)
    return tuple(lines), _cost(whole, sorted_)


def _cost(whole: Iterable[str], ordered: Iterable[str]) -> str:
    said = [f"reads all of `{table}`: grows with the table" for table in whole]
    said += [f"sorts what it finds in `{table}` before the first row: grows with the rows found" for table in ordered]
    return "; ".join(said) or "every row is found, and comes in order, by an index: does not grow with the tables"


def _judged_postgresql(plan: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    lines = tuple(_lines(plan, 0))
    scans = [line.strip().split("  ")[0] for line in lines if line.strip().startswith("Seq Scan")]
    told = f"{plan['Total Cost']:.1f} units in all, {plan['Startup Cost']:.1f} before the first of about {plan['Plan Rows']} rows"
    return lines, f"{told}; reads whole tables: {', '.join(scans)}" if scans else told


def _lines(node: dict[str, Any], depth: int) -> list[str]:
    on = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    by = f" using {node['Index Name']}" if "Index Name" in node else ""
    line = f"{'  ' * depth}{node['Node Type']}{by}{on}  (cost {node['Total Cost']:.1f}, rows {node['Plan Rows']})"
    return [line, *(each for child in node.get("Plans", ()) for each in _lines(child, depth + 1))]
