"""
The garbage collector, while much is made that stays.

A model, its tables and the modules of a start are hundreds of thousands of objects. The collector walks all of them again and again
while they are made, a third of the time of a start, and finds nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let the collector rest meanwhile. May be nested; a collector that rests already goes on resting."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def begin_start() -> None:
    """Let the collector rest until `end_start`: the process is one that serves, and starts."""
    gc.disable()


def end_start() -> None:
    """Take all that is alive now out of what the collector walks, since it lives as long as the process, and let it work again."""
    gc.freeze()
    gc.enable()
