"""Errors of the team's: the declaration, or what its code asks of a row."""

from __future__ import annotations

from collections.abc import Sequence

from strongback.errors.fault import Fault, StrongbackError


class DeclarationError(StrongbackError):
    """The declaration is wrong. All its faults come at once, each with file and line."""

    code = "SB100"

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = len(faults)
        super().__init__(f"the declaration has {count} fault{'s' if count != 1 else ''}")
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([f"{self.message}:", *(str(fault) for fault in self.faults)])


class NotLoaded(StrongbackError):
    """A row's value or relation is used that was not loaded with it; nothing is ever loaded behind the team's back."""

    code = "SB140"

    def __init__(self, entity: str, member: str) -> None:
        super().__init__(
            f"`{entity}.{member}` was not loaded",
            hint=f"write the path out in the action's own body, from self, me or a parameter (`self. ... .{member}`), "
            "so that it is loaded before the body runs; or read the row with `db.get`",
        )


class NotSaved(NotLoaded):
    """The id of a new row is used before the store gave it one (`sb.key(generated=True)`)."""

    def __init__(self, entity: str) -> None:
        StrongbackError.__init__(
            self,
            f"`{entity}.id` is not there yet: the store gives it when the row is saved",
            hint="refer to the row itself (`customer=row`); what is made is saved when the action ends, or by the next read through `db`",
        )


class ActorForgotten(StrongbackError):
    """A row that tokens make is about to be deleted for good: the next request of its caller would make it anew."""

    code = "SB189"

    def __init__(self, entity: str) -> None:
        super().__init__(
            f"a deleted `{entity}` would come back with the next request of its caller",
            hint=f"declare `class {entity}(sb.Entity, soft_delete=True)`: the row stays, and its caller is refused",
        )
