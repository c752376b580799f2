"""Files: bounds that mean something, media types that can be sent."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.blob import FILE, MAX_BYTES_MAX, is_media_type, spell_size
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model


def blob_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for field in entity.blobs():
            yield from _field(entity, field)


def _field(entity: Entity, field: Field) -> Iterator[Fault]:
    assert field.blob is not None  # of entity.blobs()
    where = place(entity, field)
    if field.type != FILE or not field.stored:
        yield fault("SB130", where, f"`{field.name}` holds a file, and is of another type")
    if not 1 <= field.blob.max_bytes <= MAX_BYTES_MAX:
        message = f"`{field.name}`: a file has at least one byte, and at most {spell_size(MAX_BYTES_MAX)}"
        yield fault("SB132", where, message, 'write `max="5 MB"`')
    for each in field.blob.types:
        if not is_media_type(each):
            hint = "one type a text, in lower case: `image/png`; leave `types` out for any"
            yield fault("SB133", where, f'`{field.name}`: "{each}" is no media type', hint)
