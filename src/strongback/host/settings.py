"""
Every setting of a running service, in one place: what it is called, what it means, and where its value comes from.

An option beats the environment, the environment beats the default. What reads a setting's text stands where it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from strongback.errors import ConfigurationError, did_you_mean
from strongback.serve.cors import ORIGINS, check_origin, origins_from_environment
from strongback.serve.doors.mcp.trusted import HOSTS, Trusted, read_hosts
from strongback.serve.proxies import TRUSTED_PROXIES, read_proxies

PREFIX = "STRONGBACK_"
# What tests and the program itself say to each other, and what Kubernetes sets in the pods beside a Service of this name.
NOT_SETTINGS = re.compile(r"STRONGBACK_(TEST_.*|FIRST_RUN|SERVICE_.*|PORT.*)")
PROFILES = ("development", "production")
WORKERS_MAX = 256
PORT_MAX = 65_535
INTROSPECTION = ("everyone", "signed_in", "nobody")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
Origin = Literal["option", "environment", "default"]


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting.

    Attributes:
        default: Its text when nobody says anything; `production` is that of the profile, where it differs.
        secret: Whether its text is never shown.
    """

    name: str
    doc: str
    default: str = ""
    production: str | None = None
    secret: bool = False


SETTINGS = (
    Setting("STRONGBACK_PROFILE", "`development` makes keys and schema; `production` is given them.", "development"),
    Setting("STRONGBACK_STORE", "URL of the store. In development left out: an SQLite file beside the service."),
    Setting("STRONGBACK_FILES", "URL of the place for files. In development left out: a folder beside the service."),
    Setting("STRONGBACK_KEYS", "Keys that encrypt personal fields and files: `1:<base64>,2:<base64>`.", secret=True),
    Setting("STRONGBACK_KEYS_FILE", "A file with that text."),
    Setting("STRONGBACK_PRIMARY_KEY", "Number of the key that encrypts new values. Left out: the last one."),
    Setting("STRONGBACK_ISSUER", "Whose bearer tokens are believed: their `iss`."),
    Setting("STRONGBACK_AUDIENCE", "For whom tokens must be made: their `aud`."),
    Setting("STRONGBACK_JWKS", "The issuer's keys: a file, or an https URL."),
    Setting("STRONGBACK_TOKEN_ALGORITHMS", "How tokens may be signed.", "RS256,ES256,EdDSA,Ed25519"),
    Setting("STRONGBACK_ACCESS_TOKENS_ONLY", "Whether tokens must have the type `at+jwt` (RFC 9068).", "no"),
    Setting("STRONGBACK_CORS_ORIGINS", "Origins whose pages may call from a browser. Left out: none."),
    Setting(
        "STRONGBACK_GRAPHQL_INTROSPECTION",
        "Who may ask GraphQL for its schema: `everyone`, `signed_in` or `nobody`.",
        "everyone",
        production="nobody",
    ),
    Setting(
        "STRONGBACK_GRAPHQL_DOCUMENTS",
        "A JSON file of documents by their ids: GraphQL then answers these and no others. Left out: any.",
    ),
    Setting("STRONGBACK_MCP_HOSTS", "Hosts by which MCP is reached, besides localhost and addresses. Left out: none."),
    Setting("STRONGBACK_TRUSTED_PROXIES", "Addresses and networks whose X-Forwarded-For is believed. Left out: none."),
    Setting(
        "STRONGBACK_WORKERS", "How many processes serve the port; for more than one, the source is not watched.", "1"
    ),
    Setting("STRONGBACK_GRPC_PORT", "The port of gRPC, of a service that serves it; 0 takes a free one.", "50051"),
    Setting("STRONGBACK_STOP_DELAY_S", "Seconds that /ready says no before the port closes.", "0", production="5"),
    Setting("STRONGBACK_LOG_LEVEL", "The lowest level that is written.", "info"),
)
ISSUED = ("STRONGBACK_ISSUER", "STRONGBACK_AUDIENCE", "STRONGBACK_JWKS")
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Given:
    """A setting with its text, and where that comes from."""

    setting: Setting
    text: str
    origin: Origin

    @property
    def shown(self) -> str:
        """The text, without what is secret in it."""
        if self.setting.secret:
            return "(set)" if self.text else ""
        return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", self.text)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, as they stand when the service starts."""

    given: Mapping[str, Given]

    def text(self, name: str) -> str:
        return self.given[name].text

    @property
    def profile(self) -> str:
        return self.text("STRONGBACK_PROFILE")

    @property
    def store(self) -> str:
        return self.text("STRONGBACK_STORE")

    @property
    def files(self) -> str:
        return self.text("STRONGBACK_FILES")

    @property
    def log_level(self) -> str:
        return self.text("STRONGBACK_LOG_LEVEL")

    @property
    def workers(self) -> int:
        return int(self.text("STRONGBACK_WORKERS"))

    @property
    def grpc_port(self) -> int:
        return int(self.text("STRONGBACK_GRPC_PORT"))

    @property
    def trusted(self) -> Trusted:
        """Whence tools may be called."""
        return Trusted.of(read_hosts(self.text(HOSTS)), origins_from_environment({ORIGINS: self.text(ORIGINS)}))

    @property
    def stop_delay_s(self) -> float:
        return float(self.text("STRONGBACK_STOP_DELAY_S"))


