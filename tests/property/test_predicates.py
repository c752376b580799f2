"""CPython itself, the tree evaluator and every rewrite say the same of random predicates on random rows."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongback.model.faults.find import find_faults
from strongback.model.model import Model
from strongback.model.roles import resolve_roles
from strongback.plan.telling import telling
from strongback.predicate.assume import assume
from strongback.predicate.caller import for_caller
from strongback.predicate.evaluate import evaluate
from strongback.predicate.normal import negation_normal, simplify
from strongback.predicate.tree import Expr, Path, RoleCall
from tests.strategies import NOW, World, models_with_roles, with_roles, worlds

SLOW = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def cases(draw: st.DrawFn) -> World:
    return with_roles(draw(worlds(draw(models_with_roles()))))


def by_tree(model: Model, expr: Expr, row: object, me: object) -> bool:
    """Evaluate *expr* with role calls evaluated by the tree as well."""

    def asked(of: Any, role: str) -> bool:
        found = model.entity(type(of).__name__).role(role)
        assert found is not None
        return (me is not None or found.anonymous) and by_tree(model, found.body, of, me)

    return evaluate(expr, {"self": row, "me": me}, asked, NOW) is True


@SLOW
@given(cases())
def test_python_and_the_tree_agree(world: World) -> None:
    model = world.model
    assert find_faults(model) == ()
    for entity in model.entities:
        for role in entity.roles:
            written = resolve_roles(model, entity, RoleCall(Path("self"), role.name))
            forms = [role.body, negation_normal(role.body), simplify(role.body)]
            for me in [None, *world.present("User")[:2]]:
                if me is None and not role.anonymous:
                    continue
                settled = for_caller(written, signed_in=me is not None)
                for row in world.present(entity.name):
                    said = getattr(row, role.name)(me)
                    known = {
                        Path("self", (name,)): getattr(row, name)
                        for name in telling(entity)
                        if getattr(row, name) is not None
                    }
                    assumed = [assume(form, known) for form in (*forms, written, negation_normal(settled))]
                    every = [
                        by_tree(model, form, row, me)
                        for form in (*forms, written, negation_normal(written), settled, *assumed)
                    ]
                    assert (said, every) == (said, [said] * len(every))
