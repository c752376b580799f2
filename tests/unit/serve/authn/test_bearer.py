"""How a token comes in, and how its refusal is worded."""

from __future__ import annotations

import pytest

from strongback.errors import Unauthenticated
from strongback.serve.authn.bearer import bearer_token, challenge


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_case_insensitive(scheme):
    assert bearer_token(f"{scheme} a.b.c") == "a.b.c"


@pytest.mark.parametrize(
    "field", ["Basic YTpi", "Digest x", "a.b.c", "Bearer", "bearer ", "", "Bearer\ta.b.c", "Bearera.b.c"]
)
def test_anything_else_is_refused(field):
    with pytest.raises(Unauthenticated):
        bearer_token(field)


def test_nothing_is_nobody():
    assert bearer_token(None) is None


def test_a_challenge_holds_no_quote_or_line_break():
    field = challenge('jo"bs\r\n', 'a "quoted" \\ reason\r\nX-Evil: 1 é')
    assert (
        field
        == "Bearer realm=\"jo'bs''\", error=\"invalid_token\", error_description=\"a 'quoted' ' reason''X-Evil: 1 '\""
    )
