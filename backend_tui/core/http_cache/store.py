"""The stored answers, least recently used first, bounded by the bytes they hold."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from backend_tui.core.exchange import HeadArrived, HttpRequest, origin
from backend_tui.core.http_cache.directives import combined
from backend_tui.core.http_cache.entry import Entry

CAPACITY: Final = 32 << 20
LARGEST: Final = 8 << 20
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
Key = tuple[str, str, tuple[tuple[str, str | None], ...]]


class AnswerStore:
    """Entries by URL, login and the request fields that Vary names."""

    def __init__(self, capacity: int = CAPACITY, largest: int = LARGEST) -> None:
        self.capacity = capacity
        self.largest = min(largest, capacity)
        self.size = 0
        self.evicted = 0
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, the most recently used first."""
        return tuple(reversed(self._entries.values()))

    def find(self, request: HttpRequest) -> Entry | None:
        """The newest entry that suits the request, whatever its freshness."""
        url, login = cache_url(request.url), partition(request)
        suiting = [
            entry
            for entry in self._entries.values()
            if entry.url == url and entry.partition == login and entry.suits(request)
        ]
        return max(suiting, key=lambda entry: entry.answered_at, default=None)

    def is_known(self, url: str) -> bool:
        """True when something is stored for the URL, for whatever login and fields."""
        return any(entry.url == cache_url(url) for entry in self._entries.values())

    def put(self, entry: Entry) -> bool:
        """Keep it in place of the one it follows; False when it is larger than is allowed."""
        if entry.size > self.largest:
            return False
        self.remove(entry)
        self._entries[_key(entry)] = entry
        self.size += entry.size
        while self.size > self.capacity:
            _, oldest = self._entries.popitem(last=False)
            self.size -= oldest.size
            self.evicted += 1
        return True

    def use(self, entry: Entry) -> None:
        """Count a use of it."""
        if _key(entry) in self._entries:
            self.put(replace(entry, hits=entry.hits + 1))

    def remove(self, entry: Entry) -> None:
        """Forget what is stored in this entry's place."""
        old = self._entries.pop(_key(entry), None)
        if old is not None:
            self.size -= old.size

    def invalidate(self, request: HttpRequest, head: HeadArrived) -> tuple[str, ...]:
        """Forget what an unsafe method has made doubtful; returns the URLs (RFC 9111 4.4)."""
        urls = [request.url]
        for name in ("location", "content-location"):
            target = combined(head.headers, name)
            if target:
                whole = urljoin(request.url, target)
                if origin(whole) == origin(request.url):
                    urls.append(whole)
        doubtful = {cache_url(url) for url in urls}
        gone = [entry for entry in self._entries.values() if entry.url in doubtful]
        for entry in gone:
            self.remove(entry)
        return tuple(dict.fromkeys(entry.url for entry in gone))

    def forget(self, url: str) -> int:
        """Forget what is stored for a URL, for every login and field; returns how many."""
        gone = [entry for entry in self._entries.values() if entry.url == cache_url(url)]
        for entry in gone:
            self.remove(entry)
        return len(gone)

    def clear(self) -> int:
        """Forget everything; returns how many entries that were."""
        count = len(self._entries)
        self._entries.clear()
        self.size = 0
        return count


def cache_url(url: str) -> str:
    """The URL as a key: no fragment, scheme and host in lower case, the default port left out."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return url
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{host}{parts.path or '/'}{query}"


def partition(request: HttpRequest) -> str:
    """A private cache is one user's: every login and session has answers of its own."""
    who = [combined(request.headers, name) or "" for name in ("authorization", "cookie")]
    if not any(who):
        return ""
    return hashlib.blake2b("\0".join(who).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _key(entry: Entry) -> Key:
    return entry.url, entry.partition, entry.varied
