"""The REST door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from strongback.engine.request import Reply, Request
from strongback.errors import NotFound, RequestError, StrongbackError
from strongback.model.model import Model
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome
from strongback.serve.authn.bearer import read_bearer
from strongback.serve.doors.rest.files import (
    read_download,
    read_link,
    read_remove,
    read_upload,
    render_download,
    render_link,
)
from strongback.serve.doors.rest.headers import BARE
from strongback.serve.doors.rest.media import JSON, MERGE_PATCH
from strongback.serve.doors.rest.read import read_asked
from strongback.serve.doors.rest.refuse import refuse
from strongback.serve.doors.rest.render import render
from strongback.serve.doors.rest.routes import METHODS, Route, Routes, as_of
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

_READ: Final[Mapping[str, Callable[[Request, Route, str | None, Limits], Asked]]] = {
    "download": read_download,
    "upload": read_upload,
    "remove": read_remove,
    "link": read_link,
}


class RestDoor:
    """Serves a Model over HTTP and JSON, as `contract.rest` lays it out and product.md section 4 words it."""

    name = "rest"

    def __init__(self, model: Model, limits: Limits = DEFAULT_LIMITS) -> None:
        self.model = model
        self.routes = Routes(model)
        self.limits = limits
        self.realm = model.name
        routes = {route.target: route for route in self.routes.each()}
        self._route = routes | {as_of(target): route for target, route in routes.items() if target.kind == "get"}

    def read(self, request: Request) -> Asked:
        """
        Read what *request* asks for.

        Raises:
            RequestError: There is no such path or method, or the request cannot be read.
        """
        resource, row = self.routes.find(request.path)
        route = resource.route(request.method)
        read = _READ.get(route.target.kind, read_asked)
        return read(request, route, row, self.limits)

    def streams(self, method: str, path: str) -> int | None:
        """The bound in bytes of content that is read while it arrives, which is that of a file; None where it is read before."""
        if method != "PUT":
            return None
        try:
            target = self.routes.find(path)[0].route(method).target
        except RequestError:
            return None
        field = self.model.entity(target.entity).field(target.field)
        return field.blob.max_bytes if field is not None and field.blob is not None else None

    def credentials(self, request: Request) -> str | None:
        """
        The bearer token (RFC 6750, section 2.1).

        Raises:
            Unauthenticated: There are credentials, of another kind or without a token.
        """
        return read_bearer(request.headers)

    def render(self, request: Request, asked: Asked, outcome: Outcome) -> Reply:
        if asked.target.kind == "download":
            return render_download(request, outcome)
        if asked.target.kind == "link":
            return render_link(request, outcome)
        return render(request, self._route[asked.target], asked, outcome)

    def refuse(self, request: Request, error: StrongbackError) -> Reply:
        return refuse(request, error, self.realm)

    def options(self, request: Request) -> Reply:
        """What can be done at a path, or with `*` anywhere (RFC 9110, section 9.3.7). There is nothing to ask the engine."""
        try:
            allowed = METHODS if request.path == "*" else self.routes.find(request.path)[0].allowed
        except NotFound as error:
            return self.refuse(request, error)
        headers = (("x-request-id", request.request_id), ("allow", ", ".join(allowed)), *BARE)
        if "PATCH" in allowed:
            headers = (*headers, ("accept-patch", f"{MERGE_PATCH}, {JSON}"))
        return Reply(204, headers)
