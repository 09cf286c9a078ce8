"""What runs tests of a program in another process, as texts; and the readers of what that process reports. Pure.

What hidden `check_*` functions give comes back as data and is compared here: what is right never enters the process
that runs the program. Tests of a user's own report only that they passed, in the process that runs the program, so that
an answer can report so itself: what is seen of that is said (`is_forged`), and nothing rules it out. Every reader of a
report takes any text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from pointsman.core.evaluation.error_stream import Frame, ReportedError
from pointsman.core.evaluation.fault import Outcome
from pointsman.core.json import JsonObject, as_list, as_object, as_text, int_or_none, loads

_MOST_ROWS = 1000
COMMON_SCRIPT = """
import json as _json, os as _os

def _reporter(write=_os.write, dumps=_json.dumps):
    def tell(**row):
        left = (dumps(row) + "\\n").encode("ascii", "backslashreplace")
        while left:
            left = left[write(3, left):]
    return tell

def _watch(tell, leave=_os._exit):
    # What waits for what never comes takes next to no CPU time, however busy the machine is: end it.
    import signal, time
    if not hasattr(signal, "setitimer"):
        return
    last, still = [0.0], [0]

    def look(number, frame):
        now = time.process_time()
        still[0] = still[0] + 1 if now - last[0] < 0.005 else 0
        last[0] = now
        if still[0] >= 4:
            tell(stuck=True)
            leave(0)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
"""

_CHECKS = """
def _run_checks(source, tell, closing, leave=_os._exit):
    import sys, types

    def plain(value, depth=0):
        kind = type(value)
        if depth > 50:
            raise ValueError("nested too deeply")
        if value is None or kind in (bool, int, float, complex, str, bytes):
            return repr(value)
        inner = [plain(one, depth + 1) for one in value] if kind in (list, tuple, set, frozenset) else []
        if kind is list:
            return "[" + ", ".join(inner) + "]"
        if kind is tuple:
            return "(" + ", ".join(inner) + ("," if len(inner) == 1 else "") + ")"
        if kind in (set, frozenset):
            return kind.__name__ + "({" + ", ".join(sorted(inner)) + "})"
        if kind is dict:
            pairs = [plain(key, depth + 1) + ": " + plain(one, depth + 1) for key, one in value.items()]
            return "{" + ", ".join(sorted(pairs)) + "}"
        raise TypeError("no plain data")

    def run(key, check, bare):
        try:
            value = check()
            if type(value) is types.CoroutineType:
                import asyncio
                value = asyncio.run(value)
        except BaseException as error:
            tell(check=key, error=type(error).__name__)
            return
        try:
            tell(check=key, value="'passed'" if bare else plain(value)[:20000])
        except BaseException:
            tell(check=key, error="not-plain")

    _watch(tell)
    checks = types.ModuleType("checks")
    sys.modules["checks"] = checks
    try:
        exec(compile(source, "checks.py", "exec"), checks.__dict__)
    except BaseException as error:
        tell(check="", error=type(error).__name__, closing=closing)
        leave(0)
    held = list(vars(checks).items())
    named = [(key, one) for key, one in held if key.startswith("check_")]
    bare = not named
    for key, check in named or [(key, one) for key, one in held if key.startswith("test_") and callable(one)]:
        tell(begun=key)
        run(key, check, bare)
    threading = sys.modules.get("threading")
    tell(threads=threading.active_count() - 1 if threading else 0, closing=closing)
    leave(0)
