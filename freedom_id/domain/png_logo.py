"""A logo that somebody uploads: a PNG of a few chunks, taken apart and put together again without whatever else it
carried (ISO/IEC 15948, §5 and §11)."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST = 100_000  # bytes
SMALLEST_SIDE, LARGEST_SIDE = 48, 1024  # pixels
KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by type of colour
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
HEADER = struct.Struct(">IIBBBBB")


class BadLogo(ValueError):
    """It is no PNG that we take; the text is for logs."""


def clean_logo(image: bytes) -> bytes:
    """The image with its pixels and colours alone. Raises BadLogo for what is too large, not square, broken, animated,
    or hides more pixels than its header says."""
    if len(image) > LONGEST:
        raise BadLogo("too long")
    chunks = [(kind, content) for kind, content in _chunks(image) if kind in KEPT]
    kinds = [kind for kind, _content in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or kinds.count(b"IHDR") != 1 or b"IDAT" not in kinds:
        raise BadLogo("chunks are missing")
    expected = _length_of_pixels(chunks[0][1], palette=b"PLTE" in kinds)
    _require_pixels(b"".join(content for kind, content in chunks if kind == b"IDAT"), expected)
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk whose checksum is right, to the end of the file and no further."""
    if not image.startswith(SIGNATURE):
        raise BadLogo("no PNG")
    at = len(SIGNATURE)
    while at < len(image):
        head = image[at : at + 8]
        length = int.from_bytes(head[:4])
        kind, content = head[4:], image[at + 8 : at + 8 + length]
        checksum = image[at + 8 + length : at + 12 + length]
        if len(checksum) != 4 or int.from_bytes(checksum) != zlib.crc32(kind + content):
            raise BadLogo("a chunk is broken")
        if kind[:1].isupper() and kind not in KEPT:
            raise BadLogo("an unknown chunk that is needed")
        yield kind, content
        at += 12 + length


def _length_of_pixels(header: bytes, *, palette: bool) -> int:
    """How many bytes the image is when it is unpacked: each line with the byte of its filter."""
    if len(header) != HEADER.size:
        raise BadLogo("no header")
    width, height, depth, colours, packing, filters, interlaced = HEADER.unpack(header)
    if width != height or not SMALLEST_SIDE <= width <= LARGEST_SIDE:
        raise BadLogo("not a square of a fitting size")
    if depth not in DEPTHS.get(colours, ()) or packing or filters or interlaced or (colours == 3 and not palette):
        raise BadLogo("a form of PNG that we do not take")
    return int(height * (1 + (width * CHANNELS[colours] * depth + 7) // 8))


def _require_pixels(packed: bytes, expected: int) -> None:
    unpacking = zlib.decompressobj()
    try:
        found = len(unpacking.decompress(packed, expected + 1))
    except zlib.error as error:
        raise BadLogo("its pixels are broken") from error
    if found != expected or not unpacking.eof or unpacking.unused_data:
        raise BadLogo("more or fewer pixels than it says")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)
