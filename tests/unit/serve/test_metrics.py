"""`/metrics`: every operation and outcome from the first scrape on, and how busy the store is."""

from __future__ import annotations

import re

from examples.jobs.service import jobs
from strongback.engine.request import Request
from strongback.model.load import load
from strongback.serve.metrics import Counted, count_store, make_metrics, metrics_page
from strongback.store.store import PoolFigures


async def scrape(metrics: object) -> str:
    reply = await metrics_page(metrics)(Request("GET", "/metrics"))  # type: ignore[arg-type]  # Metrics
    assert reply.status == 200 and dict(reply.headers)["content-type"].startswith("text/plain; version=0.0.4")
    return reply.body.decode()


async def test_every_operation_is_there_with_every_outcome_at_zero() -> None:
    text = await scrape(make_metrics(load(jobs)))
    found = re.findall(r'strongback_requests_total\{operation="(.+)",outcome="(.+)"\} (\d+)', text)
    operations = {operation for operation, _, _ in found}
    assert {"Job.search", "Job.create", "Job.publish", "Application.decide", "Company.found", "other"} <= operations
    assert len(found) == len(operations) * 8 and {count for *_, count in found} == {"0"}


async def test_the_store_shows_its_connections_and_one_that_is_away_hides_nothing() -> None:
    metrics = make_metrics(load(jobs))
    figures = [PoolFigures(limit=10, size=4, in_use=3, waiting=2, refused=1)]
    count_store(metrics, lambda: figures[0])
    text = await scrape(metrics)
    for line in ('connections{state="idle"} 1', 'connections{state="in_use"} 3', "waiting 2", "refused_total 1"):
        assert f"strongback_store_{line}" in text
    figures.clear()
    assert "strongback_requests_total" in await scrape(metrics)


async def test_requests_being_answered_are_counted_and_scrapes_are_not() -> None:
    metrics = make_metrics(load(jobs))
    seen: list[int] = []

    async def application(scope: object, receive: object, send: object) -> None:
        seen.append(metrics.in_flight)

    counted = Counted(application, metrics)
    for path in ("/v1/jobs", "/metrics"):
        await counted({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]  # nothing is received or sent
    assert seen == [1, 0] and metrics.in_flight == 0
