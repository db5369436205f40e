"""Runs a command and turns what goes wrong into one clear line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from milepost import errors
from milepost.cli import show
from milepost.cli.show import err, escape
from milepost.errors import EnvironmentProblem, Interrupted, MilepostError


def main() -> None:
    """The console script."""
    code = run(sys.argv[1:], leave=True)
    gc.freeze()  # the process ends: nothing need be looked through once more
    sys.exit(code)


def run(arguments: Sequence[str], leave: bool = False) -> int:
    """Runs one command and returns its exit code.

    Args:
        arguments: the words after `milepost`.
        leave: end the process at once when stopped, without waiting for fits that still train in threads;
            all that is recorded is on disk.

    0 done, 1 environment or internal, 2 bad use or input, 3 a gate failed, 4 waits for a person,
    130 interrupted. With `--json` an error is printed as {"error": {...}, "code": n}.
    """
    import typer

    from milepost.cli.app import app

    json = "--json" in arguments
    command = typer.main.get_command(app)
    try:
        with command.make_context("milepost", list(arguments) or ["--help"]) as context:
            command.invoke(context)
        return 0
    except (KeyboardInterrupt, typer.Abort, Interrupted) as stop:
        again = Interrupted("stopped.", todo="What was finished is kept: the same command goes on.")
        code = _tell(stop if isinstance(stop, Interrupted) else again, json)
        if leave:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        return code
    except MilepostError as problem:
        return _tell(problem, json)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.TyperException as problem:
        where = getattr(getattr(problem, "ctx", None), "command_path", "") or "milepost"
        what = f"{problem.format_message().rstrip('.?')}."
        what = what[:-1] + "?" if "Did you mean" in what else what
        return _tell(errors.UsageError(what, todo=f"See: {where} --help"), json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        where = f" ({problem.filename})" if problem.filename else ""
        return _tell(EnvironmentProblem(f"{problem.strerror or problem}{where}."), json)
    except Exception as problem:
        return _tell(_internal(problem), json)


def _tell(problem: MilepostError, json: bool) -> int:
    """Prints an error as one clear line, or as JSON, and returns its exit code."""
    if json:
        said = {"kind": type(problem).__name__, "message": str(problem)}
        parts = {"what": problem.what, "expected": problem.expected, "todo": problem.todo}
        show.as_json({"error": {**said, **parts}, "code": problem.exit_code})
    elif isinstance(problem, Interrupted):
        err.print(f"[yellow]{escape(str(problem))}[/]")
    else:
        err.print(f"[red]error:[/] {escape(str(problem))}")
    return problem.exit_code


def _internal(problem: Exception) -> MilepostError:
    """Keeps the traceback in a file and says where."""
    with tempfile.NamedTemporaryFile("w", prefix="milepost-", suffix=".log", delete=False) as log:
        traceback.print_exception(problem, file=log)
    return MilepostError(
        f"a fault of milepost, not yours: {type(problem).__name__}: {problem}.",
        expected="Nothing that was recorded is lost.",
        todo=f"Details: {log.name}",
    )
