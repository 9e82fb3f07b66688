"""Hostile and honest files, made here, against the pure rules of media."""

from __future__ import annotations

import gzip
import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from renmai.kit.media import rules
from renmai.kit.media.rules import (
    BYTES_MAX,
    MediaTooLarge,
    NotADocument,
    NotAPicture,
    TooManyPixels,
    clean_name,
    download_name,
    file_names,
    media_url,
    prepare_document,
    prepare_picture,
    sniff,
)
from renmai.kit.media.store import has_files, media_folder, write_files

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JS = b"/*<script>alert(document.domain)</script>*/"


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def halves(width: int = 400, height: int = 200) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def rendering(data: bytes, size: int = 320) -> Image.Image:
    picture: Image.Image = Image.open(BytesIO(prepare_picture(data).files[f"{size}.webp"]), formats=["WEBP"])
    picture.load()
    return picture


def colour(picture: Image.Image, x: float, y: float) -> str:
    pixel = picture.convert("RGB").getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))
    assert isinstance(pixel, tuple)
    return "RGB"[pixel.index(max(pixel))]


def png(width: int, height: int, rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand, so that it can lie."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


# --- honest files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_accepted_format_becomes_webp_in_three_sizes(form: str) -> None:
    data = encoded(halves(2000, 1000), form)
    prepared = prepare_picture(data)
    assert sniff(data) == form
    assert (prepared.content_type, prepared.width, prepared.height) == ("image/webp", 2000, 1000)
    assert list(prepared.files) == ["1600.webp", "800.webp", "320.webp"]
    assert sorted(prepared.files) == sorted(file_names("image/webp", document=False))
    for size in (320, 800, 1600):
        picture = rendering(data, size)
        assert (picture.format, picture.size) == ("WEBP", (size, size // 2))
        assert (colour(picture, 0.1, 0.5), colour(picture, 0.9, 0.5)) == ("R", "B")


def test_a_small_picture_is_not_enlarged_and_encoded_once() -> None:
    files = prepare_picture(encoded(halves(100, 50), "PNG")).files
    assert Image.open(BytesIO(files["1600.webp"])).size == (100, 50)
    assert files["1600.webp"] == files["800.webp"] == files["320.webp"]
    files = prepare_picture(encoded(halves(500, 250), "PNG")).files
    sizes = {name: Image.open(BytesIO(data)).size for name, data in files.items()}
    assert sizes == {"1600.webp": (500, 250), "800.webp": (500, 250), "320.webp": (320, 160)}


def test_the_hash_is_of_the_upload() -> None:
    assert prepare_picture(encoded(halves(), "GIF")).sha256 == rules.digest(encoded(halves(), "GIF"))
    assert rules.digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_and_exif_is_gone(orientation: int) -> None:
    upright = Image.new("RGB", (40, 20), RED)
    upright.paste(GREEN, (20, 0, 40, 10))
    upright.paste(BLUE, (0, 10, 20, 20))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("PNG", "WEBP"):
        data = encoded(stored, form, exif=exif, lossless=True)
        prepared = prepare_picture(data)
        picture = rendering(data)
        assert (prepared.width, prepared.height, picture.size) == (40, 20, (40, 20))
        corners = [colour(picture, x, y) for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))]
        assert corners == ["R", "G", "B", "R"]
        assert 0x0112 not in picture.getexif()


def test_a_large_turned_jpeg_keeps_its_upright_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(halves(5000, 3000), "JPEG", exif=exif)
    prepared = prepare_picture(data)
    picture = rendering(data, 1600)
    assert (prepared.width, prepared.height, picture.size) == (3000, 5000, (960, 1600))
    assert (colour(picture, 0.5, 0.1), colour(picture, 0.5, 0.9)) == ("R", "B")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so and goes on, and so do we
@pytest.mark.parametrize(
    "exif", [b"Exif\x00\x00broken", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00MM\x00*"]
)
def test_broken_exif_does_not_cost_the_picture(exif: bytes) -> None:
    data = encoded(halves(), "JPEG", exif=exif)
    assert exif in data
    assert (rendering(data).size, colour(rendering(data), 0.1, 0.5)) == ((320, 160), "R")


def test_where_who_and_what_is_stripped() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 3.0), 3: "E", 4: (121.0, 28.0, 9.0)})
    profile = b"SecretProfile" + bytes(200)
    jpeg = encoded(halves(), "JPEG", exif=exif, comment=b"SecretComment", icc_profile=profile, xmp=b"<x>SecretXmp</x>")
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "SecretAuthor")
    both = [jpeg, encoded(halves(), "PNG", exif=exif, pnginfo=text, icc_profile=profile)]
    both.append(encoded(halves(), "WEBP", exif=exif, icc_profile=profile, xmp=b"<x>SecretXmp</x>"))
    assert dict(Image.open(BytesIO(jpeg)).getexif().get_ifd(0x8825)) != {}
    for data in both:
        assert b"Secret" in data
        for made in prepare_picture(data).files.values():
            picture = Image.open(BytesIO(made))
            assert (b"Secret" in made, b"EXIF" in made, b"ICCP" in made, b"XMP " in made) == (False,) * 4
            assert (dict(picture.getexif()), "icc_profile" in picture.info) == ({}, False)


