"""What an encoder sends, made by hand: setups bit by bit, and FLV tags."""

from __future__ import annotations

import struct

AAC_LC = bytes([0x12, 0x10])  # AAC-LC, 44,100 a second, two channels
START = b"FLV\x01\x05" + struct.pack(">II", 9, 0)


def golomb(value: int) -> str:
    """An unsigned Exp-Golomb number, as bits."""
    plain = f"{value + 1:b}"
    return "0" * (len(plain) - 1) + plain


def avcc(*, profile: int = 66, wide: int = 40, high: int = 23, crop: tuple[int, int, int, int] | None = (0, 0, 0, 4),
         frames: bool = True, scaling: bool = False, chroma: int = 1, order: int = 2) -> bytes:  # fmt: skip
    """A decoder's setup: by default Baseline, 40 by 23 blocks of 16, cut to 640 by 360."""
    bits = f"{profile:08b}{0:08b}{30:08b}" + golomb(0)
    if profile >= 100:
        bits += golomb(chroma) + ("0" if chroma == 3 else "") + golomb(0) * 2 + "0"
        # Two lists of scaling: one that ends at once (its first step makes it 0), one written to its end.
        bits += "1" + "1" + golomb(16) + "1" + golomb(0) * 16 + "0" * (10 if chroma == 3 else 6) if scaling else "0"
    bits += golomb(0) + golomb(order)
    if order == 0:
        bits += golomb(2)
    if order == 1:
        bits += "0" + golomb(1) + golomb(2) + golomb(2) + golomb(3) * 2
    bits += golomb(1) + "0" + golomb(wide - 1) + golomb(high - 1) + ("1" if frames else "00") + "1"
    bits += "1" + "".join(map(golomb, crop)) if crop else "0"
    bits += "01"
    bits += "0" * (-len(bits) % 8)
    plain = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\0\0", b"\0\0\3")
    sps, pps = b"\x67" + plain, b"\x68\xce\x38\x80"
    return (
        bytes([1, profile, 0, 30, 0xFF, 0xE1])
        + struct.pack(">H", len(sps))
        + sps
        + b"\1"
        + struct.pack(">H", len(pps))
        + pps
    )


def tag(kind: int, at_ms: int, body: bytes) -> bytes:
    """A tag of FLV."""
    size = struct.pack(">I", len(body))[1:]
    when = struct.pack(">I", at_ms & 0xFFFFFF)[1:] + bytes([at_ms >> 24])
    return bytes([kind]) + size + when + bytes(3) + body + struct.pack(">I", 11 + len(body))


def picture(at_ms: int, *, whole: bool = True, later_ms: int = 0, data: bytes = b"\0\0\0\1\x65") -> bytes:
    """A picture in H.264."""
    return tag(9, at_ms, bytes([0x17 if whole else 0x27, 1]) + later_ms.to_bytes(3, signed=True) + data)


def sound(at_ms: int, data: bytes = b"\x21\x00") -> bytes:
    """A frame of AAC."""
    return tag(8, at_ms, b"\xaf\x01" + data)


def setups(film: bytes = b"", heard: bytes = AAC_LC) -> bytes:
    """The setups that come before pictures and sound."""
    return tag(9, 0, b"\x17\0\0\0\0" + (film or avcc())) + (tag(8, 0, b"\xaf\0" + heard) if heard else b"")
