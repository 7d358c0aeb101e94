"""The networks of the chosen container with its addresses, and its ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import Facts, Row, TableSection, column, mapping, said
from backend_tui.ui.record_table import Cell


def network_facts(document: Mapping[str, object]) -> Facts:
    """Networks and ports in what `inspect` tells."""
    networks = mapping(document, "NetworkSettings", "Networks")
    rows = [
        _network(clean_line(str(name)), network)
        for name, network in networks.items()
        if isinstance(network, Mapping)
    ]
    for port, published in mapping(document, "NetworkSettings", "Ports").items():
        rows += _ports(clean_line(str(port)), published)
    mode = clean_line(str(mapping(document, "HostConfig").get("NetworkMode", "")))
    host_name = said(mapping(document, "Config"), "Hostname")
    summary = f"mode {mode}  ·  calls itself {host_name}" if mode else ""
    return Facts(tuple(rows), summary + _meaning(mode), "It is in no network.")


def _meaning(mode: str) -> str:
    match mode:
        case "none":
            return "  ·  it reaches nobody and nobody reaches it"
        case "host":
            return "  ·  it uses the host's own network: its ports need no publishing"
        case _:
            return ""


def _network(name: str, network: Mapping[str, object]) -> Row:
    size = network.get("IPPrefixLen")
    v4 = said(network, "IPAddress")
    v6 = said(network, "GlobalIPv6Address")
    address = "  ".join(each for each in (f"{v4}/{size}" if v4 else "", v6) if each)
    aliases = network.get("Aliases")
    known = ", ".join(clean_line(str(each)) for each in aliases) if aliases else ""  # type: ignore[attr-defined]
    gateway = said(network, "Gateway")
    via = f"gateway {gateway}" if gateway else ""
    full = "  ".join(
        each
        for each in (
            f"id {said(network, 'NetworkID')[:12]}" if network.get("NetworkID") else "",
            f"mac {said(network, 'MacAddress')}" if network.get("MacAddress") else "",
            f"known as {known}" if known else "",
        )
        if each
    )
    return Row(
        (
            ("network", "accent"),
            (name, "strong"),
            (address or "no address", "plain" if address else "muted"),
            (via, "muted"),
        ),
        f"network {name}",
        copied=v4 or v6 or name,
        full=full,
    )


def _ports(port: str, published: object) -> list[Row]:
    bindings = published if isinstance(published, list) else []
    if not bindings:
        unpublished: Cell = ("not published", "muted")
        cells: tuple[Cell, ...] = (("port", "muted"), (port, "strong"), unpublished, ("", "plain"))
        return [Row(cells, f"port {port}", copied=port)]
    rows = []
    for binding in bindings:
        if isinstance(binding, Mapping):
            host = said(binding, "HostIp") or "0.0.0.0"  # noqa: S104 - what the engine means by none
            where = f"[{host}]" if ":" in host else host
            place = f"{where}:{said(binding, 'HostPort')}"
            is_open = host in ("0.0.0.0", "::")  # noqa: S104 - told, not bound
            rows.append(
                Row(
                    (
                        ("port", "good"),
                        (port, "strong"),
                        (f"← {place}", "plain"),
                        ("every address of the host" if is_open else "", "warning"),
                    ),
                    f"port {port} {place}",
                    copied=place,
                )
            )
    return rows


class NetworksSection(TableSection):
    """Read anew when the container is started, stopped, connected or disconnected."""

    COLUMNS: ClassVar = (
        column("", 0, 8),
        column("name", 1, 22),
        column("address", 2, 0),
        column("", 3, 26, above=76),
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-networks")

    async def read(self, container: Container) -> Facts:
        return network_facts(await self.client.inspect(container.id))
