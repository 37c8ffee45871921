"""The receiver that examples/custom_destination.hpp describes, on a port of its own that it prints:
receiver.py DATABASE. Keeps rows in the table `line` of an SQLite file; a line of the text "refuse me"
is refused. Serves until its standard input ends."""
import http.server
import json
import sqlite3
import sys
import threading

database = sqlite3.connect(sys.argv[1], check_same_thread=False)
database.execute("create table line (number integer, text text)")
database.execute("create table batch (name text primary key, answer text)")
lock = threading.Lock()


class receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def known(self):
        return database.execute("select answer from batch where name = ?", (self.path,)).fetchone()

    def do_GET(self):
        with lock:
            found = self.known()
        self.answer(200, found[0]) if found else self.answer(404)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock, database:
            found = self.known()
            if not found:
                rows = [json.loads(line) for line in body.splitlines()]
                good = [r for r in rows if r["text"] != "refuse me"]
                database.executemany("insert into line values (:number, :text)", good)
                bad = [f"{i} not this one\n" for i, r in enumerate(rows) if r["text"] == "refuse me"]
                found = ("".join(bad) + f"kept {len(good)}\n",)
                database.execute("insert into batch values (?, ?)", (self.path, found[0]))
        self.answer(200, found[0])

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), receiver)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
