"""How much one request, one connection and one process may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The bounds of the guard. Each default is generous to a decent client and small against an attack.

    Attributes:
        body_size_bytes: Request content, after chunked framing is removed.
        body_bytes_per_s: The slowest pace that earns a body more time than *body_time_s*.
        body_time_s: For a body to arrive; each *body_bytes_per_s* bytes received add a second.
        connections: Open at once; one more is answered 503.
        header_count: Header fields of one request.
        header_size_bytes: All header fields of one request with their framing.
        header_time_s: From the first byte of a request to the end of its header section.
        idle_time_s: A connection without a request.
        json_depth: Arrays and objects inside one another.
        linger_time_s: How long a refused connection is still read, so that the refusal reaches the client.
        method_size_bytes: The request method.
        pipelined: Requests of one connection that wait for an earlier one's answer.
        query_parameters: Parameters of one query string.
        target_size_bytes: The request target (path and query).
        write_bytes_per_s: The slowest pace at which a client may read what it asked for.
        write_time_s: How long a client may stop reading.
    """

    body_size_bytes: int = 1_048_576
    body_bytes_per_s: int = 8_192
    body_time_s: float = 10.0
    connections: int = 16_384
    header_count: int = 100
    header_size_bytes: int = 16_384
    header_time_s: float = 10.0
    idle_time_s: float = 10.0
    json_depth: int = 32
    linger_time_s: float = 1.0
    method_size_bytes: int = 16
    pipelined: int = 16
    query_parameters: int = 100
    target_size_bytes: int = 8_192
    write_bytes_per_s: int = 1_024
    write_time_s: float = 10.0


DEFAULT_LIMITS = Limits()
