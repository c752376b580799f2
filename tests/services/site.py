"""A Django site, as small as one can be that has users and sessions."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def configure(folder: Path) -> None:
    """Set Django up, its database in *folder*. Once in a process."""
    if settings.configured:
        return
    settings.configure(
        DEBUG=False,
        SECRET_KEY="not a secret: this site lives as long as a test",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "site.db"}},
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            f"{__name__}.stamp",
        ],
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stamp(get_response: Any) -> Any:
    """A middleware of the site's own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = get_response(request)
        response["x-host"] = "django"
        return response

    return answer


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("from Django")


def log_in(request: HttpRequest) -> HttpResponse:
    from django.contrib.auth import login
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username=request.GET["name"])
    login(request, user)
    return JsonResponse({"id": user.pk})


urlpatterns = [path("hello", hello), path("login", log_in)]


async def django_user(scope: Any) -> dict[str, Any] | None:
    """Who is logged in to the site."""
    from django.contrib.auth import aget_user
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.core.handlers.asgi import ASGIRequest

    request = ASGIRequest(scope, io.BytesIO())
    SessionMiddleware(lambda request: HttpResponse()).process_request(request)
    user = await aget_user(request)
    return {"sub": user.get_username(), "name": user.get_username().title()} if user.is_authenticated else None
