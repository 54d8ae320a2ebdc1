"""The suite's settings for a portal whose gateways take nothing."""

from tests.settings import *  # noqa: F403
from tests.settings import FREEDOM_ID

FREEDOM_ID["CHANNELS"] = dict.fromkeys(("sms", "email"), "tests.faults.doubles.BrokenChannel")
