"""
Hostile frames, messages and metadata: each has an answer that says whose fault it is, a short one, and the server goes on.

What is wrong with a request is never told as a fault of ours (UNKNOWN, INTERNAL).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from random import Random
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory
from grpc_health.v1 import health_pb2

from tests import h2_frames as h2
from tests.grpc_calls import Caller, Refused, Remote, remote

Code = grpc.StatusCode
OURS = (Code.UNKNOWN, Code.INTERNAL, Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED)
ANSWER_MAX_BYTES = 4_096
CHECK = "/grpc.health.v1.Health/Check"
GET = "/jobs.v1.JobService/GetJob"


def served(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """*test* with the example behind a server, as its first argument."""

    async def with_server(**given: Any) -> None:
        async with remote("jobs") as on:
            await test(on, **given)

    signature = inspect.signature(test)
    with_server.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    with_server.__name__, with_server.__doc__ = test.__name__, test.__doc__
    return with_server


async def said(caller: Caller, method: str, content: bytes, *metadata: tuple[str, str], **how: Any) -> Code:
    """How a call ends; an answer that is a refusal is short."""
    try:
        await caller.raw(method, content, *metadata, **how)
    except Refused as error:
        refused = error
    else:
        return Code.OK
    sizes = [len(name) + len(value) for name, value in refused.trailers.items()]
    assert sum(sizes) + len(refused.message) < ANSWER_MAX_BYTES
    return refused.code


async def is_serving(on: Remote) -> bool:
    answer = await on.stranger.raw(CHECK, b"")
    return bool(health_pb2.HealthCheckResponse.FromString(answer).status == health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xff\xff", b"\x0a\x01\xff", b"\x0a\x7f", b"\x0b" * 300, b"\x0a\x02\xed\xa0"],
    ids=["no message", "no UTF-8", "cut off", "groups without end", "half a surrogate"],
)
@served
async def test_bytes_that_are_no_message_are_the_callers_fault(on: Remote, content: bytes) -> None:
    assert await said(on.stranger, "GetJob", content) is Code.INVALID_ARGUMENT
    assert await said(on.stranger, "CreateJob", content) is Code.INVALID_ARGUMENT
    if content != b"\x0b" * 300:
        assert await said(on.stranger, CHECK, content) is Code.INVALID_ARGUMENT


@served
async def test_a_message_nested_without_end_is_refused(on: Remote) -> None:
    content, applications = b"", on.door("GetJob").response().job.DESCRIPTOR.fields_by_name["applications"].number
    job = on.door("GetApplication").response().application.DESCRIPTOR.fields_by_name["job"].number
    for at in range(401):  # a job of applications of a job of ...
        tag = _varint((job if at % 2 else applications) << 3 | 2)
        content = tag + _varint(len(content)) + content
    assert await said(on.user("ann"), "CreateJob", b"\x0a" + _varint(len(content)) + content) is Code.INVALID_ARGUMENT


def _varint(number: int) -> bytes:
    made = b""
    while number > 127:
        made, number = made + bytes((number & 127 | 128,)), number >> 7
    return made + bytes((number,))


@served
async def test_a_field_that_is_not_known_is_refused_with_nothing_changed(on: Remote) -> None:
    """A number that is retired may have been meant; nothing is dropped without a word."""
    ann = on.user("ann")
    door = on.door("FoundCompany")
    with pytest.raises(Refused) as caught:
        await ann.raw("FoundCompany", door.request(name="Acme").SerializeToString() + b"\x98\x06\x01")
    assert (caught.value.code, caught.value.violations) == (
        Code.INVALID_ARGUMENT,
        {"": "the field 99 is not known here"},
    )
    company = (await ann("FoundCompany", name="Acme")).id
    inner = on.door("CreateJob").request(job={"company_id": company}).job.SerializeToString() + b"\x98\x06\x01"
    with pytest.raises(Refused) as caught:
        await ann.raw("CreateJob", b"\x0a" + _varint(len(inner)) + inner)
    assert caught.value.violations["job"] == "the field 99 is not known here"


@served
async def test_what_is_too_large_is_refused_as_that(on: Remote) -> None:
    ann = on.user("ann")
    large = on.door("CreateJob").request(job={"title": "a" * 2_000_000}).SerializeToString()
    assert await said(ann, "CreateJob", large) is Code.RESOURCE_EXHAUSTED
    # Compressed it is small; what counts is what it becomes.
    assert await said(ann, "CreateJob", large, compression=grpc.Compression.Gzip) is Code.RESOURCE_EXHAUSTED
    assert await said(ann, "GetJob", b"", ("x-large", "a" * 65_536)) is Code.RESOURCE_EXHAUSTED
    many = [(f"x-{at}", "a" * 100) for at in range(600)]
    assert await said(ann, "GetJob", b"", *many) is Code.RESOURCE_EXHAUSTED
    assert await is_serving(on)


@pytest.mark.parametrize("path", ["/jobs.v1.JobService/Nope", "/no.such.Service/Get", "/", "/a/b/c/d", "/%00/x"])
@served
async def test_what_there_is_not_is_not_implemented(on: Remote, path: str) -> None:
    assert await said(on.stranger, path, b"") is Code.UNIMPLEMENTED


@pytest.mark.parametrize(
    "metadata",
    [
        [("authorization", "Basic YTpi")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer a b")],
        [("authorization", "Bearer nobodys")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
    ],
)
@served
async def test_credentials_that_are_none_are_told_so(on: Remote, metadata: list[tuple[str, str]]) -> None:
    assert await said(on.stranger, "ListJobs", b"", *metadata) is Code.UNAUTHENTICATED


@served
async def test_many_faults_are_told_as_far_as_there_is_room(on: Remote) -> None:
    ann = on.user("ann")
    with pytest.raises(Refused) as caught:
        await ann("GetJob", id="x" * 100_000, read_mask={"paths": [f"nothing_{at}" for at in range(10_000)]})
    assert caught.value.code in (Code.NOT_FOUND, Code.INVALID_ARGUMENT)
    company = (await ann("FoundCompany", name="Acme")).id
    wrong = [{"create": {"job": {"company_id": company, "title": "x" * 500}}} for _ in range(100)]
    with pytest.raises(Refused) as caught:
        await ann("BatchJobs", operations=wrong)
    assert len(caught.value.trailers["grpc-status-details-bin"]) < 3_000
    assert caught.value.violations[""].startswith("and ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        'city = "' + "a" * 9_000 + '"',
        "city = Oslo AND " * 400 + "city = Oslo",
        "city = 'a' OR status = open",
        'city = "\x00"',
        "NOT " * 1_000,
        "\\" * 8_000,
        '"' + "\\" * 4_001,
        "city:",
        "city = = Oslo",
        "-city:*",
        "1 = 1",
        "city = 'x'; DROP TABLE job; --",
    ],
)
@served
async def test_a_filter_that_is_none_is_refused(on: Remote, text: str) -> None:
    with pytest.raises(Refused) as caught:
        await on.stranger("ListJobs", filter=text)
    assert (caught.value.code, set(caught.value.violations) - {""}) == (Code.INVALID_ARGUMENT, {"filter"})


def mutants(content: bytes, random: Random) -> Iterator[bytes]:
    """*content* cut, doubled, and with bytes of chance in it."""
    for _ in range(12):
        made = bytearray(content or b"\x0a\x01a")
        for _ in range(random.choice((1, 1, 3))):
            made[random.randrange(len(made))] = random.randrange(256)
        yield bytes(made)
    yield content[: len(content) // 2]
    yield content * 2
    yield bytes(random.randrange(256) for _ in range(64))


def filled(descriptor: Any, random: Random, depth: int = 0) -> Any:
    """A message of *descriptor* with values of chance in most of its fields."""
    made = message_factory.GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if random.random() < 0.3 or (field.message_type is not None and depth > 2):
            continue
        if field.message_type is not None:
            of = filled(field.message_type, random, depth + 1)
            getattr(made, field.name).extend([of]) if field.is_repeated else getattr(made, field.name).CopyFrom(of)
        else:
            value = _value(field, random)
            getattr(made, field.name).extend([value]) if field.is_repeated else setattr(made, field.name, value)
    return made


def _value(field: Any, random: Random) -> Any:
    match field.cpp_type:
        case field.CPPTYPE_STRING:
            text = random.choice(
                ["", "x", "\0", "\u202e", "a" * 200, "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", "*", "-1"]
            )
            return text.encode() if field.type == field.TYPE_BYTES else text
        case field.CPPTYPE_BOOL:
            return True
        case field.CPPTYPE_DOUBLE:
            return random.choice([float("nan"), float("inf"), -0.0, 1e308])
        case _:
            return random.choice([0, 1, -1, 99, 2**31 - 1, -(2**31)])


@pytest.mark.parametrize("service", ["jobs", "conformance"])
async def test_whatever_is_sent_to_a_method_is_never_told_as_ours(service: str) -> None:
    """Messages of chance, and what chance makes of their bytes, to every method, as somebody and as nobody."""
    random = Random(7)
    async with remote(service) as on:
        ann = on.user("ann")
        for name, door in on.doors.items():
            for _ in range(2):
                content = filled(door.request.DESCRIPTOR, random).SerializeToString()
                for each in (content, *mutants(content, random)):
                    caller = ann if random.random() < 0.8 else on.stranger
                    code = await said(caller, name, each)
                    assert code not in OURS, (name, each, code)
        assert await is_serving(on)


@served
async def test_frames_that_no_client_sends_harm_nobody(on: Remote) -> None:
    port, get = on.server.port, h2.call(GET)
    opened = h2.frame(h2.HEADERS, h2.END_HEADERS, 1, get)
    wrong = {
        "garbage after the preface": [b"\xff" * 4_096],
        "no preface": [],
        "a length that is a lie": [opened, h2.frame(h2.DATA, h2.END_STREAM, 1, h2.message(b"", length=2**31))],
        "cut off": [opened, h2.frame(h2.DATA, h2.END_STREAM, 1, h2.message(b"ab", length=100))],
        "no message at all": [h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, get)],
        "two messages": [opened, h2.frame(h2.DATA, h2.END_STREAM, 1, h2.message(b"") * 2)],
        "another type": [h2.frame(h2.HEADERS, 5, 1, h2.call(GET, content_type="text/html"))],
        "no path": [h2.frame(h2.HEADERS, 5, 1, h2.fields([(":method", "POST"), (":scheme", "http")]))],
        "a broken header block": [h2.frame(h2.HEADERS, 5, 1, b"\x7f\xff\xff\xff\xff\xff\xff")],
        "data on no stream": [h2.frame(h2.DATA, 0, 99, b"abc")],
        "a frame of a size that is not allowed": [h2.frame(h2.DATA, 0, 1, b"a" * 1_000_000)],
        "settings of odd size": [h2.frame(h2.SETTINGS, 0, 0, b"abc")],
    }
    for name, frames in wrong.items():
        preface = b"\x00" * 24 if name == "no preface" else h2.PREFACE
        answer = await h2.send(port, *frames, preface=preface)
        assert len(answer) < ANSWER_MAX_BYTES, name
        assert await is_serving(on), name


@served
async def test_a_compression_that_is_not_known_is_refused(on: Remote) -> None:
    """By the library, before any of ours sees it, and with a code that it has chosen."""
    unknown = h2.call(GET, grpc_encoding="brotli")
    content = h2.message(b"x" * 20, compressed=True)
    answer = await h2.send(
        on.server.port, h2.frame(h2.HEADERS, 4, 1, unknown), h2.frame(h2.DATA, h2.END_STREAM, 1, content)
    )
    assert b"grpc-status" in answer and b"grpc-encoding" in answer
    assert len(answer) < ANSWER_MAX_BYTES
    assert await is_serving(on)


@served
async def test_streams_that_are_opened_and_reset_at_once_harm_nobody(on: Remote) -> None:
    """Rapid reset (CVE-2023-44487), bounded as every load of a test."""
    get = h2.call(GET)
    frames = [
        part
        for stream in range(1, 6_001, 2)
        for part in (h2.frame(h2.HEADERS, 4, stream, get), h2.frame(h2.RST_STREAM, 0, stream, b"\0\0\0\x08"))
    ]
    await h2.send(on.server.port, *frames)
    assert await is_serving(on)


@served
async def test_more_streams_than_one_connection_may_have_are_not_taken(on: Remote) -> None:
    get = h2.call(GET)
    frames = [h2.frame(h2.HEADERS, 4, stream, get) for stream in range(1, 4_001, 2)]
    answer = h2.kinds(await h2.send(on.server.port, *frames))
    refused = [stream for kind, stream in answer if kind == h2.RST_STREAM]
    assert len(refused) >= 900 or h2.GOAWAY in [kind for kind, _ in answer]
    assert await is_serving(on)


async def test_reflection_is_not_there_unless_asked_for() -> None:
    path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    async with remote("jobs", reflection=False) as on:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in on.channel.stream_stream(path)(iter([b""])):
                pass
        assert caught.value.code() is Code.UNIMPLEMENTED
    async with remote("jobs", reflection=True) as on:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in on.channel.stream_stream(path)(iter([b"\xff"])):
                pass
        assert caught.value.code() is Code.INVALID_ARGUMENT
