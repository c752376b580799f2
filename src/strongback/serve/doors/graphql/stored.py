"""Documents that a service keeps, and answers alone: what its own clients ask was read before, and nobody else asks anything."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from strongback.errors import DocumentsRefused, DocumentUnknown, RequestError
from strongback.serve.doors.graphql.document import Document, Documents
from strongback.serve.doors.graphql.http import SHA256, Said

SIZE_MAX = 10_000_000
WRITE = 'write `{"sha256:<hash of the text>": "query { ... }"}`'


def read_stored(path: str) -> Mapping[str, str]:
    """
    The documents in the file at *path*, by their ids: a JSON object.

    Raises:
        DocumentsRefused: There is no such file, or it holds something else.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise DocumentsRefused(f"the file of documents cannot be read: {error.strerror}", where=path) from None
    if len(raw) > SIZE_MAX:
        raise DocumentsRefused(f"the file of documents is larger than {SIZE_MAX:,} bytes", where=path)
    try:
        return msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise DocumentsRefused(f"the file of documents is none: {error}", where=path, hint=WRITE) from None


class Stored:
    """
    The documents of a service, read when it starts.

    Args:
        texts: By id. A document is found by its id, by the hash of its text, and by its text.
    Raises:
        DocumentsRefused: One is none of the schema.
    """

    def __init__(self, texts: Mapping[str, str], documents: Documents) -> None:
        self._by_id: dict[str, Document] = {}
        self._by_text: dict[str, Document] = {}
        for id_, text in texts.items():
            document = _read(documents, id_, text)
            self._by_text[text] = document
            self._by_id |= {id_: document, SHA256 + sha256(text.encode()).hexdigest(): document}

    def find(self, said: Said) -> Document:
        """
        The document that a request names, or sends.

        Raises:
            DocumentUnknown: It is none of these.
        """
        found = self._by_id.get(said.document_id) if said.document_id else self._by_text.get(said.query)
        if found is None:
            raise DocumentUnknown("this service answers the documents that it keeps, and this is none of them")
        return found


def _read(documents: Documents, id_: str, text: str) -> Document:
    try:
        return documents.read(text)
    except RequestError as error:
        raise DocumentsRefused(f"the document `{id_[:80]}` is not answered: {error.message}", hint=error.hint) from None
