"""
The HTTP/1.1 side of a connection: uvicorn's own, bounded where no ASGI application can see.

A slow head, a thousand fields or two framings at once never reach an application, so they are refused here. Each refusal is one small
answer in its turn (after the answers to earlier requests on the connection), then the connection closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, NoReturn, cast

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from strongback.contract.problems import PROBLEMS
from strongback.errors import (
    HeadersTooLarge,
    MalformedRequest,
    StrongbackError,
    TimedOutReading,
    TooLarge,
    Unavailable,
    UriTooLong,
)
from strongback.observe.observation import Observation, unread
from strongback.observe.request_id import find_request_id
from strongback.serve.direct import Ask
from strongback.serve.guard.connections import Bounds, connection_cap
from strongback.serve.guard.exchanging import ExchangingProtocol
from strongback.serve.guard.framing import Framing, check_head, check_header_size, unknown_method
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits
from strongback.serve.guard.pace import Deadline, Reading
from strongback.serve.guard.patient import Patient
from strongback.serve.guard.refusal import write_refusal
from strongback.serve.streams import Streams, streams_nothing

_Phase = Literal["between", "head", "body"]
_REFUSED_AT_ONCE = 128
_CHUNK_FRAMING_BYTES = 65_536
# What may have arrived of a file before its application, which refuses one too large, comes to read it.
_AHEAD_BYTES = 1_048_576


def guarded_protocol(
    limits: Limits = DEFAULT_LIMITS,
    report: Callable[[Observation], object] = lambda refused: None,
    ask: Ask | None = None,
    streams: Streams = streams_nothing,
) -> type[GuardedProtocol]:
    """
    Make the class to give uvicorn: `uvicorn.Config(app, http=guarded_protocol(limits))`.

    Args:
        limits: What a connection and its requests may take.
        report: Told of each request that is refused here: no application sees it, so nobody else would write a line of it.
        ask: The application's short way, if it has one (`serve/direct.py`).
        streams: Says by method and path where the application reads content while it arrives, and of how many bytes: there it says itself
            what is too large, once it knows who is asking.
    """

    class Guarded(GuardedProtocol):
        _bounds = Bounds(limits, connection_cap(limits), report, streams)
        _ask = staticmethod(ask) if ask is not None else None

    return Guarded


class _Refused(Exception):
    """Stops the parser inside a callback: `_fault` says why, or the connection reads no more."""


class GuardedProtocol(ExchangingProtocol):
    """
    One connection. The parser's callbacks count and check; what is wrong goes through `_refuse`.

    Source: RFC 9112, sections 2.2 (line endings), 5.2 (obs-fold), 6 (framing), 7.1 (chunks), 9.3.2 (pipelining), 9.5 (time-outs),
    9.6 (close).
    """

    _bounds = Bounds()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = self._bounds.limits
        # uvicorn lets the parser go on after a request that closes the connection; nothing after it is ours to read.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)
        self._phase: _Phase = "between"
        self._deaf = False
        self._fault: StrongbackError | None = None
        self._pending: bytes | None = None
        self._began = 0.0
        self._packet_bytes = 0
        self._head_bytes = 0  # of all packets with a part of this head, so no less than the head itself
        self._head_packet_bytes = 0  # of the first of them, which may hold earlier requests too
        self._body_bytes = 0
        self._content_max_bytes = self._limits.body_size_bytes
        self._raw_bytes = 0
        self._trailers = 0
        self._framing: Framing | None = None
        self._body_since = 0.0
        self._linger: asyncio.TimerHandle | None = None
        self._deadline: Deadline[_Phase] = Deadline(self.loop, self._missed)

    # ---- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        super().connection_made(transport)
        self._reading = Reading(self.loop, transport, self._limits)
        beyond = len(self.connections) - self._bounds.connections
        if beyond > _REFUSED_AT_ONCE:
            self._deaf = True
            transport.abort()
        elif beyond > 0:
            self._refuse(Unavailable("too many connections are open"))
        else:
            self._deadline.wait_for("between", self._limits.idle_time_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._stop_timers()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self._reading.watch()

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        before = self._phase
        self._packet_bytes = len(data)
        if before == "head":
            self._head_bytes += self._packet_bytes
        elif before == "body":
            self._raw_bytes += self._packet_bytes
        try:
            self.parser.feed_data(data)
            if self._phase != "between":
                self._await_the_rest()
        except httptools.HttpParserUpgrade:
            self._take_upgrade()
        except (httptools.HttpParserError, _Refused) as error:
            if not self._deaf:
                self._refuse(self._fault or self._word(error, data, before))

    def _word(self, error: Exception, data: bytes, before: _Phase) -> StrongbackError:
        if isinstance(error, httptools.HttpParserInvalidMethodError) and before == "between":
            return unknown_method(data, self._limits)
        if isinstance(error, httptools.HttpParserCallbackError):
            return MalformedRequest("this is not an HTTP/1.1 request")
        return MalformedRequest(f"this is not an HTTP/1.1 request: {error}")

    def _check_counts(self) -> None:
        """Bound what the parser holds without a callback: an unfinished field, an extension of a chunk, a trailer section."""
        limits = self._limits
        in_later_packets = self._head_bytes - self._head_packet_bytes
        if self._phase == "head" and in_later_packets > limits.header_size_bytes + limits.target_size_bytes:
            self._fail(HeadersTooLarge(f"the header fields are larger than {limits.header_size_bytes} bytes"))
        if self._phase == "body" and self._raw_bytes > 2 * self._content_max_bytes + _CHUNK_FRAMING_BYTES:
            self._fail(TooLarge(f"the body is larger than {self._content_max_bytes} bytes"))

    def _take_upgrade(self) -> None:
        """Hand over to WebSocket, or go on as if no upgrade was asked for (RFC 9110, section 7.8)."""
        if self._should_upgrade():
            self._stop_timers()
            self._deaf = True
            self.handle_websocket_upgrade()

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        if self._deaf:
            raise _Refused
        self._phase = "head"
        self._began = self.loop.time()
        self._deadline.lift()
        self._body_bytes = self._raw_bytes = self._trailers = 0
        self._head_bytes = self._head_packet_bytes = self._packet_bytes
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._limits.target_size_bytes:
            self._fail(UriTooLong(f"the request target is longer than {self._limits.target_size_bytes} bytes"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase == "head":
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))
        else:  # a trailer field is counted and left out: it must not pass for a field of the head
            self._trailers += 1
            self._check_count()

    def on_headers_complete(self) -> None:
        parser, limits = self.parser, self._limits
        self._check_count()
        try:
            if self._head_bytes > limits.header_size_bytes:
                check_header_size(self.headers, limits)
            method = parser.get_method()
            streamed = self._is_streamed = self._streamed(method)
            framing = check_head(
                method, parser.get_http_version(), self.url, self.headers, limits, any_size=streamed, last=self._framing
            )
        except StrongbackError as error:
            self._fail(error)
        self.headers = framing.fields  # the same list for the same fields: what reads them next knows it again
        self._framing = None if streamed else framing
        if len(self.pipeline) >= limits.pipelined:
            self._fail(MalformedRequest(f"more than {limits.pipelined} requests wait on one connection"))
        if parser.should_upgrade() and framing.size != 0:
            # The parser takes content after an upgrade for the next request.
            self._fail(MalformedRequest("a request to upgrade has no content"))
        super().on_headers_complete()
        self._phase = "body"
        self._deadline.lift()
        if streamed:
            self.cycle.transport = cast("asyncio.Transport", Patient(self))

    def _check_count(self) -> None:
        """Bound how many fields there are. An unfinished head holds no more of them than its bytes, which are bounded, allow."""
        if len(self.headers) + self._trailers > self._limits.header_count:
            self._fail(HeadersTooLarge(f"there are more than {self._limits.header_count} header fields"))

    def _streamed(self, method: bytes) -> bool:
        """Whether the application reads this request's content while it arrives; if so, by its bound."""
        self._content_max_bytes = self._limits.body_size_bytes
        if method != b"PUT":
            return False
        path = self.url.partition(b"?")[0].decode("latin-1")
        bound = self._bounds.streams("PUT", path)
        if bound is not None:
            self._content_max_bytes = bound + _AHEAD_BYTES
        return bound is not None

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self._content_max_bytes:
            self._fail(TooLarge(f"the body is larger than {self._content_max_bytes} bytes"))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._phase = "between"
        self._deadline.lift()
        super().on_message_complete()
        if self.parser.should_upgrade():
            if self._should_upgrade():
                return
            # What follows in the same packet is lost to the parser, so no next request may be expected.
            self.cycle.keep_alive = False
        self._deaf = not self.cycle.keep_alive
        if self.cycle.response_complete and not self._deaf:
            self._deadline.wait_for("between", self._limits.idle_time_s)

    # ---- what the application's answer calls

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._reading.watch()
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._pending is not None:
            self._send_last(self._pending)
        elif self._phase == "between":
            self._deadline.wait_for("between", self._limits.idle_time_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._reading.stop()

    # ---- refusing

    def _fail(self, error: StrongbackError) -> NoReturn:
        self._fault = error
        raise _Refused

    def _refuse(self, error: StrongbackError) -> None:
        """
        Answer *error* in its turn, and read no more requests.

        A request whose head was fine is with the application already: unless it has begun to answer, the refusal takes its place.
        """
        self._deaf = True
        self._deadline.lift()
        answer = self._word_refusal(error)
        if self._phase == "body" and not self._is_queued():
            self._replace_answer(answer)
        elif self._phase == "body":
            self.pipeline.popleft()
            self._pending = answer
        elif self._is_answering():
            self._pending = answer
        else:
            self._send_last(answer)

    def _word_refusal(self, error: StrongbackError) -> bytes:
        """Write *error* as an answer, and tell of it."""
        has_begun = self._phase != "between"
        request_id = find_request_id(self.headers if has_begun else ())
        duration_s = self.loop.time() - self._began if has_begun else 0.0
        self._bounds.report(unread(error, PROBLEMS[type(error)].status, duration_s, request_id))
        is_head = has_begun and self.parser.get_method() == b"HEAD"
        return write_refusal(error, request_id, self.server_state.default_headers, has_content=not is_head)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _is_queued(self) -> bool:
        return bool(self.pipeline) and self.pipeline[0][0] is self.cycle

    def _replace_answer(self, answer: bytes) -> None:
        started = self.cycle.response_started
        if not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.flow.resume_writing()
        if started:
            self._close()
        else:
            self._send_last(answer)

    def _send_last(self, answer: bytes) -> None:
        """
        Send *answer*, say that nothing follows, and read on for a moment.

        Closed with bytes unread, the socket would be reset, and the answer might never be seen (RFC 9112, section 9.6).
        """
        if self.transport.is_closing():
            return
        self.transport.write(answer)
        if not self.transport.can_write_eof():
            self._close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._stop_timers()
        self._linger = self.loop.call_later(self._limits.linger_time_s, self.transport.abort)

    def _close(self) -> None:
        self.transport.close()
        self._reading.watch()

    def end_unread(self) -> None:
        """Close after an answer that did not wait for the end of the request's content."""
        if self._phase == "body":
            self._deaf = True
            self._send_last(b"")
        else:
            self._close()

    # ---- time

    def _missed(self, what: _Phase) -> None:
        if what == "between":
            self._end_idling()
        else:
            self._end_waiting(what)

    def _await_the_rest(self) -> None:
        self._check_counts()
        if self._deadline.awaited is not None:
            return
        if self._phase == "body":
            self._body_since = self.loop.time()
            self._deadline.wait_for("body", self._limits.body_time_s)
        else:
            self._deadline.wait_for("head", self._limits.header_time_s)

    def _end_idling(self) -> None:
        if self.transport.get_write_buffer_size():
            self._reading.watch()  # not idle: still reading our answer, at a pace that is judged there
            self._deadline.wait_for("between", self._limits.idle_time_s)
        else:
            self._close()

    def _end_waiting(self, what: _Phase) -> None:
        """Refuse a request that does not arrive, unless it is we who keep it waiting, or it keeps the pace asked for."""
        if self.flow.read_paused or (what == "body" and self.cycle.waiting_for_100_continue):
            self._deadline.wait_for(what, self._limits.header_time_s)
            return
        earned_s = self._limits.body_time_s + self._body_bytes / self._limits.body_bytes_per_s
        left_s = self._body_since + earned_s - self.loop.time() if what == "body" else 0.0
        if left_s > 0.001:
            self._deadline.wait_for(what, left_s)
        else:
            self._refuse(TimedOutReading("the request did not arrive in time"))

    def _stop_timers(self) -> None:
        self._deadline.stop()
        self._reading.stop()
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
