"""Pictures on their way to another vendor: in a format that it takes, still, upright, and told what they lost."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from pointsman import ChatRequest, Image, Message, Text, user
from pointsman.adapters.client.pictures import FittedChat, fit_pictures
from pointsman.core.chat.part import Bytes, FileId, ToolCall, ToolResult, Url
from pointsman.layers.media import image_fitter, limits_of
from tests.adapters.web.recording_upstream import Reply, Upstream, recording
from tests.adapters.web.test_passing_on import ANSWERS
from tests.patience import GUARD
from tests.served import SETTINGS, Running, running


def picture(kind: str, *colours: str, turn: int = 1) -> bytes:
    """A picture of each colour, lying as EXIF's `turn` says."""
    first, *rest = [Pillow.new("RGB", (24, 12), colour) for colour in colours]
    exif = Pillow.Exif()
    exif[0x0112] = turn
    stream = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": rest} if rest else {}
    more |= {"exif": exif} if turn != 1 else {}
    first.save(stream, kind, **more)
    return stream.getvalue()


async def fit(provider: str, *parts: Any) -> FittedChat:
    """The chat with `parts` as that provider takes it."""
    request = ChatRequest("m", (user("Look"), Message("user", parts)))
    return (await fit_pictures(request, image_fitter(limits_of(provider)), provider)).unwrap()


async def test_a_format_that_is_not_taken_is_changed_wherever_it_stands() -> None:
    gif = Image(Bytes(picture("GIF", "red"), "image/gif"), "high")
    result = ToolResult("c1", "look", (Text("here"), gif))
    call = Message("assistant", (ToolCall("c1", "look", "{}"),))
    request = ChatRequest("m", (user("Look"), call, Message("tool", (result,)), Message("user", (gif,))))
    fitted = (await fit_pictures(request, image_fitter(limits_of("gemini")), "gemini")).unwrap()
    inner = fitted.request.messages[2].parts[0]
    assert isinstance(inner, ToolResult)
    for image in (inner.content[1], fitted.request.messages[3].parts[0]):
        assert isinstance(image, Image)
        assert isinstance(image.source, Bytes)
        assert (image.source.media_type, image.detail) == ("image/png", "high")
    assert fitted.warnings == ()
    assert request.messages[:2] == fitted.request.messages[:2]


@pytest.mark.parametrize("provider", ["openai", "xai", "gemini"])
async def test_what_an_animation_loses_is_told(provider: str) -> None:
    fitted = await fit(provider, Image(Bytes(picture("GIF", "red", "blue"), "image/gif")))
    (warning,) = fitted.warnings
    assert f"{provider} takes no animations" in warning.text
    kept = await fit("anthropic", Image(Bytes(picture("GIF", "red", "blue"), "image/gif")))
    assert kept.warnings == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_on_its_side_is_set_upright(kind: str) -> None:
    fitted = await fit("ollama", Image(Bytes(picture(kind, "red", turn=6), "image/jpeg")))
    image = fitted.request.messages[1].parts[0]
    assert isinstance(image, Image)
    assert isinstance(image.source, Bytes)
    assert Pillow.open(io.BytesIO(image.source.data)).size == (12, 24)


async def test_what_nothing_speaks_against_stays_the_very_same() -> None:
    for source in (
        Bytes(picture("PNG", "red"), "image/png"),
        Bytes(b"no picture that we know", "image/heic"),
        Url("https://example.org/a.gif"),
        FileId("file-1"),
    ):
        request = ChatRequest("m", (Message("user", (Image(source),)),))
        fitted = (await fit_pictures(request, image_fitter(limits_of("gemini")), "gemini")).unwrap()
        assert fitted.request is request


async def test_what_cannot_be_changed_is_refused_in_one_sentence() -> None:
    broken = picture("GIF", "red", "blue")[:60]
    request = ChatRequest("m", (Message("user", (Image(Bytes(broken, "image/gif")),)),))
    refused = (await fit_pictures(request, image_fitter(limits_of("gemini")), "gemini")).failure()
    assert refused.problems == ("an image is damaged: it cannot be decoded",)
    assert (refused.provider, refused.model) == ("gemini", "m")


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with recording() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("pictures") / "home"
    with running(home, SETTINGS.replace("ADDRESS", upstream.address)) as served:
        yield served


def ask(server: Running, upstream: Upstream, behind: str, data: bytes, **more: Any) -> tuple[httpx.Response, str]:
    """A chat with a picture in OpenAI's form, and the body that reached the provider."""
    upstream.asked.clear()
    upstream.reply = Reply(pieces=[json.dumps(ANSWERS[behind]).encode()])
    url = f"data:image/gif;base64,{base64.b64encode(data).decode()}"
    content = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": url}}]
    body = {"model": f"{behind}/m", "messages": [{"role": "user", "content": content}], **more}
    answer = httpx.post(f"{server.address}/v1/chat/completions", json=body, timeout=GUARD, trust_env=False)
    return answer, upstream.asked[0].data.decode() if upstream.asked else ""


@pytest.mark.parametrize(("behind", "taken"), [("gemini", False), ("anthropic", True), ("openai-responses", True)])
def test_the_gateway_sends_each_vendor_a_format_that_it_takes(
    server: Running, upstream: Upstream, behind: str, taken: bool
) -> None:
    gif = picture("GIF", "red")
    answer, sent = ask(server, upstream, behind, gif)
    assert answer.status_code == 200, answer.text
    assert (base64.b64encode(gif).decode() in sent) is taken
    assert ("image/gif" in sent) is taken


def test_the_gateway_tells_what_an_animation_lost(server: Running, upstream: Upstream) -> None:
    answer, sent = ask(server, upstream, "openai-responses", picture("GIF", "red", "blue"))
    assert "takes no animations" in answer.headers["x-pointsman-warnings"]
    assert "image/gif" not in sent


def test_between_equals_a_picture_goes_on_as_it_came(server: Running, upstream: Upstream) -> None:
    moving = picture("GIF", "red", "blue")
    answer, sent = ask(server, upstream, "openai", moving)
    assert answer.status_code == 200
    assert "x-pointsman-warnings" not in answer.headers
    assert base64.b64encode(moving).decode() in sent
