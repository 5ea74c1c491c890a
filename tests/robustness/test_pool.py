"""Tasks that crash, hang or blow up cost themselves alone, whoever is interrupted leaves nothing behind."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import misbehaviour as bad
import processes
import pytest
from made_captures import sample

from sitegen.capture import watch, workers
from sitegen.capture.failures import Failure
from sitegen.capture.limits import Limits
from sitegen.capture.pool import Task, run_isolated
from sitegen.capture.watch import Watch
from sitegen.capture.worker import serve
from sitegen.errors import StoreError

MEMORY = 300 << 20
SOON = 20
"""Seconds that even a busy machine needs for no more than an end; tasks here would loop for a minute."""
OPEN = Path("/dev/fd")
ROOT = Path(__file__).resolve().parents[2]


def run(*tasks: Task[Any], jobs: int = 2, timeout: float = 10, memory: int | None = MEMORY) -> dict[str, Any]:
    return {task.key: outcome for task, outcome in run_isolated(tasks, Limits(jobs, memory, timeout))}


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (bad.crash, r"crashed memray's reader \(SIGSEGV\)"),
        (bad.be_ended, r"the process that read it was ended \("),
        (partial(bad.write_rubbish, b"\0\0\0\5hello"), r"its worker process ended \(exit code 0\)"),
        (partial(bad.write_rubbish, b"\0\0"), r"its worker process ended \(exit code 0\)"),
        (bad.close_all, "the system killed the process"),
        (bad.leave, r"its worker process ended \(exit code 7\)"),
        (bad.be_killed, "the system killed the process"),
        (bad.loop, "took longer than 1 s to read"),
        (bad.eat, "needs more memory than 315 MB to read"),
        (bad.eat_natively, "needs more memory than 315 MB to read"),
        (bad.complain, "^is not a memray capture$"),
        (bad.stumble, r"AssertionError: of ours \(misbehaviour.py:"),
        (bad.open_missing, "cannot be read: No such file or directory"),
        (bad.return_what_does_not_pickle, "could not be analysed: .*pickle"),
    ],
)
def test_each_misbehaviour_costs_one_task_and_says_why(
    function: Callable[[], object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure says in words what happened and what to do; the tasks beside it, and after it, are done."""
    monkeypatch.setattr(workers, "SILENT", 1)
    if function is bad.close_all:
        monkeypatch.setattr(workers, "GRACE", 0.5)
    seconds = 1 if function is bad.loop else 30
    healthy = [Task(f"healthy {i}", partial(bad.answer, i)) for i in range(6)]
    outcomes = run(*healthy[:3], Task("bad", function, size=1), *healthy[3:], timeout=seconds)
    failure = outcomes.pop("bad")
    assert isinstance(failure, Failure)
    assert re.search(says, failure.message), failure
    assert failure.hint
    assert outcomes == {f"healthy {i}": i for i in range(6)}


def test_results_that_cannot_be_kept_end_all() -> None:
    """No capture is to blame: the error arrives as it is, also of a task in the middle of a batch."""
    tasks = [Task(str(i), bad.find_no_room if i == 30 else partial(bad.answer, i)) for i in range(60)]
    with pytest.raises(StoreError) as caught:
        run(*tasks)
    assert caught.value.hint == "Make room there."


def test_others_go_on_while_one_hangs() -> None:
    """A reader that loops and hears no signal is given up when its time is over; others end before."""
    tasks: list[Task[Any]] = [
        Task("loop", bad.loop, size=1),
        *(Task(str(i), partial(bad.answer, i)) for i in range(50)),
    ]
    order = [task.key for task, _ in run_isolated(tasks, Limits(2, None, 2))]
    assert order[-1] == "loop"


def test_many_crashes_in_a_row_leave_the_pool_alive() -> None:
    """Each dead worker is replaced."""
    tasks = [Task(str(i), bad.crash if i % 2 else partial(bad.answer, i)) for i in range(30)]
    outcomes = run(*tasks)
    assert [isinstance(outcomes[str(i)], Failure) for i in range(30)] == [bool(i % 2) for i in range(30)]


