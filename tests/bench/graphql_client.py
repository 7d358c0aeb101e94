"""How fast completion answers on 2 000 types, and whether 11 MB of introspection stall the loop."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from datetime import UTC, datetime
from typing import Final

from graphql import build_schema, introspection_from_schema

from backend_tui.panes.graphql.completion import complete
from backend_tui.panes.graphql.schema import Schema, SchemaSource
from backend_tui.panes.graphql.schema_reading import build, read_schema
from tests.bench.row import Row

TYPES: Final = 1_900
SOURCE: Final = SchemaSource("introspection", "bench", datetime(2026, 1, 2, tzinfo=UTC))


def introspection(fields: int = 8) -> bytes:
    """The introspection result of 2 000 types with as many root fields, made from one of each."""
    members = "".join(
        f'  "The field {j}, for those who read it."\n  field{j}(first: Int, after: String): Thing\n'
        for j in range(fields)
    )
    small = build_schema(f"""
type Query {{ thing(id: ID!, where: Filter): Thing }}
"What it is for, in a sentence of usual length."
type Thing {{ id: ID! kind: Kind
{members} }}
input Filter {{ a: Int b: String c: Filter }}
enum Kind {{ ONE TWO THREE }}
""")
    result = json.loads(json.dumps(introspection_from_schema(small)))
    types = {each["name"]: each for each in result["__schema"]["types"]}
    root = types["Query"]["fields"].pop()
    thing = json.dumps(types.pop("Thing"))
    types["Query"]["fields"] = [
        json.loads(json.dumps(root).replace('"Thing"', f'"Thing{i}"')) | {"name": f"thing{i}"}
        for i in range(TYPES)
    ]
    copies = [
        json.loads(
            thing.replace('"Thing"', f'"Thing{(i + 1) % TYPES}"').replace(
                f'"name": "Thing{(i + 1) % TYPES}"', f'"name": "Thing{i}"', 1
            )
        )
        for i in range(TYPES)
    ]
    result["__schema"]["types"] = [*types.values(), *copies]
    return json.dumps({"data": result}).encode()


def completion_row(schema: Schema) -> Row:
    """Proposals at every place of a document of 400 lines, cut off there, as while typing."""
    lines = []
    for i in range(100):
        lines.append(f'  a{i}: thing{i}(id: $id, where: {{ b: "x", c: {{ a: {i} }} }}) {{')
        lines.append("    id kind field1 { field2(first: 1) { id kind } }")
        lines.append("    ... on Thing1 { field3 { id } }")
        lines.append("  }")
    document = "query Q($id: ID!) {\n" + "\n".join(lines) + "\n}"
    chance = random.Random(7)
    took = []
    for _ in range(1_000):
        cursor = chance.randrange(len(document))
        text = document[:cursor] if chance.random() < 0.5 else document
        began = time.perf_counter()
        complete(schema, text, cursor)
        took.append((time.perf_counter() - began) * 1_000)
    p99 = statistics.quantiles(took, n=100)[98]
    note = f"median {statistics.median(took):.1f} ms, {schema.type_count} types"
    return Row("completion, 99th percentile", p99, 50, "ms", note=note)


async def loading_row(data: bytes) -> Row:
    """The longest time the loop stood still while the schema was read, and just after."""
    worst = 0.0
    is_over = asyncio.Event()
    kept: list[list[dict[str, int]]] = []

    async def tick() -> None:
        nonlocal worst
        while not is_over.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            worst = max(worst, time.perf_counter() - before - 0.005)

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    schema = await read_schema(data, SOURCE)
    took = time.perf_counter() - began
    for _ in range(200):
        kept.append([{} for _ in range(1_000)])  # what wakes the collector up
        await asyncio.sleep(0)
    is_over.set()
    await ticking
    note = f"{len(data) / 1e6:.0f} MB, {schema.type_count} types in {took:.1f} s"
    return Row("longest stall, large introspection", worst * 1_000, 100, "ms", note=note)


def main() -> None:
    """Print the rows."""
    data = introspection(11)
    asyncio.run(loading_row(data)).show()
    completion_row(build(data, SOURCE)).show()


if __name__ == "__main__":
    main()
