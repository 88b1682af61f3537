"""Owns one question, asked before anything is installed: can this machine build laneflow?

durable-rules, the matching engine, is a C extension without wheels, so a compiler and Python's
headers must be here. Prints nothing when all is well, else one line: what is missing, the remedy.
Runs on the bare interpreter: standard library only, and syntax old interpreters understand.
"""

import importlib.util
import os
import shlex
import shutil
import sys
import sysconfig


def compiler():
    """The C compiler the build will call, or None when it is not here."""
    named = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    words = shlex.split(named)
    return shutil.which(words[0]) if words else None


def headers():
    """Whether Python.h of this very interpreter is here."""
    return os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h"))


def remedy(debian, mac):
    """The command that mends it on this kind of machine."""
    return mac if sys.platform == "darwin" else debian


def missing():
    """(what is missing, the remedy) or None."""
    if sys.version_info < (3, 11):
        here = ".".join(str(part) for part in sys.version_info[:3])
        return "Python 3.11 or newer (this is " + here + ")", "make PYTHON=python3.12"
    if importlib.util.find_spec("ensurepip") is None:
        return "Python's venv module", remedy("apt-get install python3-venv", "brew install python")
    if compiler() is None:
        return "a C compiler", remedy(
            "apt-get install build-essential python3-dev", "xcode-select --install"
        )
    if not headers():
        return "Python's C headers (Python.h)", remedy(
            "apt-get install python3-dev", "brew install python"
        )
    return None


def main():
    """Exit 0 when the machine is ready, 1 after one line when it is not."""
    lack = missing()
    if lack is None:
        return 0
    sys.stderr.write("laneflow needs " + lack[0] + ". Remedy: " + lack[1] + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
