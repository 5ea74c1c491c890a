"""`sitegen check`: what fails, what only warns, and how each form says so."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import command
import pytest
from command import run_sitegen
from made_captures import SAMPLES

from sitegen.checking import Checked, written
from sitegen.insight.budgets import Severity
from sitegen.insight.finding import Finding, Kind, Told
from sitegen.insight.history import Figure, Where


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Path:
    """Releases 2.2 and 2.3: `app.embeddings` steps up by half."""
    home = tmp_path_factory.mktemp("check")
    (home / ".sitegen-cache").symlink_to(store)
    for run in ("release-2.2", "release-2.3"):
        for module in ("app.embeddings", "app.review"):
            (home / "captures" / run).mkdir(parents=True, exist_ok=True)
            shutil.copy(SAMPLES / "runs" / run / f"{module}.bin", home / "captures" / run)
    return home


def check(home: Path, config: str, *arguments: str) -> tuple[int, str]:
    (home / "check.toml").write_text(config)
    done = run_sitegen("check", "captures", "--config", "check.toml", *arguments, cwd=home, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_a_step_up_warns_and_names_the_function_that_explains_it(two_runs: Path) -> None:
    code, text = check(two_runs, "")
    assert code == 0
    assert "peak of app.embeddings rose" in text
    assert "build_index" in text


def test_warnings_fail_where_it_is_strict(two_runs: Path) -> None:
    assert check(two_runs, "", "--strict")[0] == 1
    assert check(two_runs, "strict = true\n")[0] == 1


@pytest.mark.parametrize(
    ("budget", "code"),
    [
        ('peak = "30 MB"', 1),
        ('peak = "40 MB"', 0),
        ('peak_growth = "10%"', 1),
        ('peak_growth = "60%"', 0),
        ('peak_growth = "1 MB"', 1),
        ('leaked = "1 MB"', 1),
        ('leaked = "2 MB"', 0),
        ("allocations = 100000", 1),
        ('allocations_growth = "10%"', 1),
        ('peak = "30 MB"\nseverity = "warn"', 0),
    ],
)
def test_a_broken_budget_fails_and_a_kept_one_does_not(two_runs: Path, budget: str, code: int) -> None:
    assert check(two_runs, f'[budgets."app.emb*"]\n{budget}\n')[0] == code


def test_another_run_can_be_judged(two_runs: Path) -> None:
    config = '[budgets."app.embeddings"]\npeak = "30 MB"\n'
    assert check(two_runs, config, "--run", "release-2.3")[0] == 1
    code, text = check(two_runs, config, "--run", "release-2.2")
    assert (code, "Run release-2.2 passes" in text) == (0, True)
    assert check(two_runs, config.replace("30 MB", "20 MB"), "--run", "release-2.2")[0] == 1
    assert check(two_runs, "", "--run", "release-9")[0] == 2


def test_an_id_names_its_run_though_another_is_called_so(two_runs: Path, tmp_path: Path) -> None:
    shutil.copytree(two_runs / "captures", tmp_path / "captures")
    (tmp_path / ".sitegen-cache").symlink_to((two_runs / ".sitegen-cache").resolve())
    (tmp_path / "captures" / "release-2.3" / "run.toml").write_text('label = "release-2.2"\n')
    assert '"run": "release-2.2"' in check(tmp_path, "", "--run", "release-2.2", "--format", "json")[1]


def test_a_budget_for_no_module_is_told_of(two_runs: Path) -> None:
    """A slip of the pen must not switch a gate off in silence."""
    (two_runs / "check.toml").write_text(
        '[budgets."app.embedings"]\npeak = "1 MB"\n[budgets."app.r*"]\npeak = "1 GB"\n'
    )
    done = run_sitegen("check", "captures", "--config", "check.toml", cwd=two_runs)
    assert "The budget \"app.embedings\" is for no module. Did you mean 'app.embeddings'?" in done.stderr
    assert "app.r*" not in done.stderr


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        (
            "prevous",
            "The baseline \"prevous\" is no run: nothing is compared with it. Did you mean 'previous'?",
        ),
        ("run:relese-2.2", "Did you mean 'release-2.2'?"),
        ("branch:main", 'The baseline "branch:main" is no run'),
        ("release-2.2", ""),
        ("median:2", ""),
    ],
)
def test_a_baseline_that_is_no_run_is_told_of(two_runs: Path, baseline: str, said: str) -> None:
    """Budgets of growth could never be broken, and nobody would know."""
    (two_runs / "check.toml").write_text(f'baseline = "{baseline}"\n')
    done = run_sitegen("check", "captures", "--config", "check.toml", cwd=two_runs)
    assert said in done.stderr.replace("\n  ", " ")
    assert ("baseline" in done.stderr) == bool(said)


def test_a_run_alone_needs_no_baseline(two_runs: Path) -> None:
    """The first job of all has no run to compare with, and passes where it is strict."""
    (two_runs / "check.toml").write_text('baseline = "branch:main"\n')
    done = run_sitegen(
        "check", "captures/release-2.2", "--config", "check.toml", "--strict", cwd=two_runs, check=False
    )
    assert "baseline" not in done.stderr


def test_a_budget_that_cannot_be_judged_fails(two_runs: Path, tmp_path: Path) -> None:
    """The newest capture of its module cannot be read; without a budget that only warns."""
    shutil.copytree(two_runs / "captures", tmp_path / "captures")
    cut = tmp_path / "captures" / "release-2.3" / "app.embeddings.bin"
    cut.write_bytes(cut.read_bytes()[:3000])
    budget = '[budgets."app.embeddings"]\npeak = "1 GB"\n'
    assert check(tmp_path, budget)[0] == 1
    assert check(tmp_path, f'{budget}severity = "warn"\n')[0] == 0
    assert check(tmp_path, budget.replace("embeddings", "review"))[0] == 0


def test_the_front_page_says_no_change_of_a_capture_that_cannot_be_read(
    two_runs: Path, tmp_path: Path
) -> None:
    """It would be the change of the run before, beside no figure."""
    shutil.copytree(two_runs / "captures", tmp_path / "captures")
    shutil.copytree(two_runs / "captures" / "release-2.3", tmp_path / "captures" / "release-2.4")
    for run in ("release-2.3", "release-2.4"):
        run_sitegen("build", "captures", "-o", run, cwd=tmp_path)
        (tmp_path / "captures" / "release-2.4" / "app.embeddings.bin").write_bytes(b"memray, it is not")
    row = '<th><a href="modules/app.embeddings.html">app.embeddings</a>'
    before, after = (
        (tmp_path / run / "index.html").read_text().partition(row)[2].partition('class="spark"')[0]
        for run in ("release-2.3", "release-2.4")
    )
    assert before.count("±0") == 2
    assert after
    assert "±0" not in after
    assert "MB" not in after


def test_every_form_tells_the_broken_budget(two_runs: Path) -> None:
    config = '[budgets."app.embeddings"]\npeak = "30 MB"\n'
    document = json.loads(check(two_runs, config, "--format", "json")[1])
    assert document["passes"] is False
    budget = next(finding for finding in document["findings"] if finding["kind"] == "budget")
    assert (budget["severity"], budget["module"], budget["after"]) == ("error", "app.embeddings", 34_484_997)
    assert set(budget) >= {
        "kind",
        "severity",
        "module",
        "instance",
        "run",
        "metric",
        "before",
        "after",
        "where",
    }
    markdown = check(two_runs, config, "--format", "markdown")[1]
    assert markdown.startswith("<!-- sitegen-check -->")
    assert "<details>" in markdown
    github = check(two_runs, config, "--format", "github")[1]
    assert github.startswith("::error title=Memory%3A budget in app.embeddings::")
    rows = json.loads(check(two_runs, config, "--format", "benchmark")[1])
    assert {"name": "app.embeddings peak", "unit": "bytes", "value": 34_484_997} in rows


def test_what_an_absolute_budget_names_is_held_and_no_growth(two_runs: Path, tmp_path: Path) -> None:
    """Nothing was compared: what came on top of the run before is the step's to say."""
    config = '[budgets."app.embeddings"]\npeak = "30 MB"\n'
    said = check(two_runs, config)[1]
    assert re.search(r"over its budget of 30\.000MB\n +17\.\d{3}MB  embed  ", said)
    assert re.search(r"peak of app\.embeddings rose .*\n +\+16\.\d{3}MB  build_index", said)
    markdown = check(two_runs, config, "--format", "markdown")[1]
    assert re.search(r"over its budget of 30\.000MB\n  \* 17\.\d{3}MB embed ", markdown)
    run_sitegen("build", "captures", "--config", "check.toml", "-o", tmp_path / "site", cwd=two_runs)
    page = (tmp_path / "site" / "index.html").read_text()
    assert re.search(r"over its budget of 30\.000MB</a>\n<p>17\.\d{3}MB <code>embed<", page)


