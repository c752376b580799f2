"""The settings, and what they point at: keys, the issuer of tokens, what production demands."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from strongback.cli.doctor.checked import Checked, ok, refused, warning, wrong
from strongback.errors import ConfigurationError, KeyringGone, StrongbackError
from strongback.host.project import PRODUCTION
from strongback.host.settings import Settings, check_production, unknown_settings

if TYPE_CHECKING:
    from strongback.crypto.keyring import Keyring
    from strongback.host.project import Project


def check_unknown(environment: Mapping[str, str] = os.environ) -> Iterator[Checked]:
    """Variables that look like settings and are none: what they were to set is not set."""
    lines = list(unknown_settings(environment))
    for line in lines:
        name = line.partition(" ")[0]
        yield warning("settings", line, f"rename it, or unset {name}; `strongback config` lists all")
    if not lines:
        yield ok("settings", "every STRONGBACK_ variable is one")


def check_profile(settings: Settings, *, callers: bool) -> Iterator[Checked]:
    """What production is given and development makes for itself."""
    try:
        check_production(settings, callers=callers)
    except ConfigurationError as lacking:
        if settings.profile == PRODUCTION:
            yield refused("profile", lacking)
        else:
            yield ok("profile", f"development; {lacking.message}")
    else:
        yield ok("profile", f"{settings.profile}; all that production demands is set")


def check_keys(project: Project, store_url: str, environment: Mapping[str, str] = os.environ) -> Iterator[Checked]:
    """The keys of personal fields. Nothing is made here: a keyring that is not there yet comes with the first run."""
    from strongback.crypto.keyring_source import KEYS_FILE, load_keyring

    path = None if project.profile == PRODUCTION else project.private / "keyring.json"
    try:
        load_keyring(path, environment, make=lambda path: _would_make(project, store_url))
    except _NotYet:
        yield ok("keys", f"none yet; the first run makes {path}")
    except StrongbackError as error:
        yield refused("keys", error)
    else:
        yield ok("keys", "from the environment" if _is_set(environment) else f"{path}")
    named = environment.get(KEYS_FILE)
    if named and os.name == "posix" and Path(named).exists():
        yield from _mode(Path(named))


class _NotYet(Exception):
    """There is no keyring, and that is as it should be."""


def _would_make(project: Project, store_url: str) -> Keyring:
    gone = project.needs_keyring(store_url)
    if gone is not None:
        raise KeyringGone(str(gone), str(project.private / "keyring.json"))
    raise _NotYet


def _is_set(environment: Mapping[str, str]) -> bool:
    from strongback.crypto.keyring_source import KEYS, KEYS_FILE

    return bool(environment.get(KEYS) or environment.get(KEYS_FILE))


def _mode(path: Path) -> Iterator[Checked]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IROTH:
        fix = f"chmod 600 {path}; of a mounted secret, `defaultMode: 0400`"
        yield warning("keys", f"every user of this machine may read {path} (mode {mode:04o})", fix)


def check_tokens(project: Project, environment: Mapping[str, str] = os.environ) -> Iterator[Checked]:
    """Whose tokens are believed, and whether their keys can be had now."""
    if project.model.actor is None:
        yield ok("tokens", "the service has no actor: every caller is anonymous")
        return
    try:
        from strongback.serve.authn.settings import settings_from_environment

        settings = settings_from_environment(environment)
    except ImportError:
        yield wrong("tokens", "`joserfc` is not installed", "pip install 'strongback[auth]'")
        return
    except StrongbackError as error:
        yield refused("tokens", error)
        return
    if settings is not None:
        yield from _issuer(settings.jwks, settings.issuer)
    elif project.profile == PRODUCTION:
        yield wrong("tokens", "there is no issuer of tokens", "set STRONGBACK_ISSUER, _AUDIENCE and _JWKS")
    else:
        yield from _development(project.private / "tokens.json")


def _issuer(jwks: str, issuer: str) -> Iterator[Checked]:
    from strongback.serve.authn.fetch import fetch
    from strongback.serve.authn.keys import read_key_set

    try:
        found = read_key_set(fetch(jwks) if "://" in jwks else Path(jwks).read_bytes())
    except StrongbackError as error:
        yield refused("tokens", error)
    except (OSError, ValueError) as error:
        fix = "see that STRONGBACK_JWKS names the issuer's JWKS document and that this machine reaches it"
        yield wrong("tokens", f"no keys of {issuer} at {jwks}: {error}", fix)
    else:
        yield ok("tokens", f"{len(found.keys)} key{'s' if len(found.keys) != 1 else ''} of {issuer} at {jwks}")


def _development(path: Path) -> Iterator[Checked]:
    from strongback.serve.authn.development import read_development_key

    if not path.exists():
        yield ok("tokens", "this machine's own; the first run makes their key")
        return
    try:
        read_development_key(path)
    except StrongbackError as error:
        yield refused("tokens", error)
    else:
        yield ok("tokens", f"this machine's own, by {path}")
