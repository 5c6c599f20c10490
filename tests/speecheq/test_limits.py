"""A child that misbehaves costs one call and one clear error, never the process that asked."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from speecheq.limits import ChildRaised, LimitedWorker, LimitExceeded, Limits, run_limited

HERE = "tests.speecheq.limited_functions"


def worker(name, **limits):
    return LimitedWorker(f"{HERE}:{name}", limits=Limits(**limits))


def test_arguments_go_in_and_values_come_back():
    answer = run_limited(f"{HERE}:echo", text="喜怒哀乐", number=1.5, nothing=None)
    assert answer.value == {"text": "喜怒哀乐", "number": 1.5, "nothing": None}
    assert answer.blobs == {}


def test_binary_parts_come_back_whole():
    answer = run_limited(f"{HERE}:blobs", size=3_000_000)
    assert answer.blobs == {"a": b"x" * 3_000_000, "b": b""}


def test_one_child_serves_many_calls():
    with worker("own_pid") as child:
        assert len({child.call().value for _ in range(5)}) == 1


def test_the_child_is_another_process_and_goes_when_closed():
    child = worker("own_pid")
    pid = child.call().value
    assert pid == child.pid != os.getpid()
    child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_too_much_cpu_time_is_stopped():
    with worker("burn", cpu_s=1) as child, pytest.raises(LimitExceeded) as caught:
        child.call(seconds=30)
    assert caught.value.code == "cpu_limit"
    assert "1 s of CPU" in caught.value.detail


def test_the_cpu_limit_holds_per_call_not_per_child():
    with worker("burn", cpu_s=2) as child:
        pids = set()
        for _ in range(3):
            assert child.call(seconds=1.0).value == "done"
            pids.add(child.pid)
    assert len(pids) == 1


def test_too_much_time_is_stopped():
    with worker("sleep", wall_s=0.3) as child:
        assert child.call(seconds=0).value == "done"  # the first has a minute more, to start
        with pytest.raises(LimitExceeded) as caught:
            child.call(seconds=600)
    assert caught.value.code == "wall_limit"


def test_too_much_memory_is_stopped_and_the_next_call_works():
    with worker("swell", memory_bytes=512 << 20) as child:
        with pytest.raises(LimitExceeded) as caught:
            child.call(mebibytes=1024)
        assert caught.value.code == "memory_limit"
        assert child.call(mebibytes=1).value == 1 << 20


def test_too_large_an_answer_is_stopped():
    with worker("blobs", output_bytes=1 << 20) as child, pytest.raises(LimitExceeded) as caught:
        child.call(size=2 << 20)
    assert caught.value.code == "output_limit"


def test_a_file_that_grows_too_large_is_stopped(tmp_path):
    spilled = tmp_path / "spilled"
    with worker("spill", output_bytes=1 << 20) as child, pytest.raises(ChildRaised, match="large"):
        child.call(path=str(spilled), mebibytes=4)
    assert spilled.stat().st_size <= 1 << 20


def test_a_crash_says_how_the_child_died_and_what_it_said():
    with worker("crash") as child, pytest.raises(LimitExceeded) as caught:
        child.call()
    assert caught.value.code == "died"
    assert f"signal {signal.SIGSEGV.value}" in caught.value.detail
    assert "heap is broken" in caught.value.detail


def test_a_dead_child_is_replaced():
    with worker("own_pid") as child:
        first = child.call().value
        os.kill(first, signal.SIGKILL)
        while child._child.poll() is None:
            time.sleep(0.01)
        assert child.call().value != first


def test_a_child_is_replaced_after_its_share_of_calls():
    with LimitedWorker(f"{HERE}:own_pid", max_calls=2) as child:
        pids = [child.call().value for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_an_error_of_the_function_is_told_apart_and_keeps_its_code():
    with worker("refuse") as child, pytest.raises(ChildRaised) as caught:
        child.call()
    assert (caught.value.code, caught.value.detail) == ("silent", "It is silent.")


def test_an_error_does_not_cost_the_child():
    with worker("stumble") as child:
        for _ in range(2):
            with pytest.raises(ChildRaised, match="ValueError: seven"):
                child.call()
        assert child.pid


def test_a_library_that_prints_or_reads_disturbs_nothing():
    with worker("chatter") as child:
        assert child.call().value == ""
        assert child.call().value == ""


def test_the_child_does_not_see_the_environment_of_its_parent(monkeypatch):
    monkeypatch.setenv("SPEECHEQ_SECRET_KEY", "hidden")
    seen = run_limited(f"{HERE}:environment").value
    assert "SPEECHEQ_SECRET_KEY" not in seen
    assert seen["OMP_NUM_THREADS"] == "1"


def test_a_function_that_does_not_exist_is_reported():
    with pytest.raises(LimitExceeded, match="no_such_name"):
        run_limited(f"{HERE}:no_such_name")


def test_threads_share_a_worker_without_mixing_their_answers():
    found = {}
    with worker("echo") as child:

        def ask(number):
            found[number] = child.call(number=number).value["number"]

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {n: n for n in range(20)}


def _call_in_daemon(queue):
    with worker("echo") as child:
        queue.put(child.call(a=1).value)


def test_it_works_inside_a_daemonic_process_as_celery_workers_are():
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_call_in_daemon, args=(queue,), daemon=True)
    process.start()
    assert queue.get(timeout=300) == {"a": 1}
    process.join()


def test_a_forked_process_gets_a_child_of_its_own():
    with worker("own_pid") as child:
        mine = child.call().value
        reader, writer = os.pipe()
        forked = os.fork()
        if not forked:
            try:
                os.write(writer, str(child.call().value).encode())
                child.close()
            finally:
                os._exit(0)
        os.close(writer)
        os.waitpid(forked, 0)
        assert int(os.read(reader, 20)) != mine
        assert child.call().value == mine
        os.close(reader)