def test_only_the_first_frame_of_an_animation_is_kept() -> None:
    frames = [Image.new("RGB", (60, 40), shade) for shade in (GREEN, RED, BLUE)]
    for form in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=50, loop=0)
        picture = rendering(data)
        assert (getattr(picture, "n_frames", 1), colour(picture, 0.5, 0.5)) == (1, "G")


def test_see_through_stays_and_odd_modes_are_understood() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    clear.paste((*GREEN, 255), (0, 0, 10, 20))
    made = rendering(encoded(clear, "PNG"))
    assert made.mode == "RGBA"
    assert [made.getpixel((x, 10))[3] for x in (2, 17)] == [255, 0]  # type: ignore[index]
    palette = halves().quantize(4)
    assert colour(rendering(encoded(palette, "PNG", transparency=bytes([255, 0, 255, 255]))), 0.1, 0.5) in "RB"
    assert colour(rendering(encoded(halves().convert("CMYK"), "JPEG")), 0.1, 0.5) == "R"
    assert rendering(encoded(halves().convert("1"), "PNG")).size == (320, 160)
    grey = rendering(encoded(Image.new("I;16", (20, 20), 0x8000), "PNG")).getpixel((5, 5))
    assert isinstance(grey, tuple)
    assert 120 <= grey[0] <= 136


# --- hostile files -------------------------------------------------------------------------------------------------


NOT_PICTURES = {
    "nothing": b"",
    "zero bytes": bytes(5000),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg in xml": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "packed svg": gzip.compress(b"<svg/>"),
    "renamed program": b"MZ\x90\x00" + bytes(300),
    "elf": b"\x7fELF" + bytes(300),
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": PDF,
    "gif and js": b"GIF89a=1;" + JS,
    "only a jpeg mark": b"\xff\xd8\xff\xe0",
    "only a png mark": b"\x89PNG\r\n\x1a\n",
    "webp mark": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "sound": b"RIFF\x10\x00\x00\x00WAVEfmt ",
    "tiff": encoded(halves(), "TIFF"),
    "bmp": encoded(halves(), "BMP"),
    "ico": encoded(halves(64, 64), "ICO"),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "truncated jpeg": encoded(halves(), "JPEG")[:-400],
    "truncated png": encoded(halves(), "PNG")[:-40],
    "truncated webp": encoded(halves(), "WEBP")[:-60],
    "png with wrong sums": encoded(halves(), "PNG").replace(b"IDAT", b"IDAT\x00", 1),
    "png without rows": png(100, 100, b""),
    "png of no size": png(0, 0, b""),
    "picture after something": b"\n" + encoded(halves(), "PNG"),
}


