"""
What stands behind a name in a class body: `sb.field(...)`, `sb.pii(...)`, `sb.blob(...)`, `sb.to_one(...)`, `sb.inverse(...)`,
`sb.key(...)`.

The overloads are for type checkers. At run time a specifier takes whatever it is given and remembers it, so that a wrong option is a
fault with file and line when the service loads, together with all the others, and never a bare TypeError while a module is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, overload

from strongback.model.relation import OnDelete

T = TypeVar("T")


class Missing:
    """The type of `MISSING`: nothing was given, not even None."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class Spec:
    """
    A specifier and what it was told.

    Attributes:
        what: Its name as the team writes it (`field`).
        positional, options: The arguments as given, unchecked.
        member: The name it was assigned to in a class body; empty in an `Annotated`.
    """

    what = "field"

    def __init__(self, positional: tuple[object, ...], options: Mapping[str, object]) -> None:
        self.positional = positional
        self.options = dict(options)
        self.member = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.member = self.member or name

    def __getattr__(self, name: str) -> object:
        # `company.name` in a class body: remembered, and refused with file and line where it is used.
        if name.startswith("_"):
            raise AttributeError(name)
        return BeyondMember(self, name)

    @property
    def default(self) -> object:
        return self.options.get("default", MISSING)


class BeyondMember:
    """`company.name` in a class body, which is no member of the class."""

    def __init__(self, spec: Spec, name: str) -> None:
        self.spec = spec
        self.name = name

    def __repr__(self) -> str:
        return f"{self.spec.member}.{self.name}"


class FieldSpec(Spec):
    """`sb.field(...)`."""

    what = "field"


class PiiSpec(FieldSpec):
    """`sb.pii(...)`: a field with personal data."""

    what = "pii"


class BlobSpec(FieldSpec):
    """`sb.blob(...)`: a field that holds a file."""

    what = "blob"

    @property
    def default(self) -> object:
        """A row is made without its file, which is put there afterwards."""
        return None


class KeySpec(FieldSpec):
    """`sb.key(...)`: the id of rows that have a key of their own."""

    what = "key"


class DecimalSpec(FieldSpec):
    """`sb.decimal(precision, scale)`, in an `Annotated`."""

    what = "decimal"


class ToOneSpec(Spec):
    """`sb.to_one(...)`."""

    what = "to_one"


class InverseSpec(Spec):
    """`sb.inverse(...)`: the other side of a to-one relation."""

    what = "inverse"


@overload
def field(
    *,
    default: T,
    max: float | Decimal | None = None,
    min: float | Decimal | None = None,
    pattern: str | None = None,
    precision: int | None = None,
    scale: int | None = None,
    unique: bool = False,
    index: bool = False,
    read_only: bool = False,
    immutable: bool = False,
    case: Literal["fold"] | None = None,
    column: str = "",
    was: str = "",
    doc: str = "",
) -> T: ...


@overload
def field(
    *,
    max: float | Decimal | None = None,
    min: float | Decimal | None = None,
    pattern: str | None = None,
    precision: int | None = None,
    scale: int | None = None,
    unique: bool = False,
    index: bool = False,
    read_only: bool = False,
    immutable: bool = False,
    case: Literal["fold"] | None = None,
    column: str = "",
    was: str = "",
    doc: str = "",
) -> Any: ...


def field(*positional: Any, **options: Any) -> Any:
    """
    Say more about a field, or about a type in an `Annotated`.

    Args:
        default: A constant that a create without the field stores.
        max, min: Bounds, inclusive: code points of text, bytes of bytes, items of a list, otherwise the value.
        pattern: An RE2 pattern that must match the whole text.
        precision, scale: Of a Decimal: digits in all, and after the point.
        unique: No two rows have the same value.
        index: The field can be filtered and sorted by.
        read_only: Callers never write it; actions do.
        immutable: Written when the row is made, never after.
        case: Not yet supported: `fold` is to compare text by its casefolded form.
        column: What the column is called in a table that is there already (`managed=False`); left out, as the field.
        was: The earlier name of a renamed field.
    """
    return FieldSpec(positional, options)


@overload
def pii(
    *,
    default: T,
    max: int | None = None,
    min: int | None = None,
    pattern: str | None = None,
    lookup: Literal["exact"] | None = None,
    erase: str | None = None,
    read_only: bool = False,
    immutable: bool = False,
    was: str = "",
    doc: str = "",
) -> T: ...


@overload
def pii(
    *,
    max: int | None = None,
    min: int | None = None,
    pattern: str | None = None,
    lookup: Literal["exact"] | None = None,
    erase: str | None = None,
    read_only: bool = False,
    immutable: bool = False,
    was: str = "",
    doc: str = "",
) -> Any: ...


