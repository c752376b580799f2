"""
Cases of nested writes: a row with its children in one request, each row judged by the team's own functions.

What decides, said once more in plain objects: a new row is judged on the world before the request, with the new rows around it and nothing
beside it; a row that is changed on the world before and, when all is done, on the world after; a row that is left out only if the caller
reads it. Rows that the caller does not read are not there: they cannot be named, and stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import msgspec

from strongback.model.entity import Entity
from strongback.model.key import Id, id_of_type
from strongback.model.relation import Relation
from strongback.model.wire import NESTED_ROWS
from strongback.plan.asked import Asked, Kind, SelectAsk, Target
from strongback.plan.body import defaults_of
from strongback.plan.write import stored_names
from strongback.testing.matrix import Case, Matrix
from strongback.testing.nested_request import Draw, Node
from strongback.testing.oracle import Caller, Instance, Oracle
from strongback.testing.worlds import bound_columns, holds_checks, same_tenant, uniques_of
from strongback.testing.writes import WRONG, is_referred_to, references, targets

KINDS: Mapping[str, Kind] = {"create": "create", "update": "update"}


@dataclass
class Verdict:
    """What the team's functions say of the rows of a request."""

    forbidden: bool = False
    perhaps: bool = False
    missing: bool = False

    def places(self) -> tuple[str, ...]:
        if self.forbidden:
            return ("403",)
        if self.perhaps:
            return ("403", "422")
        return ("422",) if self.missing else ()


async def check_nested(matrix: Matrix, entity: Entity, kind: str, caller: Caller) -> None:
    """A create or an update with children of every relation that takes them."""
    root = Draw(matrix, caller).root(entity, kind)
    faults = (WRONG,) if matrix.asks.chance(0.04) else ()
    asked = Asked(
        Target(entity.name, KINDS[kind], kind),
        None if kind == "create" else matrix.spell(root.id, root.row),
        body=root.body(),
        if_match=("*",) if entity.conditional_writes and kind == "update" else None,
        faults=faults,
    )
    case = Case(matrix, caller, asked, "nested")
    said = await matrix.ask(asked, caller)
    expected = _Judge(case, root).early(faulty=bool(faults))
    if expected:
        case.is_at(said, *expected)
        return
    with ExitStack() as after:
        made = id_of_type(root.entity.id_type, said.outcome.id) if said.outcome is not None else root.id
        then = _After(case, root, after)
        if case.is_at(said, *then.ends(made)) and said.outcome is not None:
            if said.outcome.written != then.rows:
                case.find("leak", f"{then.rows} rows written", said.outcome.written)
            _check_answer(case, root, made, said.item)