def test_a_worker_that_ends_while_it_has_nothing_to_do_is_replaced() -> None:
    """As the system may end it, which looks for memory."""
    pids = []

    def end_everyone(_: object) -> None:
        for child in multiprocessing.active_children():
            pids.append(child.pid)
            child.kill()
            child.join()

    tasks = [Task(str(i), partial(bad.answer, i), size=1 << 20) for i in range(3)]
    outcomes = {
        task.key: outcome for task, outcome in run_isolated(tasks, Limits(1, MEMORY, 30), end_everyone)
    }
    assert outcomes == {"0": 0, "1": 1, "2": 2}
    assert len(set(pids)) == 2


def test_a_task_that_runs_alone_has_a_process_of_its_own() -> None:
    """Its memory is given back: no two such tasks share a process, which the others do."""
    alone = run(*(Task(str(i), bad.process, alone=True) for i in range(4)))
    assert len(set(alone.values())) == 4
    together = run(*(Task(str(i), bad.process) for i in range(4)), jobs=1)
    assert len(set(together.values())) == 1


def test_the_memory_of_a_task_that_ran_alone_is_given_back_while_others_are_done() -> None:
    """Nothing is freed of what memray knows of native code: the process ends, though the workers go on."""
    tasks = [Task("alone", bad.process, alone=True), *(Task(str(i), bad.process) for i in range(3))]
    outcomes = run_isolated(tasks, Limits(1, MEMORY, 30))
    alone = next(outcome for task, outcome in outcomes if task.alone)
    assert isinstance(alone, int)
    next(outcomes)
    latest = time.monotonic() + 10
    while watch.resident([alone]).get(alone):
        assert time.monotonic() < latest, "it still holds memory"
        time.sleep(0.02)  # between two looks
    assert len(list(outcomes)) == 2


def test_tasks_that_ran_alone_leave_no_descriptors_open() -> None:
    """A build reads a thousand native captures where 256 files may be open."""
    tasks = [Task(str(i), bad.process, alone=True) for i in range(30)]
    before = len([*OPEN.iterdir()])
    most = max(len([*OPEN.iterdir()]) for _ in run_isolated(tasks, Limits(2, None, 30)))
    assert most < before + 30


