"""The primitives give the published answers, and refuse what is off by a bit: the library under us is the one we think it is."""

from __future__ import annotations

import hmac

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ZEROS = "00" * 32
FEFFE9 = "feffe9928665731c6d6a8f9467308308" * 2
CAFEBABE = "cafebabefacedbaddecaf888"
PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
CIPHER = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
FEEDFACE = "feedfacedeadbeeffeedfacedeadbeefabaddad2"

# Key, nonce, associated data, plaintext, ciphertext, tag: test cases 13 to 16 of the GCM specification (McGrew and Viega, appendix B).
GCM = {
    "13 nothing": (ZEROS, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    "14 one block": (
        ZEROS,
        "00" * 12,
        "",
        "00" * 16,
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919",
    ),
    "15 four blocks": (FEFFE9, CAFEBABE, "", PLAIN, CIPHER, "b094dac5d93471bdec1a502270e3cc6c"),
    "16 associated data, 60 bytes": (
        FEFFE9,
        CAFEBABE,
        FEEDFACE,
        PLAIN[:120],
        CIPHER[:120],
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}


@pytest.mark.parametrize(("key", "nonce", "bound", "plain", "cipher", "tag"), GCM.values(), ids=GCM)
def test_gcm_gives_the_published_answer(key: str, nonce: str, bound: str, plain: str, cipher: str, tag: str) -> None:
    gcm = AESGCM(bytes.fromhex(key))
    sealed = gcm.encrypt(bytes.fromhex(nonce), bytes.fromhex(plain), bytes.fromhex(bound))
    assert sealed.hex() == cipher + tag
    assert gcm.decrypt(bytes.fromhex(nonce), sealed, bytes.fromhex(bound)).hex() == plain


def changed_tags(tag: bytes) -> list[bytes]:
    """The ways of Wycheproof to spoil a tag: each end and the middle flipped, halves and all inverted, zeroed, filled."""
    flipped = [bytes(byte ^ (1 << bit if at == spot else 0) for at, byte in enumerate(tag)) for spot, bit in BITS]
    inverted = bytes(byte ^ 0xFF for byte in tag)
    return [*flipped, inverted, inverted[:8] + tag[8:], tag[:8] + inverted[8:], bytes(16), b"\xff" * 16]


BITS = [(0, 0), (0, 7), (3, 7), (4, 0), (7, 7), (8, 0), (11, 7), (12, 0), (15, 0), (15, 7)]


@pytest.mark.parametrize("case", GCM)
def test_gcm_refuses_every_changed_tag_and_every_cut(case: str) -> None:
    key, nonce, bound, _, cipher, tag = (bytes.fromhex(part) for part in GCM[case])
    refused = [cipher + other for other in changed_tags(tag)]
    refused += [(cipher + tag)[:cut] for cut in range(len(cipher + tag))]
    for sealed in refused:
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, sealed, bound)


# Key, data, tag: RFC 4231, section 4, test cases 1, 2, 3, 4, 6 and 7.
HMAC = {
    "1": ("0b" * 20, b"Hi There".hex(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "2 short key": (
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "3": ("aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    "4": (
        bytes(range(1, 26)).hex(),
        "cd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    "6 long key": (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "7 long key and data": (
        "aa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.".hex(),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}


@pytest.mark.parametrize(("key", "data", "tag"), HMAC.values(), ids=HMAC)
def test_hmac_sha_256_gives_the_published_answer(key: str, data: str, tag: str) -> None:
    assert hmac.digest(bytes.fromhex(key), bytes.fromhex(data), "sha256").hex() == tag


def test_hkdf_sha_256_gives_the_published_answers() -> None:
    """RFC 5869, appendix A.1 and A.3 (no salt, as we use it)."""
    first = HKDF(SHA256(), 42, bytes(range(13)), bytes(range(0xF0, 0xFA)))
    third = HKDF(SHA256(), 42, None, b"")
    secret = bytes.fromhex("0b" * 22)
    assert first.derive(secret).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert third.derive(secret).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
