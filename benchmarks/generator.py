"""Runs the load generator's processes, and puts together what they found."""

import pickle
import subprocess
import sys
from dataclasses import replace
from typing import IO

from benchmarks.figures import Uncounted
from benchmarks.load import Job, Result
from benchmarks.usage import Groups, spent


def run(job: Job, measured: Groups, processes: int = 1) -> Result:
    """Everything is connected and written down before the clock starts, in processes of their own.

    Raises Uncounted if an answer was not as expected: a figure with wrong answers in it is none.
    """
    share = replace(job, connections=job.connections // processes)
    jobs = [
        replace(
            share, shots=job.shots[n::processes], per_second=job.per_second and job.per_second / processes
        )
        for n in range(processes)
    ]
    started = [_start(each) for each in jobs]
    with spent(measured) as used:
        for process in started:
            _stdin(process).write(b"go\n")
            _stdin(process).flush()
        results = [_result(process) for process in started]
    result = _joined(results)
    result.cpu_s |= used
    if result.unexpected:
        example = result.unexpected[0][:600].decode(errors="replace")
        raise Uncounted(
            f"{len(result.unexpected)} of {len(result.bodies)} answers unexpected; one is\n{example}"
        )
    return result


def _start(job: Job) -> subprocess.Popen[bytes]:
    # Not with -m: what it pickles would be of a module __main__, which is another one here.
    command = [sys.executable, "-c", "from benchmarks.load import main; main()"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pickle.dump(job, _stdin(process))
    _stdin(process).flush()
    assert process.stdout
    if process.stdout.readline() != b"ready\n":
        raise Uncounted("The load generator could not connect.")
    return process


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin
    return process.stdin


def _result(process: subprocess.Popen[bytes]) -> Result:
    output, _ = process.communicate()
    if process.returncode:
        raise Uncounted("The load generator failed.")
    result: Result = pickle.loads(output)
    return result


def _joined(results: list[Result]) -> Result:
    first, *others = results
    for other in others:
        first.seconds = max(first.seconds, other.seconds)
        first.latencies_ms += other.latencies_ms
        first.bodies += other.bodies
        first.answered_at += other.answered_at
        first.unexpected += other.unexpected
        first.cpu_s["load"] += other.cpu_s["load"]
    return first
