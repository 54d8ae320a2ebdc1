"""The portal's own settings as in production, with keys of no worth, and what makes a suite fast."""

import os

os.environ |= {
    "DEBUG": "0",
    "DEMO": "1",  # the sample partner and the inbox are tested too
    "SECRET_KEY": "a secret key that every reader of this file knows",
    "PII_KEYS": '{"k1": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}',
    "DIGEST_KEY": "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=",
}
os.environ.setdefault("PUBLIC_URL", "http://localhost:8000")

from identity_portal.settings import *  # noqa: F403 -- the portal reads the environment above
from identity_portal.settings import DATABASES, STORAGES

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: Django's default, a database in memory, is one connection shared by all threads.
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"] + "-test"}

TESTING = True  # demo.E001: the demo apps are tested with DEBUG off
PASSWORD_HASHERS = ["tests.quick_argon2.QuickArgon2idHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # needs no collectstatic
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # or each test client looks for all files anew
STATIC_ROOT = STATICFILES_DIRS[0]  # noqa: F405 -- a folder that is there
