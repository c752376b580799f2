"""A Python prompt at which `await` works, as that of `python -m asyncio`, in one event loop from beginning to end."""

from __future__ import annotations

import ast
import asyncio
import code
import inspect
import types
from typing import Any


class Prompt(code.InteractiveConsole):
    """
    Runs what is typed; what awaits runs in *runner*'s loop, in which the store is open.

    Attributes:
        failed: Whether the last input ended with an exception.
    """

    def __init__(self, names: dict[str, Any], runner: asyncio.Runner) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.failed = False
        self._names = names
        self._runner = runner

    def runcode(self, code: types.CodeType) -> None:
        self.failed = False
        try:
            found = types.FunctionType(code, self._names)()
            if inspect.iscoroutine(found):
                self._runner.run(found)
        except SystemExit:
            raise
        except KeyboardInterrupt:
            self.write("\nKeyboardInterrupt\n")
            self.failed = True
        except BaseException:  # noqa: BLE001 - whatever was typed, the prompt comes back
            self.showtraceback()
            self.failed = True

    def run_text(self, text: str) -> bool:
        """Run all of *text*, as `python -c` does; whether it went well."""
        try:
            compiled = compile(text, "<string>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError, OverflowError):
            self.showsyntaxerror("<string>")
            return False
        self.runcode(compiled)
        return not self.failed

    def interact_here(self, banner: str) -> None:
        """Read from the terminal until its end, with completion by Tab where the system has readline."""
        self._complete()
        self.interact(banner, exitmsg="")

    def _complete(self) -> None:
        try:
            import readline
            import rlcompleter
        except ImportError:
            return
        readline.set_completer(rlcompleter.Completer(self._names).complete)
        readline.parse_and_bind("tab: complete")
