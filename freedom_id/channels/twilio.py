from base64 import b64encode
from collections.abc import Mapping
from typing import ClassVar

from freedom_id.channels.delivery_reports import report_url
from freedom_id.channels.gateway import post_form
from freedom_id.conf import conf

PUBLISHED_URL = "https://api.twilio.com/2010-04-01"
DELIVERED = {"delivered", "read"}
FAILED = {"undelivered", "failed"}


class TwilioChannel:
    """SMS by Twilio (`FREEDOM_ID["TWILIO"]`). It has no key for repetitions: a try whose answer was lost may bring the
    same words twice."""

    name: ClassVar[str] = "twilio"

    def send(self, address: str, *, subject: str, text: str, message_id: str = "") -> None:
        account = conf.twilio["ACCOUNT_SID"]
        form = {"To": address, "From": conf.twilio["SENDER"], "Body": text}
        if message_id:
            form["StatusCallback"] = report_url(self.name, message_id)
        basic = b64encode(f"{account}:{conf.twilio['AUTH_TOKEN']}".encode()).decode()
        url = f"{conf.twilio.get('URL', PUBLISHED_URL)}/Accounts/{account}/Messages.json"
        post_form(url, form, {"Authorization": f"Basic {basic}"})

    def was_delivered(self, report: Mapping[str, str]) -> bool | None:
        status = report.get("MessageStatus", "")
        return True if status in DELIVERED else False if status in FAILED else None
