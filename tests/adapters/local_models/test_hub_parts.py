"""A model in several parts on a hub: all of them, each checked, or none."""

from __future__ import annotations

import hashlib
from pathlib import Path

from returns.methods import unwrap_or_failure

from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.error import ConfigurationError, Fault, InvalidResponse, ModelNotFound, NetworkError
from pointsman.core.models.local_model import LocalModel
from pointsman.services.ports.model_library import ModelOffer
from tests.adapters.local_models.fake_hub import FakeHub, served
from tests.adapters.local_models.files import model_bytes
from tests.peers.tiny_folder import write_folder

NAMES = tuple(f"big-q4_k_m-{at:05d}-of-00003.gguf" for at in (1, 2, 3))
PARTS = {name: model_bytes(name, data=100_000 + at) for at, name in enumerate(NAMES)}


def at(tmp_path: Path, hub: FakeHub) -> FileShelf:
    return FileShelf(tmp_path / "own", {"HF_ENDPOINT": hub.address}, tmp_path / "home", pip=None)


async def got(shelf: FileShelf, counts: list[int] | None = None) -> LocalModel | Fault:
    offer = unwrap_or_failure(await shelf.offer("hf:me/tiny"))
    if not isinstance(offer, ModelOffer):
        return offer
    heard: list[int] = [] if counts is None else counts
    return unwrap_or_failure(await shelf.get(offer, heard.append))


def left_in(shelf: FileShelf) -> list[str]:
    return sorted(str(file.relative_to(shelf.folder)) for file in shelf.folder.rglob("*") if file.is_file())


async def test_all_parts_are_got_and_the_first_leads_to_the_others(tmp_path: Path) -> None:
    hub, whole = FakeHub(dict(PARTS)), sum(map(len, PARTS.values()))
    counts: list[int] = []
    with served(hub):
        shelf = at(tmp_path, hub)
        offer = (await shelf.offer("hf:me/tiny")).unwrap()
        assert (offer.name, offer.size_bytes, len(offer.parts)) == ("big-q4_k_m", whole, 3)
        model = await got(shelf, counts)
    assert isinstance(model, LocalModel), model
    assert model.size_bytes == whole
    assert counts == sorted(counts)
    assert counts[-1] == whole
    files = [f"big-q4_k_m/model-{at:05d}-of-00003.gguf" for at in (1, 2, 3)]
    assert left_in(shelf) == sorted([*files, "big-q4_k_m/model.json"])
    assert [(shelf.folder / name).read_bytes() for name in files] == list(PARTS.values())
    assert (
        model.sha256
        == hashlib.sha256("\n".join(hashlib.sha256(data).hexdigest() for data in PARTS.values()).encode()).hexdigest()
    )
    (shelf.folder / files[1]).touch()  # the whole is hashed again, and is what it was
    assert (await shelf.find("big-q4_k_m")).unwrap().sha256 == model.sha256
    changed = bytearray((shelf.folder / files[2]).read_bytes())
    changed[-1] ^= 1
    (shelf.folder / files[2]).write_bytes(changed)
    assert "was changed since it was got" in str((await shelf.find("big-q4_k_m")).failure())


async def test_a_try_that_was_cut_goes_on_with_the_part_that_it_was_at(tmp_path: Path) -> None:
    hub = FakeHub(dict(PARTS), cut_after=[200_000, 40_000, 0])
    with served(hub):
        shelf = at(tmp_path, hub)
        error = await got(shelf)
        assert isinstance(error, NetworkError), error
        assert (await shelf.models()) == ()
        hub.asked.clear()
        assert isinstance(await got(shelf), LocalModel)
    asked = [(path.rpartition("/")[2], span) for path, span, _ in hub.asked if "resolve" in path]
    assert asked == [(NAMES[1], "bytes=40000-"), (NAMES[2], "")]


async def test_a_part_of_zeros_or_one_that_the_hub_lacks_leaves_no_model(tmp_path: Path) -> None:
    with served(hub := FakeHub(dict(PARTS), zeros=True)):
        shelf = at(tmp_path, hub)
        error = await got(shelf)
        assert isinstance(error, InvalidResponse), error
        assert (await shelf.models()) == ()
    with served(hub := FakeHub({name: PARTS[name] for name in NAMES[:2]})):
        missing = await got(at(tmp_path, hub))
        assert isinstance(missing, ModelNotFound), missing
        assert f"lacks {NAMES[2]}" in missing.detail


def folder_files(tmp_path: Path) -> dict[str, bytes]:
    """The files of a repository with a model in safetensors, and others that are no part of it."""
    made = write_folder(tmp_path / "made", "One two .", "Three four !")
    others = {"README.md": b"read me", "onnx/model.json": b"{}", "run.py": b"evil()", "consolidated.safetensors": b"x"}
    return {**{file.name: file.read_bytes() for file in made.iterdir()}, **others}


async def test_a_repository_of_safetensors_is_got_as_a_folder_without_anything_else_of_it(tmp_path: Path) -> None:
    files = folder_files(tmp_path)
    with served(hub := FakeHub(files)):
        shelf = at(tmp_path, hub)
        offer = (await shelf.offer("hf:me/tiny")).unwrap()
        assert (offer.name, offer.source, offer.licence) == ("tiny", "hf:me/tiny", "mit")
        model = await got(shelf)
        assert isinstance(model, LocalModel), model
        assert (await shelf.offer("hf:me/tiny")).unwrap().is_here
    assert (model.format, model.architecture) == ("safetensors", "llama")
    assert model.sha256 == hashlib.sha256(files["model.safetensors"]).hexdigest()
    wanted = [name for name in files if name.endswith((".json", ".safetensors")) and "/" not in name]
    wanted.remove("consolidated.safetensors")
    assert left_in(shelf) == sorted(["tiny/model.json", *(f"tiny/model/{name}" for name in wanted)])
    found = (await shelf.find("tiny")).unwrap()
    assert found.path == str(shelf.folder / "tiny" / "model")
    assert (await shelf.remove("tiny")).unwrap()
    assert left_in(shelf) == []


async def test_a_folder_that_lacks_its_words_or_comes_as_zeros_leaves_nothing(tmp_path: Path) -> None:
    files = folder_files(tmp_path)
    with served(hub := FakeHub({name: data for name, data in files.items() if "tokenizer" not in name})):
        shelf = at(tmp_path, hub)
        error = await got(shelf)
        assert isinstance(error, ConfigurationError), error
        assert "it holds no tokenizer" in error.detail
        assert left_in(shelf) == []
    with served(hub := FakeHub(files, zeros=True)):
        shelf = at(tmp_path, hub)
        assert isinstance(await got(shelf), InvalidResponse)
        assert await shelf.models() == ()