class _Judge:
    """The world before the request."""

    def __init__(self, case: Case, root: Node) -> None:
        self.case, self.root = case, root
        self.oracle, self.caller = case.matrix.oracle, case.caller

    def early(self, *, faulty: bool) -> tuple[str, ...]:
        """Where the request ends before anything is written; nothing when it gets there."""
        oracle, root = self.oracle, self.root
        if not all(self._might(node) for node in root.all()):
            return ("401",)
        verdict = Verdict()
        if root.kind == "update":
            if root.row is None or not oracle.reads(root.row, self.caller):
                return ("404",)
            self._judge_there(root, verdict)
            if verdict.forbidden:
                return ("403",)
            self.case.roles = oracle.roles(root.entity.name, oracle.objects[root.id], self.caller)
        else:
            self._judge_new(root, None, verdict)
            if verdict.forbidden:
                return ("403",)
        try:
            if not verdict.perhaps:
                self._below(root, verdict)
        finally:
            for node in root.all():
                if node.kind == "create":
                    oracle.objects.pop(node.id, None)
        verdict.missing |= faulty
        return verdict.places()

    def _might(self, node: Node) -> bool:
        grants, name = self.oracle.grants, node.entity.name
        if node.kind == "delete" or not node.is_written:
            return True
        read = (grants.access(name, "read"),) if node.kind == "update" else ()
        return self.oracle.might((*read, grants.access(name, node.kind)), self.caller)

    def _below(self, above: Node, verdict: Verdict) -> None:
        for name, rows in above.brings.items():
            relation = above.entity.relation(name)
            assert relation is not None
            for node in rows:
                if node.kind == "create":
                    self._judge_new(node, above, verdict)
                    if not verdict.perhaps:
                        self._below(node, verdict)
                elif node.kind == "delete":
                    self._judge_left_out(node, verdict)
                elif not self._is_below(node, above, relation):
                    verdict.missing = True
                elif node.is_written:
                    self._judge_there(node, verdict)
                    if not verdict.forbidden:
                        self._below(node, verdict)

    def _is_below(self, node: Node, above: Node, relation: Relation) -> bool:
        row = node.row
        there = row is not None and self.oracle.reads(row, self.caller)
        return there and row is not None and row.values.get(f"{relation.inverse}_id") == above.id

    def _judge_there(self, node: Node, verdict: Verdict) -> None:
        oracle, held = self.oracle, self.oracle.objects[node.id]
        if not oracle.may_change(held, node.given, self.caller):
            verdict.forbidden = True
        refers = references(self.case.matrix, targets(node.entity, node.given), node.given, self.caller)
        verdict.missing |= bool(refers.unreadable) or self._crosses(node)

    def _judge_left_out(self, node: Node, verdict: Verdict) -> None:
        assert node.row is not None
        if self.oracle.reads(node.row, self.caller):
            held = self.oracle.objects[node.id]
            verdict.forbidden |= not self.oracle.may("delete", held, self.caller)

    def _judge_new(self, node: Node, above: Node | None, verdict: Verdict) -> None:
        oracle = self.oracle
        refers = references(self.case.matrix, targets(node.entity, node.given), node.given, self.caller)
        if refers.unreadable:
            verdict.perhaps = True  # and so are the rows inside of it, which are judged with it
            return
        draft = oracle.objects[node.id] = oracle.draft(node.entity, node.id, self._values(node, above, node.given))
        verdict.forbidden |= not oracle.may("create", draft, self.caller)
        verdict.missing |= self._crosses(node)

    def _values(self, node: Node, above: Node | None, given: Mapping[str, Any]) -> dict[str, Any]:
        return new_values(node, above.id if above is not None else None, given)

    def _crosses(self, node: Node) -> bool:
        """Whether a reference of the row leaves its tenant; such are refused with those to nothing."""
        there = self.oracle.world.by_id
        for relation in node.entity.to_one():
            id_ = node.given.get(relation.column)
            if id_ is None or not same_tenant(self.oracle.model, node.entity, relation) or id_ not in there:
                continue
            if node.entity.tenant[0] != relation.name and there[id_].tenant != self.tenant(node):
                return True
        return False

    def tenant(self, node: Node) -> Id | None:
        return tenant_of(self.root, node, self.oracle)


