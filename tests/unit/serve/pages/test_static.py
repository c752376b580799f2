"""A service's own pages are the files of one folder, and nothing beside it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strongback.engine.request import Reply, Request
from strongback.serve.asgi import Answer
from strongback.serve.pages.static import StaticFolder, add_static, make_static
from tests.jobs_model import jobs_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web" / "sub").mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text("<p>here</p>")
    (tmp_path / "web" / "app.js").write_text("1")
    (tmp_path / "web" / "sub" / "index.html").write_text("<p>below</p>")
    return tmp_path / "web"


def ask(answer: Answer, method: str = "GET", **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answered() -> Reply:
        return await answer(Request(method, "/", headers=fields, request_id="r1"))

    return asyncio.run(answered())


def test_an_index_stands_for_its_folder(folder: Path) -> None:
    pages = make_static(jobs_model(), folder)
    assert set(pages) == {"/", "/index.html", "/app.js", "/sub/", "/sub/index.html"}
    reply = ask(pages["/sub/"])
    assert reply.status == 200 and reply.body == b"<p>below</p>"
    assert dict(reply.headers)["content-type"] == "text/html; charset=utf-8"


def test_a_browser_runs_only_what_comes_from_here(folder: Path) -> None:
    headers = dict(ask(make_static(jobs_model(), folder)["/"]).headers)
    assert (
        "default-src 'none'" in headers["content-security-policy"]
        and "unsafe" not in headers["content-security-policy"]
    )
    assert headers["x-content-type-options"] == "nosniff"


def test_a_page_that_is_held_is_not_sent_again_until_it_is_edited(folder: Path) -> None:
    page = make_static(jobs_model(), folder)["/"]
    tag = dict(ask(page).headers)["etag"]
    assert ask(page, if_none_match=tag).status == 304
    (folder / "index.html").write_text("<p>edited</p>")
    edited = ask(page, if_none_match=tag)
    assert edited.status == 200 and edited.body == b"<p>edited</p>"


def test_pages_are_read_and_never_written(folder: Path) -> None:
    refused = ask(make_static(jobs_model(), folder)["/"], "POST")
    assert refused.status == 405 and dict(refused.headers)["allow"] == "GET, HEAD, OPTIONS"


def test_what_is_hidden_or_outside_is_not_served(folder: Path) -> None:
    (folder / ".env").write_text("secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (folder.parent / "outside.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "outside.txt")
    assert set(make_static(jobs_model(), folder)) == {"/", "/index.html", "/app.js", "/sub/", "/sub/index.html"}


@pytest.mark.parametrize("name", ["docs", "v1/jobs", "ready"])
def test_a_file_where_the_service_answers_is_refused(folder: Path, name: str) -> None:
    pages: dict[str, Answer] = {"/docs": make_static(jobs_model(), folder)["/"]}
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    with pytest.raises(StaticFolder, match=f"`/{name}` stands where the service answers"):
        add_static(jobs_model(), folder, pages)


def test_a_folder_that_is_not_there_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StaticFolder, match="is not there"):
        make_static(jobs_model(), tmp_path / "web")
    (tmp_path / "web").mkdir()
    with pytest.raises(StaticFolder, match="is empty"):
        make_static(jobs_model(), tmp_path / "web")
