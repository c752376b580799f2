"""Claims that no store could take."""

import pytest

import strongback as sb
from strongback.errors import Unauthenticated
from tests.scenarios.jobs import stage


class Member(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)

    access = sb.Access(read=sb.EVERYONE)


@pytest.mark.parametrize("provision", [True, False])
async def test_a_subject_that_no_store_could_take_is_refused_as_a_token(store_url: str, provision: bool) -> None:
    actor = sb.Actor(Member, claims={"sub": Member.subject}, provision=provision)
    members = sb.Service("members", version="1.0.0", rest="/v1", entities=[Member], actor=actor)
    async with stage(store_url, service=members) as running:
        for subject in ("a\x00b", "a\ud800b"):
            with pytest.raises(Unauthenticated):
                await running.user(subject)
