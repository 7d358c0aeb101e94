"""Records the shipped session from a real engine: `python -m tests.recordings.shop_session`.

A small shop on the test's own dockerd: one service is stopped and started, one killed, one runs out
of memory, one turns unhealthy and recovers.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from backend_tui.core.clock import SystemClock
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.replay.recording import Recorder
from backend_tui.panes.docker.replay.session import SHIPPED
from tests.real_engine import BUSYBOX, RealEngine, running_engine

SECONDS: Final = 45.0
_BASE: Final = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
"""
_DOCKERFILE: Final = """\
FROM {base}
ENV SHOP_VERSION=1.4
WORKDIR /srv
COPY run.sh /srv/run.sh
RUN head -c {size} /dev/zero > /srv/assets.bin
CMD ["sh", "/srv/run.sh"]
"""
_WEB: Final = r"""
trap 'echo "web: stopping, 0 requests in flight" >&2; exit 0' TERM
n=0
while :; do
  n=$((n+1))
  i=0; while [ $i -lt 9000 ]; do i=$((i+1)); done
  printf '\033[32mGET\033[0m /products?page=%d 200 %d ms\n' $n $((n % 17 + 3))
  [ $((n % 7)) = 0 ] && echo "WARN slow query: 212 ms SELECT * FROM products" >&2
  [ $((n % 11)) = 0 ] && dd if=/dev/zero of=/srv/cache bs=64k count=$((n % 40 + 8)) 2>/dev/null
  sleep 0.4
done
"""
_WORKER: Final = r"""
trap 'echo "worker: finished its task, bye"; exit 0' TERM
n=0
while :; do n=$((n+1)); echo "task send_receipt #$n done in 0.$((n % 9))s"; sleep 0.9; done
"""
_DB: Final = r"""
echo "database system is ready to accept connections"
while :; do sleep 5; echo "checkpoint complete: wrote 12 buffers"; done
"""
_IMPORT: Final = r"""
echo "importing products.csv"; x=aaaaaaaaaaaaaaaa
while :; do x="$x$x"; echo "rows in memory: ${#x}"; sleep 0.3; done
"""


def shop(engine: RealEngine) -> dict[str, str]:
    """The shop's containers by service."""
    engine.build(_BASE, "shop/base:1", busybox=BUSYBOX.read_bytes())
    scripts = {"web": _WEB, "worker": _WORKER, "db": _DB, "import": _IMPORT}
    made = {}
    for number, (name, script) in enumerate(scripts.items()):
        text = _DOCKERFILE.format(base="shop/base:1", size=200_000 * (number + 1))
        engine.build(text, f"shop/{name}:1.4", **{"run.sh": script.encode()})
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": name}
        check = {"test": ["CMD-SHELL", "test ! -e /srv/sick"], "interval": 2_000_000_000}
        made[name] = engine.container(
            "sh",
            "/srv/run.sh",
            name=f"shop-{name}-1",
            image=f"shop/{name}:1.4",
            labels=labels,
            starts=name != "import",
            environment=[
                "DJANGO_SETTINGS_MODULE=shop.settings",
                "DATABASE_URL=postgres://shop:orange-kayak@db/shop",
                "SECRET_KEY=orange-kayak-7",
            ],
            healthcheck={**check, "retries": 1} if name == "db" else None,
            mem_limit="32m" if name == "import" else "128m",
            memswap_limit="32m" if name == "import" else "128m",
        )
    return made


async def live(engine: RealEngine, made: dict[str, str]) -> None:
    """What happens to it while it is recorded."""
    api = engine.api

    async def do(pause: float, verb: str, name: str, **options: object) -> None:
        await asyncio.sleep(pause)
        await asyncio.to_thread(getattr(api, verb), made[name], **options)

    async def run(name: str, line: str) -> None:
        made_exec = await asyncio.to_thread(api.exec_create, made[name], ["sh", "-c", line])
        await asyncio.to_thread(api.exec_start, made_exec)

    await do(5, "start", "import")
    await do(4, "stop", "worker", timeout=3)
    await run("db", "touch /srv/sick")
    await do(5, "start", "worker")
    await do(5, "kill", "web")
    await run("db", "rm /srv/sick")
    await do(4, "start", "web")
    await do(4, "pause", "worker")
    await do(4, "unpause", "worker")


async def main() -> None:
    with running_engine() as engine:
        engine.api.remove_image("backend-tui-test:busybox", force=True)
        made = shop(engine)
        source = SdkEngine(engine.url)
        acting = asyncio.create_task(live(engine, made))
        with SHIPPED.open("w", encoding="utf-8") as file:
            async with aclosing(Recorder(source, SystemClock(), SECONDS).lines()) as lines:
                async for line in lines:
                    file.write(line + "\n")
        await acting
        await source.aclose()


if __name__ == "__main__":
    asyncio.run(main())
