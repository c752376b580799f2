"""A service that runs in this process and is asked without a socket."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from strongback.app import App
from strongback.errors import Unauthenticated
from strongback.model.model import Model
from strongback.serve.asgi import Application
from strongback.serve.authn.claims import Claims

_NEVER = float("inf")
PIECE_BYTES = 65_536
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Response:
    """
    An HTTP answer.

    Attributes:
        headers: Names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The content, decoded; None when there is none."""
        return msgspec.json.decode(self.body) if self.body else None

    def expect(self, *statuses: int) -> Response:
        """
        Return this answer.

        Raises:
            AssertionError: Its status is none of *statuses*; the content says why.
        """
        if self.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            raise AssertionError(f"expected {wanted}, got {self.status}: {self.body.decode(errors='replace')[:2000]}")
        return self


@dataclass
class Bearers:
    """Issues handles that stand for tokens, and believes those it issued: what a test does instead of an issuer with keys."""

    model: Model
    _claims: dict[str, Claims] = field(default_factory=dict)

    def issue(self, subject: str, claims: Mapping[str, Any]) -> str:
        """Issue a handle for *subject*. Claims that the service maps to fields and that are not given are made up."""
        said = {**made_up(self.model, subject), **claims}
        handle = secrets.token_urlsafe(12)
        self._claims[handle] = Claims(subject, said, _NEVER)
        return handle

    def __call__(self, token: str) -> Claims:
        try:
            return self._claims[token]
        except KeyError:
            raise Unauthenticated("this token was not issued here") from None


def made_up(model: Model, subject: str) -> dict[str, Any]:
    """
    Values for the claims that *model* maps to its actor's fields.

    >>> from strongback.model.model import Actor, Claim
    >>> made_up(Model("jobs", actor=Actor("User", (Claim("sub", "subject"), Claim("email", "email")))), "ada")
    {'sub': 'ada', 'email': 'ada@example.org'}
    """
    if model.actor is None:
        return {"sub": subject}
    usual = {"name": subject.title(), "email": f"{subject}@example.org"}
    given = {claim.claim: usual.get(claim.claim, subject) for claim in model.actor.claims}
    return {**given, model.actor.key.claim: subject}


class InProcess:
    """Asks *app* by ASGI: what is answered is what a server would send."""

    def __init__(self, app: App, bearers: Bearers) -> None:
        self.app = app
        self.bearers = bearers
        self._application: Application = app.application()
        self.started = False

    async def start(self) -> None:
        """Open the store and make its schema, once."""
        if not self.started:
            await self.app.start(create=True, stand_in=True)
            self.started = True

    async def close(self) -> None:
        if self.started:
            self.started = False
            await self.app.close()

    async def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        token: str = "",
        content: bytes | None = None,
        content_type: str = "",
    ) -> Response:
        """
        Send one request and return its answer.

        Args:
            path: With its query, if any: `/v1/jobs?city=Oslo`. What stands in it beyond ASCII is percent-encoded.
            json: What the content is made of; None for no content. Bytes are sent as they are.
            headers: Names in lower case.
            content: What is sent as it is, said to be of *content_type*; instead of *json*.
        """
        await self.start()
        body = content if content is not None else _json_content(json)
        fields = _fields(method, body, token) | ({"content-type": content_type} if content_type else {})
        fields |= {n.lower(): v for n, v in (headers or {}).items()}
        sent: list[MutableMapping[str, Any]] = []
        arriving = iter(_arriving(body))

        async def receive() -> MutableMapping[str, Any]:
            message = next(arriving, None)
            if message is None:
                await asyncio.Event().wait()  # nobody leaves before the answer
            return message or {}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await asyncio.sleep(
            0
        )  # as over a network, others get their turn, Ctrl-C among them; SQLite answers without a wait
        await self._application(_scope(method, path, fields), receive, send)
        return _response(sent)


def _json_content(json: Any) -> bytes:
    return b"" if json is None else json if isinstance(json, bytes) else msgspec.json.encode(json)


def _arriving(body: bytes) -> Iterator[MutableMapping[str, Any]]:
    """*body* in pieces, as a network brings them."""
    for at in range(0, max(len(body), 1), PIECE_BYTES):
        more = at + PIECE_BYTES < len(body)
        yield {"type": "http.request", "body": body[at : at + PIECE_BYTES], "more_body": more}


def _fields(method: str, body: bytes, token: str) -> dict[str, str]:
    fields = {"host": "testing", "accept": "*/*"}
    if token:
        fields["authorization"] = f"Bearer {token}"
    if body:
        fields |= {"content-type": MERGE_PATCH if method == "PATCH" else JSON, "content-length": str(len(body))}
    return fields


def _scope(method: str, path: str, fields: Mapping[str, str]) -> MutableMapping[str, Any]:
    way, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(way),
        "raw_path": quote(way, safe="/%").encode(),
        "query_string": quote(query, safe="%/?:@!$&'()*+,;=-._~[]").encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()],
        "client": ("127.0.0.1", 0),
        "server": ("testing", 80),
    }


def _response(sent: list[MutableMapping[str, Any]]) -> Response:
    start = next(message for message in sent if message["type"] == "http.response.start")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Response(start["status"], headers, body)
