"""uvicorn's side of a connection, which asks applications of ours without ASGI in between."""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from strongback.serve.direct import Ask
from strongback.serve.guard.exchange import Exchange
from strongback.serve.guard.headers import KnownFields


class ExchangingProtocol(HttpToolsProtocol):
    """
    One connection. Where the application can be asked directly (`serve/direct.py`), a request becomes an `Exchange`; what only ASGI can
    say (HTTP/1.0, an upgrade, `Expect`, content that is read while it arrives), or an application without the short way, goes uvicorn's
    own.
    """

    _ask: Ask | None = None
    _is_streamed = False
    parser: httptools.HttpRequestParser

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = KnownFields()

    def on_message_begin(self) -> None:
        """As uvicorn's, whose scope is made when it is needed."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        parser = self.parser
        if (
            self._ask is None
            or self._is_streamed
            or self.expect_100_continue
            or self.limit_concurrency is not None
            or parser.should_upgrade()
            or parser.get_http_version() != "1.1"
        ):
            self._make_scope()
            super().on_headers_complete()
            return
        before: Any = self.cycle
        in_turn = before is None or before.response_complete
        method, keep_alive = parser.get_method().decode("ascii"), parser.should_keep_alive()
        exchange: Any = Exchange(self, method, keep_alive=keep_alive, in_turn=in_turn)
        self.cycle = exchange
        if not in_turn:
            self.flow.pause_reading()
            app: Any = self.app  # never asked: an exchange asks the short way
            self.pipeline.appendleft((exchange, app))

    def _make_scope(self) -> None:
        url, expects, headers = self.url, self.expect_100_continue, self.headers
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)  # the scope holds this list

    def on_body(self, body: bytes) -> None:
        cycle: Any = self.cycle
        if type(cycle) is Exchange:
            cycle.body += body  # bounded by the guard
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        cycle: Any = self.cycle
        if type(cycle) is not Exchange:
            super().on_message_complete()
            return
        cycle.more_body = False
        if cycle.in_turn:
            self._start(cycle)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if type(cycle) is not Exchange:
            super()._start_asgi_task(cycle, app)
            return
        cycle.in_turn = True
        if not cycle.more_body:
            self._start(cycle)

    def _start(self, exchange: Exchange) -> None:
        assert self._ask is not None
        exchange.start(self._ask)
