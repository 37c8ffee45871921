"""Where tests/program/kill.py kills the loader: every step of the protocol and of the journal, from both sides."""

import collections

# What had become of a request at the kill, and the fault that holds the loader there.
REQUEST_MOMENTS = {
    "before": "hang",  # the service never acts on it
    "after": "hang_reply",  # the service has acted, nobody heard
    "late": "delay=600000",  # the service acts on it when the loader is dead, beside the next run
}
LINE_MOMENTS = ("before", "half", "after")  # a line of the journal is not, half or wholly in the file
FILE_MOMENTS = ("before", "after")

# What comes before the run that is killed, and where:
#   fresh        nothing
#   staged       a run that was killed when all its files were in the stage and no COPY had acted
#   unheard      a run that was killed when it asked how its first COPY had ended
#   unsent       a run that was killed when its first files were on their way
#   complete     a run that ended well
#   refused      nothing; the table takes no delay of three digits
#   short-lived  nothing; the session expires at its `nth` request
Scene = collections.namedtuple("Scene", "before options rows_per_file")

SCENES = {
    "load": Scene("fresh", (), 100),
    "load in parts": Scene("fresh", ("--multipart-threshold", "1"), 100),
    "results in chunks": Scene("unheard", ("--inline-rows", "0"), 500),
    "restart, files staged": Scene("staged", (), 500),
    "restart, COPY unheard": Scene("unheard", (), 500),
    "restart, files absent": Scene("unsent", (), 500),
    "restart, all done": Scene("complete", (), 500),
    "rows refused": Scene("refused", (), 200),
    "session expires": Scene("short-lived", (), 200),
}

# step: as the log names it. kind: of the request, for the sandbox; of the step of the journal, for stop_at.cpp.
# text: what the statement at which the kill came must contain; None: this is a step of the journal.
Point = collections.namedtuple("Point", "scene step kind text nth moment")


def requests(scene, step, kind, ordinals, text=""):
    return [Point(scene, step, kind, text, nth, moment) for nth in ordinals for moment in REQUEST_MOMENTS]


def lines(scene, word, ordinals):
    return [Point(scene, f"journal: {word}", word, None, nth, moment) for nth in ordinals for moment in LINE_MOMENTS]


def file_steps(scene, step, ordinals):
    return [Point(scene, f"journal: {step}", step, None, nth, moment) for nth in ordinals for moment in FILE_MOMENTS]


# Half of the rows are in the table, and only the journal knows it.
RULE_OFF = Point("load", "poll, journal deleted", "poll", "", 2, "after")


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
    points += requests(expires, "token renewal", "renew", [2, 3, 5, 6])
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
