from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from freedom_id.client_address import client_ip
from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.errors import RateLimited
from freedom_id.models import Account


class IdentifierBackend(ModelBackend):
    """Phone or e-mail with password, under the same limits as the sign-in pages."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Account | None:
        if not username or password is None:
            return None
        try:
            identifier = parse_identifier(username)
            return prove_by_password(Attempt(identifier, client_ip(request) if request else "127.0.0.1"), password)
        except (InvalidIdentifier, RateLimited):
            return None
