"""The suite's settings for a portal and a worker whose work takes long enough to be hit in the middle of it."""

from tests.settings import *  # noqa: F403
from tests.settings import FREEDOM_ID

FREEDOM_ID["PROFILE_SOURCES"] = ["freedom_id.domain.profile_sources.personal", "tests.faults.doubles.slow_source"]
FREEDOM_ID["CHANNELS"] = dict.fromkeys(("sms", "email"), "tests.faults.doubles.CountingChannel")