def test_github_gets_the_job_summary_too(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = two_runs / "summary.md"
    plain = command.plain_environment()
    monkeypatch.setattr(command, "plain_environment", lambda: {**plain, "GITHUB_STEP_SUMMARY": str(summary)})
    check(two_runs, "", "--format", "github")
    assert "Memory: Run release-2.3 passes" in summary.read_text()


def test_findings_of_the_sample_site_tell_its_story(site_json: dict[str, object], sample_site: Path) -> None:
    findings = site_json["findings"]
    assert isinstance(findings, list)
    told = {(f["kind"], f["module"], f["run"], f["metric"]) for f in findings}
    assert ("step", "app.embeddings", "release-2.3", "peak") in told
    assert ("growth", "app.review", "release-2.5", "leaked") in told
    assert ("leak", "app.review", "release-2.5", "leaked") in told
    step = next(
        f for f in findings if f["kind"] == "step" and f["metric"] == "peak" and f["severity"] == "warn"
    )
    assert step["where"][0]["function"] == "build_index"
    assert len(step["where"]) <= 5
    for finding in findings:
        assert set(finding) == {
            "kind", "severity", "module", "instance", "run", "metric", "before", "after", "where", "url", "message",
        }  # fmt: skip
        assert (sample_site / finding["url"].partition("?")[0].partition("#")[0]).is_file()
    assert "at run 2.3 More like this (release-2.3, commit 7c81fe3b39), in build_index" in step["message"]
    below_its_run = (sample_site / "findings.html").read_text().partition(">2.3 More like this</a>")[2]
    what, _, _ = step["message"].partition(" at run ")
    assert f">{what}, in build_index</a>" in below_its_run


@pytest.mark.usefixtures("linked_store")
def test_a_step_of_an_earlier_run_is_told_of_until_it_is_taken_back(two_runs: Path, tmp_path: Path) -> None:
    """The run after it has no finding, passes, and says what still stands, in every form for people."""
    shutil.copytree(two_runs / "captures", tmp_path / "captures")
    shutil.copytree(SAMPLES / "runs" / "release-2.4", tmp_path / "captures" / "release-2.4")
    said = "peak of app.embeddings rose"
    _, text = check(tmp_path, "")
    assert said in text.partition("Steps of earlier runs that still stand:")[2]
    assert said in check(tmp_path, "", "--format", "markdown")[1]
    assert (
        "::notice title=Memory%3A still up in app.embeddings::"
        in check(tmp_path, "", "--format", "github")[1]
    )
    standing = json.loads(check(tmp_path, "", "--format", "json")[1])["standing"]
    assert {finding["run"] for finding in standing} == {"release-2.3"}


def test_what_is_cut_off_a_long_comment_is_said_outside_of_its_folded_part() -> None:
    """GitHub takes no longer comments; readers do not see what stands in a `<details>` that is not open."""
    where = tuple(Where("f" * 500, "app.py", 1) for _ in range(5))
    long = Finding(Kind.STEP, Severity.WARN, "app", None, "r", Figure.PEAK, 1, 2, Told("rose", "rose"), where)
    text = written(Checked("r", None, (long,) * 100, (), (), ()), "markdown")
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>") == 1
    assert text.index("</details>") < text.index("Cut here")