"""

_TESTS = '''
def _run_tests(source, name, tell, leave=_os._exit):
    import ast, gc, os, re, sys, tempfile, types, warnings

    here = os.getcwd() + os.sep
    library = os.path.dirname(os.__file__) + os.sep
    temporary = tempfile.gettempdir() + os.sep
    own = set(os.listdir("."))

    def neutral(text):
        text = str(text).replace(here, "").replace(temporary, "").replace(library, "python/")
        text = re.sub(r"\\btmp[a-z0-9_]{8}\\b", "tmp", text)
        return re.sub(r"0x[0-9a-f]{6,}", "0x7f", text)[:2000]

    def place(path):
        if path == name or (os.path.dirname(path) in ("", here[:-1]) and os.path.basename(path) in own):
            return os.path.basename(path)
        if path.startswith(here):
            return path[len(here):]
        return "python/" + path[len(library):] if path.startswith(library) else ""

    def frames(trace):
        found = []
        while trace is not None:
            where = place(trace.tb_frame.f_code.co_filename)
            if where:
                found.append([where, trace.tb_lineno, trace.tb_frame.f_code.co_name])
            trace = trace.tb_next
        while found and found[0][0].startswith("python/"):
            found.pop(0)
        return found if len(found) <= 16 else found[:8] + [["", len(found) - 16, ""]] + found[-8:]

    def described(error, depth=0):
        try:
            message = neutral(error)
        except BaseException:
            message = ""
        row = {"exception": type(error).__name__, "message": message, "frames": frames(error.__traceback__)}
        if isinstance(error, SyntaxError) and error.filename:
            row["message"] = neutral(error.msg)
            row["frames"] = row["frames"] + [[place(error.filename) or "?", error.lineno or 0, ""]]
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is not None and depth < 3:
            row["before"] = described(before, depth + 1)
            row["is_cause"] = error.__cause__ is not None
        return row

    class Explained(ast.NodeTransformer):
        """A comparison that fails says what its sides were."""

        def visit_Assert(self, node):
            test = node.test
            if node.msg is not None or not isinstance(test, ast.Compare) or len(test.ops) != 1:
                return node
            sides = [ast.NamedExpr(ast.Name(f"_side{n}", ast.Store()), one)
                     for n, one in enumerate((test.left, test.comparators[0]))]
            said = ast.Call(ast.Name("_explain", ast.Load()), [
                ast.Name("_side0", ast.Load()), ast.Constant(ast.unparse(ast.Compare(
                    ast.Name("a", ast.Load()), test.ops, [ast.Name("b", ast.Load())]))[2:-2]),
                ast.Name("_side1", ast.Load())], [])
            made = ast.Assert(ast.Compare(sides[0], test.ops, [sides[1]]), said)
            return ast.fix_missing_locations(ast.copy_location(made, node))

    def explain(left, sign, right):
        return f"{str(repr(left))[:300]} {sign} {str(repr(right))[:300]}"

    def warn(message, category, filename, lineno, file=None, line=None):
        where = place(filename)
        if where and not where.startswith("python/"):
            tell(warning=category.__name__, message=neutral(message), file=where, line=lineno)

    def unraisable(args):
        tell(warning=type(args.exc_value).__name__, message=neutral(args.exc_value), file="", line=0)

    def thread_failed(args):
        if args.exc_value is not None:
            tell(thread=described(args.exc_value))

    warnings.simplefilter("default")
    warnings.showwarning = warn
    sys.unraisablehook = unraisable
    import threading
    threading.excepthook = thread_failed
    module = types.ModuleType(name[:-3])
    module.__dict__["_explain"] = explain
    module.__dict__["__file__"] = name
    sys.modules[name[:-3]] = module
    _watch(tell)
    tell(begun="")
    try:
        tree = Explained().visit(ast.parse(source, name))
        exec(compile(tree, name, "exec"), module.__dict__)
    except BaseException as error:
        tell(test="", **described(error))
        leave(0)
    for key, test in list(vars(module).items()):
        if key.startswith("test_") and callable(test):
            tell(begun=key)
            try:
                value = test()
                if type(value) is types.CoroutineType:
                    import asyncio
                    asyncio.run(value)
            except BaseException as error:
                tell(test=key, **described(error))
                error = None
            else:
                tell(test=key)
            gc.collect()
    leave(0)
'''


CHECKS_HEAD = f"{COMMON_SCRIPT}{_CHECKS}\n"
TESTS_HEAD = f"{COMMON_SCRIPT}{_TESTS}\n"
"""What is the same in all scripts of a kind: a sandbox may compile it once."""


def checks_script(hidden: str, closing: str = "") -> str:
    """A script that runs the checks in `hidden` beside the program's files, and reports what each gave.

    A module without `check_*` functions is one of tests: each reports whether it passed. `closing` is a value that
    nobody can guess, which ends the report; the program finds it only where it searches the frames that call it.
    """
    return f"{CHECKS_HEAD}_run_checks({hidden!r}, _reporter(), {closing!r})\n"


def tests_script(visible: str, name: str) -> str:
    """A script that runs the tests in `visible`, a module called `name` (`test_x.py`), and reports how each failed."""
    return f"{TESTS_HEAD}_run_tests({visible!r}, {name!r}, _reporter())\n"


@attrs.frozen(kw_only=True)
class CheckReport:
    """What a run of hidden checks reported: outcomes by name, in the order in which they ran."""

    outcomes: Mapping[str, Outcome]
    import_error: str = ""
    """The name of the exception for which no check could begin."""
    interrupted: str = ""
    """The check that began and did not end."""
    threads: int = 0
    """How many threads of the program's were left when the last check had ended."""
    is_stuck: bool = False
    """Whether the run was ended because it only waited."""
    is_closed: bool = False
    """Whether the report ends as only the harness can end it."""
    is_forged: bool = False
    """Whether it says of a check what it came to, and nothing said that it began."""