@pytest.mark.parametrize("data", NOT_PICTURES.values(), ids=NOT_PICTURES.keys())
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture) as refusal:
        prepare_picture(data)
    assert (refusal.value.code, refusal.value.status) == ("media.not_a_picture", 415)


def test_a_polyglot_loses_its_second_half() -> None:
    carriers = [encoded(halves(), form) + JS for form in ("GIF", "PNG", "JPEG")]
    carriers.append(encoded(halves(), "GIF", comment=JS))
    carriers.append(encoded(halves(), "JPEG", comment=JS))
    for data in carriers:
        assert b"<script>" in data
        for made in prepare_picture(data).files.values():
            assert (made[:4], made[8:12], b"<script>" in made) == (b"RIFF", b"WEBP", False)


def assert_refused_cheaply(data: bytes) -> None:
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises((TooManyPixels, NotAPicture)):
        prepare_picture(data)
    took, peak = time.monotonic() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (took < 2, peak < 64 * 2**20) == (True, True)


@pytest.mark.parametrize(("width", "height"), [(6325, 6325), (50_000, 50_000), (2**31 - 1, 2**31 - 1), (40_000_001, 1)])
def test_a_picture_that_declares_too_many_pixels_is_refused_unread(width: int, height: int) -> None:
    bomb = png(width, height, bytes(20_000_000))
    assert len(bomb) < 30_000
    assert_refused_cheaply(bomb)
    with pytest.raises(TooManyPixels) as refusal:
        prepare_picture(bomb)
    assert refusal.value.params == {"pixels_max": 40_000_000}


