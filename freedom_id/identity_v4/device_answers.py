"""The items of rows 8 and 10. Times are epoch milliseconds, as published for them."""

from typing import Any

import segno

from freedom_id.domain.queries.devices import DeviceLine
from freedom_id.domain.two_step import picture_text
from freedom_id.enums import ChallengeState, TwoStepMethod
from freedom_id.identity_v4.answers import milliseconds
from freedom_id.models import TwoStepChallenge


def device_item(line: DeviceLine) -> dict[str, Any]:
    return {
        "device_id": line.id,
        "device_model": line.model,
        "device_model_name": line.model_name,
        "client_id": line.client_id,
        "trusted": line.trusted,
        "current": line.current,
        "signed_in": line.signed_in,
        "last_seen": milliseconds(line.last_seen),
    }


def asked_item(challenge: TwoStepChallenge) -> dict[str, Any]:
    """For the one who asks: with the number or picture that the other device has to bring."""
    number = {"number": challenge.number} if challenge.number is not None else {}
    return {**challenge_item(challenge, with_picture=True), **number}


def challenge_item(challenge: TwoStepChallenge, *, with_picture: bool) -> dict[str, Any]:
    """The number is never repeated: an approver must have it from the other screen."""
    pending = challenge.state == ChallengeState.PENDING
    picture = picture_text(challenge) if with_picture and pending and challenge.method == TwoStepMethod.QR else ""
    return {
        "challenge_id": challenge.pk,
        "method": challenge.method,
        "status": challenge.state,
        "act": challenge.act,
        "client_id": challenge.client_id,
        "device_model": challenge.device_model,
        "device_model_name": challenge.device_model_name,
        "ip_address": challenge.ip,
        "expire_at": milliseconds(challenge.expires_at),
        **({"qr": picture, "qr_image": picture_address(picture)} if picture else {}),
    }


def picture_address(text: str) -> str:
    """The QR code of `text`: an SVG as the `src` of an image. Its ground is white, for readers on dark pages."""
    return segno.make_qr(text).svg_data_uri(light="white", omitsize=True)


def answered_item(challenge: TwoStepChallenge) -> dict[str, Any]:
    return {
        "challenge_id": challenge.pk,
        "status": challenge.state,
        "trusted": challenge.trusted,
        "device_id": challenge.approving_device_id,
    }
