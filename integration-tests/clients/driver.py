"""Lets a test drive a Python client: one JSON object a line in, one a line out.

In:  {"id": 1, "op": "register", "args": {...}}
Out: {"id": 1, "result": ...} or {"id": 1, "error": {"kind": "SchemaRegistryError", "message": "...", "details": {...}}}

Calls run at the same time, each on a thread of its own, as their results come; the process ends with its stdin.
A result is JSON; bytes in it become base64. What a script prints goes to stderr.
"""

import base64
import json
import sys
import threading


def _encode(value):
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no JSON")


def serve(operations, details=lambda error: {}):
    """Calls operations[op](**args) for each line; `details` tells more of an error than its name and text."""
    out, sys.stdout = sys.stdout, sys.stderr
    lock = threading.Lock()

    def answer(call):
        try:
            reply = {"result": operations[call["op"]](**call["args"])}
            text = json.dumps({"id": call["id"], **reply}, default=_encode)
        except BaseException as error:  # pylint: disable=broad-except  # whatever it is, the test has to see it
            failure = {"kind": type(error).__name__, "message": str(error), "details": details(error)}
            text = json.dumps({"id": call["id"], "error": failure}, default=str)
        with lock:
            print(text, file=out, flush=True)

    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
