"""What the environment of a CI job says of the run that is being built. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from urllib.parse import quote

import msgspec


class Job(msgspec.Struct, frozen=True):
    """What a CI system calls its job; None where it does not say."""

    label: str | None
    commit: str | None
    branch: str | None
    url: str | None


class _System(msgspec.Struct, frozen=True):
    """How a CI system names things. In braces: environment variables, all of which must be set."""

    marker: str
    label: str
    commit: str
    branches: tuple[str, ...]  # the first that is set; the source branch of a merge request comes first
    url: str


_SYSTEMS = (
    _System(  # Netlify, before those whose variables a build on it may pass on
        "NETLIFY",
        "{CONTEXT} {BUILD_ID}",
        "{COMMIT_REF}",
        ("{HEAD}", "{BRANCH}"),
        "https://app.netlify.com/sites/{SITE_NAME}/deploys/{DEPLOY_ID}",
    ),
    _System(
        "GITHUB_ACTIONS",
        "{GITHUB_WORKFLOW} #{GITHUB_RUN_NUMBER}",
        "{GITHUB_SHA}",
        ("{GITHUB_HEAD_REF}", "{GITHUB_REF_NAME}"),
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    ),
    _System(
        "GITLAB_CI",
        "Pipeline #{CI_PIPELINE_ID}",
        "{CI_COMMIT_SHA}",
        ("{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}", "{CI_COMMIT_REF_NAME}"),
        "{CI_JOB_URL}",
    ),
    _System(
        "CIRCLECI",
        "{CIRCLE_JOB} #{CIRCLE_BUILD_NUM}",
        "{CIRCLE_SHA1}",
        ("{CIRCLE_BRANCH}",),
        "{CIRCLE_BUILD_URL}",
    ),
    _System(
        "BUILDKITE",
        "{BUILDKITE_PIPELINE_SLUG} #{BUILDKITE_BUILD_NUMBER}",
        "{BUILDKITE_COMMIT}",
        ("{BUILDKITE_BRANCH}",),
        "{BUILDKITE_BUILD_URL}",
    ),
    _System(
        "TF_BUILD",
        "{BUILD_DEFINITIONNAME} {BUILD_BUILDNUMBER}",
        "{BUILD_SOURCEVERSION}",
        ("{SYSTEM_PULLREQUEST_SOURCEBRANCH}", "{BUILD_SOURCEBRANCH}"),
        "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    _System(
        "JENKINS_URL",
        "{JOB_NAME} #{BUILD_NUMBER}",
        "{GIT_COMMIT}",
        ("{CHANGE_BRANCH}", "{BRANCH_NAME}", "{GIT_BRANCH}"),
        "{BUILD_URL}",
    ),
)
_BRANCH_PREFIXES = ("refs/heads/", "origin/")


def current_job(environment: Mapping[str, str]) -> Job | None:
    """The job that this process belongs to; None outside of the CI systems that are known here."""
    for system in _SYSTEMS:
        if environment.get(system.marker):
            branches = (_filled(branch, environment) for branch in system.branches)
            branch = next(filter(None, branches), None)
            for prefix in _BRANCH_PREFIXES:
                branch = branch and branch.removeprefix(prefix)
            url = _filled(system.url, environment)
            return Job(
                label=_filled(system.label, environment),
                commit=_filled(system.commit, environment),
                branch=branch,
                url=url and quote(url, safe="/:?&=#%~+@,;!$()*[]"),
            )
    return None


def _filled(template: str, environment: Mapping[str, str]) -> str | None:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if not all(environment.get(name) for name in names):
        return None
    return template.format_map(environment)
