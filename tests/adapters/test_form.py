"""Forms with files: reading is the inverse of writing, and strict."""

from __future__ import annotations

import email
import email.policy

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman.adapters.form import Form, FormFile, content_type, holds, read_form, write_form
from pointsman.adapters.http1.form_body import form_body

words = st.text(st.characters(codec="utf-8", exclude_characters="%\x7f"), min_size=1, max_size=12)
kinds = st.sampled_from(["audio/wav", "application/octet-stream", "text/plain; charset=utf-8"])
texts = st.text(st.characters(codec="utf-8"), max_size=30)
forms = st.builds(
    Form,
    st.lists(st.tuples(words, texts), max_size=4).map(tuple),
    st.lists(st.builds(FormFile, words, words, kinds, st.binary(max_size=80)), max_size=3).map(tuple),
)


@given(forms.filter(lambda form: form.fields or form.files))
def test_what_is_written_is_read(form: Form) -> None:
    body, kind = form_body(form)
    assert read_form(kind, body).unwrap() == form


@given(st.text(max_size=60) | st.just(content_type("b")), st.binary(max_size=80) | st.just(b"--b\r\n\r\n\r\n--b--"))
def test_no_bytes_raise(header: str, body: bytes) -> None:
    assert isinstance(unwrap_or_failure(read_form(header, body)), (Form, str))


def test_a_boundary_that_stands_in_the_data_is_drawn_again() -> None:
    form = Form((("prompt", "first"),), (FormFile("file", "a.wav", "audio/wav", b"..second.."),))
    drawn = iter(["first", "second", "prompt", "third"])
    body, kind = form_body(form, lambda: next(drawn))
    assert kind == "multipart/form-data; boundary=third"
    assert body.startswith(b"--third\r\n")
    assert read_form(kind, body).unwrap() == form
    assert not holds(form, "third")


def test_two_forms_have_different_boundaries() -> None:
    assert form_body(Form())[1] != form_body(Form())[1]


def test_the_bytes_are_those_of_the_standard() -> None:
    form = Form((("model", "m"),), (FormFile("file", 'a"\r\n\\ü.wav', "audio/wav\r\nx: y", b"\r\n--"),))
    assert write_form(form, "B") == (
        b'--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a%22%0D%0A\\\\\xc3\xbc.wav"\r\n'
        b"Content-Type: audio/wavx: y\r\n\r\n\r\n--\r\n--B--\r\n"
    )


def test_it_reads_what_httpx_writes() -> None:
    files = {"file": ('ü "1".wav', b"\x00RIFF\r\n--", "audio/x-wav")}
    request = httpx.Request("POST", "http://x", data={"model": "m", "l[]": ["a", "b"]}, files=files)
    form = read_form(request.headers["content-type"], request.read()).unwrap()
    assert form.fields == (("model", "m"), ("l[]", "a"), ("l[]", "b"))
    assert form.files == (FormFile("file", 'ü "1".wav', "audio/x-wav", b"\x00RIFF\r\n--"),)


def test_the_standard_library_reads_what_is_written() -> None:
    form = Form((("model", "m"),), (FormFile("file", "a.wav", "audio/wav", b"RIFF\x00\r\n--\xff"),))
    body, kind = form_body(form)
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    text, sound = email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts()
    assert (text.get_param("name", header="content-disposition"), text.get_payload()) == ("model", "m")
    assert (sound.get_filename(), sound.get_content_type()) == ("a.wav", "audio/wav")
    assert sound.get_payload(decode=True) == form.files[0].data


PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


@pytest.mark.parametrize(
    ("header", "body", "why"),
    [
        ("application/json", b"{}", "not multipart/form-data"),
        ("multipart/form-data", b"", "not multipart/form-data with a boundary"),
        ("multipart/mixed; boundary=b", PART + b"1\r\n--b--", "not multipart/form-data"),
        (content_type("b"), b"", "does not begin with its boundary"),
        (content_type("b"), b"rubbish\r\n" + PART + b"1\r\n--b--", "does not begin with its boundary"),
        (content_type("b"), PART + b"1", "its last boundary is missing"),
        (content_type("b"), PART + b"1\r\n--b--\r\nmore", "its last boundary is missing"),
        (content_type("b"), PART + b"1\r\n--bb\r\n--b--", "part 2 has no head"),
        (content_type("b"), b"--b\r\n\r\n1\r\n--b--", "part 1 has no head"),
        (content_type("b"), b"--b\r\nX: y\r\n\r\n1\r\n--b--", "part 1 has no name"),
        (content_type("b"), PART + b"\xff\r\n--b--", "part 1 is not text in UTF-8"),
    ],
)
def test_what_is_no_form_is_told(header: str, body: bytes, why: str) -> None:
    assert why in read_form(header, body).failure()


def test_a_quoted_boundary_is_read() -> None:
    assert read_form('multipart/form-data; boundary="b"', PART + b"1\r\n--b--").unwrap() == Form((("a", "1"),))
