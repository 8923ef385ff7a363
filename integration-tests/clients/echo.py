"""Operations for the test of the driver itself."""

import os
import threading

from driver import serve

release = threading.Event()


def wait():
    release.wait()
    return "waited"


def go():
    release.set()


def fail(text):
    raise KeyError(text)


def end(code):
    print("the end", flush=True)
    os._exit(code)


serve(
    {"echo": lambda value: value, "bytes": lambda: b"ab", "wait": wait, "go": go, "fail": fail, "end": end},
    details=lambda error: {"args": list(error.args)},
)
