"""A function over many items in threads: results in order, errors collected, progress told.

Topics: threads, errors
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field


@dataclass
class Report:
    """Results and errors by place."""

    results: dict[int, str] = field(default_factory=dict)
    errors: dict[int, Exception] = field(default_factory=dict)

    def text(self) -> str:
        """One line."""
        kinds = sorted({type(error).__name__ for error in self.errors.values()})
        return f"{len(self.results)} done, {len(self.errors)} failed" + (f": {', '.join(kinds)}" if kinds else "")


def thread_map(
    function: Callable[[str], str],
    items: Sequence[str],
    workers: int = 4,
    stop_at: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Call the function with each item; after `stop_at` errors (by place) what has not begun is left out."""
    report = Report()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures: list[Future[str]] = [pool.submit(function, item) for item in items]
        for place, future in enumerate(futures):
            try:
                report.results[place] = future.result()
            except CancelledError:
                continue
            except Exception as error:
                report.errors[place] = error
                if stop_at is not None and len(report.errors) >= stop_at:
                    pool.shutdown(wait=False, cancel_futures=True)
            if progress is not None:
                progress(place + 1, len(futures))
    return report


def first_result(functions: Iterable[Callable[[], str]]) -> str:
    """The result of the first function in order that raises no error; all errors together if there is none."""
    with ThreadPoolExecutor() as pool:
        errors: list[Exception] = []
        for future in [pool.submit(function) for function in functions]:
            try:
                return future.result()
            except (OSError, LookupError) as error:
                errors.append(error)
    raise ExceptionGroup("no function had a result", errors or [ValueError("there is no function")])
