"""From a type of the Model to JSON Schema (draft 2020-12, as OpenAPI 3.1 has it): exactly the values that its reader takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from strongback.model.field import Default
from strongback.predicate.types import INT_MAX, INT_MIN, Type, id_of

Schema = dict[str, Any]

# A double is exact for integers up to here, and JavaScript reads every JSON number as one.
EXACT_MAX: Final = 2**53
FLOAT_MAX: Final = 1.7976931348623157e308
# Text without NUL (values.md section 1). `\x00` is read by every dialect of patterns.
TEXT_PATTERN: Final = r"^[^\x00]*$"
LIST_MAX: Final = 1000
JSON_MAX_BYTES: Final = 65_536
DURATION_PATTERN: Final = (
    r"^-?P(?=[0-9T])([0-9]{1,6}D)?(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}(\.[0-9]{1,6})?S)?)?$"
)
ANY_JSON: Final[Schema] = {"$ref": "#/components/schemas/Json.value"}
# What a field of type JSON may hold; named, since it holds itself, as no entity can be.
JSON: Final[Schema] = {
    "description": "Any JSON value whose texts hold no NUL and whose integers have at most 64 bits.",
    "anyOf": [
        {"type": ["boolean", "null"]},
        {"type": "number"},
        {"type": "string", "pattern": TEXT_PATTERN},
        {"type": "array", "items": ANY_JSON},
        {"type": "object", "propertyNames": {"pattern": TEXT_PATTERN}, "additionalProperties": ANY_JSON},
    ],
}
BASE64_PATTERN: Final = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def schema_of(type_: Type) -> Schema:
    r"""
    The schema of *type_*.

    >>> schema_of(Type("str", max=80, optional=True))
    {'type': ['string', 'null'], 'maxLength': 80, 'pattern': '^[^\\x00]*$'}
    """
    schema = _SCHEMAS[type_.kind](type_)
    return _optional(schema) if type_.optional else schema


def _optional(schema: Schema) -> Schema:
    """*schema*, or null."""
    if "$ref" in schema:
        return {name: part for name, part in schema.items() if name != "not"}  # any JSON: null is one already
    nullable: Schema = {**schema, "type": [schema["type"], "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable


def described(schema: Schema, doc: str) -> Schema:
    """*schema* with *doc* before what it says of itself."""
    text = " ".join(part for part in (doc.strip(), schema.get("description", "")) if part)
    return {**schema, "description": text} if text else schema


def with_default(schema: Schema, default: Default | None) -> Schema:
    """*schema* with the value that is taken when none is given."""
    return schema if default is None else {**schema, "default": msgspec.json.decode(default.json)}


def _bool(type_: Type) -> Schema:
    return {"type": "boolean"}


def _int(type_: Type) -> Schema:
    low = INT_MIN if type_.min is None else int(type_.min)
    high = INT_MAX if type_.max is None else int(type_.max)
    schema: Schema = {"type": "integer", "format": "int64", "minimum": low, "maximum": high}
    if low < -EXACT_MAX or high > EXACT_MAX:
        schema["description"] = "JavaScript reads it exactly up to 2^53."
    return schema


def _float(type_: Type) -> Schema:
    low = -FLOAT_MAX if type_.min is None else float(type_.min)
    high = FLOAT_MAX if type_.max is None else float(type_.max)
    return {"type": "number", "format": "double", "minimum": low, "maximum": high}


def _decimal(type_: Type) -> Schema:
    precision, scale = type_.precision or 38, type_.scale or 0
    whole = f"[0-9]{{1,{precision - scale}}}" if precision > scale else "0"
    point = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    sign = "" if type_.min is not None and float(type_.min) >= 0 else "-?"
    bounds = [f"at least {type_.min}"] * (type_.min is not None) + [f"at most {type_.max}"] * (type_.max is not None)
    text = f"A decimal as text, answered with {scale} digits after the point"
    return {
        "type": "string",
        "format": "decimal",
        "pattern": f"^{sign}{whole}{point}$",
        "description": ", ".join([text, *bounds]) + ".",
    }


def _str(type_: Type) -> Schema:
    schema: Schema = {"type": "string"}
    if type_.min:
        schema["minLength"] = int(type_.min)
    if type_.max is not None:
        schema["maxLength"] = int(type_.max)
    if type_.pattern is None:
        return {**schema, "pattern": TEXT_PATTERN}
    if is_portable(type_.pattern):
        return {**schema, "pattern": f"^(?:{type_.pattern})$"}
    return {**schema, "pattern": TEXT_PATTERN, "description": f"Must match `{type_.pattern}` (RE2)."}


def is_portable(pattern: str) -> bool:
    r"""
    Whether an RE2 pattern means the same in ECMA-262, which JSON Schema speaks.

    >>> is_portable(r"[a-z]+(-[a-z]+)*"), is_portable(r"(?i)[a-z]"), is_portable(r"\pL+")
    (True, False, False)
    """
    foreign = ("(?", "\\p", "\\P", "\\A", "\\z", "\\Q", "\\C", "\\a", "[[:", "\\x{")
    return not any(part in pattern.replace("(?:", "(") for part in foreign)


def _datetime(type_: Type) -> Schema:
    text = "A time with its offset; answered in UTC with microseconds."
    return {"type": "string", "format": "date-time", "description": text}


def _date(type_: Type) -> Schema:
    return {"type": "string", "format": "date"}


def _timedelta(type_: Type) -> Schema:
    text = "An ISO 8601 duration in days, hours, minutes and seconds."
    return {"type": "string", "pattern": DURATION_PATTERN, "description": text}


def _uuid(type_: Type) -> Schema:
    return {"type": "string", "format": "uuid"}


def _ref(type_: Type) -> Schema:
    schema = schema_of(replace(id_of(type_), optional=False))
    return {**schema, "description": f"The id of a {type_.target}."} if type_.target else schema


def _bytes(type_: Type) -> Schema:
    """Base64 says how many bytes it is by its length and, among texts of the longest and shortest one, by how it is filled up."""
    schema: Schema = {"type": "string", "contentEncoding": "base64", "pattern": BASE64_PATTERN}
    low, ends = int(type_.min or 0), []
    if low:
        least = schema["minLength"] = 4 * ceil(low / 3)
        if low % 3 != 1:
            ends.append({"anyOf": [{"minLength": least + 1}, {"pattern": "[^=]$" if low % 3 == 0 else "[^=]=?$"}]})
    if type_.max is not None:
        high = int(type_.max)
        most = schema["maxLength"] = 4 * ceil(high / 3)
        schema["description"] = f"At most {high} bytes in base64 (RFC 4648, section 4)."
        if high % 3:
            ends.append({"anyOf": [{"maxLength": most - 1}, {"pattern": "==$" if high % 3 == 1 else "=$"}]})
    return {**schema, "allOf": ends} if ends else schema


def _enum(type_: Type) -> Schema:
    return {"type": "string", "enum": list(type_.members)}


def _json(type_: Type) -> Schema:
    size = JSON_MAX_BYTES if type_.max is None else int(type_.max)
    return {**ANY_JSON, "not": {"type": "null"}, "description": f"Any JSON value of at most {size} bytes."}


def _list(type_: Type) -> Schema:
    items = schema_of(type_.item) if type_.item is not None else {}
    high = LIST_MAX if type_.max is None else int(type_.max)
    least: Schema = {"minItems": int(type_.min)} if type_.min else {}
    return {"type": "array", "items": items, **least, "maxItems": high}


def _object(type_: Type) -> Schema:
    members = {m.name: {**schema_of(m.type), **({"default": m.default} if m.has_default else {})} for m in type_.fields}
    required = [m.name for m in type_.fields if not m.has_default and not m.type.optional]
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


_SCHEMAS: Mapping[str, Callable[[Type], Schema]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "decimal": _decimal,
    "str": _str,
    "datetime": _datetime,
    "date": _date,
    "timedelta": _timedelta,
    "uuid": _uuid,
    "bytes": _bytes,
    "enum": _enum,
    "json": _json,
    "list": _list,
    "object": _object,
    "ref": _ref,
}
