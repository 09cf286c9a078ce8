"""The reader, its extractors that ask a model, and the programs made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman import (
    ChatError,
    ChatRequest,
    Document,
    ModelSettings,
    Passage,
    RateLimitExceeded,
    RawDocument,
    ReadingOptions,
    Segment,
    Transcription,
    TranscriptionRequest,
    UnsupportedFeature,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.core.chat.part import Bytes, Image, Text
from pointsman.core.documents.document_error import DamagedDocument, DocumentError, ExtractorMissing
from pointsman.layers.documents import all_extractors, document_reader
from pointsman.pipelines import extract, split, then
from pointsman.ports import Extraction
from pointsman.services.documents.picture_reading import describe_pictures
from pointsman.services.documents.recordings import RecordingExtractor
from pointsman.testing import FakeExtractor, Reply, ScriptedClient
from tests.adapters.extract.samples import pdf
from tests.adapters.media.test_sound_and_documents import tone


async def test_a_program_reads_a_file_and_splits_it(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(pdf(["One way.", "That way."]))
    chunks = then(extract(str(tmp_path / "report.pdf")), lambda document: split(document, 16))
    async with open_app(fake()) as opened:
        made = (await settle(chunks(opened.unwrap()))).unwrap()
    assert [chunk.text for chunk in made] == ["[page 1]\nOne way.", "[page 2]\nThat way."]


async def test_a_recording_is_heard_with_its_times_by_the_model_that_is_named() -> None:
    client = ScriptedClient()
    async with open_app(fake({"fake": client})) as opened:
        options = ReadingOptions(language="de", transcriber="fake/ear")
        read = await settle(opened.unwrap().documents.read(RawDocument("talk.wav", tone()), options))
    document = read.unwrap()
    assert (document.media_type, [passage.kind for passage in document.passages]) == ("audio/wav", ["segment"])
    assert [(one.model, one.language, one.segments) for one in client.sounds] == [("ear", "de", True)]


class NoTimes(ScriptedClient):
    """Hears, and cannot tell when what was said."""

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        self.sounds.append(request)
        if request.segments:
            return Failure(UnsupportedFeature(feature="segments"))
        return Success(Transcription(text="Which way?"))


async def test_a_model_without_times_gives_one_passage_and_a_warning() -> None:
    client = NoTimes()
    asked = Extraction(raw=RawDocument("talk.wav", tone()), media_type="audio/wav")
    read = (await RecordingExtractor(client).extract(asked)).unwrap()
    assert read.passages == (Passage(kind="segment", text="Which way?"),)
    assert read.warnings == ("the model does not tell when what was said",)
    assert [one.segments for one in client.sounds] == [True, False]


async def test_what_another_try_does_not_cure_is_not_tried_again() -> None:
    client = ScriptedClient(error=RateLimitExceeded())
    asked = Extraction(raw=RawDocument("talk.wav", tone()), media_type="audio/wav")
    assert isinstance(unwrap_or_failure(await RecordingExtractor(client).extract(asked)), RateLimitExceeded)


async def test_times_of_what_was_said_are_the_places_of_its_passages() -> None:
    class Timed(ScriptedClient):
        async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
            return Success(Transcription(text="a b", segments=(Segment(0, 1.5, " a "), Segment(61.5, 62, "b"))))

    asked = Extraction(raw=RawDocument("talk.wav", tone()), media_type="audio/wav")
    read = (await RecordingExtractor(Timed()).extract(asked)).unwrap()
    assert [(one.place, one.text) for one in read.passages] == [("0:00.0–0:01.5", "a"), ("1:01.5–1:02.0", "b")]


async def test_pictures_are_described_and_scanned_pages_written_down() -> None:
    client = ScriptedClient(lambda request: "A train." if "Describe" in request.messages[-1].text else "Page text.")
    picture = Bytes(b"x", "image/png")
    document = Document(
        name="a.pdf",
        media_type="application/pdf",
        passages=(
            Passage(text="Typed.", page=1),
            Passage(kind="picture", page=2, picture=picture),
            Passage(kind="picture", text="PNG", picture=picture),
        ),
    )
    read = (await describe_pictures(client, document, "fake/eye")).unwrap()
    assert [passage.text for passage in read.passages] == ["Typed.", "Page text.", "PNG\nA train."]
    assert all(request.messages[-1].parts[0] == Image(picture) for request in client.requests)


async def test_an_extractor_of_ones_own_stands_in_front_of_ours() -> None:
    mine = FakeExtractor({"a.txt": ("My way.",)})
    layers = fake().but(extractors=lambda client: (mine, *all_extractors(client)))
    async with open_app(layers) as opened:
        reader = opened.unwrap().documents
        assert (await settle(reader.read(RawDocument("a.txt", b"x")))).unwrap().text == "My way."
        assert isinstance((await settle(reader.read(RawDocument("b.txt", b"x")))).failure(), DamagedDocument)
        assert (await settle(reader.read(RawDocument("a.csv", b"a,b")))).unwrap().text == "a | b"


@attrs.define
class Letters:
    """Finds these texts in pictures, one after the other."""

    texts: tuple[str, ...]

    async def recognize(self, name: str, pictures: Sequence[Bytes]) -> Result[tuple[str, ...], DocumentError]:
        return Success(self.texts[: len(pictures)])


async def test_letters_in_pictures_become_the_text_of_pages_and_stand_beside_photos() -> None:
    from tests.adapters.extract.test_kinds import PNG

    reader = attrs.evolve(document_reader(), recognizer=lambda: Letters(("Page one.", "")))
    options = ReadingOptions(page_pictures=True, ocr=True)
    scan = (await settle(reader.read(RawDocument("scan.pdf", pdf(["", ""])), options))).unwrap()
    assert [(one.kind, one.text, one.picture is None) for one in scan.passages] == [
        ("text", "Page one.", True),
        ("picture", "", False),
    ]
    assert "letters may be wrong" in scan.warnings[-1]
    photo = (await settle(reader.read(RawDocument("photo.png", PNG), options))).unwrap()
    assert (photo.passages[0].text, len(photo.pictures)) == ("PNG, 1×1 pixels\nPage one.", 1)
    without = attrs.evolve(reader, recognizer=None)
    assert isinstance((await settle(without.read(RawDocument("photo.png", PNG), options))).failure(), ExtractorMissing)


class Raising:
    """An extractor of a stranger's."""

    media_types = frozenset({"text/plain"})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        raise KeyError("mine")


