"""Functions that misbehave, for `test_limits` to run in limited children."""

import os
import signal
import sys
import time


def echo(**arguments):
    return arguments


def blobs(size):
    return {"size": size}, {"a": b"x" * size, "b": b""}


def environment():
    return dict(os.environ)


def own_pid():
    return os.getpid()


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def sleep(seconds):
    time.sleep(seconds)
    return "done"


def swell(mebibytes):
    return len(bytearray(mebibytes << 20))


def crash():
    sys.stderr.write("decoder: heap is broken\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGSEGV)


def chatter():
    print("a library that prints")
    os.write(1, b"\0\0\0\1x")
    return sys.stdin.read()


class Refusal(Exception):
    code = "silent"
    detail = "It is silent."


def refuse():
    raise Refusal


def stumble():
    raise ValueError("seven")


def spill(path, mebibytes):
    with open(path, "wb") as file:
        file.write(bytes(mebibytes << 20))
    return "done"
