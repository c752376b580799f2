"""The issuer's keys, from a file or a URL, fetched rarely and kept while the issuer is away."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from joserfc.jwk import Key

from strongback.errors import ConfigurationError, Unavailable
from strongback.observe.messages import get_logger
from strongback.serve.authn.fetch import check_address, fetch
from strongback.serve.authn.keys import KeySet, read_key_set
from strongback.serve.authn.settings import TokenSettings

FETCH_INTERVAL_S = 30.0
FRESH_FOR_S = 300.0

_log = get_logger("strongback.authn")


class JwksKeys:
    """
    Keys of one issuer.

    A key that is not known makes us look again, at most once in FETCH_INTERVAL_S, however many tokens name such keys and whether or not
    the look succeeds: otherwise anyone could make us flood the issuer. Keys older than FRESH_FOR_S are renewed beside the requests that
    use them. While the issuer cannot be reached, the keys we have stay.

    Args:
        load: Gets the document; blocks, and runs in a thread.
        clock: Monotonic seconds.
    """

    def __init__(
        self, load: Callable[[], bytes], algorithms: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.algorithms = frozenset(algorithms)
        self.generation = 0
        self.fetches = 0
        self._load = load
        self._clock = clock
        self._held = KeySet()
        self._asked_at = -math.inf
        self._task: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """
        The keys a token may be signed with.

        Raises:
            Unavailable: No keys could be had yet: nobody can tell whether the token is good.
        """
        found = self._held.find(kid, algorithm)
        if found:
            self._renew_if_old()
            return found
        await self._look_again()
        if not self._held.keys:
            raise Unavailable("the keys of the token's issuer cannot be had now", retry_after_s=FETCH_INTERVAL_S)
        return self._held.find(kid, algorithm)

    async def start(self) -> None:
        """Get the keys before the first request needs them. A failure is reported, and is tried again later."""
        await self._look_again()

    def _renew_if_old(self) -> None:
        if self._clock() - self._asked_at >= FRESH_FOR_S:
            self._ask()

    async def _look_again(self) -> None:
        """Wait for the look under way, or begin one if it is time."""
        if self._task is None and self._clock() - self._asked_at >= FETCH_INTERVAL_S:
            self._ask()
        if self._task is not None:
            # One request that is cancelled must not take the keys from the others.
            await asyncio.shield(self._task)

    def _ask(self) -> None:
        if self._task is None:
            self._asked_at = self._clock()
            self._task = asyncio.get_running_loop().create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            self.fetches += 1
            found = read_key_set(await asyncio.to_thread(self._load))
        except (OSError, ValueError, ConfigurationError) as error:
            _log.warning("token keys cannot be had", failure=error, kept_count=len(self._held.keys))
        else:
            self._take(found)
        finally:
            self._task = None

    def _take(self, found: KeySet) -> None:
        if found.lacks(self._held):
            self.generation += 1
        self._held = found


def open_keys(settings: TokenSettings, clock: Callable[[], float] = time.monotonic) -> JwksKeys:
    """
    Keys from the file or URL that *settings* name.

    Raises:
        ConfigurationError: The URL is not https, or the file holds no keys.
    """
    source = settings.jwks
    if "://" in source:
        check_address(source)
        return JwksKeys(partial(fetch, source), settings.algorithms, clock)
    path = Path(source)
    try:
        read_key_set(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"no token keys in the file: {error}", where=str(path)) from None
    return JwksKeys(path.read_bytes, settings.algorithms, clock)
