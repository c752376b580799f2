"""Declarations of any size: entities with fields, relations, roles that compose, a query and an action, over several files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PER_FILE = 20
PACKAGE = "generated"
ACCOUNT = '''from __future__ import annotations

import strongback as sb


class Account(sb.Entity):
    """Somebody who calls."""

    subject: str = sb.field(max=200, unique=True, read_only=True)

    @sb.role
    def oneself(self, me: Account) -> bool:
        return self == me

    access = sb.Access(read=oneself)
'''
ENTITY = '''
class {name}(sb.Entity):
    """Number {number} of its kind."""

    title: str = sb.field(max=140)
    code: str = sb.field(max=20, pattern="[A-Z]{{2}}[0-9]+")
    amount: int = sb.field(min=0, default=0)
    ratio: float | None
    status: Literal["draft", "open", "closed"] = sb.field(default="draft", index=True, read_only=True)
    due: date | None
    urgent: bool = sb.field(default=False)
    body: str = sb.field(max=20_000)
    owner: Account = sb.to_one(immutable=True)
    parent: {parent} | None = sb.to_one(immutable=True)

    @sb.role
    def holder(self, me: Account) -> bool:
        return self.owner == me

    @sb.role
    def lead(self, me: Account) -> bool:
        return self.owner == me or (self.parent is not None and self.parent.{above}(me))

    @sb.role
    def public(self, me: Account | None) -> bool:
        return self.status == "open" and self.amount >= {number}

    access = sb.Access(read=public | lead, create=holder, update=lead, delete=holder)
    search = sb.Query(where=(status, owner), sort=("-created_at",), page_max=50)

    @sb.action(allow=lead)
    def publish(self) -> None:
        """Open it."""
        sb.require(self.status == "draft", "not_a_draft")
        self.status = "open"
'''
SERVICE = """
generated = sb.Service(
    "generated",
    rest="/v1",
    entities=[{names}],
    actor=sb.Actor(Account, claims={{"sub": Account.subject}}, provision=True),
)
"""


def write_declaration(folder: Path, count: int) -> Path:
    """Write a package that declares *count* entities, and give the folder of its service."""
    package = folder / PACKAGE
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "accounts.py").write_text(ACCOUNT)
    others = range(1, count)
    for first in others[::PER_FILE]:
        (package / f"{_module(first)}.py").write_text(_file([n for n in others if _module(n) == _module(first)]))
    imports = ["import strongback as sb", *_imports(range(count))]
    names = ", ".join(_name(number) for number in range(count))
    (package / "service.py").write_text("\n".join(imports) + "\n" + SERVICE.format(names=names))
    return package


def _name(number: int) -> str:
    return f"Thing{number}" if number else "Account"


def _module(number: int) -> str:
    return f"things{(number - 1) // PER_FILE}" if number else "accounts"


def _parent(number: int) -> int:
    """Some ten levels at most, as in a service of people."""
    return number // 4 or number


def _imports(numbers: range | set[int]) -> Iterator[str]:
    yield from (f"from {PACKAGE}.{_module(number)} import {_name(number)}" for number in sorted(numbers))


def _file(numbers: list[int]) -> str:
    outside = {0, *(_parent(number) for number in numbers)} - set(numbers)
    first = ["from __future__ import annotations", "", "from datetime import date", "from typing import Literal", ""]
    head = [*first, "import strongback as sb", *_imports(outside), ""]
    return "\n".join(head) + "".join("\n" + _entity(number) for number in numbers)


def _entity(number: int) -> str:
    parent = _parent(number)
    above = "lead" if parent != number else "holder"
    return ENTITY.format(name=_name(number), number=number, parent=_name(parent), above=above)
