"""Makes the bundles beside this file again: `python tests/releases/make.py`, with memray and sitegen installed.

They are of one program with two releases of idna: 2.0 keeps sets of all code points, 2.1 keeps ranges. The releases
cannot be installed side by side, so that the tests have what was recorded once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import memray

HERE = Path(__file__).resolve().parent
RELEASES = ("2.0", "2.1")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        for release in RELEASES:
            record(release, Path(directory))


def record(release: str, directory: Path) -> None:
    """Installs a release into a directory of its own, records it, and keeps the bundle."""
    place, home = directory / f"installed-{release}" / "site-packages", directory / release
    home.mkdir()
    install = ("pip", "install", "--quiet", "--no-deps", "--target", place, f"idna=={release}")
    run("-m", *map(str, install), cwd=home)
    shutil.copy(HERE / "encode.py", home)
    # Without `site`: what other packages do to imports is no part of it.
    paths = os.pathsep.join([str(place), str(Path(memray.__file__).parent.parent)])
    run("-S", "encode.py", "encode.bin", cwd=home, PYTHONPATH=paths)
    run("-m", "sitegen", "analyze", "encode.bin", "-o", "bundles", cwd=home, PYTHONPATH=str(HERE.parents[1]))
    (made,) = (home / "bundles").rglob("*.sitegen")
    shutil.move(made, HERE / f"idna-{release}.sitegen")


def run(*arguments: str, cwd: Path, **variables: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=cwd, check=True, env=os.environ | variables)


if __name__ == "__main__":
    main()
