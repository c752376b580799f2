"""What scenarios share."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from strongback.observe.messages import configure_messages
from strongback.observe.output import LogOutput


@pytest.fixture
def lines() -> Iterator[io.BytesIO]:
    """What the program logs, in JSON, from the lowest level on; the settings of before come back afterwards."""
    import logging

    import structlog

    before, handlers, level = structlog.get_config(), list(logging.root.handlers), logging.root.level
    stream = io.BytesIO()
    configure_messages(LogOutput(stream, style="json", level="debug"))
    yield stream
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
