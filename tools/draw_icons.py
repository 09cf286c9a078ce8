"""Draw the page's icons that must be PNGs from its mark, `page/mark.svg`.

    python tools/draw_icons.py    # needs requirements-dev.txt and Chromium

Phones want PNGs of an app that is installed; the maskable one fills its square, so that the phone may cut it to its
own shape. Each says by a digest which mark it was drawn from: a test finds those that are of an older one.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

PAGE = Path(__file__).parent.parent / "pointsman" / "adapters" / "web" / "page"
CHROMIUM = "/usr/bin/chromium"
ICONS = {"icon-192.png": (192, False), "icon-512.png": (512, False), "icon-maskable.png": (512, True)}
"""Name, pixels, and whether it is maskable: what matters then stands in the middle four fifths."""
_LOOK = "html, body {{ margin: 0; background: transparent }} svg {{ display: block; width: {0}px; height: {0}px }}"


def maskable(svg: str) -> str:
    """The mark without its round corners, with room around what is drawn on it."""
    square = svg.replace('rx="9" ', "")
    head, middle, tail = square.partition('<g fill="none"')
    return f'{head}<g transform="translate(4.8 4.8) scale(0.7)">{middle}{tail.replace("</svg>", "</g></svg>")}'


def main() -> None:
    """Draw them all."""
    svg = (PAGE / "mark.svg").read_text()
    digest = hashlib.sha256(svg.encode()).hexdigest()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (size, is_maskable) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>{_LOOK.format(size)}</style>{maskable(svg) if is_maskable else svg}")
            drawn = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
            made_of = PngInfo()
            made_of.add_text("mark.svg", digest)
            drawn.save(PAGE / name, optimize=True, pnginfo=made_of)
        browser.close()


if __name__ == "__main__":
    main()
