"""Whether the text of an action shows that it may run raw SQL."""

from __future__ import annotations

import ast
from collections.abc import Collection

# What `db` does under permissions, or with whole rows.
ORDINARY = frozenset({"get", "find", "delete", "as_actor", "visible", "value"})


def fetches(node: ast.AST, db: Collection[str]) -> bool:
    """
    Whether *node* fetches by one of *db*, or hands one on: to a function, a variable, a container.

    >>> fetches(ast.parse("await db.fetch(q)"), {"db"}), fetches(ast.parse("await db.as_actor.get(Job, id)"), {"db"})
    (True, False)
    >>> fetches(ast.parse("await report(db)"), {"db"}), fetches(ast.parse("f = db.as_actor"), {"db"})
    (True, True)
    """
    plain = {id(each) for each in ast.walk(node) if isinstance(each, ast.Attribute) for each in _ordinary(each, db)}
    return any(isinstance(each, ast.Name) and each.id in db and id(each) not in plain for each in ast.walk(node))


def _ordinary(node: ast.Attribute, db: Collection[str]) -> list[ast.Name]:
    """The name at the root of *node*, when what is done with it is ordinary."""
    of = node.value
    if node.attr == "as_actor" or node.attr not in ORDINARY:
        return []
    if isinstance(of, ast.Attribute) and of.attr == "as_actor":
        of = of.value
    return [of] if isinstance(of, ast.Name) and of.id in db else []
