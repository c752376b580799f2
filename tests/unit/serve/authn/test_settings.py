"""Settings that would weaken the check are refused when the service starts."""

from __future__ import annotations

import pytest

from strongback.errors import ConfigurationError
from strongback.serve.authn.settings import TokenSettings, settings_from_environment

WHOLE = {
    "STRONGBACK_JWKS": "https://i.example/jwks",
    "STRONGBACK_ISSUER": "https://i.example",
    "STRONGBACK_AUDIENCE": "jobs",
}


@pytest.mark.parametrize("names", [("none",), ("HS256",), ("RS256", "HS512"), (), ("rs256",)])
def test_some_algorithms_cannot_be_allowed(names):
    with pytest.raises(ConfigurationError):
        TokenSettings("i", "a", algorithms=names)


@pytest.mark.parametrize(("issuer", "audience"), [("", "a"), ("i", "")])
def test_issuer_and_audience_are_needed(issuer, audience):
    with pytest.raises(ConfigurationError):
        TokenSettings(issuer, audience)


def test_the_environment_gives_settings():
    found = settings_from_environment({**WHOLE, "STRONGBACK_TOKEN_ALGORITHMS": "ES256, PS256"})
    assert found is not None
    assert (found.issuer, found.audience, found.jwks) == ("https://i.example", "jobs", "https://i.example/jwks")
    assert found.algorithms == ("ES256", "PS256")
    assert settings_from_environment({}) is None


@pytest.mark.parametrize("missing", WHOLE)
def test_half_of_the_settings_is_an_error(missing):
    with pytest.raises(ConfigurationError):
        settings_from_environment({name: value for name, value in WHOLE.items() if name != missing})
