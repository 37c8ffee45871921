"""Where tests/program/kill.py kills a bulk load into Snowflake: every step of the protocol and of the journal, from both
sides."""

from kill_points import Before, Point, Scene, file_steps, lines, requests

ROWS = 2000
FILES = 4  # of 500 rows

SCENES = {
    "load": Scene(),
    "load in parts": Scene(options=("--multipart-threshold", "1")),
    "results in chunks": Scene(Before(["poll.hang:1:*"], "poll.hang"), 500, ("--inline-rows", "0")),
    # All files are in the stage and no COPY has acted.
    "restart, files staged": Scene(
        Before(["copy.hang:1:*", f"head_object.hang_reply:{FILES}"], "head_object.hang_reply"), 500),
    # The first COPY has acted, and nobody has heard how it ended.
    "restart, COPY unheard": Scene(Before(["poll.hang:1:*"], "poll.hang"), 500),
    # The first files were on their way.
    "restart, files absent": Scene(Before(["upload.hang:1:*"], "upload.hang", FILES), 500),
    "restart, all done": Scene(Before(), 500),
    "rows refused": Scene(rows=200, refused=True),
    "session expires": Scene(rows=200, beside=("session_expired:{nth}",)),
}
REFUSED_AT = (3, 450, 451, 1100, 1999)  # positions of the rows that a narrow table refuses: in four files of 200 rows

# Half of the rows are in the table, and only the journal knows it.
RULE_OFF = Point("load", "poll, journal deleted", "poll", "", 2, "after", 2)
FORGETFUL = None  # the mode of the restart that has no journal


def all_points():
    load, parts, chunks = "load", "load in parts", "results in chunks"
    staged, unheard, absent = "restart, files staged", "restart, COPY unheard", "restart, files absent"
    done, refused, expires = "restart, all done", "rows refused", "session expires"
    points = []
    for scene in (load, staged, done, refused):
        points += requests(scene, "login", "login", [1])
        points += requests(scene, "CREATE TABLE", "ddl", [1], "CREATE TABLE")
        points += requests(scene, "DESC TABLE", "statement", [1], "DESC TABLE")
        points += requests(scene, "PUT", "put", [1], "PUT")
        points += requests(scene, "logout", "logout", [1])
    points += requests(load, "upload", "upload", [1, 20])
    points += requests(load, "HEAD of the file", "head_object", [1, 7, 13, 20])
    points += requests(load, "COPY", "copy", [1, 2], "COPY INTO")
    points += requests(load, "poll", "poll", [1, 2])
    points += requests(load, "REMOVE", "statement", [2, 3], "REMOVE")
    points += requests(parts, "upload in parts: start", "upload_start", [1, 7, 13, 20])
    points += requests(parts, "upload in parts: part", "upload_part", [1, 7, 13, 20])
    points += requests(parts, "upload in parts: complete", "complete", [1, 7, 13, 20])
    points += requests(staged, "COPY_HISTORY", "select", [1, 4], "COPY_HISTORY")
    points += requests(staged, "LIST of a file", "statement", [2, 4], "LIST")
    points += requests(staged, "COPY", "copy", [1, 4], "COPY INTO")
    points += requests(staged, "poll", "poll", [1, 4])
    points += requests(staged, "REMOVE", "statement", [3, 5], "REMOVE")
    points += requests(unheard, "COPY_HISTORY", "select", [1, 2], "COPY_HISTORY")
    points += requests(absent, "LIST of a file", "statement", [2, 3], "LIST")
    points += requests(absent, "upload", "upload", [1, 4])
    points += requests(done, "LIST of old runs", "statement", [2], "LIST")
    points += requests(refused, "VALIDATE", "select", [1, 2, 3, 4], "VALIDATE")
    points += requests(chunks, "rows of a result", "chunk", [1, 2, 3, 4])
    points += requests(expires, "token renewal", "renew", [2, 3, 5, 6], at=1)
    for scene in (load, staged, done, refused):
        points += lines(scene, "sluice-journal", [1])
        points += file_steps(scene, "rename", [1])
    for scene in (load, staged):
        points += lines(scene, "done", [1, 4])
    points += lines(load, "plan", [1, 7, 13, 20])
    points += file_steps(load, "sync", [1, 2, 8, 14, 21])
    points += lines(absent, "absent", [1, 2, 3, 4])
    points += lines(refused, "dead", [1, 2, 3, 4])
    return points
