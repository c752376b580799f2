"""The faults found so far: a wrong declaration reports them all at once."""

from __future__ import annotations

from strongback.errors import Fault
from strongback.model.origin import Origin


class Faults:
    """Collects faults, each once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[Origin, Fault]] = {}

    def add(self, code: str, message: str, origin: Origin, hint: str = "") -> None:
        """Note that *message* is wrong at *origin*; *hint* is what to write instead."""
        where = str(origin)
        self._found.setdefault((code, message, where), (origin, Fault(code, message, where, hint)))

    def __len__(self) -> int:
        return len(self._found)

    def in_order(self) -> list[Fault]:
        """All faults, by file and line."""
        found = sorted(self._found.values(), key=lambda each: (each[0].file, each[0].line))
        return [fault for _, fault in found]
