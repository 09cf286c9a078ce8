"""Checks of bundles."""

import json
from io import BytesIO
from typing import Literal
from zipfile import ZipFile
from zlib import crc32

import zip_bundle
from zip_bundle import BundleError, pack, safe, unpack


def archive(files: dict[str, bytes], contents: object = None) -> bytes:
    data = BytesIO()
    if contents is None:
        contents = {name: [len(body), crc32(body)] for name, body in files.items()}
    with ZipFile(data, "w") as made:
        for name, body in files.items():
            made.writestr(name, body)
        made.writestr("contents.json", contents if isinstance(contents, bytes) else json.dumps(contents))
    return data.getvalue()


def outcome(data: bytes) -> object:
    try:
        return unpack(data)
    except BundleError as error:
        return [str(error), type(error.__cause__).__name__]


def check_there_and_back() -> object:
    texts = {"größe.txt": "5 €\n😀", "a/b/c": "", "a/b/d": "x" * 5000}
    return [unpack(pack(texts)) == texts, unpack(pack({})), len(pack(texts)) < 1500]


def check_order_plays_no_part() -> object:
    return pack({"a": "1", "b": "2"}) == pack({"b": "2", "a": "1"})


def check_safe() -> object:
    return [safe(name) for name in ("a", "a/b", "/a", "../a", "a/../b", "a..b", "", "a\\b", "..", "./a")]


def check_names() -> object:
    found = []
    for name in ("../x", "contents.json", "/x", "", "x"):
        try:
            found.append(str(len(pack({name: ""})) > 0))
        except BundleError as error:
            found.append(str(error))
    return found


def check_damage() -> object:
    files = {"a": "ä".encode(), "b": b"two"}
    good = {name: [len(body), crc32(body)] for name, body in files.items()}
    found = [outcome(archive(files))]
    for contents in ({"a": good["a"]}, {**good, "b": [3, 7]}, {**good, "b": [4, crc32(b"two")]}, {**good, "c": [0, 0]}):
        found.append(outcome(archive(files, contents)))
    return found


def check_no_bundle() -> object:
    data = BytesIO()
    with ZipFile(data, "w") as made:
        made.writestr("a", "b")
    return [
        outcome(b""),
        outcome(b"text"),
        outcome(data.getvalue()),
        outcome(archive({}, b"{")),
        outcome(archive({"a": b"\xff"})),
    ]


def check_strange_names() -> object:
    return [outcome(archive({"../x": b"1"})), outcome(archive({"y": b"", "x": b""}, {}))]


def check_archives_are_closed() -> object:
    made: list[ZipFile] = []

    def recorded(data: BytesIO, mode: Literal["r", "w"] = "r", compression: int = 0) -> ZipFile:
        made.append(ZipFile(data, mode, compression))
        return made[-1]

    if "ZipFile" in vars(zip_bundle):
        vars(zip_bundle)["ZipFile"] = recorded
    try:
        outcome(pack({"a": "1"}))
        outcome(archive({"y": b""}, {}))
        return [one.fp is None for one in made]
    finally:
        if "ZipFile" in vars(zip_bundle):
            vars(zip_bundle)["ZipFile"] = ZipFile
