"""A service with what stands around it: its folder, keys, tokens and store."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongback.errors import ConfigurationError, KeyringGone

if TYPE_CHECKING:
    from strongback.app import App
    from strongback.crypto.keyring import Keyring
    from strongback.declare.service import Service
    from strongback.model.model import Model

PRIVATE = ".strongback"
PRODUCTION = "production"
# Bytes of an SQLite file without a table: its header's page.
EMPTY_SIZE = 4096


@dataclass(frozen=True)
class Project:
    """
    A loaded service.

    Attributes:
        folder: Where the service stands; its lock and seed stand there too.
        spelt: How the command named it; empty for `service.py` of the working folder.
        profile: `development` makes what it lacks (keys, schema); `production` is given everything, or refuses to start.
    """

    service: Service
    model: Model
    folder: Path
    profile: str = "development"
    spelt: str = ""

    @property
    def private(self) -> Path:
        """Where development keeps its secrets; ignored by git."""
        return self.folder / PRIVATE

    @property
    def default_store(self) -> str:
        return f"sqlite:///{self.folder}/{self.model.name}.db"

    @property
    def default_files(self) -> str:
        return (self.folder / f"{self.model.name}.files").as_uri()

    def keyring(self, store_url: str = "", environment: Mapping[str, str] = os.environ) -> Keyring:
        """
        The keys that encrypt personal fields; in development made with the database at *store_url*.

        Raises:
            KeyringInvalid: In production, when the environment holds none; anywhere, when what there is cannot be used.
            KeyringGone: The database is there, and its keyring is not.
        """
        from strongback.crypto.keyring_source import load_keyring

        path = None if self.profile == PRODUCTION else self.private / "keyring.json"
        return load_keyring(path, environment, make=lambda path: self._make_keyring(path, store_url))

    def _make_keyring(self, path: Path, store_url: str) -> Keyring:
        from strongback.crypto.keyring_source import create_keyring_file

        database = self.needs_keyring(store_url)
        if database is not None:
            raise KeyringGone(str(database), str(path))
        self._make_private()
        return create_keyring_file(path)

    def needs_keyring(self, store_url: str) -> Path | None:
        """The database file at *store_url* that only the keyring it was written with opens; None where a new keyring does."""
        personal = any(field.pii for entity in self.model.entities for field in entity.fields)
        return _database_file(store_url) if personal or self.model.holds_files else None

    def development_key(self) -> Any:
        """The key that signs development tokens, made on first use."""
        from strongback.serve.authn.development import create_development_key, read_development_key

        path = self.private / "tokens.json"
        self._make_private()
        return read_development_key(path) if path.exists() else create_development_key(path)

    def _make_private(self) -> None:
        self.private.mkdir(mode=0o700, exist_ok=True)
        ignore = self.private / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")

    def verify(self, environment: Mapping[str, str] = os.environ) -> Callable[[str], Any] | None:
        """What verifies bearer tokens: the issuer the environment names, or this machine's own in development."""
        if self.model.actor is None:
            return None
        from strongback.serve.authn.development import development_keys, development_settings
        from strongback.serve.authn.jwks import open_keys
        from strongback.serve.authn.settings import settings_from_environment
        from strongback.serve.authn.verifier import TokenVerifier

        settings = settings_from_environment(environment)
        if settings is not None:
            return TokenVerifier(settings, open_keys(settings)).verify
        if self.profile == PRODUCTION:
            raise ConfigurationError("there is no issuer of tokens", hint="set STRONGBACK_ISSUER, _AUDIENCE and _JWKS")
        keys = development_keys(self.development_key(), self.profile)
        return TokenVerifier(development_settings(self.model.name), keys).verify

    def app(self, store_url: str, **more: Any) -> App:
        """The service, joined to the store at *store_url*; *more* is what `App` takes."""
        from strongback.app import App, Team
        from strongback.host.settings import read_settings

        settings = read_settings({"STRONGBACK_PROFILE": self.profile})
        given = {
            "create_schema": self.profile != PRODUCTION,
            "files_url": settings.files or self.default_files,
            "introspection": settings.text("STRONGBACK_GRAPHQL_INTROSPECTION"),
            "stored_documents": settings.text("STRONGBACK_GRAPHQL_DOCUMENTS") or None,
            "trusted": settings.trusted,
            **more,
        }
        pages = {**self.pages(tokens="verify" not in given), **given.pop("pages", {})}
        if "verify" not in given:
            given["verify"] = self.verify()
        return App(self.model, Team.of(self.service), store_url, self.keyring(store_url), pages=pages, **given)

    def inspecting(self) -> dict[str, Any]:
        """What `app` takes to have requests watched: nothing in production."""
        from strongback.serve.dev.inspector import Inspector

        return {} if self.profile == PRODUCTION else {"inspector": Inspector(self.model)}

    def pages(self, *, tokens: bool = True) -> Mapping[str, Any]:
        """
        The service's own pages; while developing also the OpenAPI document, the API page, and tokens for this machine.

        Args:
            tokens: Whether it is by tokens that callers are known.
        Raises:
            StaticFolder: The service's folder of pages cannot be served, or has a file where something else answers.
        """
        from strongback.serve.pages.site import make_pages
        from strongback.serve.pages.static import add_static

        pages: Mapping[str, Any] = {}
        if self.profile != PRODUCTION:
            pages = {
                **(make_pages(self.model) if self.model.rest or self.model.graphql else {}),
                **(self._token_page() if tokens else {}),
            }
        return add_static(self.model, self.service.static, pages)

    def _token_page(self, environment: Mapping[str, str] = os.environ) -> Mapping[str, Any]:
        """Tokens by HTTP, where it is this machine's own that are believed."""
        from strongback.serve.authn.settings import settings_from_environment
        from strongback.serve.dev.token import PATH, token_page

        if self.model.actor is None or settings_from_environment(environment) is not None:
            return {}
        return {PATH: token_page(self.model, self.development_key())}


def _database_file(store_url: str) -> Path | None:
    """The file of an SQLite database that is there and has a schema."""
    if not store_url.startswith("sqlite:"):
        return None
    from strongback.store.sqlite.settings import read_settings

    path = Path(read_settings(store_url).path)
    return path if path.is_file() and path.stat().st_size > EMPTY_SIZE else None
