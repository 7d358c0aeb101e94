"""Containers, samples and events as JSON documents with stable keys."""

from __future__ import annotations

from typing import Any

from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.masking import masked
from backend_tui.panes.docker.telling import Told


def container_document(container: Container) -> dict[str, Any]:
    """A row of `docker ps --json`; times in Unix seconds."""
    return {
        "id": container.id,
        "name": container.name,
        "image": container.image,
        "state": container.state,
        "health": container.health or None,
        "exit_code": container.exit_code,
        "status": container.status,
        "created": container.created,
        "since": container.since,
        "command": container.command,
        "project": container.project or None,
        "service": container.service or None,
        "ports": [
            {
                "private": each.private,
                "public": each.public,
                "protocol": each.protocol,
                "ip": each.ip or None,
            }
            for each in container.ports
        ],
        "networks": list(container.networks),
        "labels": masked(dict(container.labels)),
    }


def sample_document(container: Container, sample: Sample) -> dict[str, Any]:
    """A row of `docker stats --json`: per cent of one core, bytes since the start."""
    return {
        "id": container.id,
        "name": container.name,
        "at": sample.at,
        "cpu_percent": None if sample.cpu is None else round(sample.cpu, 3),
        "cores": sample.cores,
        "memory_bytes": sample.memory,
        "memory_limit_bytes": sample.limit,
        "memory_percent": round(sample.memory_share, 3),
        "network_received_bytes": sample.received,
        "network_sent_bytes": sample.sent,
        "block_read_bytes": sample.block_read,
        "block_written_bytes": sample.block_written,
        "pids": sample.pids,
    }


def event_document(told: Told) -> dict[str, Any]:
    """A line of `docker events --json`; `why` explains exits, signals and health flips."""
    event = told.event
    return {
        "at": event.at,
        "kind": event.kind,
        "action": event.action,
        "detail": event.detail or None,
        "id": event.id,
        "name": event.name or None,
        "image": event.image or None,
        "project": event.project or None,
        "exit_code": event.exit_code,
        "signal": event.signal,
        "why": told.why or None,
    }
