"""The client against the real shop: every transport, the schema, the journey."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend_tui.core.authentication import Pair
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import HttpRequest
from backend_tui.core.http import HttpClient
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.request import Draft, Transport
from backend_tui.panes.graphql.run import Run
from tests.backend_tui.panes.graphql.running import run_of
from tests.backend_tui.stack_at import StackAt

PRODUCTS = """query Products($first: Int!) {
  products(first: $first) { nodes { name price category { name } } }
}"""
PRICES = "subscription { priceChanged { product { id name } before after } }"


def body_of(run: Run) -> dict[str, object]:
    assert run.shown_body is not None
    value: dict[str, object] = json.loads(run.shown_body.read(0, run.shown_body.size))
    return value


@pytest.mark.parametrize("transport", ["auto", "post", "get", "sse", "websocket"])
async def test_a_query_runs_by_every_transport(shop: StackAt, transport: Transport) -> None:
    client = StackGraphqlClient(shop)
    draft = Draft(document=PRODUCTS, variables='{"first": 2}', transport=transport)
    run = await run_of(client, draft)
    await client.aclose()
    assert run.phase == "done", run.problem
    assert run.answer is not None
    assert run.answer.verdict == "ok", run.answer
    data = body_of(run)["data"]
    assert isinstance(data, dict)
    assert len(data["products"]["nodes"]) == 2
    if transport != "websocket":
        assert run.trace is not None
        assert run.trace_problem is None
        kinds = {span.kind for span in run.trace.spans}
        assert {"client", "server", "db", "graphql"} <= kinds
        assert run.trace.counters.sql > 0


async def test_n_plus_one_is_seen_without_data_loaders(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    draft = Draft(document=PRODUCTS, variables='{"first": 20}')
    batched = await run_of(client, draft)
    off = (Pair("X-Data-Loader", "off"),)
    alone = await run_of(client, Draft(document=PRODUCTS, variables='{"first": 20}', headers=off))
    await client.aclose()
    assert batched.trace is not None
    assert alone.trace is not None
    assert alone.trace.counters.sql > batched.trace.counters.sql + 10
    assert alone.trace.counters.duplicates > 10


async def test_errors_are_partial_or_refused_as_they_are(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    partial = await run_of(
        client, Draft(document="{ products(first: 1) { nodes { name revenue } } }")
    )
    refused = await run_of(client, Draft(document="{ products { nodes { nope } } }"))
    broken = await run_of(client, Draft(document="{ products { "))
    await client.aclose()
    assert partial.answer is not None
    assert partial.answer.verdict == "partial"
    assert partial.answer.problems[0].path == ("products", "nodes", 0, "revenue")
    assert partial.answer.problems[0].locations
    assert refused.answer is not None
    assert refused.answer.verdict == "request error"
    assert refused.answer.problems[0].locations[0][0] == 1
    assert broken.answer is not None
    assert broken.answer.verdict == "request error"


async def test_numbers_of_variables_are_sent_as_written(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    document = "query ($first: Int!) { products(first: $first) { totalCount } }"
    variables = '{ "first":  1 , "unused": 1.10 }'
    run = await run_of(client, Draft(document=document, variables=variables))
    await client.aclose()
    assert run.request is not None
    assert variables.encode() in run.request.body


async def test_a_persisted_document_is_sent_once_and_then_its_hash(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    document = PRODUCTS + "\n# " + "persisted " * 40
    draft = Draft(document=document, variables='{"first": 1}', is_persisted=True)
    first = await run_of(client, draft)
    second = await run_of(client, draft)
    await client.aclose()
    for run in (first, second):
        assert run.answer is not None
        assert run.answer.verdict == "ok"
    assert len(first.notes) == 1
    assert second.notes == ()
    assert second.saved_bytes > 400
    assert second.request is not None
    assert b"persisted persisted" not in second.request.body


async def test_deferred_and_streamed_parts_are_merged(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    document = """{ products(first: 2) {
      nodes { name ... @defer(label: "late") { description reviewCount } }
    } }"""
    parts = await run_of(client, Draft(document=document))
    plain = await run_of(client, Draft(document=document.replace('@defer(label: "late")', "")))
    await client.aclose()
    assert parts.header("content-type").startswith("multipart/mixed")
    assert len(parts.patches) >= 2
    assert parts.patches[-1].is_last
    assert "late" in [label for patch in parts.patches for label in patch.labels]
    assert parts.patches[0].at_us <= parts.patches[-1].at_us
    assert parts.answer is not None
    assert parts.answer.verdict == "ok", parts.answer
    assert body_of(parts) == body_of(plain)


@pytest.mark.parametrize("transport", ["sse", "websocket", "auto"])
async def test_a_subscription_tells_of_changes_made_by_rest(
    shop: StackAt, transport: Transport
) -> None:
    client = StackGraphqlClient(shop)
    token = (await client.credentials())["staff"]
    http = HttpClient()
    changed: list[int] = []

    async def change_price() -> None:
        headers = (("Authorization", f"Bearer {token.token}"),)  # type: ignore[union-attr]
        url = f"{shop.endpoint.url}/api/products/7"
        product = await http.get_json(url)
        assert isinstance(product, dict)
        price = f"{float(product['price']) + 1:.2f}"
        body = json.dumps({"price": price}).encode()
        extra = (("Content-Type", "application/merge-patch+json"), ("If-Match", "*"))
        await http.request_json(HttpRequest("PATCH", url, headers + extra, body))
        changed.append(1)

    import asyncio

    tasks: list[asyncio.Task[None]] = []

    def enough(run: Run) -> bool:
        if run.log is not None and run.log.connection == "live" and not tasks:
            tasks.append(asyncio.create_task(change_price()))
        return run.log is not None and run.log.total >= 1

    run = await run_of(client, Draft(document=PRICES, transport=transport), until=enough)
    await asyncio.gather(*tasks)
    await client.aclose()
    await http.aclose()
    assert run.log is not None
    assert run.phase == "cancelled"
    event = json.loads(run.log.events[0].text)
    assert event["data"]["priceChanged"]["product"]["id"]
    assert run.log.latency_us


async def test_the_schema_is_kept_on_disk_and_fetched_again(shop: StackAt, tmp_path: Path) -> None:
    client = StackGraphqlClient(shop, cache=tmp_path / "schemas")
    told: list[str] = []
    first = await client.schema(Draft(), progressed=told.append)
    kept = await client.schema(Draft())
    fresh = await client.schema(Draft(), is_fresh=True)
    await client.aclose()
    assert first.source.kind == "introspection"
    assert first.source.notes == ()
    assert kept.source.kind == "cache"
    assert first.digest == kept.digest == fresh.digest
    assert first.type_count == kept.type_count > 20
    assert told
    file = next((tmp_path / "schemas").iterdir())
    assert file.stat().st_mode & 0o077 == 0


async def test_what_cannot_be_sent_is_told_before(shop: StackAt) -> None:
    client = StackGraphqlClient(shop)
    mutation = "mutation { logOut { ok } }"
    with pytest.raises(UsageError, match="never sent by GET"):
        await run_of(client, Draft(document=mutation, transport="get"))
    with pytest.raises(BackendError, match="no valid JSON at line 1"):
        await run_of(client, Draft(document="{ me { id } }", variables="{nope}"))
    with pytest.raises(UsageError, match="nothing to run"):
        await run_of(client, Draft(document="   "))
    await client.aclose()
