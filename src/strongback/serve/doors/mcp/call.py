"""One call of a tool, as a door: read from its arguments, answered as JSON, and written down for who audits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strongback.contract.mcp import Description
from strongback.contract.problems import problem_of
from strongback.engine.request import Reply, Request
from strongback.engine.runtime import Clock
from strongback.errors import StrongbackError, Unauthenticated
from strongback.model.model import Model
from strongback.observe.messages import get_logger
from strongback.observe.observation import outcome_of
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome
from strongback.serve.authn.bearer import read_bearer
from strongback.serve.doors.mcp.answers import word, word_refusal
from strongback.serve.doors.mcp.approval import KEPT_FOR_S, Approvals
from strongback.serve.doors.mcp.arguments import place_of, read_arguments

NAME: Final = "mcp"
_log = get_logger("strongback.mcp")


class ToolCall:
    """
    A door for one call.

    Attributes:
        unknown: That nobody is known to ask, where somebody must be; None when that is not what it came to.
    """

    name = NAME

    def __init__(
        self,
        model: Model,
        tool: Description,
        arguments: Mapping[str, object],
        actor: Actor,
        approvals: Approvals,
        clock: Clock,
    ) -> None:
        self.model, self.tool, self.arguments, self.actor = model, tool, arguments, actor
        self.approvals, self.clock = approvals, clock
        self.place = place_of(tool)
        self.unknown: Unauthenticated | None = None
        # Only shows what would be done: an approval is needed, and there is none yet.
        self.only_shows = tool.tool.approval and "approval" not in arguments and arguments.get("dry_run") is not True
        self.approved = "asked" if self.only_shows else "none"

    def read(self, request: Request) -> Asked:
        """
        Read what is asked.

        Raises:
            ApprovalRefused: The approval that is given is not good.
        """
        asked = read_arguments(self.model, self.tool, self.arguments, dry_run=self.only_shows)
        if self.tool.tool.approval and not asked.terms.dry_run:
            self.approved = "refused"
            given = self.arguments["approval"]
            self.approvals.take(given, self.caller, self.tool.name, self.arguments, self.clock.now())
            self.approved = "given"
        return asked

    @property
    def caller(self) -> str:
        """Whom an approval is bound to; nobody tells anonymous callers apart."""
        return "" if self.actor.key is None else f"key {self.actor.key}"

    def credentials(self, request: Request) -> str | None:
        return read_bearer(request.headers)

    def render(self, request: Request, asked: Asked, outcome: Outcome) -> Reply:
        approval = ""
        if self.only_shows:
            approval = self.approvals.make(self.caller, self.tool.name, self.arguments, self.clock.now())
        self._audit(request, None)
        return Reply(200, body=word(asked, outcome, approval, KEPT_FOR_S))

    def refuse(self, request: Request, error: StrongbackError) -> Reply:
        if isinstance(error, Unauthenticated):
            self.unknown = error
        self._audit(request, error)
        return Reply(problem_of(type(error)).status, body=word_refusal(request, error, self.place))

    def _audit(self, request: Request, error: StrongbackError | None) -> None:
        """Write down what was called, by what kind of caller and how it ended: never a value."""
        _log.info(
            "tool called",
            tool=self.tool.name,
            operation=self.tool.endpoint.operation,
            actor_kind="anonymous" if self.actor.is_anonymous else "user",
            outcome=str(outcome_of(error)),
            code="" if error is None else error.code,
            dry_run=self.only_shows or self.arguments.get("dry_run") is True,
            approval_state=self.approved,
            request_id=request.request_id,
        )
