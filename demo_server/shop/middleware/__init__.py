"""The shop's own middleware: native async, so that it costs no thread."""

from demo_server.shop.middleware.database_unavailable import DatabaseUnavailable
from demo_server.shop.middleware.security_headers import SecurityHeaders

__all__ = ["DatabaseUnavailable", "SecurityHeaders"]
