"""Open the project that a command is about."""

from __future__ import annotations

from strongback.cli.service import find_service, load_model
from strongback.host.project import Project


def open_project(spelt: str | None, profile: str = "development") -> Project:
    """Load the service that *spelt* names, with all its faults at once when it is wrong."""
    service, folder = find_service(spelt)
    return Project(service, load_model(service, folder), folder, profile, spelt or "")
