from collections.abc import Mapping
from typing import Any, ClassVar

from freedom_id.channels import NotTaken
from freedom_id.channels.delivery_reports import report_url
from freedom_id.channels.gateway import Unauthorized, post_form
from freedom_id.conf import conf

PUBLISHED_URL = "https://notify.eskiz.uz/api"
DELIVERED = {"DELIVRD", "DELIVERED"}
FAILED = {"UNDELIV", "UNDELIVERABLE", "NOT_DELIVERED", "REJECTD", "REJECTED", "EXPIRED", "DELETED", "FAILED"}


class EskizChannel:
    """SMS by Eskiz (`FREEDOM_ID["ESKIZ"]`). It knows a message by `user_sms_id`, which stays over all tries."""

    name: ClassVar[str] = "eskiz"
    _token: ClassVar[str] = ""  # lasts for weeks: each process signs in once, and again when it is not taken any more

    def send(self, address: str, *, subject: str, text: str, message_id: str = "") -> None:
        form = {"mobile_phone": address.removeprefix("+"), "message": text, "from": conf.eskiz["SENDER"]}
        if message_id:
            form |= {"user_sms_id": message_id, "callback_url": report_url(self.name, message_id)}
        try:
            self._post("message/sms/send", form, EskizChannel._token or self._sign_in())
        except Unauthorized:
            self._post("message/sms/send", form, self._sign_in())

    def was_delivered(self, report: Mapping[str, str]) -> bool | None:
        status = report.get("status", "").upper()
        return True if status in DELIVERED else False if status in FAILED else None

    def _sign_in(self) -> str:
        credentials = {"email": conf.eskiz["EMAIL"], "password": conf.eskiz["PASSWORD"]}
        data = self._post("auth/login", credentials, "").get("data")
        token = data.get("token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NotTaken("no token")
        EskizChannel._token = token
        return token

    def _post(self, path: str, form: Mapping[str, str], token: str) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return post_form(f"{conf.eskiz.get('URL', PUBLISHED_URL)}/{path}", form, headers)
