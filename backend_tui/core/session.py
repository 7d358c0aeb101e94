"""Session logins as a browser does them: the form is fetched, posted, and its cookies kept."""

from __future__ import annotations

from contextlib import aclosing
from urllib.parse import urlencode

from backend_tui.core.authentication import SessionAuth
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest, Timeouts, origin
from backend_tui.core.http import HttpClient
from backend_tui.core.http_failure import host_of
from backend_tui.core.text import clean_line


class Sessions:
    """Logs in once for each server and user; the cookies never leave that server's origin."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._cookies: dict[tuple[object, SessionAuth], dict[str, str]] = {}

    async def headers(self, auth: SessionAuth, url: str) -> Headers:
        """Cookie and CSRF headers for a request to `url`; `BackendError` when the login fails."""
        key = (origin(url), auth)
        cookies = self._cookies.get(key)
        if cookies is None:
            cookies = await self._log_in(auth, url)
            self._cookies[key] = cookies
        headers: Headers = (("Cookie", _cookie(cookies)),)
        token = _csrf(cookies)
        return (*headers, ("X-CSRFToken", token)) if token else headers

    def forget(self) -> None:
        """Log in anew next time: the server was restarted, or its sessions ended."""
        self._cookies.clear()

    async def _log_in(self, auth: SessionAuth, url: str) -> dict[str, str]:
        scheme, _, rest = url.partition("://")
        root = f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"
        form = f"{root}/{auth.login_path.lstrip('/')}"
        status, cookies = await self._ask(HttpRequest("GET", form))
        if status != 200:
            raise BackendError(
                f"{host_of(url)} has no login form at {clean_line(auth.login_path)}.",
                f"It answered {status}.",
                "Write the path of the form under Auth.",
            )
        fields = {
            "username": auth.username,
            "password": auth.password,
            "csrfmiddlewaretoken": _csrf(cookies),
        }
        headers = (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", _cookie(cookies)),
            ("Referer", form),
        )
        request = HttpRequest("POST", form, headers, urlencode(fields).encode())
        status, given = await self._ask(request)
        if status not in (302, 303) or not given:
            raise BackendError(
                f"{host_of(url)} refused the login of {clean_line(auth.username) or 'nobody'}.",
                f"The form answered {status}.",
                "Check the user name and the password under Auth.",
            )
        return cookies | given

    async def _ask(self, request: HttpRequest) -> tuple[int, dict[str, str]]:
        status = 0
        cookies: dict[str, str] = {}
        async with aclosing(self._http.exchange(request, Timeouts(total=15))) as events:
            async for event in events:
                if isinstance(event, HeadArrived):
                    status = event.status
                    cookies = dict(
                        _pair(value)
                        for name, value in event.headers
                        if name.lower() == "set-cookie"
                    )
        return status, cookies


def _csrf(cookies: dict[str, str]) -> str:
    """The token that forms and headers repeat, whatever the server calls its cookie."""
    return next((value for name, value in cookies.items() if "csrf" in name.lower()), "")


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _pair(set_cookie: str) -> tuple[str, str]:
    name, _, value = set_cookie.partition(";")[0].partition("=")
    return name.strip(), value.strip()
