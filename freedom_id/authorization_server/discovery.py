"""What the provider says of itself: OpenID Connect Discovery 1.0 §3, RFC 8414 §2, RFC 9728."""

from typing import Any

from freedom_id.authorization_server.rfc8693_token_exchange import GRANT_TYPE
from freedom_id.conf import conf
from freedom_id.domain.rfc7523_client_assertion import KEY_TYPE_OF
from freedom_id.domain.rfc9470_step_up import ACR_VALUES
from freedom_id.enums import ResponseMode, SigningAlgorithm, SubjectType
from freedom_id.grants import CLAIMS, SCOPES

AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def metadata() -> dict[str, Any]:
    """Only what is enforced or offered; costs no statement."""
    own = {"op_policy_uri": conf.policy_url, "op_tos_uri": conf.terms_url}
    base = f"{conf.issuer}/oauth2"
    return {
        "issuer": conf.issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "pushed_authorization_request_endpoint": f"{base}/par",
        "userinfo_endpoint": f"{base}/userinfo",
        "end_session_endpoint": f"{base}/logout",
        "revocation_endpoint": f"{base}/revoke",
        "introspection_endpoint": f"{base}/introspect",
        "jwks_uri": f"{conf.issuer}/.well-known/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode.values,
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", GRANT_TYPE],
        "subject_types_supported": SubjectType.values,
        "id_token_signing_alg_values_supported": SigningAlgorithm.values,
        "userinfo_signing_alg_values_supported": SigningAlgorithm.values,
        "token_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(KEY_TYPE_OF),
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": list(KEY_TYPE_OF),
        "introspection_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(KEY_TYPE_OF),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "acr_values_supported": list(ACR_VALUES),
        "claims_supported": [
            *("sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "amr", "acr"),
            *CLAIMS.values(),
            *("email_verified", "phone_number_verified", "name"),
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "native_sso_supported": True,
        **{name: address for name, address in own.items() if address},
    }


def resource_metadata() -> dict[str, Any]:
    """RFC 9728 §2: our own doors as a protected resource."""
    return {
        "resource": conf.issuer,
        "authorization_servers": [conf.issuer],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
    }
