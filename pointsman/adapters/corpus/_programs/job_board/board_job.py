"""A job, and the error for one that is not there."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass
class Job:
    """The smallest priority is the most urgent."""

    priority: int


class UnknownJob(KeyError):
    """No job has this name; says which one was meant, perhaps."""

    def __init__(self, name: str, names: list[str]) -> None:
        super().__init__(name)
        self.meant = get_close_matches(name, names, n=1)