def read_settings(
    options: Mapping[str, str | None] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """
    Read all settings.

    Args:
        options: What the command line says, by the setting's name; None where it says nothing.
    Raises:
        ConfigurationError: One has no value it may have.
    """
    said = {name: text for name, text in (options or {}).items() if text is not None}
    profile = _given(BY_NAME["STRONGBACK_PROFILE"], said, environment, "")
    given = {setting.name: _given(setting, said, environment, profile.text) for setting in SETTINGS}
    _check_member(given["STRONGBACK_PROFILE"], PROFILES)
    _check_member(given["STRONGBACK_LOG_LEVEL"], LOG_LEVELS)
    _check_member(given["STRONGBACK_GRAPHQL_INTROSPECTION"], INTROSPECTION)
    _check_seconds(given["STRONGBACK_STOP_DELAY_S"])
    _check_count(given["STRONGBACK_WORKERS"])
    _check_port(given["STRONGBACK_GRPC_PORT"])
    read_proxies(given[TRUSTED_PROXIES].text)
    read_hosts(given[HOSTS].text)
    for origin in origins_from_environment({ORIGINS: given[ORIGINS].text}):
        check_origin(origin)
    return Settings(given)


def check_production(settings: Settings, *, callers: bool, files: bool = False) -> None:
    """
    Make sure that production is given what development makes for itself.

    Args:
        callers: Whether the service knows its callers by tokens.
        files: Whether its rows hold files.
    Raises:
        ConfigurationError: With everything that is missing, at once.
    """
    lacking = [] if settings.store else ["STRONGBACK_STORE"]
    lacking += ["STRONGBACK_FILES"] if files and not settings.files else []
    if not settings.text("STRONGBACK_KEYS") and not settings.text("STRONGBACK_KEYS_FILE"):
        lacking.append("STRONGBACK_KEYS or STRONGBACK_KEYS_FILE")
    if callers:
        lacking += [name for name in ISSUED if not settings.text(name)]
    if lacking:
        raise ConfigurationError(
            f"in production these have no default: {', '.join(lacking)}",
            hint="`strongback config` says what each means",
        )


def unknown_settings(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A line for each variable that looks like a setting and is none: most are misspelt."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in BY_NAME and not NOT_SETTINGS.fullmatch(name):
            hint = did_you_mean(name, BY_NAME)
            yield f"{name} is no setting{f': {hint}' if hint else ''}"


def _given(setting: Setting, said: Mapping[str, str], environment: Mapping[str, str], profile: str) -> Given:
    if setting.name in said:
        return Given(setting, said[setting.name], "option")
    if environment.get(setting.name):
        return Given(setting, environment[setting.name], "environment")
    in_production = profile == "production" and setting.production is not None
    return Given(setting, setting.production or "" if in_production else setting.default, "default")


def _check_member(given: Given, known: tuple[str, ...]) -> None:
    if given.text not in known:
        raise ConfigurationError(
            f"`{given.text}` is none of {', '.join(known)}",
            where=given.setting.name,
            hint=did_you_mean(given.text, known),
        )


def _check_count(given: Given) -> None:
    if not (given.text.isascii() and given.text.isdigit() and 1 <= int(given.text) <= WORKERS_MAX):
        raise ConfigurationError(
            f"`{given.text}` is no number of processes: 1 to {WORKERS_MAX}", where=given.setting.name
        )


def _check_port(given: Given) -> None:
    if not (given.text.isascii() and given.text.isdigit() and int(given.text[:6]) <= PORT_MAX):
        raise ConfigurationError(f"`{given.text}` is no port: 0 to {PORT_MAX}", where=given.setting.name)


def _check_seconds(given: Given) -> None:
    try:
        fits = 0 <= float(given.text) < 3600
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(f"`{given.text}` is no number of seconds below an hour", where=given.setting.name)
