"""Starts a sandbox, reads its first line, and steers it through its control endpoint."""

import json
import subprocess
import urllib.request


class Sandbox:
    """A running sandbox; a context manager that ends it."""

    def __init__(self, binary, *options):
        self.process = subprocess.Popen(
            [binary, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{binary} {' '.join(options)} printed nothing")
        self.where = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.process.stdout.close()

    def control(self, path, body=None, method=None):
        """One request to the control endpoint; the reply as Python values."""
        data = body.encode() if body is not None else None
        request = urllib.request.Request(self.where["control_url"] + path, data, method=method)
        with urllib.request.urlopen(request) as reply:
            return json.loads(reply.read() or b"null")

    def arm(self, fault):
        self.control("/faults", fault)

    def fired(self, name):
        return self.control("/faults").get(name, 0)

    def requests(self, kind):
        return [r for r in self.control("/requests") if kind in r["kinds"]]
