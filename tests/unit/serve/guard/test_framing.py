"""The head says how much follows, or is refused."""

from __future__ import annotations

import pytest

from strongback.errors import HeadersTooLarge, MalformedRequest, MethodNotAllowed, TooLarge, UriTooLong
from strongback.serve.guard.framing import check_head, check_header_size, unknown_method
from strongback.serve.guard.limits import Limits

HOST = (b"host", b"a")


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ([], 0),
        ([(b"content-length", b"12")], 12),
        ([(b"content-length", b" 012\t")], 12),
        ([(b"transfer-encoding", b"chunked")], None),
        ([(b"transfer-encoding", b" CHUNKED ")], None),
    ],
)
def test_a_sound_head_says_how_much_follows(fields: list[tuple[bytes, bytes]], size: int | None) -> None:
    assert check_head(b"POST", "1.1", b"/v1/jobs?a=%", [HOST, *fields], Limits()).size == size


def test_http_1_0_needs_no_host_and_has_no_chunks() -> None:
    assert check_head(b"GET", "1.0", b"/", [], Limits()).size == 0
    with pytest.raises(MalformedRequest):
        check_head(b"POST", "1.0", b"/", [(b"transfer-encoding", b"chunked")], Limits())


@pytest.mark.parametrize(
    "host",
    [b"a", b"a.example:443", b"127.0.0.1:8000", b"[::1]", b"[::1]:80", b"a_b.example", b"xn--bcher-kva.example", b"a:"],
)
def test_hosts_of_every_form_are_taken(host: bytes) -> None:
    assert check_head(b"GET", "1.1", b"/", [(b"host", host)], Limits()).size == 0


@pytest.mark.parametrize(
    "host", [b"", b"a/", b"a@b", b"a b", b"a,b:c", b"[::1", b"::1", b"a:123456", b"\xe9", b"a?", b"a" * 256]
)
def test_what_names_no_host_is_refused(host: bytes) -> None:
    with pytest.raises(MalformedRequest):
        check_head(b"GET", "1.1", b"/", [(b"host", host)], Limits())


def test_limits_are_settings() -> None:
    limits = Limits(target_size_bytes=5, header_size_bytes=18, body_size_bytes=9)
    assert check_head(b"POST", "1.1", b"/1234", [HOST], limits).size == 0
    with pytest.raises(UriTooLong):
        check_head(b"POST", "1.1", b"/12345", [HOST], limits)
    check_header_size([HOST, (b"a", b"1234")], limits)
    with pytest.raises(HeadersTooLarge):
        check_header_size([HOST, (b"a", b"12345")], limits)
    with pytest.raises(TooLarge):
        check_head(b"POST", "1.1", b"/", [HOST, (b"content-length", b"10")], limits)


def test_connect_is_a_method_we_do_not_answer() -> None:
    with pytest.raises(MethodNotAllowed):
        check_head(b"CONNECT", "1.1", b"a:443", [HOST], Limits())


def test_a_method_too_long_is_no_method() -> None:
    assert isinstance(unknown_method(b"A" * 16 + b" / HTTP/1.1", Limits()), MethodNotAllowed)
    assert isinstance(unknown_method(b"A" * 17 + b" / HTTP/1.1", Limits()), MalformedRequest)
