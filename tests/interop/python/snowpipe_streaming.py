"""snowpipe-streaming, the official client, unmodified, against the sandbox.

    python snowpipe_streaming.py SANDBOX_BINARY [--tls]

Prints one line per check. Figures are read back by SQL, past the client.
"""

import importlib.metadata
import json
import os
import ssl
import sys
import time
import traceback
import urllib.request

from sandbox import Sandbox

failures = 0
label = "snowpipe-streaming " + importlib.metadata.version("snowpipe-streaming")
PATIENCE = 60  # seconds that anything may take


def check(name, test, *arguments):
    global failures
    started = time.monotonic()
    try:
        test(*arguments)
    except BaseException as error:  # a panic of the client is no Exception
        failures += 1
        print(f"FAIL {label}: {name}: {type(error).__name__}: {error}", flush=True)
        if os.environ.get("SLUICE_INTEROP_VERBOSE"):
            traceback.print_exc()
        return
    print(f"ok   {label}: {name} ({time.monotonic() - started:.1f} s)", flush=True)


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, expected {want!r}")


class Referee:
    def __init__(self, box, tls):
        self.box = box
        self.tls = tls
        self.where = box.where
        self.session = None

    def post(self, path, body, headers=None):
        context = ssl.create_default_context(cafile=self.where["ca_file"]) if self.tls else None
        request = urllib.request.Request(
            self.where["account_url"] + path, json.dumps(body).encode(), headers or {}
        )
        with urllib.request.urlopen(request, context=context) as reply:
            return json.loads(reply.read())

    def ddl(self, text):
        if self.session is None:
            login = {
                "ACCOUNT_NAME": self.where["account"],
                "LOGIN_NAME": self.where["user"],
                "PASSWORD": self.where["password"],
            }
            reply = self.post("/session/v1/login-request?requestId=login", {"data": login})
            self.session = reply["data"]["token"]
        reply = self.post(
            "/queries/v1/query-request?requestId=" + os.urandom(8).hex(),
            {"sqlText": text},
            {"Authorization": f'Snowflake Token="{self.session}"'},
        )
        if not reply["success"]:
            raise AssertionError(f"{text}: {reply['message']}")

    def figures(self, table):
        """Rows, distinct ids and the sum of the ids."""
        row = self.box.control(
            "/sql",
            f'SELECT COUNT(*), COUNT(DISTINCT ID), SUM(ID) FROM "SANDBOX.PUBLIC.{table}"',
        )[0]
        return tuple(int(cell or 0) for cell in row)

    def table(self, name):
        self.ddl(f"create or replace table {name} (ID number(38,0) not null, NAME varchar(20))")

    def client(self, name, table, **credentials):
        from snowflake.ingest.streaming import StreamingIngestClient

        host = "localhost" if self.tls else "127.0.0.1"
        properties = {
            "account": self.where["account"],
            "user": self.where["user"],
            "scheme": "https" if self.tls else "http",
            "host": host,
            "port": self.where["port"],
        }
        if not credentials:
            with open(self.where["private_key_file"], encoding="ascii") as key:
                credentials = {"private_key": key.read()}
        properties.update(credentials)
        return StreamingIngestClient(
            name, "SANDBOX", "PUBLIC", f"{table}-STREAMING", properties=properties
        )

    @staticmethod
    def append(channel, first, last):
        """Rows first..last with their ids as offset tokens, sent and accepted."""
        for at in range(first, last + 1):
            channel.append_row({"ID": at, "NAME": f"name {at}"}, str(at))
        channel.initiate_flush()
        channel.wait_for_flush(PATIENCE)

    @staticmethod
    def committed(channel, last):
        channel.wait_for_commit(lambda t: t is not None and int(t) >= last, PATIENCE)

    # The checks.

    def load(self):
        self.table("A")
        client = self.client("load", "A")
        channel, status = client.open_channel("CH")
        equal("status of a new channel", status.status_code, "SUCCESS")
        equal("its token", status.latest_committed_offset_token, None)
        self.append(channel, 1, 10_000)
        self.committed(channel, 10_000)
        equal("figures", self.figures("A"), (10_000, 10_000, 50_005_000))
        status = channel.get_channel_status()
        equal("rows inserted", status.rows_inserted_count, 10_000)
        equal("rows rejected", status.rows_error_count, 0)
        client.close()

    def resume(self):
        client = self.client("resume", "A")
        channel, status = client.open_channel("CH")
        last = int(status.latest_committed_offset_token)
        equal("token of the open", last, 10_000)
        self.append(channel, last + 1, 12_000)
        self.committed(channel, 12_000)
        equal("figures", self.figures("A"), (12_000, 12_000, 72_006_000))
        client.close()

    def fencing(self):
        self.table("B")
        first = self.client("first", "B")
        mine, _ = first.open_channel("CH")
        self.append(mine, 1, 1_000)
        self.committed(mine, 1_000)
        second = self.client("second", "B")
        theirs, status = second.open_channel("CH")
        equal("token of the second open", status.latest_committed_offset_token, "1000")
        try:
            self.append(mine, 1_001, 1_100)
            self.committed(mine, 1_100)
        except Exception:
            pass
        else:
            raise AssertionError("the first client was not fenced")
        self.append(theirs, 1_001, 2_000)
        self.committed(theirs, 2_000)
        equal("figures", self.figures("B"), (2_000, 2_000, 2_001_000))
        if self.box.control("/streaming/counts")["stale_tokens"] == 0:
            raise AssertionError("no append was refused as stale")
        first.close(wait_for_flush=False, timeout_seconds=0)
        second.close()

    def bad_rows(self):
        self.table("C")
        client = self.client("bad", "C")
        channel, _ = client.open_channel("CH")
        for at in range(1, 101):
            identity = at if at % 10 else "no number"
            channel.append_row({"ID": identity, "NAME": "n"}, str(at))
        channel.initiate_flush()
        channel.wait_for_flush(PATIENCE)
        self.committed(channel, 100)
        status = channel.get_channel_status()
        equal("rows inserted", status.rows_inserted_count, 90)
        equal("rows rejected", status.rows_error_count, 10)
        equal("figures", self.figures("C"), (90, 90, 4_500))
        if not status.last_error_message:
            raise AssertionError("no error message")
        client.close()

    def faulty(self, *faults):
        """Whatever the fault, every row is there once and no token was misused."""
        self.table("D")
        client = self.client("faulty", "D")
        channel, _ = client.open_channel("CH")
        for fault in faults:
            self.box.arm(fault)
        for part in range(5):
            self.append(channel, part * 200 + 1, part * 200 + 200)
        self.committed(channel, 1_000)
        equal("figures", self.figures("D"), (1_000, 1_000, 500_500))
        for fault in faults:
            name = fault.split("=")[0].split(":")[0]
            if self.box.fired(name) == 0:
                raise AssertionError(f"{name} has not fired")
        counts = self.box.control("/streaming/counts")
        equal("tokens reused with other rows", counts["tokens_reused_with_other_body"], 0)
        self.box.control("/faults", method="DELETE")
        client.close()

    def access_token(self):
        self.table("E")
        client = self.client(
            "pat",
            "E",
            authorization_type="PAT",
            personal_access_token=self.where["access_token"],
        )
        channel, _ = client.open_channel("CH")
        self.append(channel, 1, 10)
        self.committed(channel, 10)
        equal("figures", self.figures("E"), (10, 10, 55))
        client.close()

    def wrong_key(self):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            self.client("stranger", "A", private_key=stranger.decode())
        except Exception:
            return
        raise AssertionError("a stranger's key was accepted")

    def elastic(self):
        """At least once and in no order: nothing is lost, and without faults nothing doubles."""
        self.table("G")
        client = self.client("elastic", "G")
        channel = client.get_elastic_channel()
        for at in range(1, 1_001):
            channel.append_row({"ID": at, "NAME": "n"}, at)
        channel.initiate_flush()
        channel.wait_for_flush(PATIENCE)
        end = time.monotonic() + PATIENCE
        while self.figures("G")[0] < 1_000 and time.monotonic() < end:
            self.box.control("/streaming/commit", "")
        equal("figures", self.figures("G"), (1_000, 1_000, 500_500))
        client.close()

    def drop(self):
        client = self.client("drop", "A")
        channel, status = client.open_channel("CH")
        equal("token before", status.latest_committed_offset_token, "12000")
        channel.close()
        client.drop_channel("CH")
        _, status = client.open_channel("CH")
        equal("token after", status.latest_committed_offset_token, None)
        equal("figures", self.figures("A"), (12_000, 12_000, 72_006_000))
        client.close()

    def custom_pipe(self):
        from snowflake.ingest.streaming import StreamingIngestClient

        self.ddl("create or replace table F (ID number, NAME varchar)")
        self.ddl(
            "create or replace pipe F_PIPE as copy into F (ID, NAME) from (select $1:n::number, "
            "upper($1:t::varchar) from table(data_source(type => 'STREAMING')))"
        )
        made = self.client("custom", "F")
        made.close()
        with open(self.where["private_key_file"], encoding="ascii") as key:
            properties = {
                "account": self.where["account"],
                "user": self.where["user"],
                "private_key": key.read(),
                "scheme": "https" if self.tls else "http",
                "host": "localhost" if self.tls else "127.0.0.1",
                "port": str(self.where["port"]),
            }
        client = StreamingIngestClient(
            "custom", "SANDBOX", "PUBLIC", "F_PIPE", properties=properties
        )
        channel, _ = client.open_channel("CH")
        channel.append_rows([{"n": n, "t": "abc"} for n in range(1, 51)], "1", "50")
        channel.initiate_flush()
        channel.wait_for_flush(PATIENCE)
        self.committed(channel, 50)
        equal("figures", self.figures("F"), (50, 50, 1_275))
        upper = self.box.control(
            "/sql", "SELECT COUNT(*) FROM \"SANDBOX.PUBLIC.F\" WHERE NAME = 'ABC'"
        )
        equal("transformed", upper, [["50"]])
        client.close()


def main(binary, options):
    tls = "--tls" in options
    flags = ["--commit-lag", "200"]
    if tls:
        flags += ["--tls", "--ingest-host", "localhost"]
    os.environ.setdefault("SS_LOG_LEVEL", "error")
    with Sandbox(binary, *flags) as box:
        if tls:  # read when the client is loaded
            os.environ["SSL_CERT_FILE"] = box.where["ca_file"]
        r = Referee(box, tls)
        check("10,000 rows are committed", r.load)
        check("a new client resumes by token", r.resume)
        check("a second client fences the first", r.fencing)
        check("bad rows are counted and left out", r.bad_rows)
        check("lost replies: every row once", r.faulty, "append.drop_reply:2:2")
        check("429 and 503: every row once", r.faulty, "append.throttle=1:1", "append.status=503:3")
        check("revoked tokens: every row once", r.faulty, "scoped_tokens_expired:2")
        check("a custom pipe transforms", r.custom_pipe)
        check("an access token opens the door", r.access_token)
        check("a stranger's key does not", r.wrong_key)
        check("a drop forgets the token", r.drop)
        if importlib.metadata.version("snowpipe-streaming") >= "1.9":
            check("elastic appends arrive", r.elastic)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
