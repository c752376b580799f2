"""
Where a keyring comes from: the environment (production) or a local file (development).

    STRONGBACK_KEYS          1:<base64>,2:<base64>      the last one seals new values
    STRONGBACK_KEYS_FILE     path of a file with that text (mounted secrets)
    STRONGBACK_PRIMARY_KEY   1                          another one seals

The local file is JSON, `{"format": 1, "primary": 1, "keys": {"1": "<base64>"}}`, and belongs to its owner alone (mode 0600).
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from strongback.crypto.keyring import KEY_BYTES, Keyring
from strongback.errors import KeyringInvalid

KEYS = "STRONGBACK_KEYS"
KEYS_FILE = "STRONGBACK_KEYS_FILE"
PRIMARY_KEY = "STRONGBACK_PRIMARY_KEY"
_DISTINCT_BYTES = 12


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The local file. Private: it holds keys, and every struct prints its fields."""

    primary: int
    keys: dict[str, str]
    format: int = 1


def load_keyring(
    path: Path | None,
    environment: Mapping[str, str] = os.environ,
    *,
    make: Callable[[Path], Keyring] | None = None,
) -> Keyring:
    """
    Load the keyring from the environment, or else from the local file.

    Args:
        path: The local file, used when the environment names no keys; None where there can be none.
        make: What makes the local file where it is not there yet; without, that is an error.
    Raises:
        KeyringInvalid: Neither is there, or what is there cannot be used.
    """
    found = keyring_from_environment(environment)
    if found is not None:
        return found
    if path is None:
        raise KeyringInvalid("there are no encryption keys", hint=f"set {KEYS} or {KEYS_FILE}")
    return make(path) if make is not None and not path.exists() else keyring_from_file(path)


def keyring_from_environment(environment: Mapping[str, str] = os.environ) -> Keyring | None:
    """
    Read the keyring from the environment; None when neither variable is set.

    A file named there may be readable by others: mounted secrets usually are, inside a container of their own.

    Raises:
        KeyringInvalid: Both are set, the text cannot be read, or the keys cannot be used.
    """
    text, path = environment.get(KEYS), environment.get(KEYS_FILE)
    if text and path:
        raise KeyringInvalid(f"both {KEYS} and {KEYS_FILE} are set", hint="set one of them")
    if not text and not path:
        return None
    where = KEYS if text else f"{KEYS_FILE} ({path})"
    keys = _keys_of_text(text or _read_text(Path(path or "")), where)
    return Keyring(keys, _primary_of(environment.get(PRIMARY_KEY), keys))


def keyring_from_file(path: Path) -> Keyring:
    """
    Read the local file.

    Raises:
        KeyringInvalid: It is not there, others may read it, or it is not a keyring.
    """
    _refuse_open_to_others(path)
    try:
        held = msgspec.json.decode(_read_text(path), type=_File)
    except msgspec.MsgspecError:
        raise KeyringInvalid("the file is not a keyring", where=str(path)) from None
    if held.format != 1:
        raise KeyringInvalid(f"the keyring has format {held.format}; this version reads 1", where=str(path))
    keys = {_key_id(key_id, str(path)): _key(text, str(path)) for key_id, text in held.keys.items()}
    return Keyring(keys, held.primary)


def create_keyring_file(path: Path) -> Keyring:
    """
    Make a keyring with one new key, on disk for good before it is returned: losing the file loses what it sealed.

    Raises:
        KeyringInvalid: There is a file already (it is never overwritten), or it cannot be written.
    """
    key = secrets.token_bytes(KEY_BYTES)
    file = _File(primary=1, keys={"1": base64.b64encode(key).decode()})
    try:
        _write_new(path, msgspec.json.format(msgspec.json.encode(file)) + b"\n")
    except FileExistsError:
        raise KeyringInvalid("there is a keyring already; it is never overwritten", where=str(path)) from None
    except OSError as error:
        raise KeyringInvalid(f"the keyring cannot be written: {error.strerror}", where=str(path)) from None
    return Keyring({1: key}, primary=1)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_open_to_others(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reading it says so better
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyringInvalid(
            f"others may read the keyring (mode {stat.S_IMODE(mode):04o})", where=str(path), hint=f"chmod 600 {path}"
        )


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise KeyringInvalid("the keyring is not text", where=str(path)) from None
    except OSError as error:
        raise KeyringInvalid(f"the keyring cannot be read: {error.strerror}", where=str(path)) from None


def _keys_of_text(text: str, where: str) -> dict[int, bytes]:
    keys: dict[int, bytes] = {}
    for entry in text.replace("\n", ",").split(","):
        if entry.strip():
            key_id, colon, key = entry.partition(":")
            if not colon:
                raise KeyringInvalid("keys are written `id:base64`, with commas between", where=where)
            _put_key(keys, _key_id(key_id.strip(), where), _key(key.strip(), where), where)
    return keys


def _put_key(keys: dict[int, bytes], key_id: int, key: bytes, where: str) -> None:
    if key_id in keys:
        raise KeyringInvalid(f"key {key_id} is there twice", where=where)
    keys[key_id] = key


def _key_id(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise KeyringInvalid("a key id is a whole number from 1 to 4294967295", where=where)
    return int(text)


def _key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KeyringInvalid("a key is not base64", where=where) from None
    if len(key) != KEY_BYTES:
        raise KeyringInvalid(f"a key has {len(key)} bytes, not {KEY_BYTES}", where=where)
    # 32 random bytes hold fewer than 12 different ones less often than once in 10^20 keys.
    if len(set(key)) < _DISTINCT_BYTES:
        raise KeyringInvalid(
            "a key looks typed by hand, not random", where=where, hint="see `strongback explain SB410`"
        )
    return key


def _primary_of(named: str | None, keys: Mapping[int, bytes]) -> int:
    if named:
        return _key_id(named.strip(), PRIMARY_KEY)
    return list(keys)[-1] if keys else 0
