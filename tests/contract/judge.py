"""Holds answers against an OpenAPI document: status, media type, header fields and content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs

from strongback.testing.in_process import Response

PROBLEM = "application/problem+json"
METHODS = ("get", "post", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    method: str
    path: str
    said: dict[str, Any] = field(hash=False, compare=False)

    @property
    def collection(self) -> str:
        return self.path.split("/")[2]


class Judge:
    """Knows one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.problem = self._validator({"$ref": "#/components/schemas/Problem"})
        self._checks = cache(self._check_of)

    def operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(method.upper(), path, item[method])

    def faults(self, asked: Operation | None, answer: Response) -> list[str]:
        """What is wrong with *answer* to a request of *asked*; None where it means another operation, or none."""
        if asked is None:
            return self._faults_of_nothing(answer)
        documented = asked.said["responses"].get(str(answer.status))
        if documented is None:
            return [f"{answer.status} is not documented"]
        said = self._resolved(documented)
        missing = [f"no {name}" for name in said.get("headers", {}) if name.lower() not in answer.headers]
        # The way to a row and its tag are there when there is a row.
        missing = [
            each
            for each in missing
            if each not in ("no ETag", "no Location", "no Content-Location", "no Preference-Applied")
        ]
        return missing + self._content(asked, answer, said)

    def _content(self, asked: Operation, answer: Response, said: dict[str, Any]) -> list[str]:
        if "content" not in said:
            return ["there is content"] if answer.body else []
        media = answer.headers.get("content-type", "")
        if "*/*" in said["content"] and answer.status < 400:
            return []  # a file of any type: bytes have no schema
        if media not in said["content"]:
            return [f"content of type {media!r}"]
        if "schema" not in said["content"][media]:
            return []
        errors = self._checks(asked, str(answer.status), media).iter_errors(answer.json)
        return [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in errors]

    def _faults_of_nothing(self, answer: Response) -> list[str]:
        if answer.status < 400 or not answer.body:
            return []
        media = answer.headers.get("content-type")
        return [error.message for error in self.problem.iter_errors(answer.json)] + [media] * (media != PROBLEM)

    def _check_of(self, asked: Operation, status: str, media: str) -> Any:
        said = self._resolved(asked.said["responses"][status])
        return self._validator(said["content"][media]["schema"])

    def _validator(self, schema: dict[str, Any]) -> Any:
        whole = {**schema, "components": self.document["components"]}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        found: dict[str, Any] = self.document["components"][kind][name]
        return found
