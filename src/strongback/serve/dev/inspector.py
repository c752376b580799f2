"""
The request inspector: the last requests at `/_dev`, for whoever sits at this machine, while developing.

    /_dev                     the page
    /_dev/requests            the same as JSON, newest first; `?after=17` gives those since the one of that number
    /_dev/requests/<id>       one of them with its statements, plan and ways in
    /_dev/<request id>        leads to that request on the page

Nothing personal stands in it: names of the model, conditions, SQL without its values, figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from strongback.engine.request import Reply, Request
from strongback.errors import Forbidden, MethodNotAllowed, NotFound, StrongbackError
from strongback.model.model import Model
from strongback.observe.request_id import choose_request_id
from strongback.observe.sink import FanOut, Sink
from strongback.plan.page import Tokens
from strongback.serve.dev.own import is_own
from strongback.serve.dev.recorder import Answering, Recorded, Recorder
from strongback.serve.dev.told import tell
from strongback.serve.dev.watched import WatchedOperations, WatchedStore
from strongback.serve.doors.rest.refuse import refuse
from strongback.serve.pages.page import METHODS, SAFE, Made, Page
from strongback.store.store import Store

PATH: Final = "/_dev"
REQUESTS: Final = f"{PATH}/requests"
FILES: Final = {
    PATH: ("inspector.html", "text/html; charset=utf-8"),
    f"{PATH}/inspector.css": ("inspector.css", "text/css; charset=utf-8"),
    f"{PATH}/inspector.js": ("inspector.js", "text/javascript; charset=utf-8"),
}
JSON: Final = (("content-type", "application/json"), *SAFE)


class Inspector:
    """
    Watches the requests of one service, and shows them.

    Attributes:
        recorder: What is kept.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.recorder = Recorder()
        self._pages = {path: Page(Made(_reader(name)), kind, self._refuse) for path, (name, kind) in FILES.items()}

    def sink(self, sink: Sink | None) -> Sink:
        """*sink*, and the recorder."""
        return self.recorder if sink is None else FanOut([sink, self.recorder])

    def store(self, store: Store) -> Store:
        return WatchedStore(store)

    def operations(self, tokens: Tokens) -> WatchedOperations:
        return WatchedOperations(self._model, tokens)

    def around(self, answer: Answering) -> Answering:
        """*answer*, watched; below PATH the inspector answers itself."""
        watched = self.recorder.watching(answer)

        async def answered(request: Request) -> Reply:
            if request.path == PATH or request.path.startswith(f"{PATH}/"):
                return await self._answer(request)
            return await watched(request)

        return answered

    async def _answer(self, request: Request) -> Reply:
        try:
            if not is_own(request):
                raise Forbidden("the inspector is for this machine alone")
            if request.method not in METHODS:
                raise MethodNotAllowed(request.method[:20], METHODS)
            page = self._pages.get(request.path)
            return await page(request) if page is not None else self._data(request)
        except StrongbackError as error:
            return self._refuse(request, error)

    def _refuse(self, request: Request, error: StrongbackError) -> Reply:
        return refuse(request, error, self._model.name)

    def _data(self, request: Request) -> Reply:
        if request.path == REQUESTS:
            return self._list(request)
        id_ = request.path.removeprefix(f"{REQUESTS}/" if request.path.startswith(f"{REQUESTS}/") else f"{PATH}/")
        found = self.recorder.find(id_)
        if found is None:
            raise NotFound
        if not request.path.startswith(f"{REQUESTS}/"):
            where = f"{request.root}{PATH}#{choose_request_id(id_)}"
            return Reply(302, (("location", where), ("x-request-id", request.request_id), *SAFE))
        return _json(request, {**_line(found), **self._detail(found)})

    def _list(self, request: Request) -> Reply:
        said = parse_qs(request.query).get("after", [""])[0]
        after = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else 0
        lines = [_line(each) for each in self.recorder.after(after)]
        return _json(request, {"service": self._model.name, "newest": self.recorder.newest, "requests": lines})

    def _detail(self, found: Recorded) -> dict[str, Any]:
        steps = [
            {"sql": step.sql, "ms": _ms(step.duration_s), "rows": step.rows, "failed": step.failed}
            for step in found.trace.steps
        ]
        return {"steps": steps, "more_steps": found.trace.more, "plans": list(self._plans(found))}

    def _plans(self, found: Recorded) -> Iterator[Any]:
        yield from (tell(self._model, shape) for shape in dict.fromkeys(found.trace.shapes))


def _line(found: Recorded) -> dict[str, Any]:
    seen, steps = found.seen, found.trace.steps
    return {
        "number": found.number,
        "id": seen.request_id,
        "at": found.at,
        "operation": seen.operation,
        "door": seen.door,
        "actor": seen.actor,
        "status": seen.status,
        "outcome": seen.outcome,
        "code": seen.code,
        "ms": _ms(seen.duration_s),
        "rows": seen.rows,
        "statements": len(steps) + found.trace.more,
        "sql_ms": _ms(sum(step.duration_s for step in steps)),
    }


def _ms(duration_s: float) -> float:
    return round(duration_s * 1000, 3)


def _json(request: Request, value: object) -> Reply:
    return Reply(200, (("x-request-id", request.request_id), *JSON), msgspec.json.encode(value))


def _reader(name: str) -> Any:
    return lambda root: files("strongback.serve.dev").joinpath("files", name).read_bytes()
