"""What a case plays on: the service on the store under test, its callers, its clock, and a transcript of what was said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from strongback.app import App
from strongback.testing.clock import SetClock
from strongback.testing.conformance.transcript import Transcript, compact
from strongback.testing.in_process import InProcess, Response

ROOT = "/v1/"
Query = Mapping[str, str]


class Differs(AssertionError):
    """A store does not do what every store does."""


def same(got: object, wanted: object, of: str = "") -> None:
    """
    Demand that *got* is *wanted*.

    Raises:
        Differs: It is not; tells both, and of what.
    """
    if got != wanted or type(got) is not type(wanted):
        raise Differs(f"{f'{of}: ' if of else ''}expected {wanted!r}, got {got!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whose JSON can be read as values, or as the text it is made of."""

    response: Response

    @property
    def json(self) -> Any:
        return self.response.json

    @property
    def id(self) -> str:
        return str(self.json["id"])

    @property
    def etag(self) -> str:
        return self.response.headers["etag"]

    @property
    def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.json["items"]
        return items

    def names(self, member: str = "name") -> list[Any]:
        """One member of each item of a list, in its order."""
        return [item.get(member) for item in self.items]

    def texts(self) -> dict[str, str]:
        """The JSON text of each member of a row, white space aside."""
        return texts_of(self.response.body)

    def item_texts(self) -> list[dict[str, str]]:
        """The JSON text of each member of each item of a list."""
        return [texts_of(item) for item in msgspec.json.decode(self.response.body, type=_Page).items]

    def expect(self, *statuses: int) -> Answer:
        try:
            self.response.expect(*statuses)
        except AssertionError as wrong:
            raise Differs(str(wrong)) from None
        return self

    def refused(self, status: int, code: str, reason: str = "") -> Answer:
        """Demand a refusal: its status, its code and, where the declaration gives one, its reason."""
        self.expect(status)
        same((self.json["code"], self.json.get("reason", "")), (code, reason), "code and reason of the refusal")
        return self


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]


def texts_of(row: bytes | msgspec.Raw) -> dict[str, str]:
    members = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
    return {name: compact(bytes(text).decode()) for name, text in members.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """Somebody who asks; paths are below the root (`things`)."""

    stage: Stage
    token: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        full = f"{ROOT}{path}{f'?{urlencode(query)}' if query else ''}"
        stage = self.stage
        stage.clock.move(timedelta(seconds=1, microseconds=1))
        response = await stage.served.ask(method, full, body, headers, self.token)
        stage.transcript.add(method, full, response.status, response.headers, response.body)
        return Answer(response)

    async def get(self, path: str, query: Query | None = None, **headers: str) -> Answer:
        return await self.ask("GET", path, None, query, _spelt(headers))

    async def make(self, path: str, /, **values: object) -> Answer:
        """Create a row, which must go well."""
        return (await self.ask("POST", path, values)).expect(201)

    async def post(self, path: str, body: object = None) -> Answer:
        return await self.ask("POST", path, body)

    async def patch(self, path: str, body: object, **headers: str) -> Answer:
        return await self.ask("PATCH", path, body, None, _spelt(headers))

    async def delete(self, path: str, **headers: str) -> Answer:
        return await self.ask("DELETE", path, None, None, _spelt(headers))

    async def walk(self, path: str, query: Query, size: int) -> list[dict[str, Any]]:
        """All items of a list, page by page of *size*; full pages but the last."""
        asked = {**query, "page_size": str(size)}
        page = (await self.get(path, asked)).expect(200)
        items = page.items
        while page.json.get("next_page_token"):
            same(len(page.items), size, "rows of a page that is not the last")
            page = (await self.get(path, {**asked, "page_token": page.json["next_page_token"]})).expect(200)
            items = [*items, *page.items]
        return items


def _spelt(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def _stay() -> None:
    """A stage that nobody can open again."""


@dataclass(eq=False)
class Stage:
    """
    The running service.

    Attributes:
        clock: Moves on a little before each request.
        reopen: Closes the store and opens it again, as a new process would.
    """

    served: InProcess
    clock: SetClock
    transcript: Transcript = field(default_factory=Transcript)
    reopen: Callable[[], Awaitable[None]] = _stay

    @property
    def app(self) -> App:
        return self.served.app

    @property
    def stranger(self) -> Caller:
        """A caller without a token."""
        return Caller(self)

    def member(self, subject: str) -> Caller:
        return Caller(self, self.served.bearers.issue(subject, {}))

    async def things(self, values: Sequence[Mapping[str, object]]) -> list[str]:
        """Make a thing of each; their ids."""
        return [(await self.stranger.make("things", name=str(i), **each)).id for i, each in enumerate(values)]
