"""From method and path to the operation meant: two or three dictionary look-ups, no pattern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from strongback.contract.rest import Endpoint, collection, endpoints
from strongback.errors import MethodNotAllowed, NotFound, did_you_mean
from strongback.model.model import Model
from strongback.plan.asked import Target
from strongback.serve.doors.rest.parameters import Parameters, parameters_of

# In the order in which `Allow` names them.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Route:
    """
    One operation at one path and method.

    Attributes:
        rows: The path of the rows that are answered: `/v1/jobs`.
        parameters: Which query parameters there are.
        takes_body: Whether the request has content, which it may leave out when *body_optional*.
        answers_value: Whether an action's answer is a value that is no row.
    """

    target: Target
    on_row: bool
    rows: str
    parameters: Parameters
    takes_body: bool
    body_optional: bool
    answers_value: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """What one path answers: a route for each method. HEAD is GET without the content."""

    routes: Mapping[str, Route]
    allowed: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        known = {*self.routes, "OPTIONS"} | ({"HEAD"} if "GET" in self.routes else set())
        object.__setattr__(self, "allowed", tuple(method for method in METHODS if method in known))

    def route(self, method: str) -> Route:
        """
        Raises:
            MethodNotAllowed: With the methods the path answers (RFC 9110, section 15.5.6).
        """
        found = self.routes.get("GET" if method == "HEAD" else method)
        if found is None:
            raise MethodNotAllowed(method[:20], self.allowed)
        return found


class Routes:
    """
    Every path of a Model.

    Attributes:
        fixed: Paths without an id.
        rows: By collection: its rows.
        on_rows: By collection and what follows the id: the actions on its rows, and their files.
    """

    def __init__(self, model: Model) -> None:
        grouped: dict[str, dict[str, Route]] = {}
        for endpoint in endpoints(model):
            grouped.setdefault(endpoint.path, {})[endpoint.method] = _route(model, endpoint)
        self.fixed: dict[str, Resource] = {}
        self.rows: dict[str, Resource] = {}
        self.on_rows: dict[tuple[str, str], Resource] = {}
        for template, routes in grouped.items():
            self._place(template, Resource(routes))

    def _place(self, template: str, resource: Resource) -> None:
        path, row, action = template.partition("/{id}")
        if not row:
            self.fixed[path] = resource
        elif action:
            self.on_rows[path, action[1:]] = resource
        else:
            self.rows[path] = resource

    def each(self) -> Iterator[Route]:
        """Every route."""
        for resource in (*self.fixed.values(), *self.rows.values(), *self.on_rows.values()):
            yield from resource.routes.values()

    def find(self, path: str) -> tuple[Resource, str | None]:
        """
        Find what is at *path*, and the id in it.

        Raises:
            NotFound: Nothing ever is at such a path.
        """
        resource = self.fixed.get(path)
        if resource is not None:
            return resource, None
        head, _, last = path.rpartition("/")
        resource = self.rows.get(head)
        if resource is None:
            head, _, row = head.rpartition("/")
            resource, last, below = self.on_rows.get((head, last)), row, f"{row}/{last}"
            if resource is None:
                head, _, row = head.rpartition("/")
                resource, last = self.on_rows.get((head, below)), row
        if resource is None or not last:
            raise NotFound(f"there is nothing at `{path[:200]}`", hint=did_you_mean(path[:80], self.fixed))
        return resource, last


def as_of(target: Target) -> Target:
    """What a get at an earlier time asks: another operation than a get, at the same path."""
    return Target(target.entity, "as_of", "as_of")


def _route(model: Model, endpoint: Endpoint) -> Route:
    entity = model.entity(endpoint.entity)
    action = entity.action(endpoint.name) if endpoint.kind == "action" else None
    optional = endpoint.kind == "link" or (action is not None and all(p.default is not None for p in action.parameters))
    answered = model.entity(action.returns_entity) if action is not None and action.returns_entity else entity
    return Route(
        target=Target(endpoint.entity, endpoint.kind, endpoint.name),
        on_row=endpoint.on_row,
        rows=collection(model, answered),
        parameters=parameters_of(model, endpoint),
        takes_body=endpoint.kind in ("create", "update", "action", "batch"),
        body_optional=optional,
        answers_value=action is not None and action.returns_type is not None,
    )
