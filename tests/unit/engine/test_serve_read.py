"""A request that is refused costs what its permission costs."""

from __future__ import annotations

import pytest

from strongback.plan.shape import Selection
from strongback.testing.client import async_client
from tests.services.guild import guild

DEEP = "include=mentor.mentor.mentor.mentor,pupils.pupils.pupils.pieces"


@pytest.mark.parametrize("wrong", ["page_size=x", "sort=x", "rank=x", "fields=x", DEEP])
@pytest.mark.parametrize("path", ["/v1/persons", "/v1/persons/0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"])
async def test_nothing_is_compiled_of_what_a_faulty_request_asks_for(path: str, wrong: str) -> None:
    """Its faults are told after its permission, and for that no relation, filter or order is needed."""
    async with async_client(guild) as stranger:
        answer = await stranger.get(f"{path}?{DEEP}&mentor.fields=nothing&{wrong}")
        assert answer.status == (422 if path.endswith("persons") else 404)
        kept = list(stranger.app.runtime.programs_kept)
        assert kept and all(shape.select == Selection() and not shape.filters and not shape.order for shape in kept)
