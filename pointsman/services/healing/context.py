"""What of an error and of the files that it names is shown to a model: bounded, and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.named_files import (
    imported_files,
    is_program,
    named_files,
    shorten_output,
    without_folder,
)
from pointsman.core.security.masking import SecretMask
from pointsman.services.ports.source_folder import SourceFile, SourceFolder, Withheld


@attrs.frozen(kw_only=True)
class ContextLimits:
    """How much is shown: files in all, bytes of each and of all, and characters of the error."""

    files: int = 8
    file_bytes: int = 64_000
    total_bytes: int = 160_000
    error_characters: int = 16_000


USUAL_LIMITS = ContextLimits()


@attrs.frozen(kw_only=True)
class HealingContext:
    """An error with its files. `error` and `shown` are as they may be sent; `files` are as they are.

    `withheld` are files that the error names and that are not shown, with why.
    """

    error: str
    files: Mapping[str, SourceFile] = attrs.field(repr=False)
    shown: Mapping[str, str] = attrs.field(repr=False)
    withheld: tuple[Withheld, ...] = ()
    mask: SecretMask


@attrs.define
class _Shelf:
    """The files that were taken so far, as long as there is room."""

    folder: SourceFolder
    limits: ContextLimits
    files: dict[str, SourceFile] = attrs.field(factory=dict)
    withheld: dict[str, Withheld] = attrs.field(factory=dict)
    size: int = 0

    async def add(self, guesses: Iterable[Sequence[str]]) -> None:
        """The first file that is there of each row of guesses."""
        for paths in guesses:
            for path in paths:
                if len(self.files) >= self.limits.files:
                    return
                if path in self.files or await self._take(path):
                    break

    async def _take(self, path: str) -> bool:
        found = await self.folder.read(path, self.limits.file_bytes)
        if isinstance(found, Withheld):
            self.withheld[found.path] = found
        elif isinstance(found, SourceFile):
            size = len(found.source.raw)
            if self.size + size <= self.limits.total_bytes:
                self.size += size
                self.files[found.path] = found
            else:
                self.withheld[path] = Withheld(path, "it would be too much in all")
        return found is not None


async def gather_context(
    folder: SourceFolder,
    output: str,
    traces: Sequence[ErrorTrace],
    *,
    limits: ContextLimits,
    mask: SecretMask,
    home: str = "",
    beside: str = "",
) -> HealingContext:
    """What is to be shown of `output`: the files that it or `beside` (the command) names, and what those import.

    The files of the error come first; imports follow because a failed assertion names the test alone.
    """
    shelf = _Shelf(folder, limits)
    text = f"{output}\n{beside}"
    await shelf.add(named_files(text, traces, folder.root))
    for file in list(shelf.files.values()):
        await shelf.add(imported_files(file.path, file.source.text))
    error = mask.hide_in_output(without_folder(output, folder.root, home))
    return HealingContext(
        error=shorten_output(error, limits.error_characters),
        files=shelf.files,
        shown={path: _hide_secrets(path, file.source.text, mask) for path, file in shelf.files.items()},
        withheld=tuple(shelf.withheld.values()),
        mask=mask,
    )


def _hide_secrets(path: str, text: str, mask: SecretMask) -> str:
    """In a program only literals can be secrets; elsewhere whatever stands behind the name of one."""
    return mask.hide_in_source(text) if is_program(path) else mask.hide_in_settings(text)
