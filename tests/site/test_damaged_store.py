"""A store that is full or damaged costs no page: the site stays as it is, and the next build can mend it."""

from __future__ import annotations

import shutil
from pathlib import Path

from command import run_sitegen
from made_captures import sample, write_capture

GOOD = sample("release-2.5/app.thumbnails.bin").with_name("app.embeddings.bin")


def built(home: Path) -> Path:
    """A site of one capture; gives the entry that the store has of it."""
    (home / "captures").mkdir()
    shutil.copy(GOOD, home / "captures")
    run_sitegen("build", "captures", "-o", "site", cwd=home)
    (entry,) = (home / ".sitegen-cache/entries").iterdir()
    return entry


def files(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }


def damage(entry: Path) -> None:
    whole = entry.read_bytes()
    table = whole.index(b"}", whole.index(b"{")) + 1
    light = whole.rindex(b'{"figures"')  # is read first, and stays good
    entry.write_bytes(whole[:table] + bytes(byte ^ 1 for byte in whole[table:light]) + whole[light:])


def test_where_an_analysis_cannot_be_kept_the_site_stays_as_it_is(tmp_path: Path) -> None:
    """The capture is healthy: it does not become a failed one, and the build ends with 2."""
    entry = built(tmp_path)
    before = files(tmp_path / "site")
    entry.unlink()
    entry.mkdir()
    done = run_sitegen("build", "captures", "-o", "site", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "cannot be kept in .sitegen-cache: Is a directory" in done.stderr
    assert f"Remove .sitegen-cache/entries/{entry.name}" in done.stderr
    assert files(tmp_path / "site") == before


def test_a_damaged_analysis_costs_one_build(tmp_path: Path) -> None:
    """It is told where a page needs it, and the next build reads the capture again."""
    entry = built(tmp_path)
    before = files(tmp_path / "site")
    shutil.rmtree(tmp_path / "site")
    damage(entry)
    done = run_sitegen("build", "captures", "-o", "site", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "The store lost an analysis" in done.stderr
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    assert files(tmp_path / "site") == before


def test_many_damaged_analyses_cost_one_build_together(tmp_path: Path) -> None:
    """All are looked at when one is found to be bad."""
    for name in "abcde":
        write_capture(tmp_path / "captures" / f"{name}.bin", [([(name, "/app.py", 1)], 1000)])
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    before = files(tmp_path / "site")
    shutil.rmtree(tmp_path / "site")
    for entry in (tmp_path / ".sitegen-cache/entries").iterdir():
        damage(entry)
    assert run_sitegen("build", "captures", "-o", "site", cwd=tmp_path, check=False).returncode == 2
    run_sitegen("build", "captures", "-o", "site", cwd=tmp_path)
    assert files(tmp_path / "site") == before
