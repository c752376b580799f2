"""
What searches and aggregates read: rows are found by an index, on SQLite without statistics of the file as well.

`python -m benchmarks.plans` shows the same at any size.
"""

from __future__ import annotations

import re

from benchmarks.plans import ASKED, COMMON, filled

ROWS = 20_000
# A page of 20 by a rare word reads the few rows that have it, a filter those with its value: 100 by owner, 20 by city.
VISITED = 700
# More have it than are read and sorted: they are counted up to 2,000, of which each took two looks, and then walked through in order.
VISITED_BY_A_COMMON_WORD = 5_000
FOUND = re.compile(r"SEARCH ad_\d+ USING (COVERING )?INDEX \w+ \((status=\? AND id|owner_id|city|id)=\?")


async def test_rows_are_found_by_an_index(store_url: str) -> None:
    async with filled(store_url, ROWS) as (client, watched):
        for path in ASKED:
            for caller in (client, client.as_user("user 3")):
                watched.seen.clear()
                (await caller.get(f"/v1/ads{path}")).expect(200)
                visits = await watched.visits()
                assert visits
                for visit in visits:
                    bound = VISITED_BY_A_COMMON_WORD if COMMON in path else VISITED
                    if visit.visited is None:
                        assert all(FOUND.match(step) for step in visit.steps), (path, visit.steps)
                    else:
                        assert visit.visited <= bound, (path, visit)


async def test_a_search_finds_the_same_by_either_way(store_url: str) -> None:
    """Page by page, the newest first: by a word of few rows, and by one of more rows than are sorted."""
    async with filled(store_url, ROWS) as (client, _):
        for word, is_hit in (("rare", lambda i: i % 5000 == 7), ("common", lambda i: i % 2 == 0 and i % 5000 != 7)):
            hits = [i for i in range(ROWS) if is_hit(i) and (i // 1000) % 4 < 2][::-1][:60]
            titles: list[str] = []
            token = ""
            while len(titles) < len(hits):
                page = (await client.get(f"/v1/ads?q={word}&page_size=25{token}")).expect(200).json
                titles += [item["title"] for item in page["items"]]
                if "next_page_token" not in page:
                    break
                token = f"&page_token={page['next_page_token']}"
            assert titles[: len(hits)] == [f"Number {i}" for i in hits]
