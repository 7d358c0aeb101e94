"""The few files that pages load (style sheet, the admin's own), straight from memory."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control


class StaticFile(NamedTuple):
    """A file as it is sent."""

    content: bytes
    content_type: str
    etag: str


@lru_cache(maxsize=512)
def load(name: str) -> StaticFile | None:
    """The file of this name, from the shop or an installed app; None when there is none."""
    found = finders.find(name)
    if not isinstance(found, str) or not Path(found).is_file():
        return None
    content = Path(found).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "application/javascript":
        kind += "; charset=utf-8"
    return StaticFile(content, kind, f'"{blake2b(content, digest_size=12).hexdigest()}"')


async def file(request: HttpRequest, name: str) -> HttpResponse:
    """The file with its ETag; a browser asks again after an hour."""
    found = load(name) if ".." not in name and "\0" not in name else None
    if found is None:
        raise Http404
    response: HttpResponse
    if request.headers.get("If-None-Match") == found.etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(found.content, content_type=found.content_type)
    response.headers["ETag"] = found.etag
    patch_cache_control(response, public=True, max_age=3600)
    return response
