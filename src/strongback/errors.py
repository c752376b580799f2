"""
Every error Strongback raises. The tree answers one question first: whose fault is it?

    StrongbackError                 code, message, where, hint
      DeclarationError   SB1xx      the team's: the declaration is wrong; carries all its faults
      ActorForgotten     SB189  the team's: an actor's row would be deleted for good, and come back by itself
      NotLoaded          SB140      the team's: a row's value is used that was not loaded with it
      RequestError       SB2xx      the caller's
        MalformedRequest SB200      not readable as a request at all
        InvalidInput     SB201      readable, but values are wrong; carries all its faults
        UnknownField     SB204      a field that is not there
        Unauthenticated  SB210      no valid credentials where some are needed
          ActorDeleted   SB215  of a caller whose row is deleted
        Forbidden        SB211      readable by the caller, but this may not be done with it
        NotFound         SB212      not there, or not visible: never told apart
        Interlocked      SB216  rows that an action writes wait for each other
        StaleVersion     SB220      the row has changed since the caller read it
          NoVersion      SB252      rows of a table that is not ours have no version
        VersionRequired  SB221      the write needs a precondition
        TooManyWritten   SB225      the write would change more rows than the caller allows
        BatchRefused     (theirs)   operations of a batch are refused; carries what each is refused for
        PreferenceRefused SB226     a preference under `handling=strict` that is none of ours
        GuardRefused     SB230      `sb.require` said no; `reason` is the team's own code
        AlreadyExists    SB231      a unique constraint
        StillReferenced  SB232      other rows refer to this one
        CheckRefused     SB233      a declared check does not hold for the new row
        WriteConflict    SB234      another write came between, twice
        FileTypeRefused  SB235      a file of a type that is not taken
        FileTypeWrong    SB236      a file that is not what it says it is
        RangeNotThere    SB237      a range that begins beyond a file's end
        LinkExpired      SB238      a link to a file whose time is over, or whose file is another now
        FileEmpty        SB239      a file without a byte
        MethodNotAllowed SB240
        NotAcceptable    SB241
        UnsupportedMedia SB242
        TooLarge         SB243
        HeadersTooLarge  SB244
        UriTooLong       SB245
        RateLimited      SB246
        TimedOutReading  SB247      the client was too slow
      DependencyError    SB3xx      a database's or broker's
        Unavailable      SB301      trying again is safe
        TimedOut         SB302
        StoreMismatch    SB303      the store's schema is not the model's
        FileMissing      SB304      a row names a file that is not kept where files are
        FilesUnavailable SB305      the place for files cannot be written or read now
      ConfigurationError SB4xx      the operator's: a setting, a key, a missing extra
        FilesUnknown     SB422      a place for files that is none
        FilesRefused     SB423      a place for files that cannot be written
        RemainsLeft      SB435      bytes of erased values in the file of a database
        KeyringInvalid   SB410      a keyring that cannot be read or must not be used
        UnknownKey       SB411      a value sealed under a key the keyring does not hold
        KeyWornOut       SB412      a data key has sealed as many values as it may
        FileRefused      SB413      the system does not let a file be read or written
        KeyringGone      SB414      a database with personal fields, without its keyring
        TableUnfit       SB437      a table that is there already is not as declared
      InternalError      SB9xx      ours: a promise inside the code broke
        SealBroken       SB910      a sealed value is not what was sealed there

Nothing here knows of HTTP, GraphQL or gRPC: each door holds one table from error to status. A code is never used twice, and each
has a page (`strongback explain SB204`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """
    Word a suggestion for a misspelt *word*, or nothing when none of *known* is near.

    >>> did_you_mean("stauts", ["status", "city"])
    'did you mean `status`?'
    >>> did_you_mean("zzz", ["status"])
    ''
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong, among possibly many.

    Attributes:
        code: `SBnnn`; has a page.
        message: What is wrong, in one sentence.
        where: For a declaration `file:line`; for a request a JSON pointer (RFC 6901) or the name of a query parameter.
        hint: What to write instead; may be empty.
    """

    code: str
    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{place}{self.code} {self.message}{hint}"


class StrongbackError(Exception):
    """The root: what went wrong (`message`), `where`, and what to do (`hint`), under a `code` with a page."""

    code = "SB900"

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return str(Fault(self.code, self.message, self.where, self.hint))


class DeclarationError(StrongbackError):
    """The declaration is wrong. All its faults come at once, each with file and line."""

    code = "SB100"

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = len(faults)
        super().__init__(f"the declaration has {count} fault{'s' if count != 1 else ''}")
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([f"{self.message}:", *(str(fault) for fault in self.faults)])


class NotLoaded(StrongbackError):
    """A row's value or relation is used that was not loaded with it; nothing is ever loaded behind the team's back."""

    code = "SB140"

    def __init__(self, entity: str, member: str) -> None:
        super().__init__(
            f"`{entity}.{member}` was not loaded",
            hint=f"write the path out in the action's own body, from self, me or a parameter (`self. ... .{member}`), "
            "so that it is loaded before the body runs; or read the row with `db.get`",
        )


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


class ActorForgotten(StrongbackError):
    """A row that tokens make is about to be deleted for good: the next request of its caller would make it anew."""

    code = "SB189"

    def __init__(self, entity: str) -> None:
        super().__init__(
            f"a deleted `{entity}` would come back with the next request of its caller",
            hint=f"declare `class {entity}(sb.Entity, soft_delete=True)`: the row stays, and its caller is refused",
        )


class RequestError(StrongbackError):
    """The caller's request cannot be done, and the caller can know why."""

    code = "SB200"


