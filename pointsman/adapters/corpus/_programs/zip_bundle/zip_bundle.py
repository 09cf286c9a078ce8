"""Texts bundled in an archive with a list of contents; damage and strange names are found.

Topics: files, archives, encodings
"""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import crc32

CONTENTS = "contents.json"


class BundleError(ValueError):
    """The archive is no bundle, or is damaged."""


def safe(name: str) -> bool:
    """Whether a name stays inside of the folder that it is unpacked to."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def pack(texts: Mapping[str, str]) -> bytes:
    """The archive; its bytes depend on nothing but the texts."""
    contents = {}
    data = BytesIO()
    with ZipFile(data, "w") as archive:
        for name in sorted(texts):
            if not safe(name) or name == CONTENTS:
                raise BundleError(f"the name {name!r} cannot be used")
            body = texts[name].encode("utf-8")
            contents[name] = [len(body), crc32(body)]
            archive.writestr(ZipInfo(name), body, ZIP_DEFLATED)
        archive.writestr(ZipInfo(CONTENTS), json.dumps(contents, ensure_ascii=False).encode("utf-8"), ZIP_DEFLATED)
    return data.getvalue()


def unpack(data: bytes) -> dict[str, str]:
    """The texts by name; raises BundleError if they are not what the list of contents says."""
    texts = {}
    try:
        with ZipFile(BytesIO(data)) as archive:
            contents: dict[str, list[int]] = json.loads(archive.read(CONTENTS).decode("utf-8"))
            extra = set(archive.namelist()) - contents.keys() - {CONTENTS}
            if extra or not all(safe(name) for name in contents):
                raise BundleError(f"strange names: {', '.join(sorted(extra))}")
            for name, (size, total) in contents.items():
                body = archive.read(name)
                if len(body) != size or crc32(body) != total:
                    raise BundleError(f"{name} is damaged")
                texts[name] = body.decode("utf-8")
    except (BadZipFile, KeyError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError("not a bundle") from error
    return texts
