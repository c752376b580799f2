"""
What may be written about a program: names that are known to be harmless. All else is hidden, by type.

A list of what to hide is never complete: the value of the next field, header or driver is not on it. So the *name* of a value
decides, and only listed names are shown; the text that is shown is then still cleared of what looks like a token, a key, an address
or a query. Errors are described by class, code and place in the code; their text is left out, because a driver's message quotes the
row ("Key (email)=(ann@example.com) already exists").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import TracebackType

from strongback.errors import StrongbackError

# fmt: off
SHOWN_NAMES = frozenset((
    "event", "level", "at", "source", "request_id", "trace_id", "operation", "door", "outcome", "status",
    "rows", "code", "actor_kind", "service", "version", "python", "entity", "field", "relation", "role",
    "action", "query", "model", "schema", "migration", "step", "store", "dialect", "pool", "pool_state",
    "limit", "table", "column", "index", "constraint", "sqlstate", "attempt", "host", "port", "path_template",
    "method", "signal", "pid", "tool", "approval_state", "setting", "style", "format", "key_id", "key_ids", "object_key",
))
# fmt: on
_FIGURE_NAME = re.compile(r".*_(?:s|ms|us|bytes|count|total)")
_TEXT_MAX = 1_024
_ITEMS_MAX = 50
_DEPTH_MAX = 4
_FRAMES_MAX = 20

_HIDDEN_TEXTS = re.compile(
    r"""
      (?P<cookie> \b (?:set-)?cookie \b ["']? \s* [=:] .* )              # to the end: it holds several values
    | (?P<named>  \b (?: password | passwd | secret | api[_-]?key | token | authorization ) \b ["']? \s* [=:] \s* ["']?
                  (?: (?: bearer | basic | dpop ) \s+ )? [^\s,;]+ )
    | (?P<token>  \b (?: bearer | basic | dpop ) \s+ [^\s,;"']{8,} )
    | (?P<jwt>    \b eyJ [\w-]+ \. [\w-]* (?: \. [\w-]* )* )           # RFC 7519
    | (?<= :// ) (?P<login> [^\s/@]+ @ )                               # user and password of a URL
    | (?<= [\w/] ) (?P<query> \? [^\s"'<>]+ )                          # the query of a URL: it holds filters
    | (?P<mail>   [^\s@<>"'(),;:=]+ @ [^\s@<>"'(),;]+ )
    | (?P<key>    \b (?: [a-f0-9]{40,}                                 # 20 bytes and more, as hex, base64, base64url
                  | [a-z0-9+/_-]{40,} ={1,2}
                  | (?-i: (?= [a-z0-9+_-]* [A-Z] ) (?= [A-Za-z+_-]* [0-9] ) [A-Za-z0-9+_-]{43,} ) ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)


def clear_text(text: str) -> str:
    """
    Cut *text* to 1,024 characters and hide what looks like a secret or an address in it: a second net, not the first.

    >>> clear_text("connecting to postgresql://app:s3cret@db:5432/jobs?sslmode=off for ann@example.com")
    'connecting to postgresql://[hidden login]db:5432/jobs[hidden query] for [hidden mail]'
    """
    if len(text) > _TEXT_MAX:
        text = text[:_TEXT_MAX] + "..."
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate has no bytes
    return _HIDDEN_TEXTS.sub(lambda found: f"[hidden {found.lastgroup}]", text)


def hidden(value: object) -> str:
    """
    Say that a value was there, and of which type.

    >>> hidden("ann@example.com")
    '[hidden str]'
    """
    return f"[hidden {type(value).__name__}]"


class Redactor:
    """
    Turns the named values of a message into what may be written.

    Args:
        shown: Names to show beside those of `SHOWN_NAMES`: the team's own, known to hold nothing personal.
    """

    __slots__ = ("_shown",)

    def __init__(self, shown: frozenset[str] = frozenset()) -> None:
        self._shown = SHOWN_NAMES | shown

    def redact(self, values: Mapping[str, object]) -> dict[str, object]:
        """
        Give each value in the form in which it may be written: as it is, cleared, described, or hidden.

        >>> Redactor().redact({"event": "sent", "rows": 3, "duration_ms": 1.5, "email": "ann@example.com"})
        {'event': 'sent', 'rows': 3, 'duration_ms': 1.5, 'email': '[hidden str]'}
        """
        return {str(name): self._show(str(name), value, 0) for name, value in values.items()}

    def _show(self, name: str, value: object, depth: int) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, BaseException):
            return describe_error(value)
        if not self._is_shown(name, value):
            return hidden(value)
        return self._show_known(name, value, depth)

    def _is_shown(self, name: str, value: object) -> bool:
        if name in self._shown:
            return True
        return isinstance(value, (int, float)) and _FIGURE_NAME.fullmatch(name) is not None

    def _show_known(self, name: str, value: object, depth: int) -> object:
        if isinstance(value, str):
            return clear_text(str(value))
        if isinstance(value, (int, float)):
            return value
        if depth >= _DEPTH_MAX:
            return hidden(value)
        if isinstance(value, Mapping):
            return self._show_members(value, depth + 1)
        if isinstance(value, (list, tuple)):
            return [self._show(name, item, depth + 1) for item in value[:_ITEMS_MAX]]
        return hidden(value)

    def _show_members(self, members: Mapping[object, object], depth: int) -> dict[str, object]:
        """Members with a listed name; the others are counted, for a key can be a value as well (an address, a token)."""
        listed = {name: item for name, item in members.items() if isinstance(name, str) and name in self._shown}
        shown = {name: self._show(name, item, depth) for name, item in listed.items()}
        return shown if len(listed) == len(members) else {**shown, "hidden_count": len(members) - len(listed)}


def describe_error(error: BaseException) -> dict[str, object]:
    """
    Describe an error without its text: class, code, frames (`file:line function`, the innermost last), and the same of its causes.

    The text of our own errors about what the team or the operator wrote (SB1xx, SB4xx) is shown: it names things and holds no values.
    """
    described: dict[str, object] = {"error": _class_name(error)}
    if isinstance(error, StrongbackError):
        described["code"] = error.code
        if error.code.startswith(("SB1", "SB4")):
            described["message"] = clear_text(str(error))
    described["frames"] = list(_frames(error.__traceback__))[-_FRAMES_MAX:]
    causes = [_describe_cause(cause) for cause in _causes(error)]
    return {**described, "causes": causes} if causes else described


def _describe_cause(cause: BaseException) -> dict[str, object]:
    return {"error": _class_name(cause), "frames": list(_frames(cause.__traceback__))[-3:]}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors inside a group, then the chain of causes, as far as 10; each once."""
    seen = {id(error)}
    waiting = _next_causes(error)
    while waiting and len(seen) <= 10:
        cause = waiting.pop(0)
        if id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += _next_causes(cause)


def _next_causes(error: BaseException) -> list[BaseException]:
    inside: list[BaseException] = [*error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [*inside, behind] if behind else inside


def _class_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    while traceback:
        code = traceback.tb_frame.f_code
        yield f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
