"""What can be wrong with tasks that need each other."""


class UnknownTask(KeyError):
    """A task needs one that there is not."""

    def __init__(self, task: str, needed: str) -> None:
        super().__init__(needed)
        self.task = task
        self.needed = needed


class CircularTasks(ValueError):
    """Tasks that wait for each other; `tasks` are those that can never begin."""

    def __init__(self, tasks: list[str]) -> None:
        super().__init__(f"these wait for each other: {', '.join(tasks)}")
        self.tasks = tuple(tasks)

    @property
    def first(self) -> str:
        """The first of them by name."""
        return self.tasks[0]
