"""What was asked and answered in a case, in a form that is equal on every store that keeps its promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Only ids made here are version 7; those a case writes are not, and are compared as they are.
_MADE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TOKEN = re.compile(r'("next_page_token":)"[^"]*"')
_PAGE = re.compile(r"(page_token=)[^&]*")
_REQUEST = re.compile(r',"request_id":"[^"]*"')
_TEXT_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_KEPT = ("etag", "location", "content-location", "content-type", "allow")


@dataclass
class Transcript:
    """The exchanges of one case. Ids are numbered in the order in which they appear; page tokens are left out."""

    lines: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        kept = "".join(f" {name}: {headers[name]}" for name in _KEPT if name in headers)
        text = _REQUEST.sub("", _TOKEN.sub(r'\1"..."', compact(body.decode())))
        asked = _PAGE.sub(r"\1...", path)
        self.lines.append(self._numbered(f"{method} {asked} -> {status}{kept} {text}"))

    def _numbered(self, text: str) -> str:
        return _MADE_ID.sub(lambda found: f"#{self._numbers.setdefault(found[0], len(self._numbers) + 1)}", text)


def compact(json: str) -> str:
    """
    Take out white space that means nothing in JSON (RFC 8259, section 2).

    >>> compact('{"a b" : [1, 2]}')
    '{"a b":[1,2]}'
    """
    return _TEXT_OR_SPACE.sub(lambda found: found[1] or "", json)
