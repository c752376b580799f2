"""Development tokens work on this machine and nowhere else."""

from __future__ import annotations

import stat

import pytest

from strongback.errors import ConfigurationError, Unauthenticated
from strongback.serve.authn.development import (
    DevelopmentKey,
    create_development_key,
    development_keys,
    development_settings,
    issue,
    read_development_key,
)
from strongback.serve.authn.verifier import TokenVerifier
from tests.unit.serve.authn.tokens import NOW, Time, b64, make_verifier, verify

KEY = DevelopmentKey("dev-1", bytes(range(32)))


def verifier(key=KEY, clock=None):
    return TokenVerifier(development_settings("jobs"), development_keys(key, "development"), clock or Time())


def test_an_issued_token_is_believed():
    token = issue(KEY, "ann", "jobs", claims={"name": "Ann", "sub": "bob", "exp": 9e11}, now=NOW)
    found = verify(verifier(), token)
    assert (found.subject, found.values["name"], found.expires_at) == ("ann", "Ann", NOW + 12 * 3600)


def test_it_ends():
    token = issue(KEY, "ann", "jobs", lifetime_s=60, now=NOW)
    with pytest.raises(Unauthenticated):
        verify(verifier(clock=Time(NOW + 121)), token)


def test_it_is_for_one_service_and_of_one_key():
    for wrong in (
        issue(KEY, "ann", "billing", now=NOW),
        issue(DevelopmentKey("dev-1", bytes(32)), "ann", "jobs", now=NOW),
    ):
        with pytest.raises(Unauthenticated):
            verify(verifier(), wrong)


def test_an_issuer_with_public_keys_does_not_believe_it():
    with pytest.raises(Unauthenticated, match="algorithm"):
        verify(make_verifier(), issue(KEY, "ann", "jobs", now=NOW))


def test_another_algorithm_under_the_key_is_refused():
    _, body, signature = issue(KEY, "ann", "jobs", now=NOW).split(".")
    for algorithm in ("none", "HS512", "RS256"):
        with pytest.raises(Unauthenticated):
            verify(verifier(), f"{b64({'alg': algorithm, 'kid': 'dev-1'})}.{body}.{signature}")


def test_production_refuses_the_key():
    with pytest.raises(ConfigurationError):
        development_keys(KEY, "production")


def test_the_file_is_for_its_owner_alone_and_is_never_overwritten(tmp_path):
    path = tmp_path / "tokens.json"
    made = create_development_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_development_key(path) == made
    with pytest.raises(ConfigurationError, match="never overwritten"):
        create_development_key(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="others"):
        read_development_key(path)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"\xff", b'{"use":"development tokens","kid":"a","secret":"AA=="}', b'{"use":"x"}']
)
def test_another_file_is_no_key(tmp_path, text):
    path = tmp_path / "tokens.json"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError):
        read_development_key(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"tokens\.json"):
        read_development_key(tmp_path / "tokens.json")


def test_the_key_does_not_show_itself():
    assert "\\x01" not in repr(KEY) and "secret" not in repr(KEY)
