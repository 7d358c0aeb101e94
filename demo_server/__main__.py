"""`python -m demo_server`: prepare the data, bind a loopback port, serve until told to stop."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from pathlib import Path
from typing import Final

from demo_server.failure import CannotStart

OK: Final = 0
USAGE: Final = 2
MISSING: Final = 3
INTERRUPTED: Final = 130


def loopback(host: str) -> str:
    """The address, when it is one of this machine alone."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise argparse.ArgumentTypeError(
            f"{host} is not a loopback address; the shop serves this machine alone. "
            "Use 127.0.0.1, ::1 or localhost"
        )
    return host


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose a free one."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; use 0 to 65535")
    return int(text)


def count(text: str) -> int:
    """How many orders."""
    if not text.isdecimal() or not 1 <= int(text) <= 5_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 5000000")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shop = argparse.ArgumentParser(prog="python -m demo_server", description=__doc__)
    shop.add_argument("--host", type=loopback, default="127.0.0.1", help="a loopback address")
    shop.add_argument("--port", type=port, default=8765, help="0 picks a free one (%(default)s)")
    shop.add_argument("--fd", type=int, help="an inherited, listening TCP socket; wins over --port")
    shop.add_argument("--data-dir", type=Path, help="where the database and the secrets live")
    shop.add_argument("--fresh", action="store_true", help="begin with a new database")
    shop.add_argument("--no-trace", action="store_true", help="record no journeys")
    shop.add_argument(
        "--exit-with-stdin", action="store_true", help="stop when standard input ends"
    )
    verbs = shop.add_subparsers(dest="verb", metavar="seed")
    seed = verbs.add_parser("seed", help="add many orders to the database, then exit")
    seed.add_argument("--orders", type=count, default=200_000, help="how many (%(default)s)")
    return shop


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 stopped as asked, 2 wrong usage, 3 something is missing, 130 interrupted."""
    options = parser().parse_args(arguments)
    if options.data_dir is not None:
        os.environ["DEMO_DATA_DIR"] = str(options.data_dir.expanduser().absolute())
    if options.no_trace:
        os.environ["DEMO_TRACING"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo_server.settings"
    from demo_server import starting

    try:
        if options.verb == "seed":
            return starting.seed(options.orders)
        return starting.serve(
            starting.Start(
                host=options.host,
                port=options.port,
                descriptor=options.fd,
                is_fresh=options.fresh,
                exits_with_stdin=options.exit_with_stdin,
            )
        )
    except CannotStart as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)  # noqa: T201
        return MISSING
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
