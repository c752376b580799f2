"""Make a link to a file, for a caller who may read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from strongback.engine.links import Link
from strongback.engine.runtime import Runtime
from strongback.engine.serve_download import blob_field, read_held
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.store.sql.predicate import NOW


async def run_link(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """
    Make a link to the file that the row holds now.

    Raises:
        NotFound, Unauthenticated, InvalidInput: As of reading the file; a time too long is told after them.
    """
    target = operation.shape.target
    entity = runtime.entity(target)
    held = await read_held(runtime, operation, values)
    expires_s = int((values[NOW] + values["expires_in"]).timestamp())
    token = runtime.links.make(
        entity, blob_field(entity, target.field), values["id"], Link(UUID(held["id"]), expires_s)
    )
    return Outcome("ran", value={"token": token, "expires_at": datetime.fromtimestamp(expires_s, UTC)}, returned=True)
