"""Keys rotate without a good token refused, and no token makes us flood the issuer."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from joserfc.jwk import RSAKey

from strongback.errors import ConfigurationError, Unauthenticated, Unavailable
from strongback.serve.authn import fetch as fetching
from strongback.serve.authn.jwks import FETCH_INTERVAL_S, FRESH_FOR_S, JwksKeys, open_keys
from strongback.serve.authn.keys import read_key_set
from strongback.serve.authn.settings import TokenSettings
from strongback.serve.authn.verifier import TokenVerifier
from tests.unit.serve.authn.tokens import AUDIENCE, EC, ED, ISSUER, RSA, Time, claims, good, header, jwks, sign

NEW = RSAKey.generate_key(2048, {"kid": "rsa-2"})


class Issuer:
    """What the issuer's server does, changed by a test as it goes."""

    def __init__(self):
        self.document = jwks(RSA)
        self.status = 200
        self.headers = {}
        self.asked = 0
        self.url = ""


@contextmanager
def issuer():
    """A real HTTP server on loopback that publishes keys."""
    state = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked += 1
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.document)))
            self.end_headers()
            self.wfile.write(state.document)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings(url):
    return TokenSettings(ISSUER, AUDIENCE, jwks=url, algorithms=("RS256", "ES256", "EdDSA"))


def service(url, clock, wall=None):
    keys = open_keys(settings(url), clock)
    return keys, TokenVerifier(settings(url), keys, wall or Time())


async def ask(verifier, token):
    found = verifier.verify(token)
    return await found if hasattr(found, "__await__") else found


async def settle(keys):
    while keys._task is not None:
        await asyncio.sleep(0.005)


def test_a_rotation_refuses_no_good_token():
    async def run():
        with issuer() as server:
            clock = Time(0.0)
            keys, verifier = service(server.url, clock)
            await keys.start()
            assert (await ask(verifier, good())).subject == "ann"
            server.document = jwks(NEW, RSA)
            clock.now += FETCH_INTERVAL_S
            assert (await ask(verifier, good(NEW, sub="bob"))).subject == "bob"
            assert (await ask(verifier, good(sub="cy"))).subject == "cy"
            assert server.asked == 2

    asyncio.run(run())


def test_a_withdrawn_key_is_gone_after_the_next_look_and_so_are_the_tokens_it_signed():
    async def run():
        with issuer() as server:
            clock = Time(0.0)
            keys, verifier = service(server.url, clock)
            await ask(verifier, good())
            server.document = jwks(NEW)
            clock.now += FRESH_FOR_S
            assert await ask(verifier, good(sub="old key, still held"))
            await settle(keys)
            with pytest.raises(Unauthenticated):
                await ask(verifier, good())
            assert await ask(verifier, good(NEW))

    asyncio.run(run())


def test_ten_thousand_unknown_kids_in_a_minute_make_two_looks_at_most():
    async def run():
        with issuer() as server:
            clock = Time(1_000.0)
            keys, verifier = service(server.url, clock)
            await keys.start()
            for count in range(10_000):
                clock.now += FETCH_INTERVAL_S / 10_000
                with pytest.raises(Unauthenticated):
                    await ask(verifier, sign(header(alg="EdDSA", kid=f"kid-{count}"), claims(), ED))
            assert server.asked <= 2
            assert (await ask(verifier, good())).subject == "ann"

    asyncio.run(run())


def test_unknown_kids_at_once_share_one_look():
    async def run():
        with issuer() as server:
            clock = Time(0.0)
            _keys, verifier = service(server.url, clock)
            tokens = [sign(header(kid=f"k{count}"), claims()) for count in range(50)]
            found = await asyncio.gather(*(ask(verifier, token) for token in tokens), return_exceptions=True)
            assert {type(one) for one in found} == {Unauthenticated}
            assert server.asked == 1

    asyncio.run(run())


def test_a_request_that_leaves_takes_the_keys_from_nobody():
    async def run():
        with issuer() as server:
            _keys, verifier = service(server.url, Time(0.0))
            leaves = asyncio.create_task(ask(verifier, good()))
            stays = asyncio.create_task(ask(verifier, good(sub="bob")))
            await asyncio.sleep(0)
            leaves.cancel()
            assert (await stays).subject == "bob"
            assert server.asked == 1

    asyncio.run(run())


