"""A logo is a small square PNG and nothing else."""

import struct
import zlib

import pytest

from freedom_id.domain.png_logo import BadLogo, clean_logo
from tests.factories.applications import chunk, png

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def with_header(*header: int) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *header)) + png()[33:]


def with_pixels(packed: bytes) -> bytes:
    return png()[:33] + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_what_is_beside_the_pixels_goes() -> None:
    said = chunk(b"tEXt", b"Comment\0<script>") + chunk(b"eXIf", b"where it was taken")
    assert clean_logo(png(more=said)) == png()
    assert clean_logo(png()) == png()


BOMB = zlib.compress(bytes(10_000_000))
BAD = {
    "nothing": b"",
    "no PNG": b"GIF89a" + png(),
    "too long": png(more=chunk(b"tEXt", bytes(100_000))),
    "cut": png()[:-4],
    "a wrong checksum": png()[:-1] + b"x",
    "something after it": png() + b"PK",
    "an unknown chunk that is needed": png(more=chunk(b"EVIL", b"")),
    "not square": png(64, height=65),
    "too small": png(47),
    "too large": with_header(2000, 2000, 8, 2, 0, 0, 0),
    "interlaced": with_header(64, 64, 8, 2, 0, 0, 1),
    "an odd depth": with_header(64, 64, 3, 2, 0, 0, 0),
    "a palette that is not there": with_header(64, 64, 8, 3, 0, 0, 0),
    "two headers": png(more=png()[8:33]),
    "no pixels": png()[:33] + chunk(b"IEND", b""),
    "a bomb": with_pixels(BOMB),
    "too few pixels": with_pixels(zlib.compress(b"\0" * 100)),
    "broken pixels": with_pixels(b"x" * 50),
    "hidden after the pixels": with_pixels(zlib.compress((b"\0" + b"\x0b\x6b\x55" * 64) * 64) + b"hidden"),
}


@pytest.mark.parametrize("image", BAD.values(), ids=BAD)
def test_anything_else_is_refused(image: bytes) -> None:
    with pytest.raises(BadLogo):
        clean_logo(image)