def test_the_process_that_workers_are_forked_from_can_be_ended() -> None:
    """A new one takes its place, whenever that happens; what workers do meanwhile is not lost."""

    def end_it(_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(vars(forkserver._forkserver)["_forkserver_pid"], signal.SIGKILL)

    tasks = [Task(str(i), partial(bad.answer, i), alone=bool(i % 2)) for i in range(6)]
    outcomes = {task.key: outcome for task, outcome in run_isolated(tasks, Limits(2, None, 30), end_it)}
    assert outcomes == {str(i): i for i in range(6)}


def test_workers_that_cannot_begin_say_so(tmp_path: Path) -> None:
    """Their directory was removed, or has no room: no capture is to blame, and the build ends."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe()
    with ours, theirs:
        worker = context.Process(target=serve, args=(theirs, str(tmp_path / "gone"), None))
        worker.start()
        said = ours.recv()
        worker.join()
    assert isinstance(said, StoreError)
    assert re.search("gone cannot be used: No such file or directory", said.message)


@pytest.mark.parametrize("timeout", [1e5, 1e9, 1e300, float("inf")])
def test_no_limit_is_too_high(timeout: float) -> None:
    """Who wants none writes a very large one, which no clock takes."""
    tasks = [Task(str(i), partial(bad.answer, i)) for i in range(40)]
    assert run(*tasks, timeout=timeout, memory=10**30) == {str(i): i for i in range(40)}


def test_never_more_tasks_at_once_than_jobs() -> None:
    """Tasks alone and tasks together share the places."""
    tasks = [Task(str(i), partial(bad.sleep, 0.2), alone=bool(i % 2)) for i in range(6)]
    begun = time.monotonic()
    run(*tasks, jobs=2)
    assert time.monotonic() - begun > 0.6
    run_isolated([Task("", partial(bad.sleep, 0))], Limits(1, None))


def test_the_largest_are_begun_first() -> None:
    """What takes longest must not be what is begun last."""
    begun: list[str] = []
    tasks = [Task(str(size), partial(bad.answer, size), size) for size in (1, 5, 3)]
    tasks.append(Task("alone", partial(bad.answer, 1), alone=True))
    list(run_isolated(tasks, Limits(1, None), lambda task: begun.append(task.key)))
    assert begun == ["alone", "5", "3", "1"]


def test_nothing_to_do_starts_no_process() -> None:
    """A build in which nothing changed pays nothing for the pool."""
    before = set(multiprocessing.active_children())
    assert list(run_isolated([], Limits(2, None))) == []
    assert set(multiprocessing.active_children()) == before


def test_workers_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing that native code prints reaches the terminal, where the results are."""
    assert run(Task("a", bad.chatter)) == {"a": 1}
    assert capfd.readouterr() == ("", "")


def test_builds_at_once_in_threads_leave_the_terminal_as_it_was() -> None:
    """While a process is started nothing of it is heard; afterwards everything is."""
    begun, terminal, before = threading.Event(), os.dup(2), os.fstat(2)

    def start() -> None:
        with workers._silence():
            begun.set()
            time.sleep(0.2)

    thread = threading.Thread(target=start)
    try:
        with workers._silence():
            thread.start()
            begun.wait(0.2)
        thread.join()
        assert os.path.samestat(os.fstat(2), before)
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def test_stopping_in_the_middle_leaves_no_process() -> None:
    """Who takes the first outcome only gets it at once, and the workers that still loop are gone."""
    tasks: list[Task[Any]] = [Task("loop", bad.loop, size=2), Task("one", partial(bad.answer, 1), size=1)]
    before = set(multiprocessing.active_children())
    outcomes = run_isolated(tasks, Limits(2, None, 60))
    begun = time.monotonic()
    assert next(outcomes)[1] == 1
    assert len(set(multiprocessing.active_children()) - before) == 2
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert set(multiprocessing.active_children()) == before
    assert time.monotonic() - begun < 10


def environment() -> dict[str, str]:
    """For a build of its own, which finds the tests' functions."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(bad.__file__).parent)])}


def script(body: str) -> subprocess.Popen[str]:
    """A build of its own, in a process group of its own, with workers that loop; ready when it says so."""
    text = f"""
        import sys
        import misbehaviour as bad
        from sitegen.capture.limits import Limits
        from sitegen.capture.pool import Task, run_isolated

        def build():
            tasks = [Task(str(i), bad.loop, size=1) for i in range(2)] + [Task("go", bad.process)]
            for task, outcome in run_isolated(tasks, {body}):
                pass

        if __name__ == "__main__":
            print("ready", flush=True)
            try:
                build()
            except KeyboardInterrupt:
                sys.exit(130)
        """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text)],
        env=environment(),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("after", [0.02, 0.2, 1.5])
def test_ctrl_c_ends_at_once_and_quietly(after: float) -> None:
    """The interrupt goes to every process on the terminal; none is left, and none prints a traceback."""
    with script("Limits(2, None, 60)") as process:
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(SOON) == 130
        assert processes.end_soon(process.pid, SOON)
        assert process.communicate() == ("", "")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files. Its path is short: sockets are made in it."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


@contextmanager
def begun(directory: Path, temporary: Path, program: str) -> Iterator[subprocess.Popen[str]]:
    """A `sitegen build` of a capture without an end that begins with a program of its own, in a process group of its
    own. Nothing of it goes on afterwards."""
    (directory / "captures").mkdir()
    shutil.copy(sample("release-2.4/app.capture@garden.bin"), directory / "captures")
    text = f"{textwrap.dedent(program)}\nfrom sitegen.__main__ import main\nmain()"
    process = subprocess.Popen(
        [sys.executable, "-c", text, "build", "captures", "-o", "site"],
        cwd=directory,
        env=environment() | {"TMPDIR": str(temporary)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_build_that_is_told_to_end_while_it_reads_leaves_no_process_and_no_temporary_file(
    tmp_path: Path, temporary: Path, number: signal.Signals, code: int, send: Callable[[int, int], None]
) -> None:
    """CI systems send SIGTERM, some to one process and some to all of them; a terminal that is closed sends SIGHUP."""
    program = """
        import misbehaviour, sitegen.analysing
        sitegen.analysing.analyse_capture = misbehaviour.read_for_ever
        """
    with begun(tmp_path, temporary, program) as process:
        latest = time.monotonic() + SOON
        while not [*temporary.rglob("capture.bin")]:
            assert time.monotonic() < latest, "no worker has begun to read"
            time.sleep(0.02)  # between two looks
        send(process.pid, number)
        assert process.wait(SOON) == code
        assert [*temporary.iterdir()] == []
        assert processes.end_soon(process.pid, SOON)
        out, err = process.communicate()
    assert (out, err.partition(",")[0]) == ("", "Reading 1 capture")
    assert err.count("\n") == 1


def test_a_build_that_is_told_to_end_while_it_writes_leaves_no_site(tmp_path: Path, temporary: Path) -> None:
    """Nor a directory beside it; and a second signal ends nobody who cleans up."""
    program = """
        import os, signal, sitegen.build
        def render(*what):
            yield next(rendered(*what))
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)
        rendered, sitegen.build.render = sitegen.build.render, render
        """
    with begun(tmp_path, temporary, program) as process:
        assert process.wait(SOON) == 143
    assert {path.name for path in tmp_path.iterdir()} == {"captures", ".sitegen-cache"}
    left = {path.name.partition("-")[0] for path in temporary.iterdir()}
    assert left == {"_jinja2"}  # compiled templates, for the next build


def test_who_started_the_build_may_have_blocked_all_signals() -> None:
    """That is inherited: a build would wait for ever for a worker to end, and a worker hear no alarm."""
    text = """
        import signal
        import misbehaviour as bad
        from sitegen.capture.limits import Limits
        from sitegen.capture.pool import Task, run_isolated

        if __name__ == "__main__":
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            tasks = [Task("loop", bad.loop, size=1), Task("alone", bad.process, alone=True), Task("", bad.crash)]
            print(sorted(task.key for task, _ in run_isolated(tasks, Limits(2, None, 1))))
        """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text)],
        env=environment(),
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.communicate(timeout=60)[0] == "['', 'alone', 'loop']\n"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert processes.end_soon(process.pid, SOON)


def test_workers_of_a_build_that_was_killed_end_by_themselves() -> None:
    """Even those in which the reader loops, when their time is over."""
    with script("Limits(2, None, 3)") as process:
        time.sleep(1)
        process.kill()
        process.wait()
        assert processes.end_soon(process.pid, 10)


def test_the_watch_sees_what_processes_hold() -> None:
    """For systems that set no limit themselves: memory is told by `ps`; processes that ended are left out."""
    held = watch.resident([os.getpid(), 2**22 - 1])
    assert list(held) == [os.getpid()]
    assert held[os.getpid()] > 5 << 20
    assert watch.resident([]) == {}


def test_the_watch_ends_what_is_too_large_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that takes more than its limit is killed, and remembered for its failure to say so."""
    monkeypatch.setattr(watch, "resident", lambda found: dict.fromkeys(found, 10))
    child = multiprocessing.get_context("forkserver").Process(target=bad.loop)
    child.start()
    try:
        Watch(10).look()
        assert child.is_alive()
        greedy = Watch(9)
        greedy.look()
        child.join(5)
        assert child.exitcode == -signal.SIGKILL
        assert child.pid in greedy.ended
    finally:
        child.kill()


def test_one_that_crashes_among_many_small_ones_costs_itself_alone() -> None:
    """Small tasks go to a worker together; those beside a crash or a hang are done again, apart."""
    tasks: list[Task[Any]] = [Task(str(i), partial(bad.answer, i), size=1) for i in range(100)]
    tasks[20], tasks[50] = Task("crash", bad.crash, size=1), Task("loop", bad.loop, size=1)
    outcomes = run(*tasks, timeout=1)
    assert {key for key, outcome in outcomes.items() if isinstance(outcome, Failure)} == {"crash", "loop"}
    assert len(outcomes) == 100


def test_a_process_that_one_has_damaged_costs_no_other() -> None:
    """Who died where others were read before is tried again where none was."""
    tasks: list[Task[Any]] = [
        Task("damage", bad.damage, size=3),
        Task("healthy", bad.stumble_if_damaged, size=2),
    ]
    many = [Task(str(i), bad.stumble_if_damaged, size=1) for i in range(40)]
    assert run(*tasks, jobs=1) == {"damage": None, "healthy": 1}
    outcomes = run(*tasks, *many, jobs=1)
    assert outcomes == {"damage": None} | {task.key: 1 for task in (tasks[1], *many)}