def test_pixel_limits_hold_for_every_format() -> None:
    gif = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\x00\x00" + bytes(6) + b","
    gif += struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02L\x01\x00;"
    small_canvas = gif.replace(struct.pack("<HH", 65535, 65535), struct.pack("<HH", 1, 1), 1)
    jpeg = bytearray(encoded(halves(16, 16), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 60_000, 60_000)
    webp = bytearray(encoded(halves(16, 16), "WEBP"))
    at = webp.index(b"\x9d\x01\x2a") + 3
    webp[at : at + 4] = struct.pack("<HH", 16_383, 16_383)
    for data in (gif, small_canvas, bytes(jpeg), bytes(webp)):
        assert_refused_cheaply(data)


def test_exactly_the_limit_is_accepted() -> None:
    data = png(8000, 5000, (b"\x00" + bytes(8000)) * 5000)
    assert (prepare_picture(data).width, prepare_picture(data).height) == (8000, 5000)


def test_text_bombs_in_chunks_are_refused_cheaply() -> None:
    packed = zlib.compress(bytes(100_000_000), 9)
    rows = (b"\x00" + bytes(10)) * 10
    for chunk in ((b"zTXt", b"k\x00\x00" + packed), (b"iCCP", b"k\x00\x00" + packed)):
        assert_refused_cheaply_or_harmless(png(10, 10, rows, chunk))


def assert_refused_cheaply_or_harmless(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert prepare_picture(data).width == 10
    except NotAPicture:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_a_jpeg_of_a_thousand_passes_is_refused() -> None:
    data = encoded(halves(64, 64), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    bomb = data[:-2] + scan * 1000 + data[-2:]
    assert prepare_picture(data).width == 64
    with pytest.raises(NotAPicture):
        prepare_picture(bomb)


def test_the_byte_limit_is_exact_and_comes_first() -> None:
    whole = encoded(halves(), "JPEG")
    assert prepare_picture(whole + bytes(BYTES_MAX - len(whole))).width == 400
    for data in (whole + bytes(BYTES_MAX - len(whole) + 1), bytes(BYTES_MAX + 1)):
        for prepare in (prepare_picture, prepare_document):
            with pytest.raises(MediaTooLarge) as refusal:
                prepare(data)
            assert (refusal.value.code, refusal.value.status) == ("media.too_large", 413)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_any_damage_ends_in_a_picture_or_a_refusal(form: str, draw: st.DataObject) -> None:
    damaged = bytearray(encoded(halves(24, 12), form))
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    try:
        made = prepare_picture(bytes(damaged)).files
    except (NotAPicture, TooManyPixels):
        return
    assert all(sniff(data) == "WEBP" for data in made.values())


# --- documents -----------------------------------------------------------------------------------------------------


def test_a_pdf_is_kept_as_it_is() -> None:
    prepared = prepare_document(PDF)
    assert (prepared.content_type, prepared.width, prepared.height) == ("application/pdf", None, None)
    assert prepared.files == {"document.pdf": PDF}


def test_a_scanned_page_is_encoded_anew_and_stays_readable() -> None:
    for form in ("JPEG", "PNG"):
        prepared = prepare_document(encoded(halves(1700, 2338), form))
        assert sorted(prepared.files) == sorted(file_names("image/webp", document=True)) == ["2400.webp", "800.webp"]
        assert Image.open(BytesIO(prepared.files["2400.webp"])).size == (1700, 2338)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ" + bytes(99),
        b"<html>",
        b"\n" + PDF,
        PDF[:-7],
        b"%PDF-1.7",
        encoded(halves(), "GIF"),
        encoded(halves(), "WEBP"),
    ],
)
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(NotADocument) as refusal:
        prepare_document(data)
    assert refusal.value.code == "media.not_a_document"


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("a\x00b\r\nSet-Cookie: x.png", "ab Set-Cookie x.png"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("<img src=x>.png", "img src=x.png"),
        ("  .hidden  ", "hidden"),
        ("羽绒服 正面.jpg", "羽绒服 正面.jpg"),
        ("e\u0301.png", "\u00e9.png"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("x" * 300, "x" * 120),
    ],
)
def test_names_are_cleaned(given_name: str, clean: str) -> None:
    assert clean_name(given_name) == clean


@given(st.text(max_size=400))
def test_a_clean_name_is_short_printable_and_stays_clean(name: str) -> None:
    clean = clean_name(name)
    assert 1 <= len(clean) <= 120
    assert clean.isprintable()
    assert not set(clean) & set('/\\<>:"|?*\r\n\x00')


def test_a_download_is_named_for_what_is_served() -> None:
    assert download_name("scan.png", "image/webp") == "scan.webp"
    assert download_name("contract.pdf.exe", "application/pdf") == "contract.pdf.pdf"
    assert download_name("contract", "application/pdf") == "contract.pdf"


def test_addresses_of_media() -> None:
    media_id = UUID("01936f3e-0000-7000-8000-000000000001")
    assert media_url(media_id, 800) == "/media/01936f3e-0000-7000-8000-000000000001/800"
    assert media_url(media_id) == "/media/01936f3e-0000-7000-8000-000000000001"


# --- the store -----------------------------------------------------------------------------------------------------


def test_files_are_written_once_whole_and_leave_nothing_behind(tmp_path: Path) -> None:
    sha256 = rules.digest(b"x")
    folder = media_folder(tmp_path, sha256, private=False)
    assert folder == tmp_path / sha256[:2] / sha256
    assert media_folder(tmp_path, sha256, private=True) == tmp_path / "private" / sha256[:2] / sha256
    assert has_files(folder, ["a.webp"]) is False
    write_files(folder, {"a.webp": b"1", "b.webp": b"2"})
    before = (folder / "a.webp").stat()
    write_files(folder, {"a.webp": b"other", "c.webp": b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a.webp": b"1",
        "b.webp": b"2",
        "c.webp": b"3",
    }
    assert (folder / "a.webp").stat().st_ino == before.st_ino
    assert has_files(folder, ["a.webp", "b.webp", "c.webp"]) is True
    assert before.st_mode & 0o077 == 0


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    folder = media_folder(tmp_path, rules.digest(b"x"), private=True)
    with pytest.raises(TypeError):
        write_files(folder, {"a.webp": "not bytes"})  # type: ignore[dict-item]
    assert list(folder.iterdir()) == []
