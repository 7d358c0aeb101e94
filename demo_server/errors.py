"""What is answered when no view does: Django's error handlers (they must not be coroutines)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from demo_server.shop import failures


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: Django itself refused the request."""
    del exception
    return failures.response(
        request, 400, "Bad request", "The request is malformed. Check its address and its headers."
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, and not allowed."""
    del exception
    return failures.response(
        request, 403, "Not allowed", "You are signed in, but this is not yours to do."
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing lives here."""
    del exception
    return failures.response(request, 404, "Not found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a defect of ours; the log has its traceback, the journey its place."""
    return failures.response(
        request, 500, "Internal error", "A defect of the server. Its trace and its log tell more."
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form came without its CSRF token, so it may come from another site."""
    return failures.response(
        request,
        403,
        "Form refused",
        f"The form carries no valid CSRF token. {reason} Load the page again, then send it.",
    )