class MalformedRequest(RequestError):
    """The request cannot be read: framing, encoding or JSON syntax."""

    code = "SB200"


class InvalidInput(RequestError):
    """The request can be read but its values are wrong. All faults come at once, each with a pointer."""

    code = "SB201"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("the request is not valid" if len(faults) != 1 else faults[0].message)
        self.faults = tuple(faults)


class UnknownField(RequestError):
    """A request names a field the entity does not have. Names are the contract's, the same for everybody; values are not."""

    code = "SB204"

    def __init__(self, entity: str, field: str, known: Iterable[str], where: str = "") -> None:
        super().__init__(f"`{entity}` has no field `{field}`", where=where, hint=did_you_mean(field, known))


class Unauthenticated(RequestError):
    """No valid credentials, where some are needed."""

    code = "SB210"


class ActorDeleted(Unauthenticated):
    """The token is sound, and the row of its caller is deleted: it does not come back by itself."""

    code = "SB215"

    def __init__(self) -> None:
        super().__init__("the account of this token is deleted")


class Forbidden(RequestError):
    """The caller may read the row, but may not do this with it."""

    code = "SB211"


class NotFound(RequestError):
    """There is no such thing, or the caller may not see it: the two are never told apart."""

    code = "SB212"

    def __init__(self, message: str = "there is no such resource", *, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)


class Interlocked(RequestError):
    """The rows that one action writes wait for each other, so there is no order in which every constraint holds."""

    code = "SB216"

    def __init__(self, circle: Sequence[str]) -> None:
        super().__init__(
            f"these changes wait for each other: {', '.join(circle)}",
            hint="write one of them in a step of its own: empty the reference or give the unique value up first, "
            "read anything by `db.find`, which writes what was done so far, then go on",
        )


class StaleVersion(RequestError):
    """The row has changed since the caller read it (RFC 9110, section 13.1.1)."""

    code = "SB220"


class NoVersion(StaleVersion):
    """A request asks for a version of a row whose table keeps none: no precondition on it holds (RFC 9110, section 13.1.1)."""

    code = "SB252"

    def __init__(self) -> None:
        super().__init__("rows of this kind have no version", hint="leave the precondition (`If-Match`) out")


class VersionRequired(RequestError):
    """The operation needs a precondition, so that no update is lost (RFC 6585, section 3)."""

    code = "SB221"


class TooManyWritten(RequestError):
    """The request would write more rows than its caller said it may (`Prefer: max-affected`)."""

    code = "SB225"

    def __init__(self, rows: int, rows_max: int) -> None:
        super().__init__(
            f"this would write {_counted(rows)}, more than the {rows_max} allowed by `max-affected`",
            hint="write fewer, or allow more",
        )


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One operation of a batch that is refused: by what, and its faults with their places in the whole content."""

    error: RequestError
    faults: tuple[Fault, ...]


class BatchRefused(RequestError):
    """
    Operations of a batch are refused, so that none is done.

    Attributes:
        items: All that are refused, in order.
        leading: The refusal that comes first in the order of refusals: the code and status of the whole are its.
    """

    def __init__(self, items: Sequence[RefusedItem], operations: int) -> None:
        first = min(items, key=lambda item: _precedence(item.error))
        told = first.error.message if len(items) == 1 else f"{len(items)} of {operations} operations are refused"
        super().__init__(told, hint=first.error.hint if len(items) == 1 else "")
        self.items = tuple(items)
        self.leading = first.error
        self.code = first.error.code


def _precedence(error: RequestError) -> int:
    """The place of *error* in the order of refusals (values.md section 3)."""
    order = (Unauthenticated, NotFound, Forbidden, InvalidInput, VersionRequired, StaleVersion)
    return next((at for at, kind in enumerate(order) if isinstance(error, kind)), len(order))


class PreferenceRefused(MalformedRequest):
    """With `handling=strict`, a preference that is not known, or has no value we read."""

    code = "SB226"


class GuardRefused(RequestError):
    """A guard of the team's own (`sb.require`) refused; `reason` is its code, stable for clients."""

    code = "SB230"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or f"refused: {reason}")
        self.reason = reason


