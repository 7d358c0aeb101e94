"""Django's settings of the shop; everything that varies comes from DEMO_* variables, read here."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import platformdirs

from demo_server import credentials
from demo_server.caching import url as cache_url
from demo_server.shop.database import url

DATA_DIR = Path(
    os.environ.get("DEMO_DATA_DIR") or platformdirs.user_data_path("backend-tui") / "demo"
)
PORT = int(os.environ.get("DEMO_PORT", "8765"))
TRACING = os.environ.get("DEMO_TRACING", "1") != "0"
RATE_LIMIT = float(os.environ.get("DEMO_RATE_LIMIT", "1000"))

DEBUG = False
_kept = credentials.read(DATA_DIR)
SECRET_KEY = _kept.secret_key if _kept else secrets.token_urlsafe(32)
WORKBENCH_TOKEN = os.environ.get("DEMO_WORKBENCH_TOKEN") or (
    _kept.workbench_token if _kept else secrets.token_urlsafe(32)
)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "demo_server.shop",
    *(["demo_server.tracing"] if TRACING else []),
]

# The pages and the admin: Django's standard stack, each part of which is a lesson.
MIDDLEWARE = [
    "demo_server.shop.middleware.SecurityHeaders",
    "demo_server.shop.middleware.DatabaseUnavailable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Everything under these prefixes: native async middleware only, no thread for a cached answer.
LEAN_PREFIXES = ("/api/", "/lab/", "/graphql", "/static/")
LEAN_MIDDLEWARE = [
    "demo_server.shop.middleware.SecurityHeaders",
    "demo_server.shop.middleware.DatabaseUnavailable",
]

ROOT_URLCONF = "demo_server.urls"
ASGI_APPLICATION = "demo_server.asgi.application"
APPEND_SLASH = True
REST_PIPELINE = (
    "demo_server.tracing.rest.TracedPipeline"
    if TRACING
    else "demo_server.rest_api.layer.pipeline.Pipeline"
)
GRAPHQL_ENGINE = (
    "demo_server.tracing.graphql.TracedEngine"
    if TRACING
    else "demo_server.graphql_api.engine.Engine"
)
GRAPHQL_INTROSPECTION = os.environ.get("DEMO_GRAPHQL_INTROSPECTION", "1") != "0"

DATABASES = {
    "default": (
        url.parse(os.environ["DEMO_DATABASE_URL"])
        if os.environ.get("DEMO_DATABASE_URL")
        else url.sqlite(DATA_DIR / "shop.sqlite3")
    )
}

AUTHENTICATION_BACKENDS = ["demo_server.shop.sign_in.PatientBackend"]

_own_cache = os.environ.get("DEMO_CACHE_URL")
CACHES = {
    "default": cache_url.parse(_own_cache)
    if _own_cache
    else cache_url.parse(
        os.environ.get("DEMO_REDIS_URL") or "locmem://shop",
        os.environ.get("DEMO_REDIS_PREFIX", cache_url.PREFIX),
    )
}

TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "demo_server.tracing.templates.TracedTemplates"
        if TRACING
        else "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# Cookies do not know ports: without the port in the name two servers would end each other's login.
SESSION_COOKIE_NAME = f"shop_session_{PORT}"
CSRF_COOKIE_NAME = f"shop_csrf_{PORT}"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "demo_server.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en-gb"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # A 4xx is the client's business and stands in the journey; only failures of ours are said.
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        "asyncio": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},
    },
}
