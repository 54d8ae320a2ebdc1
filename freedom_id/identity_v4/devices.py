"""Row 10 of docs/identity-v4-api.md: where the person is signed in."""

from freedom_id.client_address import client_ip
from freedom_id.domain.accounts import sign_out_all_devices
from freedom_id.domain.devices import (
    Asking,
    DeviceFacts,
    change_device,
    device_of,
    register_device,
    sign_out_device,
    signed_in_at,
)
from freedom_id.domain.queries.devices import device_line, devices_of
from freedom_id.grants import ACCOUNT, OPERATE_ACCOUNTS
from freedom_id.identity_v4.device_answers import device_item
from freedom_id.identity_v4.device_inputs import device_change, new_device
from freedom_id.identity_v4.door import Call, Operation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import path_uuid

MODULE = Module.DEVICES


def read_devices(call: Call) -> str:
    lines = devices_of(call.account, current=device_of(call.caller.family))
    return success(MODULE, data={"total": len(lines), "devices": [device_item(line) for line in lines]})


def register(call: Call) -> str:
    """The app of the token says which device it runs on; an operator has none."""
    if call.caller.family is None:
        raise IdentityError(40300)
    told = new_device(call.request)
    facts = DeviceFacts(told.model, told.model_name, client_ip(call.request), call.locale)
    device, key = register_device(
        call.caller.family,
        facts=facts,
        sdk_id=told.device_id,
        device_key=told.device_key,
        push_token=told.push_token,
    )
    shown = {"device_key": key} if key else {}
    return success(MODULE, data={**device_item(device_line(device, current=device)), **shown})


def change(call: Call) -> str:
    asked = device_change(call.request)
    device_id, by = path_uuid(call.captured, "device"), asking_of(call)
    device = change_device(call.account, device_id, name=asked.name, trusted=asked.trusted, by=by)
    return success(MODULE, data=device_item(device_line(device, current=by.device)))


def sign_out(call: Call) -> str:
    sign_out_device(call.account, path_uuid(call.captured, "device"), by=asking_of(call))
    return success(MODULE)


def sign_out_all(call: Call) -> str:
    sign_out_all_devices(call.account, ip=client_ip(call.request))
    return success(MODULE)


def asking_of(call: Call) -> Asking:
    """The device of the token, or the operator."""
    family = call.caller.family
    if family is None:
        return Asking(client_ip(call.request), operator=True)
    return Asking(client_ip(call.request), device_of(family), signed_in_at(family))


THE_PERSONS = frozenset({ACCOUNT, OPERATE_ACCOUNTS})
DEVICES_GET = Operation(read_devices, THE_PERSONS)
DEVICES_POST = Operation(register, frozenset({ACCOUNT}))
DEVICES_DELETE = Operation(sign_out_all, THE_PERSONS)
DEVICE_PATCH = Operation(change, THE_PERSONS)
DEVICE_DELETE = Operation(sign_out, THE_PERSONS)
