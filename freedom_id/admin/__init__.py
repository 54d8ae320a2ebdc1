from freedom_id.admin import (
    accounts,
    allowances,
    authorization_requests,
    authorizations,
    bridge_policies,
    events,
    one_time_codes,
    partner_clients,
    profile_requests,
    revoke_callbacks,
    signing_keys,
    tokens,
)

__all__ = [
    "accounts",
    "allowances",
    "authorization_requests",
    "authorizations",
    "bridge_policies",
    "events",
    "one_time_codes",
    "partner_clients",
    "profile_requests",
    "revoke_callbacks",
    "signing_keys",
    "tokens",
]
