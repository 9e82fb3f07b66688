"""The supervisor, with real processes: each test runs one in a process of its own and looks from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renmai.kit.supervise import RESTART_SECONDS_MAX, Child, Supervisor, restart_delay_seconds

PATIENCE_SECONDS = 15
Start = Callable[..., subprocess.Popen[str]]

# A child that appends its process id to a file and sleeps.
SLEEPER = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[3]]);" + SLEEPER
POLITE = (
    "import os, signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(open(sys.argv[2], 'w').write('bye')"
    " and 0)); open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or ") Z " not in status.read_text()


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def pids_in(file: Path, count: int) -> list[int]:
    """The process ids in a file once there are `count`."""

    def read() -> list[int]:
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    assert wait_for(lambda: len(read()) >= count), f"{file.name} has {read()}"
    return read()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Run a supervisor over children given as (name, code, arguments) in a new process."""
    started: list[subprocess.Popen[str]] = []

    def run(children: str, options: str = "") -> subprocess.Popen[str]:
        script = textwrap.dedent(f"""
            import logging, sys
            from pathlib import Path
            from renmai.kit.supervise import Child, Supervisor
            logging.basicConfig(level=logging.INFO, stream=sys.stderr)
            folder = Path({str(tmp_path)!r})
            def python(name, code, *arguments, **options):
                return Child(name, [sys.executable, "-c", code, *map(str, arguments)], **options)
            def say(word):
                return lambda: print(word, flush=True)
            Supervisor([{children}], {options}).run()
            print("returned", flush=True)
        """)
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> tuple[list[str], str]:
    process.send_signal(how)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err
    return out.split(), err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_starts_all_and_stops_all_in_order(start: Start, tmp_path: Path, how: signal.Signals) -> None:
    process = start(
        f"python('one', {POLITE!r}, folder / 'one', folder / 'bye'), python('two', {SLEEPER!r}, folder / 'two')",
        "ready=say('ready'), on_stopped=say((folder / 'bye').exists() or 'early')",
    )
    pids = pids_in(tmp_path / "one", 1) + pids_in(tmp_path / "two", 1)
    assert all(is_alive(pid) for pid in pids)
    out, _ = finish(process, how)
    assert out[0] == "ready"
    assert out[-1] == "returned"
    assert (tmp_path / "bye").read_text() == "bye"
    assert not any(is_alive(pid) for pid in pids)


def test_on_stopped_comes_when_the_children_are_gone(start: Start, tmp_path: Path) -> None:
    process = start(
        f"python('one', {POLITE!r}, folder / 'one', folder / 'bye')",
        "on_stopped=lambda: print((folder / 'bye').read_text(), flush=True)",
    )
    pids_in(tmp_path / "one", 1)
    out, _ = finish(process)
    assert out == ["bye", "returned"]


def test_dead_child_is_restarted_and_others_are_left_alone(start: Start, tmp_path: Path) -> None:
    process = start(f"python('one', {SLEEPER!r}, folder / 'one'), python('two', {SLEEPER!r}, folder / 'two')")
    first = pids_in(tmp_path / "one", 1)[0]
    other = pids_in(tmp_path / "two", 1)[0]
    os.kill(first, signal.SIGKILL)
    second = pids_in(tmp_path / "one", 2)[1]
    assert second != first
    assert is_alive(second)
    assert is_alive(other)
    _, err = finish(process)
    assert f"one (process {first}) ended with status -9" in err
    assert pids_in(tmp_path / "two", 1) == [other]
    assert not is_alive(second)


def test_crash_loop_does_not_spin(start: Start, tmp_path: Path) -> None:
    crash = "import sys; open(sys.argv[1], 'a').write('1\\n')"
    process = start(f"python('loop', {crash!r}, folder / 'loop')")
    pids_in(tmp_path / "loop", 2)
    time.sleep(2)
    assert 2 <= len(pids_in(tmp_path / "loop", 2)) <= 5  # at 0, 0.2, 0.6, 1.4, 3.0 s
    finish(process)


