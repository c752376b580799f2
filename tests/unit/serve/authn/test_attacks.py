"""Every forged, borrowed or broken token is refused, and none makes us ask anybody else."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, OctKey, RSAKey

from strongback.errors import Unauthenticated
from tests.unit.serve.authn.tokens import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    NOW,
    RSA,
    STRANGER,
    b64,
    claims,
    good,
    header,
    hmac_sign,
    jwks,
    make_verifier,
    raw,
    sign,
    verify,
)

PEM = RSA.as_pem(private=False)
DER = RSA.as_der(private=False)
JWK = json.dumps(RSA.as_dict(private=False)).encode()
GOOD = good()
HEAD, BODY, SIGNATURE = GOOD.split(".")
ES_HEAD = f"{b64(header(alg='ES256', kid='ec-1'))}.{b64(claims())}"
DER_SIGNED = EC.private_key.sign(ES_HEAD.encode(), ec.ECDSA(hashes.SHA256()))
ATTACKER = STRANGER.as_dict(private=False)
HS = header(alg="HS256")


def changed_bit(token):
    head, body, signature = token.split(".")
    return f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


ATTACKS = {
    # no signature at all
    "alg none": f"{b64(header(alg='none'))}.{b64(claims())}.",
    "alg none with a signature": sign(header(alg="none"), claims(), algorithm="RS256"),
    "alg None": f"{b64(header(alg='None'))}.{b64(claims())}.AA",
    "alg nOnE": f"{b64(header(alg='nOnE'))}.{b64(claims())}.AA",
    "alg empty": sign(header(alg=""), claims(), algorithm="RS256"),
    "alg missing": sign(header(alg=...), claims(), algorithm="RS256"),
    "alg null": sign(header(alg=None), claims(), algorithm="RS256"),
    "alg a list": sign(header(alg=["RS256"]), claims(), algorithm="RS256"),
    "alg a number": sign(header(alg=256), claims(), algorithm="RS256"),
    "alg unknown": sign(header(alg="XX999"), claims(), algorithm="RS256"),
    "alg lower case": sign(header(alg="rs256"), claims(), algorithm="RS256"),
    "empty signature": f"{HEAD}.{BODY}.",
    # a public key taken for a secret
    "HS256 with the PEM": hmac_sign(PEM, HS, claims()),
    "HS256 with the PEM stripped": hmac_sign(PEM.strip(), HS, claims()),
    "HS256 with the DER": hmac_sign(DER, HS, claims()),
    "HS256 with the JWK": hmac_sign(JWK, HS, claims()),
    "HS256 with the modulus": hmac_sign(RSA.as_dict(private=False)["n"].encode(), HS, claims()),
    "HS256 with the empty secret": hmac_sign(b"", HS, claims()),
    "HS384 named": hmac_sign(PEM, header(alg="HS384"), claims()),
    # the right key, another algorithm
    "PS256 by a key for RS256": sign(header(alg="PS256"), claims(), RSA, "PS256"),
    "RS512 not allowed": sign(header(alg="RS512"), claims(), RSA, "RS512"),
    "ES256 named, RSA key": sign(header(alg="ES256"), claims(), RSA, "RS256"),
    "RS256 named, EC key": sign(header(alg="RS256", kid="ec-1"), claims(), EC, "ES256"),
    "EdDSA named, EC key": sign(header(alg="EdDSA", kid="ec-1"), claims(), EC, "ES256"),
    "zero ECDSA": f"{ES_HEAD}.{b64(bytes(64))}",
    "ECDSA as DER": f"{ES_HEAD}.{b64(DER_SIGNED)}",
    # names of keys
    "kid of a stranger's key": sign(header(), claims(), STRANGER),
    "kid a path": sign(header(kid="../../../../dev/null"), claims(), STRANGER),
    "kid SQL": sign(header(kid="x' UNION SELECT 'secret' --"), claims(), STRANGER),
    "kid a command": sign(header(kid="|whoami"), claims(), STRANGER),
    "kid huge": sign(header(kid="k" * 3_000), claims(), RSA),
    "kid empty": sign(header(kid=""), claims(), RSA),
    "kid a list": sign(header(kid=["rsa-1"]), claims(), RSA),
    "kid a number": sign(header(kid=1), claims(), RSA),
    "kid with NUL": sign(header(kid="rsa-1\0"), claims(), RSA),
    "no kid, a stranger's key": sign(header(kid=...), claims(), STRANGER),
    # keys brought along
    "jwk": sign(header(jwk=ATTACKER), claims(), STRANGER),
    "jwk without kid": sign(header(kid=..., jwk=ATTACKER), claims(), STRANGER),
    "jku": sign(header(jku="http://127.0.0.1:9/jwks.json"), claims(), STRANGER),
    "jku, unknown kid": sign(header(kid="evil", jku="http://127.0.0.1:9/jwks.json"), claims(), STRANGER),
    "x5u": sign(header(x5u="http://127.0.0.1:9/chain.pem"), claims(), STRANGER),
    "x5c": sign(header(x5c=[b64(DER)]), claims(), STRANGER),
    # extensions
    "crit unknown": sign(header(crit=["exp"], exp=1), claims()),
    "crit empty": sign(header(crit=[]), claims()),
    "crit and b64": sign(header(crit=["b64"], b64=False), claims()),
    "b64 alone": sign(header(b64=False), claims()),
    # what it is
    "typ of a logout token": sign(header(typ="logout+jwt"), claims()),
    "typ of a security event": sign(header(typ="secevent+jwt"), claims()),
    "typ DPoP": sign(header(typ="dpop+jwt"), claims()),
    "typ a list": sign(header(typ=["JWT"]), claims()),
    "ID token by nonce": good(nonce="n-1"),
    "ID token by at_hash": good(at_hash="abc"),
    "ID token by token_use": good(token_use="id"),
    # times
    "no exp": good(exp=...),
    "exp null": good(exp=None),
    "exp a text": good(exp=str(int(NOW) + 300)),
    "exp true": good(exp=True),
    "exp infinite": raw(HEAD, b64(json.dumps(claims(exp=1)).replace('"exp": 1', '"exp": 1e999').encode())),
    "exp NaN": raw(HEAD, b64(json.dumps(claims(exp=1)).replace('"exp": 1', '"exp": NaN').encode())),
    "exp beyond any calendar": good(exp=10**40),
    "expired": good(exp=int(NOW) - 61),
    "expired at the very end of the leeway": good(exp=int(NOW) - 60),
    "nbf in the future": good(nbf=int(NOW) + 61),
    "nbf a text": good(nbf="soon"),
    "iat in the future": good(iat=int(NOW) + 61),
    "iat a list": good(iat=[1]),
    # for whom and by whom
    "iss wrong": good(iss="https://evil.example"),
    "iss with a slash more": good(iss=ISSUER + "/"),
    "iss missing": good(iss=...),
    "iss a list": good(iss=[ISSUER]),
    "aud wrong": good(aud="billing"),
    "aud missing": good(aud=...),
    "aud a part of ours": good(aud="job"),
    "aud longer than ours": good(aud="jobs2"),
    "aud an empty list": good(aud=[]),
    "aud a list with another kind": good(aud=[AUDIENCE, 1]),
    "aud an object": good(aud={AUDIENCE: True}),
    "sub missing": good(sub=...),
    "sub empty": good(sub=""),
    "sub a number": good(sub=7),
    "sub with NUL": good(sub="ann\0"),
    "sub a lone surrogate": good(sub="\ud800"),
    # shape
    "empty": "",
    "two segments": f"{HEAD}.{BODY}",
    "four segments": f"{GOOD}.x",
    "five segments": f"{GOOD}.x.x",
    "truncated": GOOD[:-10],
    "one bit changed": changed_bit(GOOD),
    "claims changed": f"{HEAD}.{b64(claims(sub='bob'))}.{SIGNATURE}",
    "header changed": f"{b64(header(typ='JWT'))}.{BODY}.{SIGNATURE}",
    "padding": f"{GOOD}==",
    "white space before": f" {GOOD}",
    "white space after": f"{GOOD} ",
    "a line break inside": GOOD[:50] + "\n" + GOOD[50:],
    "a line break after": f"{GOOD}\n",
    "two tokens": f"{GOOD}, {GOOD}",
    "two Authorization fields": f"{GOOD}, Bearer {GOOD}",
    "standard base64": sign(header(), claims(sub="??>>")).replace("-", "+").replace("_", "/"),
    "not ASCII": GOOD[:-1] + "é",
    "too long": good(pad="x" * 9_000),
    "claims an array": raw(HEAD, b64([1])),
    "claims not JSON": raw(HEAD, b64(b"{")),
    "claims with a name twice": raw(HEAD, b64(json.dumps(claims())[:-1].encode() + b', "sub": "bob"}')),
    "claims nested deep": raw(HEAD, b64(b'{"a":' * 700 + b"1" + b"}" * 700)),
    "header an array": raw(b64([1]), BODY),
    "header a text with alg in it": raw(b64("alg"), BODY),
    "header with alg twice": raw(b64(b'{"alg":"none","alg":"RS256","kid":"rsa-1"}'), BODY),
    "header nested deep": raw(b64(b'{"alg":' + b"[" * 1_500 + b"]" * 1_500 + b"}"), BODY),
    "header not UTF-8": raw(b64(b'{"alg":"RS256\xff"}'), BODY),
    "JSON serialization": json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_is_refused(attack, monkeypatch):
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", _must_not_be_called)
    with pytest.raises(Unauthenticated) as refused:
        verify(make_verifier(), ATTACKS[attack])
    assert "example" not in refused.value.message and len(refused.value.message) < 80


def _must_not_be_called(*_args, **_kwargs):
    raise AssertionError("an address out of a token was asked")


def test_the_same_issuer_believes_good_tokens_of_each_algorithm():
    verifier = make_verifier()
    for key, algorithm in ((RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")):
        found = verify(verifier, good(key, algorithm))
        assert (found.subject, found.expires_at) == ("ann", NOW + 300)
        assert found.values["aud"] == AUDIENCE


@pytest.mark.parametrize(
    "token",
    [
        good(aud=["other", AUDIENCE]),
        good(exp=NOW + 0.5),
        good(exp=int(NOW) - 59),
        good(nbf=int(NOW) + 60),
        good(iat=int(NOW) + 60),
        good(iat=...),
        sign(header(typ="JWT"), claims()),
        sign(header(typ="application/at+JWT"), claims()),
        sign(header(typ=...), claims()),
        sign(header(alg="ES256", kid=...), claims(), EC),
        sign(header(x5t="abc", nonce="unknown to us"), claims()),
        good(sub="zoë ☕"),
    ],
)
def test_believes(token):
    assert verify(make_verifier(), token).subject


@pytest.mark.parametrize("typ", ["JWT", "jwt", ...])
def test_only_access_tokens_when_so_configured(typ):
    verifier = make_verifier(access_tokens_only=True)
    with pytest.raises(Unauthenticated):
        verify(verifier, sign(header(typ=typ), claims()))
    assert verify(verifier, sign(header(typ="at+jwt"), claims())).subject == "ann"


def test_a_token_in_an_unsafe_curve_or_with_a_short_key_finds_no_key():
    short = RSAKey(rsa.generate_private_key(65537, 1024), None, {"kid": "short"})
    other = ECKey.generate_key("P-384", {"kid": "p384"})
    verifier = make_verifier(document=jwks(RSA, short, other))
    for token in (
        sign(header(kid="short"), claims(), short),
        sign(header(alg="ES256", kid="p384"), claims(), other, "ES384"),
    ):
        with pytest.raises(Unauthenticated):
            verify(verifier, token)


def test_a_secret_in_a_public_document_is_no_key():
    secret = OctKey.generate_key(256, {"kid": "oct-1"})
    document = json.dumps({"keys": [secret.as_dict(private=True), RSA.as_dict(private=False)]}).encode()
    with pytest.raises(Unauthenticated):
        verify(
            make_verifier(document=document), hmac_sign(secret.raw_value, header(alg="HS256", kid="oct-1"), claims())
        )


def test_refused_tokens_are_not_remembered():
    verifier = make_verifier()
    for attack in ("expired", "aud wrong", "one bit changed"):
        with pytest.raises(Unauthenticated):
            verify(verifier, ATTACKS[attack])
    assert len(verifier._verified) == 0


def test_many_requests_with_one_new_token_agree():
    verifier = make_verifier()

    async def run():
        return await asyncio.gather(*(verifier.verify(GOOD) for _ in range(20)))

    assert {found.subject for found in asyncio.run(run())} == {"ann"}
