"""What a request's head must be before anything behind it is read: one framing, one host, one target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from strongback.errors import HeadersTooLarge, MalformedRequest, MethodNotAllowed, TooLarge, UriTooLong
from strongback.model.text import text_fault
from strongback.serve.guard.limits import Limits

ALLOWED_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+,;=%-]{1,255})(?::[0-9]{0,5})?")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_METHOD = re.compile(rb"(?:\r\n)*([A-Za-z0-9!#$%&'*+.^_`|~-]+) ")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]+)/")
_FRAMING = (b"host", b"content-length", b"transfer-encoding")
_FIELD_FRAMING_BYTES = 4  # colon, space, CR, LF


class Framing(Struct, frozen=True):
    """
    What the fields of a head come to, whatever its target.

    Attributes:
        size: How many bytes of content will follow; None when it is chunked.
    """

    version: str
    fields: list[tuple[bytes, bytes]]
    host: bytes | None
    size: int | None


def check_head(
    method: bytes,
    version: str,
    target: bytes,
    headers: list[tuple[bytes, bytes]],
    limits: Limits,
    *,
    any_size: bool = False,
    last: Framing | None = None,
) -> Framing:
    """
    Refuse a head that two servers could read in two ways, or that announces too much.

    Args:
        method: As sent.
        version: `1.1` or `1.0`.
        target: The request target, as sent.
        headers: Names in lower case, values as sent.
        limits: Its `body_size_bytes` and `target_size_bytes` hold here.
        any_size: Leave it to the application how much content is too much.
        last: What an earlier head on the connection came to: one with the same fields comes to the same.
    Raises:
        MalformedRequest: Host missing or twice, lengths in doubt, a target of a form we do not serve, an HTTP version not ours.
        MethodNotAllowed: CONNECT.
        UriTooLong, TooLarge: More than the limit.
    Source: RFC 9112, sections 2.3 (version), 3.2 (target, Host), 6.1 to 6.3 (Transfer-Encoding, Content-Length, which wins).
    """
    if last is None or any_size or last.fields != headers or last.version != version:
        last = _read_framing(version, headers, None if any_size else limits.body_size_bytes)
    _check_target(method, target, last.host, limits)
    return last


def _read_framing(version: str, headers: list[tuple[bytes, bytes]], most: int | None) -> Framing:
    if version not in {"1.1", "1.0"}:
        raise MalformedRequest("the HTTP version is not 1.1")
    framing = _framing_of(headers)
    host = _host_of(framing, version)
    return Framing(version, headers, host, _content_size(framing, version, most))


def unknown_method(start: bytes, limits: Limits) -> MethodNotAllowed | MalformedRequest:
    """
    Word the refusal of a method the parser does not know, or of bytes that are no request at all.

    Args:
        start: What came first on the connection or after an earlier request.
    Source: RFC 9110, sections 9.1 and 15.5.6.

    >>> unknown_method(b"BREW /pot HTTP/1.1", Limits()).message
    'this resource does not answer BREW'
    >>> unknown_method(bytes((22, 3, 1, 2, 0)), Limits()).message
    'this is not an HTTP/1.1 request'
    """
    found = _METHOD.match(start[: limits.method_size_bytes + 8])
    if found is None or len(found[1]) > limits.method_size_bytes:
        return MalformedRequest("this is not an HTTP/1.1 request")
    return MethodNotAllowed(found[1].decode("ascii"), ALLOWED_METHODS)


def check_header_size(headers: Iterable[tuple[bytes, bytes]], limits: Limits) -> None:
    """
    Bound the header fields of one request together.

    Raises:
        HeadersTooLarge: More than `header_size_bytes`.
    Source: RFC 6585, section 5; RFC 9110, section 5.4.
    """
    if sum(len(name) + len(value) + _FIELD_FRAMING_BYTES for name, value in headers) > limits.header_size_bytes:
        raise HeadersTooLarge(f"the header fields are larger than {limits.header_size_bytes} bytes")


def check_heard(target: bytes, headers: Sequence[tuple[bytes, bytes]], limits: Limits) -> None:
    """
    Bound what another server has let through: as much of a head as an application still sees.

    Args:
        target: Path and query, as sent.
    Raises:
        HeadersTooLarge, UriTooLong: More than the limit.
        MalformedRequest: A path that is no text.
    """
    if len(target) > limits.target_size_bytes:
        raise UriTooLong(f"the request target is longer than {limits.target_size_bytes} bytes")
    if len(headers) > limits.header_count:
        raise HeadersTooLarge(f"there are more than {limits.header_count} header fields")
    check_header_size(headers, limits)
    if b"%" in target:
        _check_encoding(target.partition(b"?")[0])


def _framing_of(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Take the fields by name, when none that frames the request is there twice (RFC 9112, sections 3.2 and 6.3)."""
    fields = dict(headers)
    if len(fields) < len(headers):
        names = [name for name, _ in headers]
        for name in _FRAMING:
            if names.count(name) > 1:
                raise MalformedRequest(f"the field {name.decode()} is there twice")
    return fields


