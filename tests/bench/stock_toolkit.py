"""django-oauth-toolkit as it comes, with OpenID Connect on: what our standard door is compared with.

`python -m tests.bench.stock_toolkit NUMBER` makes its tables, clients (secrets in clear, or each call would cost a
password hash), and prints the clients, and NUMBER codes and tokens of a person as JSON. The database is that of
`STOCK_DATABASE_URL`."""

import json
import os
import secrets
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import environ
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

REDIRECT_URI = "https://partner.example/callback?from=freedom"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
SCOPE = "openid read introspection"


def private_key() -> str:
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="bench",
    USE_TZ=True,
    DATABASES={"default": environ.Env.db_url_config(os.environ["STOCK_DATABASE_URL"]) | {"CONN_MAX_AGE": None}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": private_key(),
        "SCOPES": {"openid": "OpenID", "read": "read", "introspection": "introspection"},
    },
)


def ready(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok")


application = get_wsgi_application()  # before the toolkit's URLs, which import its models
urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")), path("ready", ready)]


def make_rows(number: int) -> dict[str, Any]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    secret = secrets.token_hex(32)
    by_code, by_itself = (make_client(grant, secret) for grant in ("authorization-code", "client-credentials"))
    codes, tokens, refresh = make_tokens(by_code, number)
    return {
        "secret": secret,
        "code_client": by_code.client_id,
        "own_client": by_itself.client_id,
        "codes": codes,
        "tokens": tokens,
        "refresh": refresh,
    }


def make_client(grant: str, secret: str) -> Any:
    from oauth2_provider.models import Application

    return Application.objects.create(
        name=grant,
        client_type="confidential",
        authorization_grant_type=grant,
        algorithm="RS256",
        client_secret=secret,
        hash_client_secret=False,
        redirect_uris=REDIRECT_URI,
    )


def make_tokens(client: Any, number: int) -> tuple[list[str], list[str], list[str]]:
    """Codes, access tokens to be shown, and refresh tokens with others, which go as they are used."""
    from django.contrib.auth.models import User
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Grant, RefreshToken

    codes, tokens, refresh = ([secrets.token_hex(20) for _number in range(number)] for _kind in range(3))
    expires = timezone.now() + timedelta(days=1)
    asked = {"user": User.objects.create(username="person"), "application": client}
    lives: dict[str, Any] = asked | {"scope": SCOPE, "expires": expires}
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    Grant.objects.bulk_create([Grant(code=code, redirect_uri=REDIRECT_URI, **pkce, **lives) for code in codes])
    for token, following in zip(tokens, refresh, strict=True):
        AccessToken.objects.create(token=token, **lives)
        parent = AccessToken.objects.create(token=secrets.token_hex(20), **lives)
        RefreshToken.objects.create(token=following, access_token=parent, token_family=uuid4(), **asked)
    return codes, tokens, refresh


if __name__ == "__main__":
    json.dump(make_rows(int(sys.argv[1])), sys.stdout)
