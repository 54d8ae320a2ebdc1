"""The portal's settings, read top to bottom. Every value comes from the environment (docs/settings.md) or stands here.

With nothing set this is a development checkout: SQLite and keys under `var/`. As soon as DATABASE_URL is given, DEBUG
is off by default and every secret must be given too.
"""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from identity_portal.env import database, development_keys, envbool, envchoice, envint, envlist, envsecret, envstr
from identity_portal.static_headers import static_headers

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(envstr("VAR_DIR", str(BASE_DIR / "var"))).resolve()

DEBUG = envbool("DEBUG", "DATABASE_URL" not in os.environ)
DEMO = envbool("DEMO", DEBUG)

if DEBUG:
    _keys = development_keys(VAR_DIR / "keys.json")
else:
    _keys = {
        "SECRET_KEY": envsecret("SECRET_KEY"),
        "PII_KEYS": json.loads(envsecret("PII_KEYS")),
        "DIGEST_KEY": envsecret("DIGEST_KEY"),
    }
SECRET_KEY = _keys["SECRET_KEY"]

PUBLIC_URL = envstr("PUBLIC_URL", "http://localhost:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = envlist("ALLOWED_HOSTS", f"{_public.hostname},127.0.0.1,localhost" if DEBUG else str(_public.hostname))

# Ours before Django's: where both translate a word, ours is meant.
INSTALLED_APPS = [
    "oauth2_provider",
    "consents",
    "freedom_id",
    "identity_portal.staff.apps.StaffAdminConfig",  # django.contrib.admin, with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "drf_spectacular_sidecar",
    "identity_portal",
]
if DEMO:
    INSTALLED_APPS += ["identity_portal.demo", "identity_portal.demo_partner"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "freedom_id.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "freedom_id.middleware.SessionLimits",
    "freedom_id.middleware.BrowserTimeZone",
    "freedom_id.middleware.OwnChoices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "identity_portal.urls"
WSGI_APPLICATION = "identity_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database(envstr("DATABASE_URL", f"sqlite:///{VAR_DIR}/portal.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts, passwords, sessions (docs/security.md gives the sources of the figures)
AUTH_USER_MODEL = "freedom_id.Account"
AUTHENTICATION_BACKENDS = ["freedom_id.authentication_backend.IdentifierBackend"]
PASSWORD_HASHERS = ["freedom_id.password_hasher.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("firstname", "lastname")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "freedom_id:sign_in"
LOGIN_REDIRECT_URL = "freedom_id:home"

# Cookies know no port: two portals on one host would share a session, hence the port in the name.
_suffix = f"-{_public.port}" if _public.port else ""
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}session{_suffix}"
CSRF_COOKIE_NAME = f"{_prefix}csrf{_suffix}"
LANGUAGE_COOKIE_NAME = f"{_prefix}language{_suffix}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SESSION_ENGINE = "freedom_id.session_store"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if envbool("TLS_TERMINATED", False) else None
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Not "no-referrer": under it browsers send our own forms with `Origin: null`, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("uz", "Oʻzbekcha"), ("kk", "Қазақша"), ("th", "ไทย")]
LOCALE_PATHS = [BASE_DIR / "identity_portal" / "locale"]
USE_TZ = True
FORMAT_MODULE_PATH = "identity_portal.formats"
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers

# Celery carries ids; the rows are the truth, so results are not kept and a lost message is sent again by the sweep.
CELERY_BROKER_URL = envstr("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
    "visibility_timeout": 300,
    "unacked_restore_throttle": 1,
    "max_retries": 0,  # a page does not wait for a broker that is away: 6 s otherwise
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
if CELERY_BROKER_URL.startswith("filesystem://"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.05,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_TIME_LIMIT = 60
CELERY_TIMEZONE = "UTC"

EMAIL_HOST = envstr("EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = envint("EMAIL_PORT", 587)
EMAIL_USE_TLS = True
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = envstr("EMAIL_FROM", f"no-reply@{_public.hostname}")

FREEDOM_ID = {
    "ISSUER": PUBLIC_URL,
    "PII_KEYS": _keys["PII_KEYS"],
    "DIGEST_KEY": _keys["DIGEST_KEY"],
    "TRUSTED_PROXIES": envint("TRUSTED_PROXIES", 0),
    "DEVICE_COOKIE": f"{_prefix}device{_suffix}",
    "RESTORE_JOURNAL": envstr("RESTORE_JOURNAL", ""),
    "BRAND": {
        "NAME": envstr("BRAND_NAME", "Freedom ID"),
        "STYLE_SHEET": envstr("BRAND_STYLE_SHEET", ""),
        "MARK": envstr("BRAND_MARK", ""),
    },
    "POLICY_URL": envstr("POLICY_URL", ""),
    "TERMS_URL": envstr("TERMS_URL", ""),
}
FREEDOM_ID["CHANNELS"] = {
    "sms": envstr("SMS_CHANNEL", "freedom_id.channels.console.ConsoleChannel"),
    "email": "freedom_id.channels.email.EmailChannel",
}
FREEDOM_ID["FALLBACKS"] = {"sms": envlist("SMS_FALLBACKS", "")}
FREEDOM_ID["SMS_PER_DAY"] = {"": envint("SMS_PER_DAY", 10_000)}
FREEDOM_ID["ESKIZ"] = {
    "EMAIL": envstr("ESKIZ_EMAIL", ""),
    "PASSWORD": envsecret("ESKIZ_PASSWORD", ""),
    "SENDER": envstr("ESKIZ_SENDER", ""),
}
FREEDOM_ID["TWILIO"] = {
    "ACCOUNT_SID": envstr("TWILIO_ACCOUNT_SID", ""),
    "AUTH_TOKEN": envsecret("TWILIO_AUTH_TOKEN", ""),
    "SENDER": envstr("TWILIO_SENDER", ""),
}
if {"FCM_SERVICE_ACCOUNT", "FCM_SERVICE_ACCOUNT_FILE"} & os.environ.keys():
    FREEDOM_ID["FCM"] = json.loads(envsecret("FCM_SERVICE_ACCOUNT"))
    FREEDOM_ID["CHANNELS"]["push"] = "freedom_id.channels.fcm.FcmChannel"
FREEDOM_ID["IDENTITY_PROVIDERS"] = {}
if _google := envlist("GOOGLE_CLIENT_IDS", ""):
    FREEDOM_ID["IDENTITY_PROVIDERS"]["google_id"] = {
        "ISSUER": "https://accounts.google.com",
        "JWKS_URI": "https://www.googleapis.com/oauth2/v3/certs",
        "CLIENT_IDS": _google,
    }
if _facebook := envlist("FACEBOOK_CLIENT_IDS", ""):
    FREEDOM_ID["IDENTITY_PROVIDERS"]["facebook_id"] = {
        "ISSUER": "https://www.facebook.com",
        "JWKS_URI": "https://www.facebook.com/.well-known/oauth/openid/jwks/",
        "CLIENT_IDS": _facebook,
    }
if DEMO:
    FREEDOM_ID["CHANNELS"] = dict.fromkeys(("sms", "email"), "identity_portal.demo.inbox_channel.InboxChannel")
    FREEDOM_ID["CHANNELS"]["push"] = "freedom_id.channels.console.ConsoleChannel"
    FREEDOM_ID["CALLBACK_NETWORKS"] = ["127.0.0.0/8", "::1/128"]

CONSENTS = {
    "CALLER": "freedom_id.resource_server.authentication.consent_caller",
    "FIND_ACCOUNT": "freedom_id.admin.find_account.find_account",
    "SIGNER": "freedom_id.domain.receipt_signing.sign_receipt",
    "PUBLIC_KEYS": "freedom_id.domain.signing_keys.public_keys",
    "REVOKED_KEYS": "freedom_id.domain.receipt_signing.revoked_keys",
    "LEDGER_KEY": _keys["DIGEST_KEY"],
    "EVIDENCE_KEYS": _keys["PII_KEYS"],
    "CONTROLLERS": [{"party_id": PUBLIC_URL, "party_name": FREEDOM_ID["BRAND"]["NAME"]}],
    "WITHDRAWAL_METHOD": f"{PUBLIC_URL}/me/apps/",
}

OAUTH2_PROVIDER_APPLICATION_MODEL = "freedom_id.PartnerClient"
OAUTH2_PROVIDER_GRANT_MODEL = "freedom_id.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "freedom_id.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "freedom_id.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "freedom_id.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "freedom_id.DeviceGrant"
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": PUBLIC_URL,
    "OAUTH2_VALIDATOR_CLASS": "freedom_id.authorization_server.validator.FreedomIdValidator",
    "OIDC_SERVER_CLASS": "freedom_id.authorization_server.server.AuthorizationServer",
    "SCOPES_BACKEND_CLASS": "freedom_id.authorization_server.scopes.ClientScopes",
    "PKCE_REQUIRED": True,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 24 * 3600,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}

METRICS_TOKEN = envsecret("METRICS_TOKEN", "")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "identity_portal.logs.WithRequestId"},
        "private_addresses": {"()": "identity_portal.logs.WithoutPrivateAddresses"},
    },
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "identity_portal.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id", "private_addresses"],
            "formatter": envchoice("LOG_FORMAT", "text", "json"),
        }
    },
    "loggers": {"fido2": {"level": "WARNING"}},  # it names each passkey that was used
    "root": {"handlers": ["console"], "level": envstr("LOG_LEVEL", "INFO")},
}
