"""The lab's addresses: those whose document is true for every request, and those that may fail."""

from typing import Final

from demo_server.lab.bodies import lab_binary, lab_broken, lab_large
from demo_server.lab.cache_page import lab_page
from demo_server.lab.cache_routes import (
    change_lab_cached,
    lab_cached,
    lab_sales_report,
    refresh_lab_sales_report,
)
from demo_server.lab.hostile import lab_hostile
from demo_server.lab.mirror import Echo, answer_echo, lab_upload
from demo_server.lab.statuses import lab_redirect, lab_status
from demo_server.lab.streams import lab_stream
from demo_server.lab.timing import lab_flaky, lab_slow
from demo_server.rest_api.layer.operation import Operation
from demo_server.rest_api.layer.resource import Resource, resource

TAG: Final = "Lab"
DESCRIPTION: Final = "Endpoints that misbehave on request."


lab_echo: Final = Operation(
    handler=answer_echo,
    name="lab_echo",
    summary="Echo the request",
    description=answer_echo.__doc__ or "",
    out=Echo,
    reads_anything=True,
)

STEADY: Final[tuple[Resource, ...]] = (
    resource(
        "echo",
        tag=TAG,
        get=lab_echo,
        post=lab_echo,
        put=lab_echo,
        patch=lab_echo,
        delete=lab_echo,
    ),
    resource(
        "redirect/<int:n>",
        tag=TAG,
        parameters={"n": "How many steps are left, at most 100"},
        get=lab_redirect,
    ),
    resource("binary", tag=TAG, get=lab_binary),
    resource("cache/sales-report", tag=TAG, get=lab_sales_report, post=refresh_lab_sales_report),
    resource("cache/page", tag=TAG, get=lab_page),
    resource(
        "cache/<slug:route>",
        tag=TAG,
        parameters={"route": "lab-a or lab-b"},
        get=lab_cached,
        post=change_lab_cached,
    ),
    resource("upload", tag=TAG, post=lab_upload),
)

UNSTEADY: Final[tuple[Resource, ...]] = (
    resource("slow", tag=TAG, get=lab_slow),
    resource("flaky", tag=TAG, get=lab_flaky),
    resource(
        "status/<int:code>",
        tag=TAG,
        parameters={"code": "A status from 200 to 599"},
        get=lab_status,
        post=lab_status,
        put=lab_status,
        patch=lab_status,
        delete=lab_status,
    ),
    resource("large", tag=TAG, get=lab_large),
    resource("stream", tag=TAG, get=lab_stream),
    resource("hostile", tag=TAG, get=lab_hostile),
    resource("broken", tag=TAG, get=lab_broken),
)
