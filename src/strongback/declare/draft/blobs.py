"""Fields that hold files."""

from __future__ import annotations

from typing import Any, Final, cast

from strongback.declare.annotations import Names, alias_value, resolve, split_optional
from strongback.declare.blob import Blob as BlobValue
from strongback.declare.declared import Given
from strongback.declare.draft.world import World, draft_erase, wrong_options
from strongback.declare.reading import unknown_options
from strongback.declare.spec import BlobSpec, PiiSpec
from strongback.model.blob import FILE, MAX_BYTES_DEFAULT, Blob, size_of
from strongback.model.field import Field, Pii
from strongback.model.origin import Origin

OPTIONS: Final = ("max", "types", "pii", "erase", "immutable", "was", "doc")
FLAGS: Final = {"pii": bool, "immutable": bool, "was": str, "doc": str}
WRITE: Final = "write `sb.Blob | None = sb.blob(...)`"
PERSONAL: Final = "write `sb.Blob | None = sb.blob(pii=True)`"


def is_blob(annotation: object, names: Names) -> bool:
    """
    Whether *annotation* is that of a file.

    Raises:
        AnnotationFault: It cannot be read at all.
    """
    return _split(annotation, names)[0] is BlobValue


def _split(annotation: object, names: Names) -> tuple[Any, bool]:
    inner, optional = split_optional(alias_value(resolve(annotation, names)), names)
    return alias_value(inner), optional


def draft_blob(world: World, given: Given, origin: Origin) -> Field | None:
    """The field that holds a file; its annotation is known to say so."""
    name, spec = given.name, given.spec
    if spec is not None and not isinstance(spec, BlobSpec):
        world.refuse(
            name,
            origin,
            "SB130",
            f"`{name}`: sb.{spec.what} on a file",
            PERSONAL if isinstance(spec, PiiSpec) else WRITE,
        )
        return None
    if spec is None and given.default is not None and given.has_default:
        world.refuse(name, origin, "SB130", f"`{name}`: a file has no default {given.default!r}", WRITE)
        return None
    if not _split(given.annotation, world.names_of(given.owner))[1]:
        message = f"`{name}`: a row is made without its file, which is put there afterwards"
        world.refuse(name, origin, "SB131", message, WRITE)
    options = spec.options if spec is not None else {}
    if spec is not None:
        world.refuse_all(name, origin, unknown_options(spec, OPTIONS))
    fit = wrong_options(world, name, origin, "a file", {k: v for k, v in options.items() if k in FLAGS}, FLAGS)
    erase = draft_erase(world, name, options.get("erase"), origin)
    blob = Blob(_max(world, name, options, origin), _types(world, name, options, origin), erase)
    pii = Pii() if fit.pop("pii", False) else None
    return Field(name, FILE, blob=blob, pii=pii, origin=origin, **cast("dict[str, Any]", fit))


def _max(world: World, name: str, options: dict[str, object], origin: Origin) -> int:
    """The bound in bytes; whether it makes sense is judged on the finished model."""
    given = options.get("max", MAX_BYTES_DEFAULT)
    size = given if type(given) is int else size_of(given) if isinstance(given, str) else None
    if size is None:
        hint = "write a number of bytes, or a size such as `5 MB` or `512 KiB`"
        world.refuse(name, origin, "SB132", f"`{name}`: `max={given!r}` is no size", hint)
        return MAX_BYTES_DEFAULT
    return size


def _types(world: World, name: str, options: dict[str, object], origin: Origin) -> tuple[str, ...]:
    given = options.get("types", ())
    if not isinstance(given, tuple | list) or not all(isinstance(each, str) for each in given):
        hint = f"write types=({given!r},)" if isinstance(given, str) else 'write types=("image/png",)'
        world.refuse(name, origin, "SB133", f"`{name}`: `types={given!r}` is no tuple of media types", hint)
        return ()
    return tuple(dict.fromkeys(given))
