"""
Every error Strongback raises. The tree answers one question first: whose fault is it?

    StrongbackError                 code, message, where, hint
      DeclarationError   SB1xx      the team's: the declaration is wrong; carries all its faults
      ActorForgotten     SB189  the team's: an actor's row would be deleted for good, and come back by itself
      NotLoaded          SB140      the team's: a row's value is used that was not loaded with it
        NotSaved       (its)    the id of a new row, before the store gave it one
      RequestError       SB2xx      the caller's
        MalformedRequest SB200      not readable as a request at all
        InvalidInput     SB201      readable, but values are wrong; carries all its faults
        UnknownField     SB204      a field that is not there
        Unauthenticated  SB210      no valid credentials where some are needed
          ActorDeleted   SB215  of a caller whose row is deleted
        ApprovalRefused  SB274  a tool needs an approval of exactly this call
        OriginRefused    SB275  a host or an origin from which tools may not be called
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
        DocumentInvalid  SB260      a GraphQL document that is none of this schema
        DocumentTooLarge SB261      one that asks for more than one request may
        NotVisible       SB262      what null is answered in place of
        IntrospectionRefused SB263  the schema is not told to this caller
        DocumentUnknown  SB264      a GraphQL document that is none of those answered
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
        DocumentsRefused SB444      the file of GraphQL documents that are answered
        TableUnfit       SB437      a table that is there already is not as declared
      InternalError      SB9xx      ours: a promise inside the code broke
        SealBroken       SB910      a sealed value is not what was sealed there

Nothing here knows of HTTP, GraphQL or gRPC: each door holds one table from error to status. A code is never used twice, and each
has a page (`strongback explain SB204`).
"""

from __future__ import annotations

from strongback.errors.configuration import (
    ConfigurationError,
    DocumentsRefused,
    FileRefused,
    FilesRefused,
    FilesUnknown,
    KeyringGone,
    KeyringInvalid,
    KeyWornOut,
    MissingExtra,
    RemainsLeft,
    TableUnfit,
    UnknownKey,
)
from strongback.errors.declaration import (
    ActorForgotten,
    DeclarationError,
    NotLoaded,
    NotSaved,
)
from strongback.errors.dependency import (
    DependencyError,
    FileMissing,
    FilesUnavailable,
    StoreMismatch,
    TimedOut,
    Unavailable,
)
from strongback.errors.fault import (
    Fault,
    StrongbackError,
    did_you_mean,
)
from strongback.errors.file_request import (
    FileEmpty,
    FileTypeRefused,
    FileTypeWrong,
    LinkExpired,
    RangeNotThere,
)
from strongback.errors.internal import (
    InternalError,
    SealBroken,
)
from strongback.errors.request import (
    ActorDeleted,
    AlreadyExists,
    ApprovalRefused,
    BatchRefused,
    CheckRefused,
    DocumentInvalid,
    DocumentTooLarge,
    DocumentUnknown,
    Forbidden,
    GuardRefused,
    HeadersTooLarge,
    Interlocked,
    IntrospectionRefused,
    InvalidInput,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotDeleted,
    NotFound,
    NotVisible,
    NoVersion,
    OriginRefused,
    PreferenceRefused,
    RateLimited,
    RefusedItem,
    RequestError,
    StaleVersion,
    StillReferenced,
    TimedOutReading,
    TooLarge,
    TooManyWritten,
    Unauthenticated,
    UnknownField,
    UnsupportedMedia,
    UriTooLong,
    VersionRequired,
    WriteConflict,
)

__all__ = (
    "ActorDeleted",
    "ActorForgotten",
    "AlreadyExists",
    "ApprovalRefused",
    "BatchRefused",
    "CheckRefused",
    "ConfigurationError",
    "DeclarationError",
    "DependencyError",
    "DocumentInvalid",
    "DocumentTooLarge",
    "DocumentUnknown",
    "DocumentsRefused",
    "Fault",
    "FileEmpty",
    "FileMissing",
    "FileRefused",
    "FileTypeRefused",
    "FileTypeWrong",
    "FilesRefused",
    "FilesUnavailable",
    "FilesUnknown",
    "Forbidden",
    "GuardRefused",
    "HeadersTooLarge",
    "Interlocked",
    "InternalError",
    "IntrospectionRefused",
    "InvalidInput",
    "KeyWornOut",
    "KeyringGone",
    "KeyringInvalid",
    "LinkExpired",
    "MalformedRequest",
    "MethodNotAllowed",
    "MissingExtra",
    "NoVersion",
    "NotAcceptable",
    "NotDeleted",
    "NotFound",
    "NotLoaded",
    "NotSaved",
    "NotVisible",
    "OriginRefused",
    "PreferenceRefused",
    "RangeNotThere",
    "RateLimited",
    "RefusedItem",
    "RemainsLeft",
    "RequestError",
    "SealBroken",
    "StaleVersion",
    "StillReferenced",
    "StoreMismatch",
    "StrongbackError",
    "TableUnfit",
    "TimedOut",
    "TimedOutReading",
    "TooLarge",
    "TooManyWritten",
    "Unauthenticated",
    "Unavailable",
    "UnknownField",
    "UnknownKey",
    "UnsupportedMedia",
    "UriTooLong",
    "VersionRequired",
    "WriteConflict",
    "did_you_mean",
)


def _name_home() -> None:
    """Where a class is written is nobody's business: logs, tracebacks and pickles name the place that it is imported from."""
    for name in __all__:
        if isinstance(kind := globals()[name], type):
            kind.__module__ = __name__


_name_home()
