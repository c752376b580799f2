"""
The Model as canonical JSON, out and in.

Canonical: members sorted by name, those that say nothing new left out, no white space; so equal models give equal bytes. What any
released version wrote, every later one reads: a change of the format adds a step to `UPGRADES` and a file to tests/fixtures/ir.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from strongback.errors import DeclarationError, Fault
from strongback.model.model import IR_VERSION, Model

Document = dict[str, object]

# From a version to the next; empty while there is one.
UPGRADES: Mapping[int, Callable[[Document], Document]] = {}


def to_json(model: Model) -> bytes:
    """Write *model* as canonical JSON (UTF-8)."""
    document: Document = msgspec.to_builtins(model)
    # Written even where it is the default: a later default must not change what a file says.
    return msgspec.json.encode({**document, "ir_version": model.ir_version}, order="sorted")


def from_json(data: bytes) -> Model:
    """
    Read a Model as `to_json` of this or an earlier version wrote it.

    Raises:
        DeclarationError: SB182: not JSON, not a Model, or written by a later version.
    """
    try:
        document = msgspec.json.decode(data, type=Document)
        upgraded = _upgraded(document)
        return replace(msgspec.convert(upgraded, Model), ir_version=IR_VERSION)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DeclarationError([Fault("SB182", f"this is not a model: {error}")]) from error


def _upgraded(document: Document) -> Document:
    version = document.get("ir_version")
    if not isinstance(version, int) or version < 1:
        raise msgspec.ValidationError("`ir_version` is missing")
    if version > IR_VERSION:
        message = f"the model was written in version {version} of the format, this program reads up to {IR_VERSION}"
        raise DeclarationError([Fault("SB182", message, hint="install the version of Strongback that wrote it")])
    while version < IR_VERSION:
        document, version = UPGRADES[version](document), version + 1
    return document
