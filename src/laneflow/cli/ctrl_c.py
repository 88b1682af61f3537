"""Owns Ctrl-C: it ends a command wherever Python is when the key is pressed.

Python drops it, with a traceback, and goes on, if that is in a finalizer or in the callback of a
weak reference; where a class is made it becomes a RuntimeError (before 3.12), in a library written
in Rust a panic. So what counts is that the key was pressed, not what came of it on the way up.
"""

from __future__ import annotations

import _thread  # and no more than these: until they are loaded, no key is heard
import signal
import sys
import time

TYPE_CHECKING = False  # nor typing
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

STOPPED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""

_AGAIN = 0.02
"""Seconds after which a key that Python dropped is pressed again, elsewhere by then."""


class _Key:
    def __init__(self) -> None:
        self.pressed = False
        self._ended = False
        self._other = sys.unraisablehook

    def heard(self, command: Callable[[], int]) -> int:
        """Run a command; its exit code, or 130 where Ctrl-C was pressed before it had one."""
        self.pressed = self._ended = False
        self._listen()
        try:
            return command()
        except BaseException as error:
            if not (self.pressed or isinstance(error, KeyboardInterrupt)):
                raise
            return stopped()
        finally:
            self._ended = True

    def _listen(self) -> None:
        if sys.unraisablehook != self._dropped:
            self._other, sys.unraisablehook = sys.unraisablehook, self._dropped
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            try:  # noqa: SIM105 - contextlib is much to load
                signal.signal(signal.SIGINT, self._press)
            except ValueError:
                pass  # within a thread, where no key arrives

    def _press(self, _number: int, frame: FrameType | None) -> None:
        self.pressed = True
        while frame is not None:
            if frame.f_code is self._dropped.__code__:
                return _press_again()  # what is raised there would be dropped as well
            frame = frame.f_back
        raise KeyboardInterrupt

    def _dropped(self, what: sys.UnraisableHookArgs) -> None:
        """Instead of :func:`sys.unraisablehook`: what Python could not raise where it happened."""
        if not isinstance(what.exc_value, KeyboardInterrupt):
            self._other(what)
        elif not self._ended:
            _press_again()


def _press_again() -> None:
    """From a thread without :class:`threading.Thread`, whose locks may be held just now."""
    main = _thread.get_ident()  # keys arrive in no other

    def press() -> None:
        time.sleep(_AGAIN)
        signal.pthread_kill(main, signal.SIGINT)

    _thread.start_new_thread(press, ())


def stopped() -> int:
    """Say so, in one word; the exit code."""
    sys.stderr.write("Stopped.\n")
    return STOPPED


key = _Key()
