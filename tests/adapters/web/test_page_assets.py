"""The page's files: one request a view, kept for ever under a name that changes, packed, and opened offline."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest

from pointsman.adapters.web.page_assets import PAGE, assets_of, page_assets
from pointsman.adapters.web.page_bundle import UnreadableModule, bundles
from tests.adapters.web.conftest import Site, serving

VIEWS = ("providers", "usage", "routing", "events", "experiments", "healing", "keys", "audit")


def test_a_change_of_any_file_changes_the_name_of_all(tmp_path: Path) -> None:
    shutil.copytree(PAGE, tmp_path / "page")
    before = assets_of(tmp_path / "page")
    assert before.build == page_assets().build
    icons = tmp_path / "page" / "icons.svg"
    icons.write_bytes(icons.read_bytes() + b"<!-- new -->")
    after = assets_of(tmp_path / "page")
    assert before.build != after.build
    assert after.find(f"{before.build}/app.js") is None
    assert after.find(f"{after.build}/app.js") is not None
    assert before.build not in after.index.content.decode()
    assert after.index.content.count(after.build.encode()) == 7


def test_the_icons_of_an_installed_page_are_drawn_from_its_mark() -> None:
    images = pytest.importorskip("PIL.Image", reason="pillow is not installed: pip install pillow")
    files = page_assets().files
    listed = json.loads(files["manifest.webmanifest"].content)["icons"]
    drawn_from = hashlib.sha256(files["mark.svg"].content).hexdigest()
    pictures = {
        one["src"]: images.open(io.BytesIO(files[one["src"]].content)) for one in listed if "png" in one["type"]
    }
    assert {"192x192", "512x512"} <= {one["sizes"] for one in listed}
    assert [f"{picture.width}x{picture.height}" for picture in pictures.values()] == [
        one["sizes"] for one in listed if one["src"] in pictures
    ]
    assert {picture.text["mark.svg"] for picture in pictures.values()} == {drawn_from}, "run tools/draw_icons.py"
    assert [one["purpose"] for one in listed].count("maskable") == 1
    assert files["icon-192.png"].media_type == "image/png"


def test_files_are_packed_for_those_who_take_it() -> None:
    asset = page_assets().files["app.js"]
    body, headers = asset.answer("br, gzip;q=0.5")
    assert headers["content-encoding"] == "gzip"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(body) == asset.content
    assert len(body) < len(asset.content) / 2
    for refused in ("", "br", "gzip;q=0", "identity"):
        assert asset.answer(refused)[0] == asset.content


def test_the_index_is_asked_for_each_time_and_the_worker_keeps_no_answers_of_the_api() -> None:
    assets = page_assets()
    assert assets.index.cache_control == assets.worker.cache_control == "no-cache"
    worker = assets.worker.content.decode()
    assert assets.build in worker
    assert "/api/" not in worker


def test_modules_in_a_circle_and_shared_ones_run_as_they_were_written() -> None:
    sources = {
        "app.js": 'import { one as uno } from "./one.js";\nuno();\nimport("./view.js");\n'
        'import("./other.js");\nawait import("./words.js");\n',
        "one.js": 'import { two } from "./two.js";\nexport function one() {\n  return two();\n}\n',
        "two.js": 'import { one } from "./one.js";\nexport const two = () => one;\n',
        "view.js": 'import { both } from "./both.js";\nexport const mount = both;\n',
        "other.js": 'import both from "./both.js";\nexport const mount = both;\n',
        "words.js": "export default {};\n",
        "both.js": "export const both = 1;\nexport default 2;\n",
    }
    made = bundles(sources, ["app.js"])
    assert set(made) == {"app.js", "view.js", "other.js"}
    assert "const one = (...given) =>" in made["app.js"]
    assert made["app.js"].index("// both.js") < made["app.js"].index("// app.js")
    assert "// both.js" not in made["view.js"]
    with pytest.raises(UnreadableModule, match=r"app\.js: "):
        bundles({"app.js": "export let count = 0;\n"}, ["app.js"])


@pytest.mark.long
def test_each_view_asks_for_one_script(site: Site) -> None:
    asked: list[str] = []
    site.page.on("request", lambda one: asked.append(one.url) if "/static/" in one.url else None)
    page = site.open("#/chat")
    scripts = {url.rsplit("/", 1)[1] for url in asked if url.endswith(".js")}
    assert scripts == {"theme.js", "app.js", "chat.js", "en.js"}
    assert len({url for url in asked if url.endswith(".css")}) == 1
    assert all(f"/static/{page_assets().build}/" in url for url in asked)
    for view in VIEWS:
        asked.clear()
        page.goto(f"{site.url}/#/{view}")
        page.locator(f".view-{view} > *").first.wait_for()
        assert [url.rsplit("/", 1)[1] for url in asked if url.endswith(".js")] == [f"{view}.js"]


@pytest.mark.long
def test_the_page_opens_without_a_network(site: Site) -> None:
    browser = site.page.context.browser
    assert browser
    context = browser.new_context()
    with serving(site.stub) as url:
        page = context.new_page()
        page.goto(f"{url}/#link=one-time-token")
        page.wait_for_selector(".nav")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        kept = """async () => {
          const kept = await caches.open((await caches.keys())[0]);
          return (await kept.keys()).map((one) => one.url);
        }"""
        urls: list[str] = page.evaluate(kept)
        assert not any("/api/" in one for one in urls)
    page.reload()  # the server is gone
    page.get_by_role("alert").wait_for()
    context.close()
