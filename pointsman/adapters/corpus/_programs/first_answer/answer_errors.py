"""Why there is no answer."""


class TooLate(OSError):
    """A server did not answer in time."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is too slow")
        self.name = name


class AllFailed(Exception):
    """No server gave an answer; the reasons by name."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items())))
        self.reasons = reasons
