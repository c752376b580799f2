"""The source of a random predicate is compiled back to what it was made from."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import FunctionType
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from strongback.declare.clock import now
from strongback.declare.compile import compile_body
from strongback.declare.faults import Faults
from strongback.declare.source import SourceFile
from strongback.model.model import Model
from strongback.predicate.normal import simplify
from tests.strategies import models_with_roles, python_source

NAMES = {
    "Decimal": Decimal,
    "UUID": UUID,
    "date": date,
    "datetime": datetime,
    "now": now,
    "timedelta": timedelta,
    "timezone": timezone,
}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(models_with_roles())
def test_source_and_tree_say_the_same(model: Model) -> None:
    roles = [role for entity in model.entities for role in entity.roles]
    text = "".join(f"def {role.name}(self, me):\n    return {python_source(role.body)}\n\n\n" for role in roles)
    space: dict[str, Any] = dict(NAMES)
    exec(compile(text, "roles.py", "exec", dont_inherit=True), space)
    source, faults = SourceFile("roles.py", text), Faults()
    for role in roles:
        function = space[role.name]
        assert isinstance(function, FunctionType)
        compiled = compile_body(function, source.function(function), source, faults, me="me")
        assert faults.in_order() == []
        assert simplify(compiled.expr) == simplify(role.body), python_source(role.body)