async def test_an_extractor_that_raises_is_a_failure_that_names_it() -> None:
    async with open_app(fake().but(extractors=lambda client: (Raising(),))) as opened:
        failed = (await settle(opened.unwrap().documents.read(RawDocument("a.txt", b"x")))).failure()
    assert isinstance(failed, ExtractorMissing)
    assert "has raised KeyError: 'mine'" in str(failed)


async def test_a_program_asks_questions_about_a_photo_and_the_model_sees_it(tmp_path: Path) -> None:
    from pointsman.pipelines import all_of, ask_document
    from tests.adapters.extract.test_kinds import PNG

    (tmp_path / "photo.png").write_bytes(PNG)
    client = ScriptedClient(lambda request: "In the evening." if "time" in request.messages[-1].text else "A train.")
    questions = ("What does it show?", "What time of day is it?")
    asking = then(
        extract(str(tmp_path / "photo.png")),
        lambda photo: all_of([ask_document(photo, question) for question in questions], limit=1),
    )
    async with open_app(fake({"fake": client})) as opened:
        answers = (await settle(asking(opened.unwrap()))).unwrap()
    assert [(answer.text, answer.warnings) for answer in answers] == [("A train.", ()), ("In the evening.", ())]
    for request in client.requests:
        assert request.messages[-1].parts[0] == Image(Bytes(PNG, "image/png"))
        assert "PNG, 1×1 pixels" in request.messages[-1].text


