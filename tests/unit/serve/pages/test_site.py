"""The pages beside the API need no foreign origin, run no inline script, and describe this very service."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import urljoin

import pytest

from strongback.contract.openapi import write_openapi
from strongback.engine.request import Reply, Request
from strongback.serve.pages.site import make_pages
from tests.jobs_model import jobs_model

PAGES = make_pages(jobs_model())


def ask(path: str, method: str = "GET", **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer() -> Reply:
        return await PAGES[path](Request(method, path, headers=fields, request_id="r1"))

    return asyncio.run(answer())


def test_the_document_is_the_model_s() -> None:
    reply = ask("/openapi.json")
    assert reply.status == 200 and dict(reply.headers)["content-type"] == "application/json"
    assert reply.body == write_openapi(jobs_model()) and json.loads(reply.body)["openapi"] == "3.1.0"


def test_the_page_and_its_files_are_ours_alone() -> None:
    html = ask("/docs").body.decode()
    linked = [urljoin("/docs", each) for each in re.findall(r'(?:href|src)="([^"#]+)"', html)]
    assert set(linked) - {"data:,"} <= set(PAGES) and "/docs/page.js" in linked and "/docs/page.css" in linked
    for path in ("/docs", "/docs/page.css", "/docs/page.js"):
        assert not re.search(rb"https?://", ask(path).body), path


def test_no_script_or_style_stands_inline() -> None:
    html, script = ask("/docs").body.decode(), ask("/docs/page.js").body.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", html)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/page.js"])
def test_the_browser_is_told_to_keep_it_so(path: str) -> None:
    headers = dict(ask(path).headers)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"] and headers["x-content-type-options"] == "nosniff"


def test_a_page_that_is_held_is_not_sent_again() -> None:
    tag = dict(ask("/docs").headers)["etag"]
    assert ask("/docs", if_none_match=f'"other", W/{tag}').status == 304
    assert ask("/docs", if_none_match="nonsense").status == 200


def test_a_page_is_read_and_nothing_else() -> None:
    reply = ask("/docs", "POST")
    assert reply.status == 405 and dict(reply.headers)["allow"] == "GET, HEAD, OPTIONS"
    assert ask("/docs", "OPTIONS").status == 204


def test_the_type_of_a_problem_leads_to_its_page() -> None:
    page = ask("/problems/SB209")
    assert page.status == 200 and page.body.startswith(b"# SB209 ")


def test_faults_of_declarations_are_nobody_s_business() -> None:
    assert not [path for path in PAGES if path.startswith(("/problems/SB1", "/problems/SB4"))]
