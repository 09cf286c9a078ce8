"""Reads files of the ending `.timetable`: a line for each train, such as `9:12 Brig`."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman import DamagedDocument
from pointsman.ports import Document, Extraction, ExtractionError, Passage
from pointsman_timetable.departures import minutes

KIND = "application/x-timetable"


class TimetableExtractor:
    """Each train is a passage, in words that a model understands."""

    media_types = frozenset({KIND})

    async def extract(self, asked: Extraction) -> Result[Document, ExtractionError]:
        """The trains, or the first line that is none."""
        passages: tuple[Passage, ...] = ()
        for number, line in enumerate(asked.raw.data.decode("utf-8", "replace").splitlines(), 1):
            time, _, town = line.partition(" ")
            if minutes(time) is None or not town.isprintable() or not town.strip():
                wrong = f"line {number} is not a train such as `9:12 Brig`"
                return Failure(DamagedDocument(source=asked.raw.name, detail=wrong))
            passages = (*passages, Passage(text=f"A train leaves for {town.strip()} at {time}."))
        return Success(Document(name=asked.raw.name, media_type=asked.media_type, passages=passages))
