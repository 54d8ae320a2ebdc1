"""What a text for a phone costs (3GPP TS 23.038, 23.040)."""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€")  # two places each


def segments(text: str) -> int:
    """How many messages it is sent as: one letter that the GSM alphabet has not makes all of it UCS-2."""
    if set(text) <= GSM | GSM_EXTENDED:
        length, alone, joined = len(text) + sum(letter in GSM_EXTENDED for letter in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
