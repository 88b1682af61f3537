"""Scripts that are not there in a language of the practice."""

from __future__ import annotations

from collections.abc import Iterator

from laneflow.errors import Problem, listing
from laneflow.outreach.environment import FOLDER
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.unused import script_files, scripts_used


def find_untranslated(loaded: LoadedPractice) -> Iterator[Problem]:
    """A warning for each script in use that lacks one of the practice's languages, by channel."""
    files = script_files(loaded.folder)
    default, *others = loaded.practice.languages
    for script in sorted(scripts_used(loaded)):
        for file in sorted(files.get(script, ())):
            channel, *locale = file.removeprefix(f"{script}.").removesuffix(".j2").split(".")
            if locale and locale != [default]:
                continue  # a translation itself
            names = {other: f"{script}.{channel}.{other}.j2" for other in others}
            lacking = [other for other, name in names.items() if name not in files[script]]
            if lacking:
                what = f'"{script}" is not written for {channel} in {listing(lacking)}'
                hint = f"Write {FOLDER}/{script}.{channel}.{lacking[0]}.j2."
                yield Problem(
                    f"{FOLDER}/{file}", 1, 1, what, hint,
                    severity="warning", code="untranslated-script",
                )  # fmt: skip
