"""Models of several files: GGUF in parts, folders of safetensors, adapters; whole, or told what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.error import ConfigurationError, Fault
from pointsman.core.models.local_model import LocalModel
from tests.adapters.local_models.files import model_bytes, write
from tests.core.test_gguf import PAIRS, made, pair, text
from tests.peers.tiny_folder import write_folder, write_mlx_adapter

ADAPTER = made((PAIRS[0], pair("general.type", 8, text("adapter"))), (), data=0)


def shelf_in(tmp_path: Path) -> FileShelf:
    return FileShelf(tmp_path / "own", {}, tmp_path / "home", pip=None)


async def added(shelf: FileShelf, path: Path, name: str = "", base: str = "") -> LocalModel | Fault:
    return unwrap_or_failure(await shelf.add(str(path), name, base))


def parts_in(folder: Path, count: int = 3) -> list[Path]:
    return [write(folder / f"big-{at:05d}-of-{count:05d}.gguf") for at in range(1, count + 1)]


async def test_a_model_in_parts_is_one_model_of_their_size_named_by_the_first(tmp_path: Path) -> None:
    shelf, parts = shelf_in(tmp_path), parts_in(tmp_path)
    model = await added(shelf, parts[0], "big")
    assert isinstance(model, LocalModel), model
    assert (model.size_bytes, model.path) == (3 * len(model_bytes()), str(parts[0]))
    assert model.parameters == 3 * (32 * 4 + 64)
    found = (await shelf.find("big")).unwrap()
    assert (found.size_bytes, found.format) == (model.size_bytes, "gguf")


async def test_a_part_that_is_missing_cut_or_not_the_first_is_named(tmp_path: Path) -> None:
    shelf, parts = shelf_in(tmp_path), parts_in(tmp_path)
    second = await added(shelf, parts[1])
    assert isinstance(second, ConfigurationError)
    assert "it is part 2 of 3; name the first" in second.detail
    parts[2].write_bytes(model_bytes()[:-40])
    cut = await added(shelf, parts[0])
    assert isinstance(cut, ConfigurationError)
    assert "big-00003-of-00003.gguf: it is cut" in cut.detail
    parts[2].unlink()
    missing = await added(shelf, parts[0])
    assert isinstance(missing, ConfigurationError)
    assert "1 of its 3 parts are missing, such as big-00003-of-00003.gguf" in missing.detail


async def test_a_part_that_goes_later_is_told_when_the_model_is_asked_for(tmp_path: Path) -> None:
    shelf, parts = shelf_in(tmp_path), parts_in(tmp_path)
    assert isinstance(await added(shelf, parts[0], "big"), LocalModel)
    parts[1].unlink()
    error = unwrap_or_failure(await shelf.find("big"))
    assert isinstance(error, ConfigurationError)


async def test_a_folder_says_what_its_model_is(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    folder = write_folder(tmp_path / "tiny", "One two .", "Three four !")
    model = await added(shelf, folder)
    assert isinstance(model, LocalModel), model
    assert (model.name, model.format, model.architecture, model.quantization) == ("tiny", "safetensors", "llama", "F32")
    assert (model.context_length, model.kv_bytes) == (2048, 1 * 4 * 16 * 2 * 4)
    assert model.size_bytes == (folder / "model.safetensors").stat().st_size
    assert (await shelf.find("tiny")).unwrap().parameters == model.parameters


def cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def damage(folder: Path) -> None:
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[:8] + b"x" + data[9:])


def index(folder: Path) -> None:
    weights = {"a": "model.safetensors", "b": "model-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "model.safetensors: it is cut: its tensors end at byte"),
        (damage, "model.safetensors: the head of its weights is no JSON"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"no"), "it is cut, or no safetensors file"),
        (lambda folder: (folder / "model.safetensors").unlink(), "it holds no weights in safetensors"),
        (lambda folder: (folder / "config.json").unlink(), "it is a folder without config.json"),
        (lambda folder: (folder / "config.json").write_text("[]"), "its config.json is no JSON object"),
        (index, "1 of its files of weights are missing, such as model-2.safetensors"),
        (lambda folder: [(folder / f"tokenizer{end}.json").unlink() for end in ("", "_config")], "holds no tokenizer"),
    ],
)
async def test_a_damaged_folder_is_told_in_a_sentence(tmp_path: Path, spoil: object, said: str) -> None:
    folder = write_folder(tmp_path / "tiny", "One two .", "Three four !")
    assert callable(spoil)
    spoil(folder)
    error = await added(shelf_in(tmp_path), folder)
    assert isinstance(error, ConfigurationError), error
    assert said in error.detail


async def test_adapters_stand_with_their_model_and_nowhere_else(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    assert isinstance(await added(shelf, write(tmp_path / "tiny.gguf")), LocalModel)
    lora = write(tmp_path / "lora.gguf", ADAPTER)
    assert isinstance(await added(shelf, lora, "sea", "tiny"), LocalModel)
    found = (await shelf.find("tiny")).unwrap()
    assert found.asked_names == ("tiny", "tiny@sea")
    assert [model.name for model in await shelf.models()] == ["tiny"]
    alone = unwrap_or_failure(await shelf.find("sea"))
    assert isinstance(alone, ConfigurationError)
    assert "ask the model with it as tiny@sea" in alone.detail
    assert (await shelf.remove("sea")).unwrap() is True
    assert (await shelf.find("tiny")).unwrap().adapters == ()


async def test_an_adapter_that_fits_no_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    assert isinstance(await added(shelf, write(tmp_path / "tiny.gguf")), LocalModel)
    lora = write(tmp_path / "lora.gguf", ADAPTER)
    folder = write_mlx_adapter(tmp_path / "folder")
    other = write(tmp_path / "other.gguf", made((pair("general.architecture", 8, text("gemma")), *PAIRS[1:])))
    assert isinstance(await added(shelf, other), LocalModel)
    for path, base, said in (
        (lora, "", "say of which model by --for MODEL"),
        (lora, "nobody", "there is no model 'nobody'"),
        (lora, "other", "is of the architecture gemma, and the adapter for llama"),
        (folder, "tiny", "is in the form gguf, and the adapter in safetensors"),
        (tmp_path / "tiny.gguf", "other", "is a model of its own, and no adapter"),
    ):
        error = await added(shelf, path, "sea", base)
        assert isinstance(error, Fault), path
        assert said in str(error)
