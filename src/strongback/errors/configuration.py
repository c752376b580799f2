"""Errors of the operator's: a setting, a key, a missing extra."""

from __future__ import annotations

from strongback.errors.fault import StrongbackError


class ConfigurationError(StrongbackError):
    """A setting, a key or an installed extra is missing or wrong."""

    code = "SB400"


class MissingExtra(ConfigurationError):
    """A feature needs a package that is not installed."""

    code = "SB401"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"`{package}` is not installed", hint=f"pip install 'strongback[{extra}]'")


class DocumentsRefused(ConfigurationError):
    """The file of GraphQL documents that a service answers cannot be read, or one of them is none of its schema."""

    code = "SB444"


class TableUnfit(ConfigurationError):
    """A table that is there already (`managed=False`) is not there, or does not hold what is declared of it."""

    code = "SB437"


class FilesUnknown(ConfigurationError):
    """The setting names no place for files that there is."""

    code = "SB422"


class FilesRefused(ConfigurationError):
    """Files cannot be written to the place that the setting names."""

    code = "SB423"


class RemainsLeft(ConfigurationError):
    """Values were erased, but the file of the database may still hold their bytes."""

    code = "SB435"


class KeyringInvalid(ConfigurationError):
    """A keyring cannot be read, or must not be used. The message never holds a key."""

    code = "SB410"


class UnknownKey(ConfigurationError):
    """A value was sealed under a key the keyring does not hold: the key is missing here, the value may be whole."""

    code = "SB411"

    def __init__(self, key_id: int) -> None:
        super().__init__(
            f"the keyring has no key {key_id}", hint="give this process every key that ever sealed a value"
        )
        self.key_id = key_id


class FileRefused(ConfigurationError):
    """A file cannot be read or written: a folder without write permission, a full disk."""

    code = "SB413"

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"{error.strerror or type(error).__name__}: `{error.filename}`",
            hint="give this user the permission, or choose a folder that can be written",
        )


class KeyringGone(ConfigurationError):
    """There is a database with personal fields, and no keyring that could read them."""

    code = "SB414"

    def __init__(self, database: str, keyring: str) -> None:
        super().__init__(
            f"there is the database `{database}`, and no keyring `{keyring}`: its personal fields could not be read",
            hint=f"put the keyring back or set STRONGBACK_KEYS; to begin anew, remove `{database}`",
        )


class KeyWornOut(ConfigurationError):
    """A data key has sealed as many values as random nonces allow, and the keyring holds no newer key to go on with."""

    code = "SB412"

    def __init__(self, key_id: int, limit: int) -> None:
        super().__init__(
            f"a data key under key {key_id} has sealed {limit} values in this process, its limit",
            hint="rotate: add a new key to the keyring and make it the primary one",
        )
        self.key_id = key_id
