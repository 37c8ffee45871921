"""The Skyflow SDK for Python, unmodified, against the sandbox.

    python skyflow_sdk.py SANDBOX_BINARY

The SDK makes the vault's host from a cluster id and insists on TLS, so the resolver of this process
leads that name to loopback, and the certificate of the sandbox covers it. Prints one line per check.
"""

import json
import logging
import os
import socket
import sys
import tempfile
import time
import traceback
import urllib.parse

from sandbox import Sandbox

failures = 0
label = "skyflow"
CLUSTER = "sluice0sandbox"
HOST = f"{CLUSTER}.vault.skyflowapis.com"


def check(name, test):
    global failures
    started = time.monotonic()
    try:
        test()
    except Exception as error:
        failures += 1
        print(f"FAIL {label}: {name}: {type(error).__name__}: {error}", flush=True)
        if os.environ.get("SLUICE_INTEROP_VERBOSE"):
            traceback.print_exc()
        return
    print(f"ok   {label}: {name} ({time.monotonic() - started:.1f} s)", flush=True)


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, expected {want!r}")


def lead_to_loopback(port):
    """Whoever asks for the vault's host on the port of https gets the sandbox."""
    real = socket.getaddrinfo

    def resolve(host, service, *more, **named):
        name = host.decode() if isinstance(host, bytes) else host
        if name == HOST:
            return real("127.0.0.1", port, *more, **named)
        if name not in ("127.0.0.1", "localhost"):
            raise OSError(f"{name} is not on this machine")
        return real(host, service, *more, **named)

    socket.getaddrinfo = resolve


