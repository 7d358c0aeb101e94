"""Secrets are masked wherever they stand, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.secrets import (
    MASK,
    is_secret_name,
    mask_headers,
    mask_json,
    mask_url,
    mask_value,
)

SECRET = st.text(alphabet="abcdefghijkXYZ0123456789", min_size=8)
SECRET_NAMES = ["Authorization", "cookie", "X-Api-Key", "access_token", "userPassword", "sessionid"]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["Accept", "page", "name", "Content-Type", "author"])
def test_other_names_are_left_alone(name: str) -> None:
    assert mask_value(name, "plain value") == "plain value"


@given(st.sampled_from(SECRET_NAMES), SECRET)
def test_a_secret_header_does_not_show_its_value(name: str, secret: str) -> None:
    headers = (("Accept", "*/*"), (name, f"Bearer {secret}"), (name, secret))
    masked = mask_headers(headers)
    assert secret not in str(masked)
    assert [header for header, _ in masked] == [header for header, _ in headers]
    assert masked[0] == headers[0]
    assert masked[1] == (name, f"Bearer {MASK}")


@given(SECRET, SECRET)
def test_a_url_shows_neither_password_nor_token(password: str, token: str) -> None:
    url = f"https://user:{password}@host/path?page=2&access_token={token}#part"
    masked = mask_url(url)
    assert masked == f"https://user:{MASK}@host/path?page=2&access_token={MASK}#part"


@given(st.sampled_from(["token", "password", "client_secret"]), st.text(min_size=6))
def test_a_secret_member_is_masked_whatever_it_holds(name: str, secret: str) -> None:
    text = json.dumps({"id": 1, name: secret, "note": "kept"})
    assert json.loads(mask_json(text)) == {"id": 1, name: MASK, "note": "kept"}


@given(st.text())
def test_any_text_passes_through_the_masks(text: str) -> None:
    assert isinstance(mask_json(text), str)
    assert isinstance(mask_url(text), str)
