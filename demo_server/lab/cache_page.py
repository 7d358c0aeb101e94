"""/lab/cache/page: a page with a name on it, kept for each visitor, or carelessly for all."""

from typing import Annotated, Any, Final

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_cookie
from msgspec import Meta

from demo_server.caching.feed import told
from demo_server.rest_api.layer.operation import Call, Media, Reply, operation
from demo_server.rest_api.layer.schema import Query

TTL_S: Final = 30
COOKIE: Final = "lab_name"


class Kept(Query):
    """Whether the cache tells visitors apart."""

    vary: Annotated[
        bool, Meta(description="With Vary: Cookie; without it, one visitor gets another's page")
    ] = True


def _greeting(request: HttpRequest) -> HttpResponse:
    name = request.COOKIES.get(COOKIE, "stranger")
    shown = "".join(each for each in name if each.isalnum())[:40] or "stranger"
    return HttpResponse(f"Hello, {shown}.\n", content_type="text/plain; charset=utf-8")


_careful = cache_page(TTL_S, key_prefix="lab-careful")(vary_on_cookie(_greeting))
_careless = cache_page(TTL_S, key_prefix="lab-careless")(_greeting)
_text: Final[dict[str, Any]] = {"type": "string"}


@operation("A kept page with a name on it", query=Kept, media=(Media("text/plain", _text),))
async def lab_page(call: Call[Kept, None]) -> Reply:
    """Greets whoever the cookie `lab_name` names, and is kept for 30 seconds by Django's
    `cache_page`. With `vary=false` whoever comes second is greeted by the name of the first."""
    kept = _careful if call.query.vary else _careless
    with told(strategy="view", route="lab-page"):
        return Reply(finished=await sync_to_async(kept)(call.request))
