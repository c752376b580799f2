"""
What a team tests its own service with: a client without a socket, worlds of rows, and the matrix that asks whether every permission
holds on every path.
"""

from __future__ import annotations

from strongback.testing.client import async_client as async_client
from strongback.testing.client import client as client
from strongback.testing.clock import SetClock as SetClock