def read_check_report(report: str, closing: str = "") -> CheckReport:
    """The report of `checks_script`, by its `closing`. A check that is reported twice is `tampered` with."""
    outcomes: dict[str, Outcome] = {}
    import_error, begun, threads, is_stuck = "", list[str](), 0, False
    is_closed = is_forged = False
    for row in _rows(report):
        name = as_text(row.get("check"))
        is_closed = is_closed or ("closing" in row and as_text(row["closing"]) == closing)
        is_forged = is_forged or (bool(name) and name not in begun)
        if "begun" in row:
            begun.append(as_text(row["begun"]))
        elif "threads" in row:
            threads = int_or_none(row["threads"]) or 0
        elif "stuck" in row:
            is_stuck = True
        elif "check" in row and not name:
            import_error = as_text(row.get("error")) or "Exception"
        elif name in outcomes:
            outcomes[name] = Outcome(error="tampered")
        elif name:
            outcomes[name] = Outcome(value=as_text(row.get("value")), error=as_text(row.get("error")))
    unfinished = [name for name in begun if name not in outcomes]
    return CheckReport(
        outcomes=outcomes,
        import_error=import_error,
        interrupted=unfinished[0] if unfinished else "",
        threads=threads,
        is_stuck=is_stuck,
        is_closed=is_closed,
        is_forged=is_forged,
    )


def read_failures(report: str, is_cut: bool) -> tuple[ReportedError, ...]:
    """The failures that `tests_script` reported, in the order of the tests.

    Where `is_cut` (a limit ended the run), the test that had begun did not end in time; where it is not and one had
    begun all the same, the program left from within it.
    """
    failures: list[ReportedError] = []
    open_test: str | None = None
    for row in _rows(report):
        if "begun" in row:
            open_test = as_text(row["begun"])
        elif "stuck" in row:
            is_cut = True
        elif "warning" in row:
            failures.append(_warning(row))
        elif "thread" in row:
            failures.append(_reported_error(as_object(row["thread"]), "", kind="thread"))
        elif "test" in row:
            open_test = None
            if "exception" in row:
                failures.append(_reported_error(row, as_text(row["test"])))
    if open_test is not None and (is_cut or open_test):
        name = "Timeout" if is_cut else "SystemExit"
        failures.append(ReportedError(test=open_test, exception=name, kind="timeout" if is_cut else "exit"))
    return tuple(failures)


def _rows(report: str) -> Iterator[JsonObject]:
    for line in report.split("\n")[:_MOST_ROWS]:
        if line:
            yield as_object(loads(line).value_or(None))


def _warning(row: JsonObject) -> ReportedError:
    frame = Frame(file=as_text(row.get("file")), line=int_or_none(row.get("line")) or 0, function="")
    message = as_text(row.get("message"))
    return ReportedError(exception=as_text(row.get("warning")), message=message, frames=(frame,), kind="warning")


def _reported_error(row: JsonObject, test: str, kind: str = "error") -> ReportedError:
    before = as_object(row.get("before"))
    return ReportedError(
        test=test,
        exception=as_text(row.get("exception")),
        message=as_text(row.get("message")),
        frames=tuple(_frame(as_list(frame)) for frame in as_list(row.get("frames"))),
        before=_reported_error(before, "") if before else None,
        is_cause=row.get("is_cause") is True,
        kind="thread" if kind == "thread" else "error",
    )


def _frame(parts: Sequence[object]) -> Frame:
    file, line, function = (*parts, "", 0, "")[:3] if len(parts) == 3 else ("", 0, "")
    return Frame(file=as_text(file), line=int_or_none(line) or 0, function=as_text(function))
