"""What the setups of H.264 and AAC say: the size of the picture, the rate and channels of the sound. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from renmai.kit.media.streams import SIDE_PX_MAX, NotAStream

SETUP_BYTES_MAX = 4096
GOLOMB_BITS_MAX = 31
# Profiles whose sequence parameters say more (ITU-T H.264, 7.3.2.1.1).
HIGH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
LOW_COMPLEXITY, LARGE_RATE = 2, 15
CHANNELS_MAX = 6


class Bits:
    """Reads a number of bits after the other, from the highest."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), len(data) * 8

    def take(self, count: int) -> int:
        """Return the next bits as a number. Errors: NotAStream at the end."""
        if count > self._left:
            raise NotAStream(why="setup")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        """Return the next Exp-Golomb number (H.264, 9.1). Errors: NotAStream."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > GOLOMB_BITS_MAX:
                raise NotAStream(why="setup")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Return the next signed Exp-Golomb number. Errors: NotAStream."""
        value = self.unsigned()
        return (value + 1) // 2 if value % 2 else -(value // 2)


def picture_size(avcc: bytes) -> tuple[int, int]:
    """Return width and height in pixels of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15). Errors: NotAStream."""
    if not 8 < len(avcc) <= SETUP_BYTES_MAX or avcc[0] != 1 or not avcc[5] & 0x1F:
        raise NotAStream(why="picture setup")
    size = int.from_bytes(avcc[6:8])
    sps = avcc[8 : 8 + size]
    if len(sps) < size or size < 4 or sps[0] & 0x1F != 7:
        raise NotAStream(why="picture setup")
    width, height = _size(Bits(sps[1:].replace(b"\0\0\3", b"\0\0")))
    if not (0 < width <= SIDE_PX_MAX and 0 < height <= SIDE_PX_MAX):
        raise NotAStream(why="size")
    return width, height


def _size(bits: Bits) -> tuple[int, int]:
    """Read a sequence parameter set (H.264, 7.3.2.1.1) as far as its size and cropping."""
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    chroma = _chroma(bits) if profile in HIGH else 1
    bits.unsigned()
    _order(bits)
    bits.unsigned()
    bits.take(1)
    wide, high = bits.unsigned() + 1, bits.unsigned() + 1
    frames = bits.take(1)
    if not frames:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = [bits.unsigned() for _ in range(4)] if bits.take(1) else [0] * 4
    unit_x, unit_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * (2 - frames)
    return wide * 16 - unit_x * (left + right), high * 16 * (2 - frames) - unit_y * (top + bottom)


def _chroma(bits: Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.take(1)
    bits.unsigned()
    bits.unsigned()
    bits.take(1)
    if bits.take(1):
        for number in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _scaling(bits, 16 if number < 6 else 64)
    return chroma


def _scaling(bits: Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _order(bits: Bits) -> None:
    """Pass over how the order of pictures is counted."""
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        cycle = bits.unsigned()
        if cycle > 255:
            raise NotAStream(why="picture setup")
        for _ in range(cycle):
            bits.signed()


@dataclass(frozen=True, slots=True)
class SoundForm:
    """Samples a second, and channels."""

    rate: int
    channels: int


def sound_form(setup: bytes) -> SoundForm:
    """Return what an AudioSpecificConfig says (ISO/IEC 14496-3, 1.6.2.1): AAC-LC in frames of 1,024. Errors: NotAStream."""
    if not 2 <= len(setup) <= SETUP_BYTES_MAX:
        raise NotAStream(why="sound setup")
    bits = Bits(setup[:64])
    kind, index = bits.take(5), bits.take(4)
    if index < len(RATES):
        rate = RATES[index]
    elif index == LARGE_RATE:
        rate = bits.take(24)
    else:
        raise NotAStream(why="sound setup")
    channels, short = bits.take(4), bits.take(1)
    if kind != LOW_COMPLEXITY or short or not 0 < channels <= CHANNELS_MAX or not RATES[-1] <= rate <= RATES[0]:
        raise NotAStream(why="sound codec")
    return SoundForm(rate, channels)
