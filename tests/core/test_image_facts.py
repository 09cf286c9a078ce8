"""The type and size of pictures by their first bytes, against Pillow."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from returns.methods import unwrap_or_failure

from pointsman.core.images.image_facts import ImageFacts, image_facts
from pointsman.testing.laws.examples import examples

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("1", "L", "P", "RGB", "RGBA"),
}
KINDS = [(kind, mode) for kind, modes in MODES.items() for mode in modes]
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBPVP8 ", b"RIFF0000WEBPVP8X")


def made(kind: str, mode: str, size: tuple[int, int], **options: Any) -> bytes:
    """A picture by Pillow."""
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(("kind", "mode"), KINDS)
@settings(max_examples=examples(20))
@given(st.integers(1, 300), st.integers(1, 300))
def test_it_agrees_with_pillow(kind: str, mode: str, width: int, height: int) -> None:
    data = made(kind, mode, (width, height))
    assert image_facts(data).unwrap() == ImageFacts(f"image/{kind.lower()}", width, height)  # type: ignore[arg-type]
    with Image.open(io.BytesIO(data)) as seen:
        assert seen.size == (width, height)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.booleans(), st.booleans(), st.booleans())
def test_all_three_kinds_of_webp_are_read(width: int, height: int, lossless: bool, extended: bool, alpha: bool) -> None:
    options: dict[str, Any] = {"lossless": lossless, **({"exif": b"Exif\x00\x00MM\x00*"} if extended else {})}
    data = made("WEBP", "RGBA" if alpha else "RGB", (width, height), **options)
    expected = b"VP8X" if extended or (alpha and not lossless) else b"VP8L" if lossless else b"VP8 "
    assert data[12:16] == expected
    facts = image_facts(data).unwrap()
    assert (facts.media_type, facts.width, facts.height) == ("image/webp", width, height)


@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize("progressive", [True, False])
def test_the_turn_of_a_photograph_is_read(turn: int, progressive: bool) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif[0x0112] = turn
    data = made("JPEG", "RGB", (40, 30), exif=exif, progressive=progressive, icc_profile=b"x" * 100_000)
    assert image_facts(data).unwrap() == ImageFacts("image/jpeg", 40, 30, turn if 1 <= turn <= 8 else 1)


@pytest.mark.parametrize("turn", [3, 6, 8])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_turn_of_other_formats_is_read(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    assert image_facts(made(kind, "RGB", (41, 30), exif=exif)).unwrap().orientation == turn


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("mode", ["P", "RGB"])
@pytest.mark.parametrize("more", [0, 1, 5])
def test_an_animation_is_told_from_a_still_picture(kind: str, mode: str, more: int) -> None:
    frames = [Image.effect_noise((64, 48), 90).convert(mode) for _ in range(1 + more)]
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], comment=b"two blocks " * 40)
    assert image_facts(stream.getvalue()).unwrap().moves is (more > 0)


def test_an_animation_of_endless_empty_blocks_is_given_up() -> None:
    head = made("GIF", "P", (3, 3))[:13].replace(b"\x87", b"\x00")
    empty = head[:10] + b"\x00\x00\x00" + b"\x21\xfe\x00" * 2_000_000
    assert image_facts(empty + b"\x2c" + bytes(9)).unwrap().moves is False


@given(st.binary(max_size=64) | st.builds(lambda head, rest: head + rest, st.sampled_from(SIGNATURES), st.binary()))
def test_no_bytes_raise(data: bytes) -> None:
    facts = unwrap_or_failure(image_facts(data))
    if isinstance(facts, ImageFacts):
        assert facts.width > 0
        assert facts.height > 0
    else:
        assert facts.startswith("is ")


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_a_picture_that_is_cut_off_or_altered_raises_nothing(kind: tuple[str, str], draw: st.DataObject) -> None:
    data = bytearray(made(*kind, (33, 44)))
    at = draw.draw(st.integers(0, min(len(data), 700) - 1))
    data[at] = draw.draw(st.integers(0, 255))
    found = unwrap_or_failure(image_facts(bytes(data[: draw.draw(st.integers(0, len(data)))])))
    assert isinstance(found, (ImageFacts, str))


@given(st.binary(max_size=300))
def test_no_exif_data_raise(tiff: bytes) -> None:
    segment = b"Exif\x00\x00II*\x00" + tiff
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    frame = b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00"
    assert image_facts(data + frame).map(lambda facts: (facts.width, facts.height)).unwrap() == (3, 2)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"hello", "is not a PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "the JPEG ends before"),
        (b"\xff\xd8\xff\xd9\x00\x00\x00\x00", "the JPEG ends before"),
        (b"GIF89a\x01", "the GIF ends before"),
        (b"GIF89a\x00\x00\x01\x00", "has no size"),
        (b"RIFF\x00\x00\x00\x00WEBPJUNK" + bytes(30), "the WebP ends before"),
        (b"\x89PNG\r\n\x1a\n", "the PNG ends before"),
    ],
)
def test_what_is_no_picture_is_told(data: bytes, why: str) -> None:
    assert why in image_facts(data).failure()


def test_fill_bytes_between_jpeg_segments_are_skipped() -> None:
    data = b"\xff\xd8\xff\xff\xff\x01\xff\xc4\x00\x04xx\xff\xff\xc2\x00\x0b\x08\x00\x07\x00\x09\x01\x01\x11\x00"
    assert image_facts(data).unwrap() == ImageFacts("image/jpeg", 9, 7)