def test_program_that_is_not_there_is_tried_again(start: Start) -> None:
    process = start("Child('none', ['/no/such/program'])")
    time.sleep(1)
    _, err = finish(process)
    assert "/no/such/program: No such file or directory" in err
    assert err.count("none (process") >= 2


def test_stubborn_child_is_killed(start: Start, tmp_path: Path) -> None:
    process = start(f"python('one', {STUBBORN!r}, folder / 'one', stop_seconds=0.5)")
    pid = pids_in(tmp_path / "one", 1)[0]
    began = time.monotonic()
    _, err = finish(process)
    assert 0.5 <= time.monotonic() - began < 5
    assert "one did not stop in time and is killed" in err
    assert not is_alive(pid)


def test_second_signal_kills_at_once(start: Start, tmp_path: Path) -> None:
    process = start(f"python('one', {STUBBORN!r}, folder / 'one', stop_seconds=60)")
    pid = pids_in(tmp_path / "one", 1)[0]
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert is_alive(pid)
    finish(process, signal.SIGINT)
    assert not is_alive(pid)


def test_grandchildren_end_with_the_child(start: Start, tmp_path: Path) -> None:
    process = start(f"python('one', {PARENT!r}, folder / 'one', {STUBBORN!r}, folder / 'grand')")
    child = pids_in(tmp_path / "one", 1)[0]
    grandchild = pids_in(tmp_path / "grand", 1)[0]
    os.kill(child, signal.SIGKILL)
    assert wait_for(lambda: not is_alive(grandchild))
    second = pids_in(tmp_path / "grand", 2)[1]
    finish(process)
    assert wait_for(lambda: not is_alive(second))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_children_end_when_the_supervisor_is_killed(start: Start, tmp_path: Path) -> None:
    process = start(f"python('one', {POLITE!r}, folder / 'one', folder / 'bye')")
    pid = pids_in(tmp_path / "one", 1)[0]
    process.kill()
    assert wait_for(lambda: not is_alive(pid))
    assert (tmp_path / "bye").read_text() == "bye"


def test_environment_is_added(start: Start, tmp_path: Path) -> None:
    code = "import os, sys, time; open(sys.argv[1], 'w').write(os.environ['ADDED'] + str('PATH' in os.environ)); time.sleep(60)"
    process = start(f"python('one', {code!r}, folder / 'seen', env={{'ADDED': 'yes'}})")
    assert wait_for(lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").read_text() == "yesTrue")
    finish(process)


def test_tending_goes_on_after_an_error(start: Start, tmp_path: Path) -> None:
    process = start(
        f"python('one', {SLEEPER!r}, folder / 'one')",
        "tend=lambda: [open(folder / 'tended', 'a').write('1\\n'), 1 / 0], tend_seconds=0.1",
    )
    pids_in(tmp_path / "tended", 3)
    pid = pids_in(tmp_path / "one", 1)[0]
    assert is_alive(pid)
    _, err = finish(process)
    assert "tending failed" in err
    assert "ZeroDivisionError" in err


def test_failing_ready_stops_everything(start: Start, tmp_path: Path) -> None:
    process = start(
        f"python('one', {SLEEPER!r}, folder / 'one')",
        "ready=lambda: [__import__('time').sleep(0.5), 1 / 0], on_stopped=say('stopped')",
    )
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert out.split() == ["stopped"]
    assert "ZeroDivisionError" in err
    assert not is_alive(pids_in(tmp_path / "one", 1)[0])


def test_signal_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD)
    Supervisor(
        [Child("one", [sys.executable, "-c", "import time; time.sleep(60)"])],
        ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
    ).run()
    assert before == (
        signal.getsignal(signal.SIGTERM),
        signal.getsignal(signal.SIGINT),
        signal.getsignal(signal.SIGCHLD),
    )


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.2), (2, 0.4), (3, 0.8), (8, 25.6), (9, RESTART_SECONDS_MAX), (10**6, 30.0)]
)
def test_restart_delay(failures: int, seconds: float) -> None:
    assert restart_delay_seconds(failures) == pytest.approx(seconds)
