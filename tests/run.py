"""Sets up everything the tests need, inside the checkout, and runs them: `python3 tests/run.py`.

What is given on the command line goes to pytest: `python3 tests/run.py tests/unit -k naming`.
Needs Python 3.11 or later, and for the browser tests a Chromium, or a package manager that has one. The types of
the theme's scripts are checked where there is Node.js.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / "sitegen-installed"
TYPESCRIPT = "5.9.3"
NOTHING_LEFT_OUT = "SITEGEN_TEST_ALL"
"""Where this variable is set, as in CI, a check that cannot run is a failure."""


def main() -> int:
    """Installs, then runs linters, type checkers and tests. Gives the first failure's exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is what this is for
        print("sitegen needs Python 3.11 or later.", file=sys.stderr)
        return 2
    # Tests start sitegen many hundred times: each would compile all of it anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    install()
    sys.path.insert(0, str(ROOT / "tests"))
    from browser_finder import find_browser

    if find_browser() is None and not install_browser():
        print("No Chromium was found for the browser tests. Install one, or name it in", file=sys.stderr)
        print("SITEGEN_TEST_BROWSER.", file=sys.stderr)
        return 2
    if sys.argv[1:]:
        return run(PYTHON, "-m", "pytest", *sys.argv[1:])
    for command in (
        (PYTHON, "-m", "ruff", "check", "."),
        (PYTHON, "-m", "ruff", "format", "--check", "."),
    ):
        if code := run(*command):
            return code
    missing = missing_for_scripts()
    if missing and os.environ.get(NOTHING_LEFT_OUT):
        print(missing, file=sys.stderr)
        return 2
    # Tests wait for browsers, servers and processes: there is room for the checks of types, and for one worker more.
    checks = [begin(PYTHON, "-m", "mypy")]
    checks += [] if missing else [begin("node", tsc(), "-p", "tests/browser/jsconfig.json")]
    codes = [run(PYTHON, "-m", "pytest", "-n", str(processors() + 1), "--dist", "worksteal")]
    codes += [end(*check) for check in checks]
    if missing:
        print(f"Not run: the type check of the theme's scripts. {missing}", file=sys.stderr)
    return next(filter(None, codes), 0)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def install() -> None:
    """The package and what its tests need, in `.venv`; again only when pyproject.toml has changed."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if INSTALLED.is_file() and INSTALLED.read_text() == wanted:
        return
    if not PYTHON.exists():
        check(sys.executable, "-m", "venv", str(VENV))
    check(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".[test,lint]")
    INSTALLED.write_text(wanted)


def missing_for_scripts() -> str:
    """Installs TypeScript in `.venv`, where it is not there yet. Gives what it lacks, and where to get that."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "It needs Node.js with npm. Debian: apt-get install npm; macOS: brew install node."
    if tsc().is_file():
        return ""
    place = tsc().parents[3]
    options = ("--silent", "--no-fund", "--no-audit", "--fetch-retries=1", "--prefix", str(place))
    if run("npm", "install", *options, f"typescript@{TYPESCRIPT}"):
        return f"npm could not install typescript@{TYPESCRIPT}: is its registry within reach?"
    return ""


def tsc() -> Path:
    """Where the TypeScript of this version is, once it is installed."""
    return VENV / f"typescript-{TYPESCRIPT}" / "node_modules" / "typescript" / "bin" / "tsc"


def install_browser() -> bool:
    """Tries the system's package manager, where that needs no password."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        check("apt-get", "update", "-qq")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        for package in ("chromium-headless-shell", "chromium"):
            if not subprocess.run([*install, package], env=environment, stdout=subprocess.DEVNULL).returncode:
                return True
        return False
    if shutil.which("brew"):
        check("brew", "install", "--cask", "chromium")
        return True
    return False


def named(*command: str | Path) -> str:
    """A command as it is shown."""
    return " ".join(Path(part).name if part is PYTHON else str(part) for part in command)


def run(*command: str | Path) -> int:
    """Runs a command in the checkout, saying which."""
    print("$", named(*command), flush=True)
    return subprocess.run([str(part) for part in command], cwd=ROOT).returncode


def begin(*command: str | Path) -> tuple[str, subprocess.Popen[str]]:
    """Starts a command in the checkout; `end` waits for it."""
    words = [str(part) for part in command]
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    return named(*command), process


def end(name: str, process: subprocess.Popen[str]) -> int:
    """Waits for a command that was begun, and says which it was and what it said."""
    said, _ = process.communicate()
    print(f"$ {name}\n{said}", end="", flush=True)
    return process.returncode


def check(*command: str | Path) -> None:
    """Runs a command that must succeed."""
    if code := run(*command):
        raise SystemExit(code)


if __name__ == "__main__":
    sys.exit(main())