class Referee:
    def __init__(self, box):
        from skyflow import Env, LogLevel, Skyflow

        self.box = box
        self.vault_id = box.where["vault_id"]
        self.builder = lambda credentials: (
            Skyflow.builder()
            .add_vault_config(
                {
                    "vault_id": self.vault_id,
                    "cluster_id": CLUSTER,
                    "env": Env.PROD,
                    "credentials": credentials,
                }
            )
            .set_log_level(LogLevel.OFF)
            .build()
            .vault(self.vault_id)
        )
        self.vault = self.builder({"path": box.where["skyflow_credentials_file"]})

    def sql(self, text):
        """The first row of a query; `@` is the vault."""
        rows = self.box.control("/sql", text.replace("@.", f"skyflow.{self.vault_id}."))
        return rows[0] if rows else None

    def rows(self, table):
        return int(self.sql(f'select count(*) from "@.{table}"')[0])

    def raises(self, code, act, with_request_id=True):
        from skyflow.error import SkyflowError

        try:
            act()
        except SkyflowError as error:
            equal("http code", error.http_code, code)
            if with_request_id and not error.request_id:
                raise AssertionError("the error has no request id")
            return error
        raise AssertionError("nothing was raised")

    def insert(self, table, values, **more):
        from skyflow.vault.data import InsertRequest

        return self.vault.insert(InsertRequest(table=table, values=values, **more))

    # What follows is checked in this order.

    def bearer_from_credentials_file(self):
        equal("rows", self.rows("persons"), 0)
        answer = self.insert("persons", [{"name": "Ann", "ssn": "123-45-6789", "age": 141}])
        equal("tokens issued", self.box.control("/skyflow/state")["tokensIssued"], 2)
        row = self.sql('select skyflow_id, name, ssn, age from "@.persons"')
        equal("row", row, [answer.inserted_fields[0]["skyflow_id"], "Ann", "123-45-6789", "141"])

    def insert_many_returning_tokens(self):
        people = [
            {"name": f"n{i}", "email": f"e{i}@x", "ssn": f"000-00-{i:04}", "age": i}
            for i in range(100)
        ]
        answer = self.insert("persons", people, return_tokens=True, homogeneous=True)
        equal("records", len(answer.inserted_fields), 100)
        equal("errors", answer.errors, None)
        stored = self.box.control(
            "/sql",
            'select skyflow_id, "name.token", "email.token", "ssn.token" from '
            f'"skyflow.{self.vault_id}.persons" where email is not null order by age',
        )
        got = [[f["skyflow_id"], f["name"], f["email"], f["ssn"]] for f in answer.inserted_fields]
        equal("ids and tokens", got, stored)
        equal("sums", self.sql('select count(*), sum(age) from "@.persons"'), ["101", "5091"])

    def insert_is_all_or_nothing(self):
        before = self.rows("persons")
        values = [{"name": "good", "ssn": "123-45-6780"}, {"nam": "bad", "ssn": "123-45-6781"}]
        error = self.raises(400, lambda: self.insert("persons", values))
        if "nam" not in error.message:
            raise AssertionError(error.message)
        self.raises(400, lambda: self.insert("persons", [{"email": "e1@x", "ssn": "999-99-9999"}]))
        self.raises(404, lambda: self.insert("nothing", [{"name": "x"}]))
        equal("rows", self.rows("persons"), before)

    def insert_continuing_on_error(self):
        before = self.rows("persons")
        values = [
            {"name": "c0", "ssn": "222-22-0000"},
            {"nam": "c1", "ssn": "222-22-0001"},
            {"name": "c2", "ssn": "222-22-0002"},
            {"name": "c3", "ssn": "wrong"},
        ]
        answer = self.insert("persons", values, continue_on_error=True, return_tokens=True)
        equal("stored", [f["request_index"] for f in answer.inserted_fields], [0, 2])
        equal("failed", [e["request_index"] for e in answer.errors], [1, 3])
        equal("codes", [e["http_code"] for e in answer.errors], [400, 400])
        equal(
            "tokens",
            [f["name"] for f in answer.inserted_fields],
            [
                self.sql(f"select \"name.token\" from \"@.persons\" where name='c{i}'")[0]
                for i in (0, 2)
            ],
        )
        equal("rows", self.rows("persons"), before + 2)

    def upsert(self):
        before = self.rows("persons")
        old = self.sql("select skyflow_id from \"@.persons\" where email='e7@x'")[0]
        answer = self.insert(
            "persons", [{"email": "e7@x", "ssn": "777-77-7777"}], upsert="email", return_tokens=True
        )
        equal("id", answer.inserted_fields[0]["skyflow_id"], old)
        equal("rows", self.rows("persons"), before)
        row = self.sql("select ssn, name, age from \"@.persons\" where email='e7@x'")
        equal("row", row, ["777-77-7777", "n7", "7"])
        again = self.insert(
            "persons",
            [{"email": "e7@x", "ssn": "777-77-7778"}, {"email": "new@x", "ssn": "777-77-7779"}],
            upsert="email",
            continue_on_error=True,
        )
        equal("id", again.inserted_fields[0]["skyflow_id"], old)
        equal("rows", self.rows("persons"), before + 1)

    def bring_own_tokens(self):
        from skyflow.utils.enums import TokenMode

        values = [{"full_name": f"NAME {i}"} for i in range(50)]
        tokens = [{"full_name": f"tok_name_{i}"} for i in range(50)]
        for more in ({}, {"continue_on_error": True}):
            answer = self.insert(
                "full_name",
                values,
                tokens=tokens,
                token_mode=TokenMode.ENABLE_STRICT,
                return_tokens=True,
                **more,
            )
            got = [f["full_name"] for f in answer.inserted_fields]
            equal("tokens", got, [t["full_name"] for t in tokens])
        equal("rows", self.rows("full_name"), 100)
        equal(
            "pairs",
            self.sql(
                'select count(distinct full_name), count(distinct "full_name.token"), '
                "sum('tok_name_' || substr(full_name, 6) = \"full_name.token\") from \"@.full_name\""
            ),
            ["50", "50", "100"],
        )
        self.raises(
            400,
            lambda: self.insert(
                "full_name",
                [{"full_name": "OTHER"}],
                tokens=[{"full_name": "tok_name_0"}],
                token_mode=TokenMode.ENABLE,
            ),
        )

    def detokenize(self):
        from skyflow.utils.enums import RedactionType
        from skyflow.vault.tokens import DetokenizeRequest

        def ask(names, **more):
            data = [{"token": n, "redaction": RedactionType.PLAIN_TEXT} for n in names]
            return self.vault.detokenize(DetokenizeRequest(data=data, **more))

        answer = ask([f"tok_name_{i}" for i in range(25)])
        equal("values", [f["value"] for f in answer.detokenized_fields], [f"NAME {i}" for i in range(25)])
        equal("types", {f["type"] for f in answer.detokenized_fields}, {"STRING"})
        self.raises(404, lambda: ask(["tok_name_0", "unknown"]))
        partial = ask(["tok_name_0", "unknown", "tok_name_1"], continue_on_error=True)
        equal("values", [f["value"] for f in partial.detokenized_fields], ["NAME 0", "NAME 1"])
        equal("failed", [e["token"] for e in partial.errors], ["unknown"])

    def signed_tokens(self):
        from skyflow.service_account import generate_signed_data_tokens
        from skyflow.utils.enums import RedactionType
        from skyflow.vault.tokens import DetokenizeRequest

        signed = generate_signed_data_tokens(
            self.box.where["skyflow_credentials_file"], {"data_tokens": ["tok_name_3"]}
        )
        data = [{"token": signed[0][1], "redaction": RedactionType.PLAIN_TEXT}]
        answer = self.vault.detokenize(DetokenizeRequest(data=data))
        equal("value", answer.detokenized_fields[0]["value"], "NAME 3")

    def tokenize(self):
        from skyflow.vault.tokens import TokenizeRequest

        values = [{"value": f"NAME {i}", "column_group": "full_name.full_name"} for i in (4, 5)]
        answer = self.vault.tokenize(TokenizeRequest(values=values))
        equal("tokens", [f["token"] for f in answer.tokenized_fields], ["tok_name_4", "tok_name_5"])

    def get_update_and_query(self):
        from skyflow.utils.enums import RedactionType
        from skyflow.vault.data import GetRequest, QueryRequest, UpdateRequest

        row = self.sql("select skyflow_id from \"@.persons\" where email='e9@x'")[0]
        got = self.vault.get(
            GetRequest(table="persons", ids=[row], redaction_type=RedactionType.PLAIN_TEXT)
        )
        equal("ssn", got.data[0]["ssn"], "000-00-0009")
        masked = self.vault.get(GetRequest(table="persons", ids=[row], redaction_type=RedactionType.MASKED))
        equal("masked", masked.data[0]["ssn"], "***-**-0009")
        by_value = self.vault.get(
            GetRequest(
                table="persons",
                column_name="email",
                column_values=["e9@x", "e8@x"],
                redaction_type=RedactionType.DEFAULT,
            )
        )
        equal("rows", len(by_value.data), 2)
        changed = self.vault.update(
            UpdateRequest(table="persons", data={"skyflow_id": row, "name": "Zoe"}, return_tokens=True)
        )
        equal("id", changed.updated_field["skyflow_id"], row)
        equal("name", self.sql(f"select name from \"@.persons\" where skyflow_id='{row}'"), ["Zoe"])
        answer = self.vault.query(QueryRequest(query="SELECT name, age FROM persons WHERE age IN (98, 99)"))
        equal("fields", sorted(f["name"] for f in answer.fields), ["n98", "n99"])

    def delete(self):
        from skyflow.vault.data import DeleteRequest

        ids = [
            r[0]
            for r in self.box.control(
                "/sql", f'select skyflow_id from "skyflow.{self.vault_id}.full_name" limit 60'
            )
        ]
        answer = self.vault.delete(DeleteRequest(table="full_name", ids=ids))
        equal("deleted", answer.deleted_ids, ids)
        equal("rows", self.rows("full_name"), 40)
        self.raises(404, lambda: self.vault.delete(DeleteRequest(table="full_name", ids=ids[:1])))
        everything = self.vault.delete(DeleteRequest(table="full_name", ids=["*"]))
        equal("deleted", everything.deleted_ids, ["*"])
        equal("rows", self.rows("full_name"), 0)
        left = self.sql("select count(*) from \"@.tokens\" where token like 'tok_name%'")
        equal("tokens", left, ["0"])

    def other_credentials(self):
        from skyflow.vault.data import QueryRequest

        where = self.box.where
        with open(where["skyflow_credentials_file"], encoding="utf-8") as file:
            text = file.read()
        query = QueryRequest(query="SELECT name FROM persons WHERE age = 141")
        for credentials in (
            {"api_key": where["skyflow_api_key"]},
            {"token": where["skyflow_token"]},
            {"credentials_string": text},
            {"credentials_string": text, "roles": ["loader-role"]},
        ):
            answer = self.builder(credentials).query(query)
            equal("name", [f["name"] for f in answer.fields], ["Ann"])
        changed = json.loads(text)
        changed["keyID"] = "another"
        stranger = {"credentials_string": json.dumps(changed)}
        self.raises(400, lambda: self.builder(stranger).query(query), with_request_id=False)

    def expired_token_is_replaced_by_the_caller(self):
        from skyflow.vault.data import QueryRequest

        query = QueryRequest(query="SELECT name FROM persons WHERE age = 141")
        self.box.control("/skyflow/expire", "")
        self.raises(401, lambda: self.vault.query(query))
        fresh = self.builder({"path": self.box.where["skyflow_credentials_file"]})
        equal("name", [f["name"] for f in fresh.query(query).fields], ["Ann"])

    def nothing_was_doubled(self):
        state = self.box.control("/skyflow/state")
        equal("duplicates", state["duplicates"][f"{self.vault_id}/persons"], 0)
        equal("errors of the service", self.sql(
            "select count(*) from \"skyflow.requests\" where status >= 500")[0], "0")


