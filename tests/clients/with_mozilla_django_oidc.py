"""A Django site that signs people in by mozilla-django-oidc, as its documentation sets it up. It serves until it is
ended."""

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
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGIN_REDIRECT_URL="/",
    LOGIN_REDIRECT_URL_FAILURE="/failed/",
    LOGOUT_REDIRECT_URL="/",
    OIDC_RP_CLIENT_ID=given["client_id"],
    OIDC_RP_CLIENT_SECRET=given["client_secret"],
    OIDC_RP_SIGN_ALGO="ES256",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS=1,
    OIDC_OP_AUTHORIZATION_ENDPOINT=server["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=server["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=server["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=server["jwks_uri"],
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.leave",
)
django.setup()
HOME = """{{ user.email|default:"nobody" }}
<form method="post" action="{% url 'oidc_logout' %}">{% csrf_token %}<button>Sign out</button></form>"""


def leave(request):
    wish = {
        "id_token_hint": request.session["oidc_id_token"],
        "post_logout_redirect_uri": given["post_logout_redirect_uri"],
    }
    return f"{server['end_session_endpoint']}?{urlencode(wish)}"


def home(request):
    return HttpResponse(engines["django"].from_string(HOME).render({"user": request.user}, request))


urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]
call_command("migrate", verbosity=0)
with make_server("127.0.0.1", urlsplit(given["redirect_uri"]).port, get_wsgi_application()) as site:
    print(json.dumps({"serving": site.server_port}), flush=True)
    site.serve_forever()
