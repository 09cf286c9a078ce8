"""The bytes of a form, divided by a boundary that is drawn until it stands nowhere in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from pointsman.adapters.form import Form, content_type, holds, write_form


def form_body(form: Form, draw: Callable[[], str] = lambda: secrets.token_hex(16)) -> tuple[bytes, str]:
    """The body of `form` and its content type."""
    boundary = draw()
    while holds(form, boundary):
        boundary = draw()
    return write_form(form, boundary), content_type(boundary)
