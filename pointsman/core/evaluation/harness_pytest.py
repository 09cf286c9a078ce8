"""What runs tests that need pytest in another process, as a text; and which tests are of which type. Pure."""

from __future__ import annotations

import ast

from pointsman.core.evaluation.harness import COMMON_SCRIPT

_SCRIPT = """
def _run_pytest(name, tell, closing, leave=_os._exit):
    import os, sys
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        import pytest
    except ImportError:
        tell(check="", error="ModuleNotFoundError", closing=closing)
        tell(test="", exception="ModuleNotFoundError", message="No module named 'pytest'", frames=[])
        leave(0)
    here = os.getcwd() + os.sep
    sys.path.insert(0, here[:-1])
    sys.dont_write_bytecode = True

    def neutral(text):
        return str(text).replace(here, "")[:2000]

    def frames(trace):
        found = []
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if path.startswith(here):
                found.append([path[len(here):], trace.tb_lineno, trace.tb_frame.f_code.co_name])
            trace = trace.tb_next
        return found if len(found) <= 16 else found[:8] + [["", len(found) - 16, ""]] + found[-8:]

    class Reporter:
        def pytest_runtest_protocol(self, item, nextitem):
            tell(begun=item.name)

        def pytest_runtest_makereport(self, item, call):
            if call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception):
                tell(check=item.name, value="'skipped'")
                tell(test=item.name)
            elif call.excinfo is not None:
                error = call.excinfo.value
                tell(check=item.name, error=type(error).__name__)
                tell(test=item.name, exception=type(error).__name__, message=neutral(error),
                     frames=frames(error.__traceback__))
            elif call.when == "call":
                tell(check=item.name, value="'passed'")
                tell(test=item.name)

        def pytest_exception_interact(self, node, call, report):
            if isinstance(report, pytest.CollectReport):
                error = call.excinfo.value
                cause = error.__cause__ or error
                tell(check="", error=type(cause).__name__)
                calls = frames(cause.__traceback__)
                tell(test="", exception=type(cause).__name__, message=neutral(cause), frames=calls)

    pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", here, name], plugins=[Reporter()])
    tell(closing=closing)
    leave(0)
"""


def needs_pytest(tests: str) -> bool:
    """Whether the tests in `tests`, a module, cannot just be called: they use pytest, classes or fixtures."""
    try:
        tree = ast.parse(tests)
    except SyntaxError:
        return False
    return any(_needs_pytest(node) for node in tree.body)


def _needs_pytest(node: ast.stmt) -> bool:
    match node:
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] == "pytest" for alias in names)
        case ast.ImportFrom(module=str(module)):
            return module.partition(".")[0] == "pytest"
        case ast.ClassDef(name=name):
            return name.startswith("Test")
        case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
            return name.startswith("test_") and bool(arguments.args or arguments.kwonlyargs)
        case _:
            return False


def only_pass(tests: str) -> bool:
    """Whether what is in `tests`, a module, reports nothing but that it passed: an answer can report that itself."""
    if needs_pytest(tests):
        return True
    try:
        tree = ast.parse(tests)
    except SyntaxError:
        return False
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return bool(functions) and not any(name.startswith("check_") for name in functions)


def pytest_script(name: str, closing: str = "") -> str:
    """A script that runs the file of tests called `name` by pytest, and reports for both readers of `harness`.

    `closing` is as in `checks_script`.
    """
    return f"{COMMON_SCRIPT}{_SCRIPT}\n_run_pytest({name!r}, _reporter(), {closing!r})\n"
