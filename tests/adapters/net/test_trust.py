"""Which authorities are trusted: what the variables name, or one sentence that says what is wrong with it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
import trustme

from pointsman.adapters.net.trust import trust


def authority(folder: Path) -> Path:
    """A file with one authority."""
    path = folder / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


def problem(**environment: str) -> str:
    """What is said of the variables."""
    return trust(environment).failure()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_of_authorities_takes_the_place_of_the_usual_ones(variable: str, tmp_path: Path) -> None:
    context = trust({variable: str(authority(tmp_path))}).unwrap()
    assert len(context.get_ca_certs()) == 1
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_without_variables_those_of_certifi_are_trusted() -> None:
    assert len(trust({"SSL_CERT_FILE": "", "SSL_CERT_DIR": " "}).unwrap().get_ca_certs()) > 50


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_that_is_not_there_is_named_with_its_variable(variable: str) -> None:
    said = trust({variable: "/nowhere/ca.pem"}).failure()
    assert said == f"{variable}: there is no file '/nowhere/ca.pem'; name the right one, or unset the variable"


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_without_certificates_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    assert "holds no certificate in PEM form" in problem(SSL_CERT_FILE=str(path))


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    assert "is a folder, not a file" in problem(SSL_CERT_FILE=str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = authority(tmp_path)
    path.chmod(0)
    assert "cannot be read" in problem(SSL_CERT_FILE=str(path))


@pytest.mark.parametrize("name", ["\0", "x" * 5000])
def test_no_name_of_a_file_is_an_exception(name: str) -> None:
    assert problem(SSL_CERT_FILE=name).startswith("SSL_CERT_FILE: ")


def test_folders_are_separated_as_in_path_and_one_that_is_good_is_enough(tmp_path: Path) -> None:
    authority(tmp_path).rename(tmp_path / "0123abcd.0")
    found = trust({"SSL_CERT_DIR": f"/nowhere{os.pathsep}{tmp_path}"}).unwrap()
    assert found.verify_mode is ssl.CERT_REQUIRED


def test_a_folder_that_is_not_there_or_holds_nothing_is_told(tmp_path: Path) -> None:
    assert problem(SSL_CERT_DIR="/nowhere").startswith("SSL_CERT_DIR: there is no folder '/nowhere'")
    authority(tmp_path)  # a name that OpenSSL does not look for
    assert "holds no certificates that can be read" in problem(SSL_CERT_DIR=str(tmp_path))
