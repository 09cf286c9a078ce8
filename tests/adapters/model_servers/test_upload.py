"""A file of this machine becomes a model of Ollama: sent once, under its hash, whatever its size."""

from __future__ import annotations

from pathlib import Path

from anyio.abc import ByteStream

from pointsman import ConfigurationError, NetworkError, UnsupportedFeature
from pointsman.core.models.served_model import DownloadProgress
from tests.adapters.http1.peer import Peer, listening
from tests.adapters.local_models.files import model_bytes, write
from tests.adapters.model_servers.test_model_servers import opened, simulated, state_of

SIZE = 3 * 2**20 + 17


async def test_a_file_is_sent_in_pieces_under_its_hash_and_becomes_a_model(tmp_path: Path) -> None:
    file, told = write(tmp_path / "mine.gguf", model_bytes(data=SIZE)), list[DownloadProgress]()
    size = file.stat().st_size
    async with simulated("ollama") as server:
        assert (await server.upload(str(file), "mine", told.append)).unwrap() is True
        assert await state_of(server, "mine") == "not-loaded"
        sent = [one.completed for one in told if one.status == "uploading mine.gguf"]
        assert sent == [2**20, 2 * 2**20, 3 * 2**20, size]
        assert [one.status for one in told][-1] == "success"
        told.clear()
        assert (await server.upload(str(file), "again", told.append)).unwrap() is True
        assert not [one for one in told if one.status.startswith("uploading")]
        assert await state_of(server, "again") == "not-loaded"


async def test_a_file_that_is_not_there_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    async with simulated("ollama") as server:
        error = (await server.upload(str(tmp_path / "gone.gguf"), "mine", lambda told: None)).failure()
        assert isinstance(error, ConfigurationError)
        assert "gone.gguf cannot be read (no such file or directory)" in error.detail
        assert await state_of(server, "mine") is None


async def test_a_server_that_goes_in_the_middle_is_a_failure_of_the_network(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.gguf", model_bytes(data=SIZE))

    async def leave(stream: ByteStream, request: bytes) -> bool:
        if request.startswith(b"HEAD "):
            await stream.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return True
        return False

    async with listening(leave) as peer, opened("ollama", address_of(peer)) as server:
        error = (await server.upload(str(file), "mine", lambda told: None)).failure()
    assert isinstance(error, NetworkError), error


def address_of(peer: Peer) -> str:
    return f"http://127.0.0.1:{peer.port}"


async def test_servers_that_take_no_files_say_what_to_do_instead(tmp_path: Path) -> None:
    for kind, hint in (("lmstudio", "PUBLISHER/MODEL/FILE.gguf"), ("llamacpp", "--models-dir")):
        async with simulated(kind) as server:
            error = (await server.upload(str(tmp_path / "x.gguf"), "mine", lambda told: None)).failure()
            assert isinstance(error, UnsupportedFeature)
            assert hint in error.detail