async def test_pictures_of_what_is_too_long_at_once_are_told_to_be_unseen(tmp_path: Path) -> None:
    from pointsman.pipelines import ask_document

    picture = Passage(kind="picture", text="PNG", picture=Bytes(b"x", "image/png"))
    long = Document(name="a.md", media_type="text/markdown", passages=(Passage(text="Points. " * 2000), picture))
    scan = Document(name="s.pdf", media_type="application/pdf", passages=(attrs.evolve(picture, text="", page=1),))
    client = ScriptedClient(lambda request: "Points.")
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        answer = (await settle(ask_document(long, "What is set?", window=1500)(app))).unwrap()
        assert not any(isinstance(part, Image) for one in client.requests for part in one.messages[-1].parts)
        seen = (await settle(ask_document(scan, "What is set?")(app))).unwrap()
    assert answer.warnings == ("its pictures were not shown: all of it is too long at once",)
    assert (seen.warnings, client.requests[-1].messages[-1].parts[0]) == ((), Image(Bytes(b"x", "image/png")))


async def test_of_a_photo_with_words_a_model_that_is_known_to_see_nothing_is_given_the_words() -> None:
    """As where OCR or another model has written down what it shows."""
    from pointsman.pipelines import ask_document

    photo = Passage(kind="picture", text="PNG\nWay out.", picture=Bytes(b"x", "image/png"))
    words = Document(name="a.png", media_type="image/png", passages=(photo,))
    client = ScriptedClient(lambda request: "Out.")
    blind = attrs.evolve(fake_settings(), models={"fake/fake-model": ModelSettings(lacks=frozenset(("vision",)))})
    async with open_app(fake({"fake": client}), blind) as opened:
        answer = (
            await settle(ask_document(words, "What does it say?", model="fake/fake-model")(opened.unwrap()))
        ).unwrap()
    assert [type(part) for part in client.requests[-1].messages[-1].parts] == [Text]
    assert "Way out." in client.requests[-1].messages[-1].text
    assert answer.warnings == ("its pictures were not shown: the model sees none",)


async def test_a_model_that_refuses_a_photo_with_words_is_asked_again_with_the_words() -> None:
    """Nothing said before that it sees none."""
    from pointsman.pipelines import ask_document

    photo = Passage(kind="picture", text="PNG\nWay out.", picture=Bytes(b"x", "image/png"))
    words = Document(name="a.png", media_type="image/png", passages=(photo,))

    def answer(request: ChatRequest) -> Reply:
        shown = any(isinstance(part, Image) for part in request.messages[-1].parts)
        return UnsupportedFeature(detail="image input is not supported", feature="images") if shown else "Out."

    client = ScriptedClient(answer)
    async with open_app(fake({"fake": client})) as opened:
        read = (await settle(ask_document(words, "What does it say?")(opened.unwrap()))).unwrap()
    assert (read.text, read.requests, len(client.requests)) == ("Out.", 2, 2)
    assert read.warnings == ("its pictures were not shown: the model refused the request with them",)


async def test_a_program_can_make_a_podcast_of_a_pdf(tmp_path: Path) -> None:
    from pointsman.pipelines import ask_document

    (tmp_path / "paper.pdf").write_bytes(pdf(["Trains need points."]))
    client = ScriptedClient(["HOST: Trains need points [page 1]."])
    podcast = then(extract(str(tmp_path / "paper.pdf")), lambda paper: ask_document(paper, "Write a podcast of it."))
    async with open_app(fake({"fake": client})) as opened:
        answer = (await settle(podcast(opened.unwrap()))).unwrap()
    assert (answer.text, answer.places) == ("HOST: Trains need points [page 1].", ("page 1",))
    asked: ChatRequest = client.requests[0]
    assert "Write a podcast of it." in asked.messages[-1].text
