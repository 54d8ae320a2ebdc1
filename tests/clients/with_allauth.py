"""A Django site that signs people in by django-allauth's openid_connect, as its documentation sets it up. It serves
until it is ended."""

import json
from urllib.parse import urlencode, urlsplit
from wsgiref.simple_server import make_server

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

given = json.loads(input())
server = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
settings.configure(
    SECRET_KEY="a site of one test",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": given["folder"] + "/site.sqlite3"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    LOGIN_REDIRECT_URL="/",
    ACCOUNT_ADAPTER=f"{__name__}.Accounts",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    SOCIALACCOUNT_PROVIDERS={
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "freedom",
                    "name": "Freedom ID",
                    "client_id": given["client_id"],
                    "secret": given["client_secret"],
                    "settings": {"server_url": given["issuer"]},
                }
            ],
        }
    },
)
django.setup()

# Django's settings come before whatever has models.
from allauth.account.adapter import DefaultAccountAdapter  # noqa: E402
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView  # noqa: E402
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter  # noqa: E402

HOME = """{{ user.email|default:"nobody" }}
<form method="post" action="{% url 'account_logout' %}">{% csrf_token %}<button>Sign out</button></form>"""


class Accounts(DefaultAccountAdapter):
    """allauth ends its own session only; where the person goes next is asked here, before that session is gone."""

    def get_logout_redirect_url(self, request):
        wish = {
            "id_token_hint": request.session["id_token"],
            "post_logout_redirect_uri": given["post_logout_redirect_uri"],
        }
        return f"{server['end_session_endpoint']}?{urlencode(wish)}"


class KeepsIdToken(OpenIDConnectOAuth2Adapter):
    def complete_login(self, request, app, token, **kwargs):
        request.session["id_token"] = kwargs["response"]["id_token"]
        return super().complete_login(request, app, token, **kwargs)


def callback(request, provider_id):
    return OAuth2CallbackView.adapter_view(KeepsIdToken(request, provider_id))(request)


def home(request):
    return HttpResponse(engines["django"].from_string(HOME).render({"user": request.user}, request))


urlpatterns = [
    path("", home),
    path("accounts/oidc/<provider_id>/login/callback/", callback),
    path("accounts/", include("allauth.urls")),
]
call_command("migrate", verbosity=0)
with make_server("127.0.0.1", urlsplit(given["redirect_uri"]).port, get_wsgi_application()) as site:
    print(json.dumps({"serving": site.server_port}), flush=True)
    site.serve_forever()