def test_keys_stay_while_the_issuer_is_away():
    async def run():
        with issuer() as server:
            clock = Time(0.0)
            keys, verifier = service(server.url, clock)
            await keys.start()
            for status, document in ((500, b"{}"), (200, b"<html>"), (200, b'{"keys": []}'), (302, b"")):
                server.status, server.document = status, document
                server.headers = {"Location": "http://127.0.0.1:1/"}
                clock.now += FRESH_FOR_S
                assert await ask(verifier, good(jti=f"{status} {document!r}"))
                await settle(keys)
            assert server.asked == 5
            assert keys.generation == 0
        clock.now += FRESH_FOR_S
        assert await ask(verifier, good(jti="the server is gone"))
        await settle(keys)
        assert await ask(verifier, good(jti="and still"))

    asyncio.run(run())


def test_without_any_keys_nobody_is_called_a_liar():
    async def run():
        with issuer() as server:
            server.status = 503
            clock = Time(0.0)
            keys, verifier = service(server.url, clock)
            await keys.start()
            for _ in range(100):
                with pytest.raises(Unavailable) as refused:
                    await ask(verifier, good())
                assert refused.value.retry_after_s == FETCH_INTERVAL_S
            assert server.asked == 1
            server.status = 200
            clock.now += FETCH_INTERVAL_S
            assert await ask(verifier, good())

    asyncio.run(run())


def test_an_answer_that_redirects_or_never_ends_is_none(monkeypatch):
    monkeypatch.setattr(fetching, "DOCUMENT_SIZE_BYTES", 10_000)
    with issuer() as server, issuer() as other:
        server.status, server.headers = 302, {"Location": other.url}
        with pytest.raises(OSError, match="302"):
            fetching.fetch(server.url)
        assert other.asked == 0
        server.status, server.document = 200, b"x" * 20_000
        with pytest.raises(OSError, match="larger"):
            fetching.fetch(server.url)


def test_an_answer_in_drops_ends(monkeypatch):
    monkeypatch.setattr(fetching, "FETCH_TIME_S", 0.0001)
    with issuer() as server, pytest.raises(OSError):  # noqa: PT011 - which one depends on where the time ran out
        fetching.fetch(server.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/jwks.json",
        "http://127.0.0.1.issuer.example/jwks.json",
        "http://127.0.0.1@issuer.example/jwks.json",
        "http://10.0.0.1/jwks.json",
        "ftp://127.0.0.1/jwks.json",
        "file:///etc/passwd",
        "https:///jwks.json",
    ],
)
def test_keys_come_over_https_or_from_this_machine(url):
    with pytest.raises(ConfigurationError):
        open_keys(settings(url))


@pytest.mark.parametrize("url", ["https://issuer.example/jwks.json", "http://localhost:1/", "http://[::1]:1/"])
def test_keys_may_come_from(url):
    assert open_keys(settings(url)).fetches == 0


def test_a_file_is_read_again_when_a_key_is_missing(tmp_path):
    async def run():
        path = tmp_path / "jwks.json"
        path.write_bytes(jwks(RSA))
        clock = Time(0.0)
        _keys, verifier = service(str(path), clock)
        assert await ask(verifier, good())
        path.write_bytes(jwks(NEW))
        clock.now += FETCH_INTERVAL_S
        assert await ask(verifier, good(NEW))
        with pytest.raises(Unauthenticated):
            await ask(verifier, good())

    asyncio.run(run())


@pytest.mark.parametrize("text", [None, b"", b"[]", b'{"keys": {}}', b'{"keys": []}', b"\xff"])
def test_a_file_without_keys_is_refused_at_the_start(tmp_path, text):
    path = tmp_path / "jwks.json"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(ConfigurationError):
        open_keys(settings(str(path)))


def test_keys_we_cannot_use_are_passed_over():
    good_key = EC.as_dict(private=False)
    odd = [
        7,
        {},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "RSA", "n": "AA", "e": "AQAB"},
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {**good_key, "kid": ["a"]},
        {**good_key, "x": 5},
        {"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    ]
    found = read_key_set(json.dumps({"keys": [*odd, good_key]}).encode())
    assert [key.kid for key in found.keys] == ["ec-1"]


@pytest.mark.parametrize("said", [{"use": "enc"}, {"key_ops": ["sign"]}, {"alg": "ES512"}])
def test_a_key_for_another_use_verifies_nothing(said):
    key = {**EC.as_dict(private=False), **said}
    key.pop("use") if "key_ops" in said else None
    document = json.dumps({"keys": [key, RSA.as_dict(private=False)]}).encode()
    assert read_key_set(document).find("ec-1", "ES256") == []
    assert len(read_key_set(document).find("rsa-1", "RS256")) == 1


def test_a_mistake_of_ours_while_looking_is_not_swallowed():
    async def run():
        def broken():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await JwksKeys(broken, ("RS256",), Time(0.0)).find("a", "RS256")

    asyncio.run(run())
