"""What came of steps that failed."""


class StepFailed(RuntimeError):
    """The step that failed, and the steps that could not be undone."""

    def __init__(self, name: str, bad: list[str]) -> None:
        text = f"{name} failed"
        if bad:
            text += f"; not undone: {', '.join(bad)}"
        super().__init__(text)
        self.name = name
        self.bad = bad