def pii(*positional: Any, **options: Any) -> Any:
    """
    Say that a field, or an action's parameter, is personal data: encrypted at rest, in history and in every copy.

    Args:
        lookup: `exact` keeps a blind index, so that `==` works (and equality shows).
        erase: When `strongback erase` erases the value, `365d after created_at`: min, h, d or w after a datetime of the row, or `deletion`.
        default, max, min, pattern, read_only, immutable, was, doc: As of `field`.
    """
    return PiiSpec(positional, options)


if TYPE_CHECKING:

    @overload
    def key(
        *,
        generated: Literal[True],
        column: str = "",
        max: int | None = None,
        min: int | None = None,
        init: Literal[False] = False,
        doc: str = "",
    ) -> Any: ...

    @overload
    def key(
        *,
        column: str = "",
        max: int | None = None,
        min: int | None = None,
        pattern: str | None = None,
        generated: Literal[False] = False,
        doc: str = "",
    ) -> Any: ...

    def key(**options: object) -> Any:
        """
        Say that the rows of a table that is there already have a key of their own: `id: int = sb.key(column="customer_no")`.

        Whoever makes a row gives its key, and nobody changes it. It is an int, a text or a UUID, in one column that is unique by itself.

        Args:
            column: What the column is called; left out, `id`.
            max, min, pattern: As of `field`; a text says how long it can be.
            generated: The database gives a new row its key, an int: an identity, a serial, or SQLite's `INTEGER PRIMARY KEY`. No request
                and no action gives it; a row that an action makes has it when it is saved.
            init: For type checkers only: a generated key is never given to a constructor.
        """
        ...

    def decimal(precision: int, scale: int) -> Any:
        """
        Say how many digits a Decimal has: `price: Annotated[Decimal, sb.decimal(12, 2)]`.

        Args:
            precision: Digits in all.
            scale: Digits after the point.
        """
        ...

    def blob(
        *,
        max: str | int = "10 MB",
        types: tuple[str, ...] = (),
        pii: bool = False,
        erase: str | None = None,
        immutable: bool = False,
        init: Literal[False] = False,
        was: str = "",
        doc: str = "",
    ) -> Any:
        """
        Say that a field holds a file: `photo: sb.Blob | None = sb.blob(max="5 MB", types=("image/png", "image/jpeg"))`.

        Args:
            max: The largest file that is taken: bytes, or a size such as `5 MB` or `512 KiB`.
            types: Media types that are taken; left out, any.
            pii: The file is personal data: what the row knows of it (name, type, size, digest) is encrypted too. The bytes always are.
            erase: When `strongback erase` erases the file: as of `pii`.
            immutable: Put once, and never replaced or taken away but with its row.
            init: For type checkers only: a row is made without its file, which is put there afterwards.
            was: The earlier name of a renamed field.
        """
        ...

    def inverse(relation: str, /, *, init: Literal[False] = False, nested: bool = False, doc: str = "") -> Any:
        """
        Name the other side of a to-one relation: `jobs: list["Job"] = sb.inverse("company")`.

        Args:
            relation: The to-one relation of the list's entity that leads here.
            init: For type checkers only: an inverse is never given to a constructor.
            nested: Whether a create or an update of this row may bring these rows along, each by its own permissions.
        """
        ...

else:

    def key(*positional: object, **options: object) -> KeySpec:
        return KeySpec(positional, options)

    def decimal(*positional: object, **options: object) -> DecimalSpec:
        named = dict(zip(("precision", "scale"), positional, strict=False))
        return DecimalSpec(positional[2:], {**named, **options})

    def blob(*positional: object, **options: object) -> BlobSpec:
        return BlobSpec(positional, options)

    def inverse(*positional: object, **options: object) -> InverseSpec:
        return InverseSpec(positional, options)


@overload
def to_one(
    *,
    default: None,
    immutable: bool = False,
    read_only: bool = False,
    unique: bool = False,
    on_delete: OnDelete = "restrict",
    column: str = "",
    was: str = "",
    doc: str = "",
) -> Any: ...


@overload
def to_one(
    *,
    immutable: bool = False,
    read_only: bool = False,
    unique: bool = False,
    on_delete: OnDelete = "restrict",
    column: str = "",
    was: str = "",
    doc: str = "",
) -> Any: ...


def to_one(*positional: Any, **options: Any) -> Any:
    """
    Say more about a relation to one row; `| None` in its type makes it optional.

    Args:
        default: None, for an optional relation that need not be given.
        immutable: Written when the row is made, never after.
        read_only: Callers never write it; actions do.
        unique: No two rows refer to the same row.
        on_delete: What becomes of this row when the other is deleted.
        column: What the column is called in a table that is there already (`managed=False`); left out, `<relation>_id`.
        was: The earlier name of a renamed relation.
    """
    return ToOneSpec(positional, options)
