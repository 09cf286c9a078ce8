"""Models on disk: our own, and those of other programs, in the folders as these lay them out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.local_models.elsewhere import find_elsewhere
from pointsman.adapters.local_models.library import FileLibrary
from pointsman.adapters.local_models.model_file import look_at, sha256_of
from pointsman.core.error import ConfigurationError, ModelNotFound
from pointsman.core.models.local_model import LocalModel
from tests.adapters.local_models.files import model_bytes, write
from tests.peers.tiny_folder import write_folder


def library(tmp_path: Path, **environment: str) -> FileLibrary:
    return FileLibrary(tmp_path / "own", environment, tmp_path / "home")


def record(shelf: FileLibrary, name: str = "tiny", *, sha256: str = "") -> LocalModel:
    file = write(shelf.folder / name / "model.gguf")
    model = look_at(file, name, "pointsman").unwrap()
    hashed = sha256 or sha256_of(file).unwrap()
    return shelf.record(attrs.evolve(model, path="model.gguf", sha256=hashed)).unwrap()


def ollama(folder: Path, name: str, *, content: bytes | None = None, digest: str = "a" * 64, size: int = 0) -> Path:
    data = model_bytes() if content is None else content
    blob = write(folder / "blobs" / f"sha256-{digest}", data)
    layers = [
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": size or len(data)},
        {"mediaType": "application/vnd.ollama.image.template", "digest": f"sha256:{'b' * 64}", "size": 3},
    ]
    write(folder / "manifests" / name, json.dumps({"schemaVersion": 2, "layers": layers}).encode())
    return blob


async def test_what_was_recorded_is_listed_and_found(tmp_path: Path) -> None:
    shelf = library(tmp_path)
    record(shelf)
    (listed,) = await shelf.models()
    assert (listed.name, listed.path, listed.holder) == ("tiny", str(shelf.folder / "tiny" / "model.gguf"), "pointsman")
    found = unwrap_or_failure(await shelf.find("tiny"))
    assert isinstance(found, LocalModel), found
    assert (found.architecture, found.parameters, found.sha256) == ("llama", 192, listed.sha256)


async def test_a_folder_without_a_record_or_with_half_of_one_is_no_model(tmp_path: Path) -> None:
    shelf = library(tmp_path)
    write(shelf.folder / "half" / "model.gguf")
    write(shelf.folder / "broken" / "model.json", b'{"name": "bro')
    assert await shelf.models() == ()
    error = unwrap_or_failure(await shelf.find("broken"))
    assert isinstance(error, ModelNotFound), error


@pytest.mark.parametrize("name", ["../own/tiny", "/etc/passwd", "tiny/../tiny", "", "a" * 300, "\x00"])
async def test_a_name_from_outside_leads_to_no_other_place(tmp_path: Path, name: str) -> None:
    shelf = library(tmp_path)
    record(shelf)
    assert isinstance(unwrap_or_failure(await shelf.find(name)), ModelNotFound)
    assert unwrap_or_failure(shelf.remove_now(name)) is False


async def test_a_file_that_was_cut_or_changed_is_told_of_and_not_run(tmp_path: Path) -> None:
    shelf = library(tmp_path)
    model = record(shelf)
    file = shelf.folder / "tiny" / model.path
    file.write_bytes(model_bytes()[:-100])
    cut = unwrap_or_failure(await shelf.find("tiny"))
    assert isinstance(cut, ConfigurationError), cut
    assert "should have" in cut.detail
    file.write_bytes(model_bytes()[:-8] + b"rubbish!")
    changed = unwrap_or_failure(await shelf.find("tiny"))
    assert isinstance(changed, ConfigurationError), changed
    assert "was changed since it was got" in changed.detail


async def test_a_file_that_was_only_touched_is_hashed_and_taken(tmp_path: Path) -> None:
    shelf = library(tmp_path)
    record(shelf)
    os.utime(shelf.folder / "tiny" / "model.gguf", (1.0, 1.0))
    assert isinstance(unwrap_or_failure(await shelf.find("tiny")), LocalModel)


async def test_models_of_ollama_are_used_where_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "ollama"
    blob = ollama(folder, "registry.ollama.ai/library/smollm2/135m")
    ollama(folder, "registry.ollama.ai/someone/thing/latest", digest="c" * 64)
    ollama(folder, "example.org/library/other/latest", digest="d" * 64)
    shelf = library(tmp_path, OLLAMA_MODELS=str(folder))
    before = sorted(str(file) for file in folder.rglob("*"))
    listed = {model.name: model for model in await shelf.models()}
    assert set(listed) == {"smollm2:135m", "someone/thing:latest", "example.org/other:latest"}
    assert (listed["smollm2:135m"].path, listed["smollm2:135m"].holder) == (str(blob), "ollama")
    assert isinstance(unwrap_or_failure(await shelf.find("smollm2:135m")), LocalModel)
    assert sorted(str(file) for file in folder.rglob("*")) == before


async def test_manifests_that_lie_or_lead_elsewhere_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "ollama"
    ollama(folder, "registry.ollama.ai/library/short/latest", size=10**9)
    write(folder / "manifests/registry.ollama.ai/library/bad/latest", b"{")
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../secret", "size": 1}]
    write(folder / "manifests/registry.ollama.ai/library/evil/latest", json.dumps({"layers": layers}).encode())
    assert await library(tmp_path, OLLAMA_MODELS=str(folder)).models() == ()


async def test_models_of_lm_studio_llama_cpp_and_the_hubs_cache_are_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home / ".lmstudio/models/publisher/Model-GGUF/Model-Q4_K_M.gguf")
    write(home / ".lmstudio/models/publisher/Model-GGUF/mmproj-Model.gguf")
    write(tmp_path / "llama/own.gguf")
    hub = tmp_path / "hub/models--owner--repo--x/snapshots/abc"
    write(hub / "file-00001-of-00002.gguf")
    write(hub / "file-00002-of-00002.gguf")
    shelf = library(tmp_path, LLAMA_CACHE=str(tmp_path / "llama"), HF_HUB_CACHE=str(tmp_path / "hub"))
    assert {(model.name, model.holder) for model in await shelf.models()} == {
        ("publisher/Model-GGUF/Model-Q4_K_M", "lm studio"),
        ("own", "llama.cpp"),
        ("owner/repo--x/file-00001-of-00002", "hugging face"),
    }


async def test_folders_of_safetensors_that_others_hold_are_models_by_their_names(
    tmp_path: Path,
) -> None:
    snapshot = tmp_path / "hub/models--owner--repo/snapshots/abc"
    write_folder(snapshot, "One two .", "Three four !")
    write_folder(tmp_path / "home/.lmstudio/models/mlx-community/tiny-mlx", "One two .", "Three four !")
    vectors = write_folder(tmp_path / "hub/models--owner--vectors/snapshots/abc", "One two .", "Three four !")
    config = json.loads((vectors / "config.json").read_text())
    (vectors / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    (tmp_path / "hub/models--owner--empty/snapshots").mkdir(parents=True)
    shelf = library(tmp_path, HF_HUB_CACHE=str(tmp_path / "hub"))
    assert {(model.name, model.holder, model.format) for model in await shelf.models()} == {
        ("owner/repo", "hugging face", "safetensors"),
        ("mlx-community/tiny-mlx", "lm studio", "safetensors"),
    }
    found = (await shelf.find("owner/repo")).unwrap()
    assert (found.path, found.architecture) == (str(snapshot), "llama")


async def test_ours_comes_before_another_of_the_same_name(tmp_path: Path) -> None:
    write(tmp_path / "llama/tiny.gguf")
    shelf = library(tmp_path, LLAMA_CACHE=str(tmp_path / "llama"))
    record(shelf)
    assert [model.holder for model in await shelf.models()] == ["pointsman"]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    found = find_elsewhere({}, tmp_path)
    assert [file for file in found.files if str(file.path).startswith(str(tmp_path))] == []
