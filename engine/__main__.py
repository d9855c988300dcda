"""`python -m engine COMMAND ...`: results on standard output, progress and refusals on standard error.

Exit status 0, or 2 with one plain line. docs/command-line.md lists every command, option and JSON key.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final, NoReturn

import engine.commands
from engine.console import UsageError
from engine.errors import EngineError

_REFUSED: Final = 2
_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = argparse.Namespace()
    try:
        _parser().parse_args(arguments, options)
        options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        return _refuse(error.message)
    except EngineError as error:
        return _refuse(f"{options.source}: {error.message}" if hasattr(options, "source") else error.message)
    except BrokenPipeError:  # whoever read the results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "engine":
            raise
        return _refuse(f"this needs the package {error.name}, which is not installed: docs/engine.md tells how")
    except MemoryError:
        return _refuse("there is not enough memory for this")
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _refuse(reason: str) -> int:
    print(" ".join(reason.split()), file=sys.stderr)
    return _REFUSED


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; {self.prog} --help tells what can be asked")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m engine",
        description="Read, describe, convert and work on music. Results go to standard output, progress to standard "
        "error; the exit status is 0, or 2 with one line that says why not.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _modules().items():
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _modules() -> dict[str, ModuleType]:
    names = sorted(entry.name for entry in pkgutil.iter_modules(engine.commands.__path__))
    return {name: importlib.import_module(f"engine.commands.{name}") for name in names}


if __name__ == "__main__":
    sys.exit(main())