def main():
    global label
    import importlib.metadata

    logging.disable(logging.INFO)

    label = f"skyflow {importlib.metadata.version('skyflow')}"
    with tempfile.TemporaryDirectory() as directory, Sandbox(
        sys.argv[1], "--tls", "--data", directory, *sys.argv[2:]
    ) as box:
        os.environ["SSL_CERT_FILE"] = box.where["ca_file"]
        lead_to_loopback(urllib.parse.urlsplit(box.where["skyflow_url"]).port)
        referee = Referee(box)
        check("a credentials file becomes a bearer token", referee.bearer_from_credentials_file)
        check("insert 100 rows, tokens returned", referee.insert_many_returning_tokens)
        check("an insert is all or nothing", referee.insert_is_all_or_nothing)
        check("insert continuing on error", referee.insert_continuing_on_error)
        check("upsert", referee.upsert)
        check("own tokens, both endpoints", referee.bring_own_tokens)
        check("detokenize", referee.detokenize)
        check("signed data tokens", referee.signed_tokens)
        check("tokenize", referee.tokenize)
        check("get, update and query", referee.get_update_and_query)
        check("delete some and all", referee.delete)
        check("API key, bearer token, credentials string, roles", referee.other_credentials)
        check("an expired token", referee.expired_token_is_replaced_by_the_caller)
        check("nothing was doubled", referee.nothing_was_doubled)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
