"""What is known of runs: run.toml, notes, bundles, and the CI job at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sitegen.capture.ci import Job, current_job
from sitegen.capture.runs import CI_AGE, FoundRun, Run, note_name, notes_of, runs_of

NOW = 1_700_000_000_000
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_WORKFLOW": "Memory",
    "GITHUB_RUN_NUMBER": "12",
    "GITHUB_SHA": "c0ffee1234",
    "GITHUB_REF_NAME": "main",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "org/app",
    "GITHUB_RUN_ID": "99",
}
GITHUB_URL = "https://github.example/org/app/actions/runs/99"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(run: str, directory: Path, started: int = NOW) -> FoundRun:
    return FoundRun(run, started, (directory,))


def test_run_toml_and_notes_describe_the_run(tmp_path: Path) -> None:
    write(
        tmp_path / "run.toml",
        'label = "Nightly"\ncommit = "abc"\nbranch = "main"\nurl = "https://ci.example/1"\nnotes = "Slow."',
    )
    write(tmp_path / "NOTES.md", "# Why")
    runs = runs_of([found("r", tmp_path)], {}, NOW)
    assert runs.runs == (Run("r", NOW, "Nightly", "abc", "main", "https://ci.example/1", "Slow.\n\n# Why"),)
    assert runs.warnings == ()


def test_a_run_that_nobody_describes_has_its_name_and_start(tmp_path: Path) -> None:
    assert runs_of([found("r", tmp_path, 5)], {}, NOW).runs == (Run("r", 5),)


def test_runs_are_ordered_by_start_then_name(tmp_path: Path) -> None:
    given = [found(run, tmp_path, started) for run, started in (("b", 7), ("z", 1), ("a", 7))]
    assert [run.id for run in runs_of(given, {}, NOW).runs] == ["z", "a", "b"]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('labl = "x"', "run.toml: unknown key labl. Did you mean 'label'?"),
        ("label = 5", "run.toml: label must be text in quotes"),
        ('url = "javascript:alert(1)"', "run.toml: url must begin with https:// or http://"),
        ('url = "http://[x"', "run.toml: url must begin with https:// or http://"),
    ],
)
def test_a_wrong_key_costs_a_warning_and_that_key_only(tmp_path: Path, text: str, warning: str) -> None:
    write(tmp_path / "run.toml", f'commit = "abc"\n{text}')
    runs = runs_of([found("r", tmp_path)], {}, NOW)
    assert runs.runs == (Run("r", NOW, commit="abc"),)
    assert runs.warnings == (f"{tmp_path}/{warning}",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"label = ", "no valid TOML"), (b"\xff", "not UTF-8"), (b"#" * (2 << 20), "longer than")],
)
def test_a_file_that_cannot_be_used_costs_a_warning(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "run.toml").write_bytes(content)
    runs = runs_of([found("r", tmp_path)], {}, NOW)
    assert runs.runs == (Run("r", NOW),)
    assert [reason in warning and "run.toml" in warning for warning in runs.warnings] == [True]


def test_texts_are_not_read_through_links_nor_from_pipes(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "key")
    run = tmp_path / "run"
    run.mkdir()
    (run / "NOTES.md").symlink_to(secret)
    os.mkfifo(run / "run.toml")
    runs = runs_of([found("r", run)], {}, NOW)
    assert runs.runs == (Run("r", NOW),)
    assert "not a regular file" in runs.warnings[0]
    assert "not read through links" in runs.warnings[1]


def test_the_first_directory_that_says_something_counts(tmp_path: Path) -> None:
    write(tmp_path / "a/run.toml", 'label = "A"')
    write(tmp_path / "b/run.toml", 'label = "B"\nbranch = "main"')
    for name in "ab":
        write(tmp_path / name / "NOTES.md", "same")
    run = FoundRun("r", NOW, (tmp_path / "a", tmp_path / "b"))
    assert runs_of([run], {}, NOW).runs == (Run("r", NOW, "A", branch="main", notes="same"),)


def test_run_toml_comes_before_what_a_bundle_carries(tmp_path: Path) -> None:
    write(tmp_path / "run.toml", 'label = "Here"')
    carried = Run("r", 1, "There", "abc", url="javascript:x", notes="Carried.")
    run = FoundRun("r", NOW, (tmp_path,), (carried,))
    assert runs_of([run], {}, NOW).runs == (Run("r", NOW, "Here", "abc", notes="Carried."),)


def test_the_ci_job_describes_the_newest_run_only(tmp_path: Path) -> None:
    runs = runs_of([found("new", tmp_path, NOW), found("old", tmp_path, NOW - 1)], GITHUB, NOW).runs
    assert runs == (Run("old", NOW - 1), Run("new", NOW, "Memory #12", "c0ffee1234", "main", GITHUB_URL))


def test_the_ci_job_fills_in_what_run_toml_leaves_out(tmp_path: Path) -> None:
    write(tmp_path / "run.toml", 'label = "Mine"\ncommit = "c0ffee"')
    assert runs_of([found("r", tmp_path)], GITHUB, NOW).runs == (
        Run("r", NOW, "Mine", "c0ffee", "main", GITHUB_URL),
    )


def test_a_run_of_another_commit_is_not_the_ci_jobs(tmp_path: Path) -> None:
    write(tmp_path / "run.toml", 'commit = "decaf"')
    assert runs_of([found("r", tmp_path)], GITHUB, NOW).runs == (Run("r", NOW, commit="decaf"),)


@pytest.mark.parametrize(("age", "described"), [(CI_AGE, True), (CI_AGE + 1, False), (-60_000, True)])
def test_captures_older_than_a_day_are_not_the_ci_jobs(tmp_path: Path, age: int, described: bool) -> None:
    (run,) = runs_of([found("r", tmp_path, NOW - age)], GITHUB, NOW).runs
    assert (run.commit is not None) == described


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        (GITHUB, Job("Memory #12", "c0ffee1234", "main", GITHUB_URL)),
        (
            GITHUB | {"GITHUB_HEAD_REF": "feature/x", "GITHUB_REF_NAME": "7/merge"},
            Job("Memory #12", "c0ffee1234", "feature/x", GITHUB_URL),
        ),
        ({"GITHUB_ACTIONS": "true", "GITHUB_SHA": "abc"}, Job(None, "abc", None, None)),
        (
            {
                "GITLAB_CI": "true",
                "CI_PIPELINE_ID": "8",
                "CI_COMMIT_SHA": "abc",
                "CI_COMMIT_REF_NAME": "main",
                "CI_JOB_URL": "https://gitlab.example/org/app/-/jobs/5",
            },
            Job("Pipeline #8", "abc", "main", "https://gitlab.example/org/app/-/jobs/5"),
        ),
        (
            {
                "JENKINS_URL": "https://jenkins.example/",
                "JOB_NAME": "app/main",
                "BUILD_NUMBER": "3",
                "GIT_COMMIT": "abc",
                "GIT_BRANCH": "origin/main",
                "BUILD_URL": "https://jenkins.example/job/app/3/",
            },
            Job("app/main #3", "abc", "main", "https://jenkins.example/job/app/3/"),
        ),
        (
            {
                "CIRCLECI": "true",
                "CIRCLE_JOB": "memory",
                "CIRCLE_BUILD_NUM": "4",
                "CIRCLE_SHA1": "abc",
                "CIRCLE_BRANCH": "main",
                "CIRCLE_BUILD_URL": "https://circleci.example/4",
            },
            Job("memory #4", "abc", "main", "https://circleci.example/4"),
        ),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_PIPELINE_SLUG": "app",
                "BUILDKITE_BUILD_NUMBER": "5",
                "BUILDKITE_COMMIT": "abc",
                "BUILDKITE_BRANCH": "main",
                "BUILDKITE_BUILD_URL": "https://buildkite.example/5",
            },
            Job("app #5", "abc", "main", "https://buildkite.example/5"),
        ),
        (
            {
                "TF_BUILD": "True",
                "BUILD_DEFINITIONNAME": "app",
                "BUILD_BUILDNUMBER": "20240501.1",
                "BUILD_SOURCEVERSION": "abc",
                "BUILD_SOURCEBRANCH": "refs/heads/main",
                "SYSTEM_COLLECTIONURI": "https://dev.azure.example/org/",
                "SYSTEM_TEAMPROJECT": "My Project",
                "BUILD_BUILDID": "6",
            },
            Job(
                "app 20240501.1",
                "abc",
                "main",
                "https://dev.azure.example/org/My%20Project/_build/results?buildId=6",
            ),
        ),
        (
            {
                "NETLIFY": "true",
                "CONTEXT": "production",
                "BUILD_ID": "b1",
                "COMMIT_REF": "abc",
                "HEAD": "main",
                "SITE_NAME": "app",
                "DEPLOY_ID": "d1",
            },
            Job("production b1", "abc", "main", "https://app.netlify.com/sites/app/deploys/d1"),
        ),
    ],
)
def test_the_common_ci_systems_are_understood(environment: dict[str, str], job: Job | None) -> None:
    assert current_job(environment) == job


def test_notes_lie_in_the_captures_directory_or_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "index.md", "outside")
    write(tmp_path / "notes/app.web.md", "outside")
    write(tmp_path / "notes/app.api.md", "api")
    assert notes_of([tmp_path / "runs"]).index == "outside"
    write(tmp_path / "runs/index.md", "inside")
    write(tmp_path / "runs/notes/app.web.md", "inside")
    write(tmp_path / "runs/notes/tests%2Ftest_a.py.md", "a test")
    write(tmp_path / "runs/notes/readme.txt", "not a note")
    notes = notes_of([tmp_path / "runs"])
    assert notes.index == "inside"
    assert notes.modules == {"app.web": "inside", "app.api": "api", "tests/test_a.py": "a test"}
    assert notes.warnings == ()


def test_notes_of_a_bare_file_lie_beside_it(tmp_path: Path) -> None:
    capture = write(tmp_path / "a.bin", "")
    write(tmp_path / "index.md", "beside")
    assert notes_of([capture]).index == "beside"


@pytest.mark.parametrize("name", ["runs", "long" * 100, "circle"])
def test_without_notes_there_are_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "circle").symlink_to("circle")
    assert (notes_of([tmp_path / name]).index, notes_of([tmp_path / name]).modules) == ("", {})


@pytest.mark.parametrize("module", ["app.web", "tests/test_a.py", "../../etc/x", "größe:1", "100%"])
def test_a_note_is_found_under_the_name_made_for_it_and_stays_in_its_directory(
    tmp_path: Path, module: str
) -> None:
    assert "/" not in note_name(module)
    write(tmp_path / "notes" / note_name(module), "text")
    assert notes_of([tmp_path]).modules == {module: "text"}