def _host_of(framing: Mapping[bytes, bytes], version: str) -> bytes | None:
    """Take the host, which HTTP/1.1 needs and HTTP/1.0 does not know (RFC 9112, section 3.2)."""
    host = framing.get(b"host")
    if host is None:
        if version == "1.1":
            raise MalformedRequest("the field host is missing")
        return None
    host = host.strip(b" \t")
    if not _is_host(host):
        raise MalformedRequest("the field host does not name a host")
    return host


@lru_cache(maxsize=256)
def _is_host(host: bytes) -> bool:
    return _HOST.fullmatch(host) is not None


def _check_target(method: bytes, target: bytes, host: bytes | None, limits: Limits) -> None:
    if len(target) > limits.target_size_bytes:
        raise UriTooLong(f"the request target is longer than {limits.target_size_bytes} bytes")
    if method == b"CONNECT":
        raise MethodNotAllowed("CONNECT", ALLOWED_METHODS)
    if not target.startswith(b"/") and not (target == b"*" and method == b"OPTIONS"):
        _check_absolute(target, host)
    if b"#" in target:
        raise MalformedRequest("the request target has a fragment")
    if b"%" in target:
        _check_encoding(target.partition(b"?")[0])


def _check_absolute(target: bytes, host: bytes | None) -> None:
    """Let a target name its host only when it is the one in Host (RFC 9112, section 3.2.2: a client must send them equal)."""
    found = _ABSOLUTE.match(target)
    if found is None:
        raise MalformedRequest("the request target is not a path")
    if host is not None and found[1].lower() != host.lower():
        raise MalformedRequest("the request target names another host than the field host")


def _check_encoding(path: bytes) -> None:
    if re.search(rb"%(?![0-9A-Fa-f]{2})", path):
        raise MalformedRequest("the path has a `%` without two hexadecimal digits")
    try:
        text = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        raise MalformedRequest("the path is not UTF-8") from None
    if fault := text_fault(text):
        raise MalformedRequest(f"the path {fault}")


def _content_size(framing: Mapping[bytes, bytes], version: str, most: int | None) -> int | None:
    """
    Say how much content follows. Both framings at once, or a coding besides chunked, are how requests are smuggled.

    Source: RFC 9112, sections 6.1 (Transfer-Encoding), 6.3 (message body length) and 11.2 (request smuggling).
    """
    length, coding = framing.get(b"content-length"), framing.get(b"transfer-encoding")
    if coding is not None:
        if length is not None:
            raise MalformedRequest("content-length and transfer-encoding exclude each other")
        if coding.strip(b" \t").lower() != b"chunked" or version != "1.1":
            raise MalformedRequest("the only transfer-encoding is `chunked`, in HTTP/1.1")
        return None
    if length is None:
        return 0
    length = length.strip(b" \t")
    if _LENGTH.fullmatch(length) is None:
        raise MalformedRequest("content-length is not a number of bytes")
    if most is not None and int(length) > most:
        raise TooLarge(f"the body is larger than {most} bytes")
    return int(length)
