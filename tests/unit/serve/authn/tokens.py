"""An issuer for tests: keys, good tokens, and tokens that are wrong in one way each."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from strongback.serve.authn.jwks import JwksKeys
from strongback.serve.authn.settings import TokenSettings
from strongback.serve.authn.verifier import TokenVerifier

NOW = 1_800_000_000.0
ISSUER = "https://issuer.example"
AUDIENCE = "jobs"
EVERY = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})


class Time:
    """A clock that stands until it is moved."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


def b64(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwks(*keys):
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def claims(**changed):
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": int(NOW), "exp": int(NOW) + 300}
    said.update(changed)
    return {name: value for name, value in said.items() if value is not ...}


def header(**changed):
    said = {"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}
    said.update(changed)
    return {name: value for name, value in said.items() if value is not ...}


def sign(head, body, key=RSA, algorithm=None):
    """A token of any header and claims, signed right for *algorithm*, by default the header's own."""
    return raw(b64(head), b64(body), key, algorithm or (head["alg"] if isinstance(head, dict) else "RS256"))


def raw(head, body, key=RSA, algorithm="RS256"):
    """A token of two segments as they are, with a right signature."""
    signing = f"{head}.{body}".encode()
    return f"{head}.{body}.{b64(JWSRegistry.algorithms[algorithm].sign(signing, key))}"


def hmac_sign(secret, head, body):
    signing = f"{b64(head)}.{b64(body)}".encode()
    return f"{signing.decode()}.{b64(hmac.new(secret, signing, hashlib.sha256).digest())}"


def good(key=RSA, algorithm="RS256", **changed):
    return sign(header(alg=algorithm, kid=key.kid), claims(**changed), key)


def make_verifier(*, clock=None, document=None, **settings):
    algorithms = settings.pop("algorithms", EVERY)
    settings = TokenSettings(ISSUER, AUDIENCE, algorithms=algorithms, **settings)
    text = document if document is not None else jwks(RSA, EC, ED)
    return TokenVerifier(settings, JwksKeys(lambda: text, algorithms), clock or Time())


def verify(verifier, token):
    """What the pipeline does: take what is known, or await it."""

    async def run():
        found = verifier.verify(token)
        return await found if hasattr(found, "__await__") else found

    return asyncio.run(run())
