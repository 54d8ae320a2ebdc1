from consents.conf import conf


def party_name(reference: str) -> str:
    """What people call the recipient of this reference: its `party_name` in CONSENTS["CONTROLLERS"], else as it is."""
    names = {party["party_id"]: party.get("party_name") for party in conf.facts["pii_controllers"]}
    return names.get(reference) or reference


def controller_names() -> list[str]:
    """Who answers for the data, as CONSENTS["CONTROLLERS"] names them."""
    return [party.get("party_name") or party["party_id"] for party in conf.facts["pii_controllers"]]
