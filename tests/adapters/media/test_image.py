"""Pictures from files, bytes and addresses: checked by content, made to fit, refused in one sentence."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw

from pointsman.adapters.media.image import image_from
from pointsman.adapters.media.resize import MOST_PIXELS, ResizedImage, fit
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.part import Bytes, Url
from pointsman.core.effect import settle
from pointsman.core.images.image_facts import image_facts
from pointsman.core.images.image_limits import ImageLimits
from pointsman.layers.media import limits_of
from pointsman.testing.laws.examples import examples

ANTHROPIC = limits_of("anthropic")


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red."""
    made = Pillow.new(mode, size)
    if mode in ("RGB", "RGBA"):
        ImageDraw.Draw(made).rectangle((0, 0, size[0] // 2, size[1]), fill="red")
    stream = io.BytesIO()
    made.save(stream, kind, **options)
    return stream.getvalue()


def noise(size: tuple[int, int], kind: str = "JPEG", **options: Any) -> bytes:
    """A picture that no format makes small."""
    stream = io.BytesIO()
    Pillow.effect_noise(size, 120).convert("RGB").save(stream, kind, **options)
    return stream.getvalue()


async def held(source: str | Path | bytes, limits: ImageLimits | None = None) -> Bytes:
    """The bytes of the picture in `source`."""
    image = (await settle(image_from(source, limits=limits or ImageLimits()))).unwrap()
    assert isinstance(image.source, Bytes)
    return image.source


async def why(source: str | Path | bytes, limits: ImageLimits | None = None) -> str:
    """What is wrong with `source`: one problem, in one sentence."""
    error = (await settle(image_from(source, limits=limits or ImageLimits()))).failure()
    assert error.problems == (error.detail,)
    assert error.local
    return error.detail


def opened(source: Bytes) -> Pillow.Image:
    """The picture as Pillow sees it."""
    return Pillow.open(io.BytesIO(source.data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_the_content_tells_the_type_and_not_the_name(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(picture(kind))
    for source in (file, str(file), picture(kind)):
        assert await held(source) == Bytes(picture(kind), f"image/{kind.lower()}")


async def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("not a picture")
    assert await why(text) == f"the image {str(text)!r} is not a PNG, JPEG, WebP or GIF"
    assert await why(b"") == "the image is empty"
    assert await why(picture()[:20]) == "the image is damaged: the PNG ends before it tells its size"
    assert "no such file" in await why(tmp_path / "missing.png")
    assert "directory" in await why(tmp_path)
    assert "is no path" in await why("a\x00b.png")


async def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "me.gif").write_bytes(picture("GIF"))
    assert (await held("~/me.gif")).media_type == "image/gif"


async def test_an_address_stays_one_and_a_data_url_is_opened() -> None:
    image = (await settle(image_from("https://example.org/a.png"))).unwrap()
    assert image.source == Url("https://example.org/a.png")
    inside = base64.b64encode(picture("JPEG")).decode()
    assert await held(f"data:image/png;base64,{inside}") == Bytes(picture("JPEG"), "image/jpeg")
    assert (await held("data:image/gif,GIF89a%05%00%06%00")).media_type == "image/gif"
    for broken in ("data:image/png;base64,???", "data:image/png"):
        assert await why(broken) == "the image is not a whole data: URL"
    assert await why("data:text/plain,hello") == "the image is not a PNG, JPEG, WebP or GIF"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_a_large_picture_is_fitted_into_the_best_edge(kind: str) -> None:
    seen = await held(picture(kind, (3000, 1500)), ANTHROPIC)
    assert seen.media_type == "image/jpeg"
    with opened(seen) as image:
        assert image.size == (1568, 784)
        assert image.convert("RGB").getpixel((100, 100))[0] > 200  # type: ignore[index]
        assert image.convert("RGB").getpixel((1400, 100))[0] < 50  # type: ignore[index]


async def test_transparency_makes_it_a_png() -> None:
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        seen = await held(picture(kind, (2000, 100), "RGBA", **options), ANTHROPIC)
        assert seen.media_type == "image/png"
        with opened(seen) as image:
            assert image.mode == "RGBA"
            assert image.getpixel((1500, 40)) == (0, 0, 0, 0)


async def test_odd_modes_are_written_as_something_every_model_reads() -> None:
    for mode in ("1", "L", "LA", "P", "I;16"):
        seen = await held(picture("PNG", (1600, 10), mode), ANTHROPIC)
        assert seen.media_type == ("image/png" if mode == "LA" else "image/jpeg")
    grey = io.BytesIO()
    Pillow.new("I;16", (1600, 10), 0x8000).save(grey, "PNG")
    with opened(await held(grey.getvalue(), ANTHROPIC)) as image:
        assert image.convert("L").getpixel((5, 5)) == pytest.approx(128, abs=2)
    assert (await held(picture("JPEG", (1600, 10), "CMYK"), ANTHROPIC)).media_type == "image/jpeg"


async def test_bytes_are_kept_within_the_limit() -> None:
    data = noise((1500, 1500), quality=95)
    limit = ImageLimits(size=100_000)
    assert len(data) > 500_000
    seen = await held(data, limit)
    assert len(seen.data) <= 100_000
    assert image_facts(seen.data).unwrap().longest_edge >= 64
    assert "cannot be made smaller than 300 bytes" in await why(data, ImageLimits(size=300))


async def test_what_fits_is_sent_untouched() -> None:
    data = picture("PNG", (1568, 1000))
    assert (await held(data, ANTHROPIC)).data is data
    large = noise((3000, 2000))
    assert (await held(large)).data is large


async def test_a_photograph_lying_on_its_side_is_set_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    seen = await held(picture("JPEG", (40, 20), exif=exif))
    with opened(seen) as image:
        assert image.size == (20, 40)
        assert image.getexif().get(0x0112, 1) == 1
        assert image.getpixel((10, 3))[0] > 200  # type: ignore[index]
        assert image.getpixel((10, 37))[0] < 50  # type: ignore[index]


def png_of(width: int, height: int) -> bytes:
    """A small file that says it is a large picture."""
    data = picture("PNG")
    head = data[12:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + data[24:29]
    return data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:]


async def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    assert "20000×20000 pixels" in await why(png_of(20_000, 20_000))
    assert MOST_PIXELS < 89_478_485, "Pillow would warn before we refuse"


@pytest.mark.parametrize("edge", [9200, 65_535])
async def test_a_bomb_that_is_larger_than_it_says_is_refused(edge: int) -> None:
    grown = bytearray(picture("GIF", (10, 10)))
    at = grown.index(b",\x00\x00\x00\x00\x0a\x00\x0a\x00")
    grown[at + 5 : at + 9] = edge.to_bytes(2, "little") * 2  # the first picture outgrows the screen it stands on
    assert "more pixels" in await why(bytes(grown), ImageLimits(size=10))


async def test_damage_within_is_told() -> None:
    data = picture("PNG", (2000, 2000))
    assert await why(data[:200], ANTHROPIC) == "the image is damaged: it cannot be decoded"


@settings(max_examples=examples(60))
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.data())
def test_no_damage_raises(kind: str, draw: st.DataObject) -> None:
    data = bytearray(picture(kind, (60, 50)))
    for _ in range(draw.draw(st.integers(0, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    found = fit(bytes(data[: draw.draw(st.integers(0, len(data)))]), ImageLimits(best_edge=20))
    assert isinstance(found, str) or (
        isinstance(found, ResizedImage) and image_facts(found.data).unwrap().longest_edge <= 20
    )


def animation(kind: str = "GIF") -> bytes:
    """A picture that is red, then blue."""
    stream = io.BytesIO()
    first, second = (Pillow.new("RGB", (20, 20), colour) for colour in ("red", "blue"))
    first.save(stream, kind, save_all=True, append_images=[second], duration=100)
    return stream.getvalue()


FORMATS = [(name, kind) for name in PROVIDERS for kind in ("GIF", "WEBP", "PNG", "JPEG")]


@pytest.mark.parametrize(("provider", "kind"), FORMATS)
async def test_every_provider_gets_a_format_that_it_takes(provider: str, kind: str) -> None:
    limits = limits_of(provider)
    seen = await held(picture(kind), limits)
    taken = limits.formats or {f"image/{kind.lower()}"}
    assert seen.media_type in taken
    assert (seen.data == picture(kind)) is (f"image/{kind.lower()}" in taken)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("provider", ["openai", "azure", "gemini", "anthropic", "ollama"])
async def test_of_an_animation_the_first_picture_stays_where_none_is_taken(provider: str, kind: str) -> None:
    limits = limits_of(provider)
    seen = await held(animation(kind), limits)
    taken = limits.animated and (limits.formats is None or f"image/{kind.lower()}" in limits.formats)
    with opened(seen) as image:
        assert getattr(image, "n_frames", 1) == (2 if taken else 1)
        red, _, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert (red > 200, blue < 50) == (True, True)


async def test_what_was_drawn_with_a_palette_keeps_its_lines() -> None:
    drawn = Pillow.new("P", (40, 40), 0)
    drawn.putpalette([255, 255, 255, 10, 20, 30])
    drawn.putpixel((7, 7), 1)
    stream = io.BytesIO()
    drawn.save(stream, "GIF")
    seen = await held(stream.getvalue(), limits_of("gemini"))
    with opened(seen) as image:
        assert (seen.media_type, image.convert("RGB").getpixel((7, 7))) == ("image/png", (10, 20, 30))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
async def test_a_picture_on_its_side_is_set_upright_in_every_format(kind: str) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    with opened(await held(picture(kind, (60, 20), exif=exif))) as image:
        assert image.size == (20, 60)


WITHOUT = """
import sys
sys.modules["PIL"] = None
import anyio
from pointsman.adapters.media.image import image_from
from pointsman.core.effect import settle
from pointsman.layers.media import limits_of
provider, *names = sys.argv[1:]
for name in names:
    found = anyio.run(lambda: settle(image_from(name, limits=limits_of(provider))))
    print(found.map(lambda image: image.source.media_type).value_or(None) or found.failure().detail)
"""


def without_pillow(provider: str, *names: str) -> list[str]:
    """What becomes of each picture."""
    done = subprocess.run([sys.executable, "-c", WITHOUT, provider, *names], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_without_pillow_a_format_that_is_not_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "still").write_bytes(picture("GIF"))
    (tmp_path / "moving").write_bytes(animation())
    names = [str(tmp_path / name) for name in ("still", "moving")]
    still, moving = without_pillow("gemini", *names)
    assert still.startswith(f"the image {names[0]!r} is image/gif, and image/heic and ")
    assert still.endswith(" are taken; install pointsman[images] to have it changed, or change it yourself")
    assert "is image/gif" in moving
    still, moving = without_pillow("openai", *names)
    assert still == "image/gif"
    assert "is an animation, and only still pictures are taken" in moving


def test_without_pillow_only_what_would_be_refused_fails(tmp_path: Path) -> None:
    sizes = {"small": (10, 10), "wide": (4000, 4), "huge": (9000, 2)}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(picture("PNG", size))
    (tmp_path / "heavy").write_bytes(noise((2300, 1500), "PNG"))
    names = [str(tmp_path / name) for name in (*sizes, "heavy")]
    small, wide, huge, heavy = without_pillow("anthropic", *names)
    assert small == wide == "image/png"
    assert "an edge of 9000 pixels, and 8000 are allowed; install pointsman[images]" in huge
    assert "MB, and 3.9 MB are allowed" in heavy


def test_every_limit_says_where_it_is_from() -> None:
    stated = [row.images for row in PROVIDERS.values() if row.images != ImageLimits()]
    assert len(stated) >= 7
    assert all(images.source.startswith("https://") for images in stated)
    assert limits_of("ollama") == ImageLimits()
