"""The garbage collector at work and in a server: rarely, and never through what stays anyway."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = (50_000, 20, 50)
"""Files and cases are trees: reference counts free them at once. Looking through them for circles
as often as Python does by itself took a quarter of all time."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Collect rarely while a long piece of work goes on, and as before after it."""
    before = gc.get_threshold()
    if before == RARELY:
        yield
        return
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
