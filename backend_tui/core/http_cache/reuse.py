"""What to do with a request: answer from the store, ask whether that still holds, or just ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from backend_tui.core.exchange import Headers, HttpRequest
from backend_tui.core.http_cache.directives import (
    LONGEST_S,
    cache_control,
    combined,
    entity_tags,
    http_date,
    is_same_tag,
    names_in,
    seconds,
)
from backend_tui.core.http_cache.entry import Entry
from backend_tui.core.http_cache.freshness import Freshness, freshness

_CONDITIONS: Final = ("if-none-match", "if-modified-since")
_ORIGIN_ONLY: Final = ("range", "if-range", "if-match", "if-unmodified-since")
_ERRORS: Final = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """Serve the entry; `is_unchanged` as a 304 to the request's own condition."""

    entry: Entry
    freshness: Freshness
    stale: str = ""
    refreshes: bool = False
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Validate:
    """Ask whether the entry still holds, with these fields added to the request."""

    entry: Entry
    freshness: Freshness
    conditions: Headers
    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Nothing stored can help; `is_passing` leaves the store alone altogether."""

    why: str
    is_passing: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """only-if-cached, and nothing stored can help: 504."""

    why: str


Decision = Answer | Validate | Ask | Refuse


def decide(request: HttpRequest, entry: Entry | None, *, is_known: bool, now: float) -> Decision:
    """The one thing to do; `is_known`: something is stored for the URL, if not for this request."""
    wanted = _wanted(request)
    decision = _decide(request, entry, wanted, is_known=is_known, now=now)
    if "only-if-cached" in wanted and not isinstance(decision, Answer):
        return Refuse(decision.why)
    return decision


def _decide(
    request: HttpRequest,
    entry: Entry | None,
    wanted: Mapping[str, str | None],
    *,
    is_known: bool,
    now: float,
) -> Decision:
    if request.method not in ("GET", "HEAD"):
        return Ask(f"{request.method} always asks", is_passing=True)
    own = [name for name in _ORIGIN_ONLY if combined(request.headers, name) is not None]
    if own:
        return Ask(f"{own[0]} is for the server", is_passing=True)
    if entry is None:
        return Ask("stored for other fields or another login" if is_known else "not stored yet")
    found = freshness(entry, now)
    is_conditional = any(combined(request.headers, name) for name in _CONDITIONS)
    obstacle = _obstacle(entry, found, wanted)
    if not obstacle:
        return Answer(entry, found, is_unchanged=is_conditional and _is_unchanged(request, entry))
    if not is_conditional:
        stale = _stale_words(entry, found, wanted)
        if stale:
            return Answer(entry, found, stale, refreshes=stale == "stale-while-revalidate")
    conditions = () if is_conditional or request.method == "HEAD" else conditions_of(entry)
    if not conditions:
        return Ask(f"{obstacle}, nothing to ask by" if not is_conditional else obstacle)
    return Validate(entry, found, conditions, obstacle)


def conditions_of(entry: Entry) -> Headers:
    """The fields that ask whether the entry still holds; none without a validator."""
    conditions: Headers = ()
    if entry.etag:
        conditions += (("If-None-Match", entry.etag),)
    if entry.last_modified and http_date(entry.last_modified) is not None:
        conditions += (("If-Modified-Since", entry.last_modified),)
    return conditions


def may_replace_error(
    request: HttpRequest, entry: Entry, status: int | None, now: float
) -> Freshness | None:
    """The entry's freshness when stale-if-error lets it stand for a failure; None when not.

    `status` None: no answer came at all.
    """
    if status is not None and status not in _ERRORS:
        return None
    found = freshness(entry, now)
    allowed = max(
        (seconds(each, "stale-if-error") or 0 for each in (entry.directives, _wanted(request))),
    )
    if "must-revalidate" in entry.directives or "no-cache" in entry.directives:
        return None
    return found if allowed and -found.left <= allowed else None


def _wanted(request: HttpRequest) -> Mapping[str, str | None]:
    wanted = cache_control(request.headers)
    is_old = not wanted and "no-cache" in names_in(combined(request.headers, "pragma"))
    return {"no-cache": None} if is_old else wanted


def _obstacle(entry: Entry, found: Freshness, wanted: Mapping[str, str | None]) -> str:
    """What stands against serving the entry as it is; empty when nothing does."""
    if "no-cache" in wanted:
        return "the request says no-cache"
    if "no-cache" in entry.directives:
        return "no-cache: always asks"
    if entry.must_validate:
        return "a HEAD told of a change"
    if not found.is_fresh:
        return "stale"
    oldest = seconds(wanted, "max-age")
    if oldest is not None and found.age > oldest and "immutable" not in entry.directives:
        return f"the request says max-age={oldest}"
    longest = seconds(wanted, "min-fresh")
    if longest is not None and found.left < longest:
        return f"the request says min-fresh={longest}"
    return ""


def _stale_words(entry: Entry, found: Freshness, wanted: Mapping[str, str | None]) -> str:
    """The directive that lets a stale entry be served; empty when none does."""
    told = entry.directives
    if found.is_fresh or entry.must_validate or "no-cache" in wanted or "no-cache" in told:
        return ""
    if "must-revalidate" in told or "min-fresh" in wanted:
        return ""
    oldest = seconds(wanted, "max-age")
    if "max-stale" in wanted and (oldest is None or found.age <= oldest):
        most = LONGEST_S if wanted["max-stale"] is None else seconds(wanted, "max-stale") or 0
        if -found.left <= most:
            return "max-stale"
    most = seconds(told, "stale-while-revalidate") or 0
    if oldest is None and most and -found.left <= most:
        return "stale-while-revalidate"
    return ""


def _is_unchanged(request: HttpRequest, entry: Entry) -> bool:
    tags = combined(request.headers, "if-none-match")
    if tags is not None:
        etag = entry.etag
        return any(
            tag == "*" or (etag is not None and is_same_tag(tag, etag)) for tag in entity_tags(tags)
        )
    since = http_date(combined(request.headers, "if-modified-since"))
    modified = http_date(entry.last_modified)
    return since is not None and modified is not None and modified <= since