class AlreadyExists(RequestError):
    """A unique constraint is broken; `reason` is its declared code."""

    code = "SB231"

    def __init__(self, reason: str, fields: Sequence[str]) -> None:
        named = ", ".join(f"`{field}`" for field in fields)
        super().__init__(f"there is already one with this {named}" if fields else "there is already one like this")
        self.reason = reason
        self.fields = tuple(fields)


class NotDeleted(RequestError):
    """A row is to be restored that is not deleted."""

    code = "SB248"

    def __init__(self) -> None:
        super().__init__("the row is not deleted", hint="there is nothing to do: read it")


class StillReferenced(RequestError):
    """Other rows refer to this one, and the relation says `restrict`."""

    code = "SB232"


class CheckRefused(RequestError):
    """A declared check does not hold for the row as it would be; `reason` is the check's code."""

    code = "SB233"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or f"the check `{reason}` does not hold")
        self.reason = reason


class WriteConflict(RequestError):
    """Another write came between; one retry did not help."""

    code = "SB234"


class FileTypeRefused(RequestError):
    """The file is of a media type the field does not take, or says none; `taken` names those it does (none: any)."""

    code = "SB235"

    def __init__(self, message: str, taken: Sequence[str] = ()) -> None:
        super().__init__(message, hint=f"it takes {', '.join(taken)}" if taken else "say its type in `Content-Type`")
        self.taken = tuple(taken)


class FileTypeWrong(RequestError):
    """The file's first bytes are not those of the media type it is said to be."""

    code = "SB236"


class RangeNotThere(RequestError):
    """The range asked for begins beyond the end of the file, which has *size* bytes (RFC 9110, section 15.5.17)."""

    code = "SB237"

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.size = size


class LinkExpired(RequestError):
    """The link was good once: its time is over, or the file is gone or another now."""

    code = "SB238"


class FileEmpty(RequestError):
    """The file has no byte."""

    code = "SB239"


class MethodNotAllowed(RequestError):
    """The resource does not answer this method; `allowed` names those it does."""

    code = "SB240"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"this resource does not answer {method}")
        self.allowed = tuple(allowed)


class NotAcceptable(RequestError):
    """No representation we have is among those the client accepts."""

    code = "SB241"


class UnsupportedMedia(RequestError):
    """The body's media type or charset is none we read."""

    code = "SB242"


class TooLarge(RequestError):
    """The request content is larger than the limit."""

    code = "SB243"


class HeadersTooLarge(RequestError):
    """Too many header fields, or too large."""

    code = "SB244"


class UriTooLong(RequestError):
    """The request target is longer than the limit."""

    code = "SB245"


class RateLimited(RequestError):
    """The caller asks more often than the operation allows."""

    code = "SB246"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TimedOutReading(RequestError):
    """The client sent its request too slowly."""

    code = "SB247"


class DependencyError(StrongbackError):
    """A store or broker failed; `retry_after_s` says when trying again makes sense."""

    code = "SB300"

    def __init__(self, message: str, *, retry_after_s: float = 1.0, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(DependencyError):
    """The store cannot take the request now; nothing was done, so trying again is safe."""

    code = "SB301"


class TimedOut(DependencyError):
    """The store did not answer in time."""

    code = "SB302"


class StoreMismatch(DependencyError):
    """The store's schema is not the one the model needs."""

    code = "SB303"


class FileMissing(DependencyError):
    """A row names a file that is not kept where files are."""

    code = "SB304"

    def __init__(self, key: str) -> None:
        super().__init__(f"the file `{key}` is not there", retry_after_s=60.0)
        self.key = key


class FilesUnavailable(DependencyError):
    """The place for files cannot be written or read now."""

    code = "SB305"


class ConfigurationError(StrongbackError):
    """A setting, a key or an installed extra is missing or wrong."""

    code = "SB400"


class MissingExtra(ConfigurationError):
    """A feature needs a package that is not installed."""

    code = "SB401"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"`{package}` is not installed", hint=f"pip install 'strongback[{extra}]'")


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


class InternalError(StrongbackError):
    """A promise inside the code broke. Never the caller's fault; the message never reaches them."""

    code = "SB900"


class SealBroken(InternalError):
    """A sealed value is not what was sealed there: changed, cut, moved, or of an unknown format. Never says which."""

    code = "SB910"

    def __init__(self) -> None:
        super().__init__("a stored value does not open")