def new_values(node: Node, above: Id | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new row."""
    column = {} if node.above is None else {f"{node.above.inverse}_id": above}
    return {**dict.fromkeys(stored_names(node.entity)), **defaults_of(node.entity), **given, **column}


def tenant_of(root: Node, node: Node, oracle: Oracle) -> Id | None:
    """The tenant of a row of the request: of a new one read from the rows around it."""
    if node.row is not None:
        return node.row.tenant
    if not node.entity.tenant:
        return None
    above = next((each for each in root.all() if any(node in rows for rows in each.brings.values())), None)
    first = node.entity.tenant[0]
    if above is not None and node.above is not None and first == node.above.inverse:
        return above.id if len(node.entity.tenant) == 1 else tenant_of(root, above, oracle)
    id_ = node.given.get(f"{first}_id")
    target = None if id_ is None else oracle.world.by_id.get(id_)
    if target is None:
        return None
    return target.id if len(node.entity.tenant) == 1 else target.tenant


class _After:
    """The world when all is written, kept up by *stack*."""

    def __init__(self, case: Case, root: Node, stack: ExitStack) -> None:
        self.case, self.root, self.stack = case, root, stack
        self.oracle = case.matrix.oracle
        self.written: list[tuple[Node, Id]] = []
        self.left_out = {node.id for node in root.all() if node.kind == "delete" and self._was_read(node)}
        self.gone_referred = False

    def ends(self, root_id: Id) -> tuple[str, ...]:
        """Where the request may end: done, at a constraint, or refused for what came of it."""
        self._apply(self.root, root_id, None)
        broken = {"409"} if self._breaks() else set[str]()
        perhaps = {"409"} if self.gone_referred or self._may_interlock() else set[str]()
        oracle, caller = self.oracle, self.case.caller
        changed = [(oracle.objects[id_], node.given) for node, id_ in self.written if node.kind == "update"]
        if not all(oracle.may_change(row, given, caller) for row, given in changed):
            return ("403", *broken, *perhaps)
        return tuple(broken) or ("ok", *perhaps)

    @property
    def rows(self) -> int:
        """How many rows the request writes: whoever hides more behind it deletes what the caller does not know of."""
        return len(self.written) + len(self.left_out)

    def _apply(self, node: Node, id_: Id, above: Id | None) -> None:
        oracle = self.oracle
        if node.kind == "create":
            values = new_values(node, above, node.given)
            tenant = tenant_of(self.root, node, oracle)
            self.stack.enter_context(oracle.with_made(node.entity, id_, values, tenant))
        elif node.is_written:
            self.stack.enter_context(oracle.with_changes(oracle.objects[id_], node.given))
            self.stack.enter_context(oracle.with_values(id_, node.given))
        if node.is_written:
            self.written.append((node, id_))
        for rows in node.brings.values():
            for each in rows:
                if each.kind == "delete":
                    self._leave_out(each)
                else:
                    self._apply(each, each.id, id_)

    def _was_read(self, node: Node) -> bool:
        """On the world before: a row that the request itself opens to the caller is not left out by it."""
        return node.row is not None and self.oracle.reads(node.row, self.case.caller)

    def _leave_out(self, node: Node) -> None:
        assert node.row is not None
        if node.id in self.left_out:
            soft = node.entity.soft_delete
            self.gone_referred |= not soft and is_referred_to(self.case.matrix, node.id)
            self.stack.enter_context(self.oracle.without(node.row))

    def _breaks(self) -> bool:
        return any(self._breaks_of(node.entity, id_) for node, id_ in self.written)

    def _breaks_of(self, entity: Entity, id_: Id) -> bool:
        world = self.oracle.world
        row = world.by_id[id_]
        if not holds_checks(entity, row):
            return True
        others = [r for r in world.rows[entity.name] if r is not row and not (entity.soft_delete and r.deleted)]
        for unique in uniques_of(entity):
            key = unique.key(row.values)
            if key is not None and any(unique.key(other.values) == key for other in others):
                return True
        return False

    def _may_interlock(self) -> bool:
        """Whether rows may exchange unique values, for which there may be no order."""
        taken = [
            node
            for node, _ in self.written
            if node.kind == "update" and not bound_columns(node.entity).isdisjoint(node.given)
        ]
        return len(taken) > 1


def _check_answer(case: Case, root: Node, made: Id, got: Any) -> None:
    """The row and what it brought, through the caller's own read; the ids of new rows are only known from the answer."""
    oracle = case.matrix.oracle
    row: Instance = oracle.objects[made]
    wanted = oracle.item(row, _included([root]), case.caller) if oracle.may("read", row, case.caller) else None
    known = {str(id_) for id_, raw in oracle.world.by_id.items() if raw.id not in _new_ids(root, made)}
    case.same(_blurred(got, known), _blurred(wanted, known))


def _new_ids(root: Node, made: Id) -> set[Id]:
    return {node.id for node in root.all() if node.kind == "create"} | ({made} if root.kind == "create" else set())


def _included(nodes: Sequence[Node]) -> SelectAsk:
    below: dict[str, list[Node]] = {}
    for node in nodes:
        for name, rows in node.brings.items():
            below.setdefault(name, []).extend(row for row in rows if row.kind != "delete")
    include = {
        name: SelectAsk(include=_included(rows).include, sort="id", page_size=NESTED_ROWS)
        for name, rows in below.items()
    }
    return SelectAsk(include=include)


def _blurred(item: Any, known: set[str], name: str = "") -> Any:
    """*item* with the ids of new rows made one, and lists in an order that does not rest on them."""
    if isinstance(item, dict):
        return {key: _blurred(value, known, key) for key, value in item.items()}
    if isinstance(item, list):
        rows = [_blurred(each, known) for each in item]
        return sorted(rows, key=lambda each: msgspec.json.encode(each, order="sorted")) if _is_rows(rows) else rows
    if (name == "id" or name.endswith("_id")) and isinstance(item, str):
        return item if item in known else "new"
    return item


def _is_rows(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(each, dict) and "id" in each for each in items)
