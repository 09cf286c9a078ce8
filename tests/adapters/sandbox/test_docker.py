"""The command line of the docker sandbox, which is built purely: no docker is needed here."""

from __future__ import annotations

from pathlib import Path

from pointsman.adapters.sandbox.cage.places import PYTHON_OPTIONS
from pointsman.adapters.sandbox.docker import docker_command
from pointsman.services.ports.sandbox import Job, JobLimits

JOB = Job(files={}, script="pass", limits=JobLimits(memory_bytes=1024, disk_bytes=2048, processes=3))


def test_a_container_has_no_network_no_rights_and_the_limits_of_its_job() -> None:
    words = list(docker_command("docker", "python:3.13-slim", Path("/tmp/pointsman-job-1"), JOB))
    assert words[:2] == ["docker", "run"]
    for flag, value in (
        ("--network", "none"),
        ("--user", "65534:65534"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--pids-limit", "67"),
        ("--memory", "1024"),
        ("--memory-swap", "1024"),
        ("--pull", "never"),
        ("--name", "pointsman-job-1"),
    ):
        assert words[words.index(flag) + 1] == value
    assert {"--rm", "--read-only"} <= set(words)
    assert "/job:rw,nosuid,nodev,size=2048,mode=1777" in words


def test_it_mounts_the_folder_of_the_job_and_runs_the_launcher_of_the_image() -> None:
    words = list(docker_command("podman", "mine", Path("/t/job"), JOB))
    mounts = [words[at + 1] for at, word in enumerate(words) if word == "--mount"]
    assert mounts == [
        "type=bind,source=/t/job,target=/in,readonly",
        "type=bind,source=/t/job/report,target=/in/report",
    ]
    assert words[words.index("mine") :] == ["mine", "python", *PYTHON_OPTIONS, "/in/launch.py", "/in", "/job"]
    assert "PYTHONHASHSEED=0" in words
