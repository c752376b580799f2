"""Strongback as `strongback run` serves it, everything on: tokens, permission in SQL, validation, metrics, a log line a request."""

from __future__ import annotations

import os
import socket
import sys

from benchmarks.service import bench
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.model.load import load
from strongback.observe.output import LogOutput
from strongback.observe.sink import FanOut
from strongback.observe.sinks.log import LogSink
from strongback.serve.authn.development import DevelopmentKey, development_keys, development_settings, issue
from strongback.serve.authn.verifier import TokenVerifier
from strongback.serve.metrics import Counted, make_metrics
from strongback.serve.run import listen, serve

KEY = DevelopmentKey("bench", bytes(range(32)))
CALLER = "bench-caller"


def token() -> str:
    """A token for the caller of every request."""
    return issue(KEY, CALLER, "bench")


def main(port: int) -> None:
    """Serve until stopped."""
    model = load(bench)
    metrics = make_metrics(model)
    verifier = TokenVerifier(development_settings("bench"), development_keys(KEY, "development"))
    app = App(
        model,
        Team.of(bench),
        os.environ["STORE"],
        Keyring({1: bytes(range(32))}, 1),
        verify=verifier.verify,
        sink=FanOut([metrics, LogSink(LogOutput())]),
    )
    listener: socket.socket = listen("127.0.0.1", port)
    serve(Counted(app.application(), metrics), listener)


if __name__ == "__main__":
    main(int(sys.argv[1]))
