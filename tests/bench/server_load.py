"""How many cached products a second the shop gives under load, against plain Django."""

from __future__ import annotations

import statistics
import urllib.request
from contextlib import ExitStack
from typing import Final

from tests.bench.load import requests_per_second
from tests.bench.row import Row
from tests.bench.servers import body_of, plain_django, shop, valkey

CONNECTIONS: Final = 50
ROUNDS: Final = 5
SECONDS: Final = 3
PATH: Final = "/api/products/7"


def main() -> None:
    """Load both in turn, in pairs, and compare the medians of the pairs."""
    with ExitStack() as stack:
        redis_url = stack.enter_context(valkey())
        ours = stack.enter_context(shop(redis_url)) + PATH
        plain = stack.enter_context(plain_django(redis_url)) + PATH
        body = body_of(ours)
        urllib.request.urlopen(urllib.request.Request(plain, body, method="PUT")).close()
        assert body_of(plain) == body
        for url in (ours, plain):
            requests_per_second(url, CONNECTIONS, 1)
        pairs = [
            (
                requests_per_second(ours, CONNECTIONS, SECONDS),
                requests_per_second(plain, CONNECTIONS, SECONDS),
            )
            for _ in range(ROUNDS)
        ]
    ratio = statistics.median(one / other for one, other in pairs)
    rates = " vs ".join(f"{statistics.median(each):.0f}/s" for each in zip(*pairs, strict=True))
    name = f"cached GET {PATH}, {CONNECTIONS} connections, 1 worker, against plain Django"
    Row(name, ratio, 0.6, at_least=True, note=rates).show()


if __name__ == "__main__":
    main()
