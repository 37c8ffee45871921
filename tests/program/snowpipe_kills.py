"""Where tests/program/kill.py kills a load that streams into Snowpipe: every step of the protocol and of the journal,
from both sides, with and without a journal."""

from kill_points import Before, Point, Scene, file_steps, lines, requests

ROWS = 1000
REQUESTS = 20
REFUSED_AT = ()

JOURNAL = "token and journal"
HALF = Before(["append.hang:10"], "append.hang")  # nine requests are accepted, and committed soon

SCENES = {
    "load": Scene(rows=50, mode=JOURNAL),
    "load, token alone": Scene(rows=50),
    "restart, half is in": Scene(HALF, 50, mode=JOURNAL),
    "restart, token alone": Scene(HALF, 50),
    # Nine requests are accepted and not committed as long as the run on trial lasts.
    "restart, uncommitted": Scene(
        Before(["commit_stalled:1:*", "append.hang:10"], "append.hang", keep=("commit_stalled",)), 50, mode=JOURNAL),
    # Nine requests were accepted, and the service has lost them.
    "restart, rows lost": Scene(
        Before(["commit_stalled:1:*", "channel_lost_silently:9", "append.hang:10"], "append.hang"), 50, mode=JOURNAL),
    "restart, all done": Scene(Before(), 50, mode=JOURNAL),
    "channel invalid": Scene(rows=50, mode=JOURNAL, beside=("channel_stale:{nth}",)),
    "accepted rows lost": Scene(rows=50, beside=("commit_stalled:1:*", "channel_lost_silently:{nth}")),
    "scoped token refused": Scene(rows=50, beside=("scoped_tokens_expired:{nth}",)),
    "pipe moves": Scene(rows=50, beside=("pipe_failed_over:{nth}",)),
    "channel dropped": Scene(rows=50, mode="dropped"),
    "restart, then dropped": Scene(HALF, 50, mode="dropped"),
    "moved, then dropped": Scene(rows=50, mode="dropped", beside=("pipe_failed_over:{nth}",)),
    "invalid, then dropped": Scene(rows=50, mode="dropped", beside=("channel_stale:{nth}",)),
}

# Half of the rows are in the table, and only the channel's token knows it.
RULE_OFF = Point("load, token alone", "append, another channel", "append", "", 11, "before", 11)
FORGETFUL = "another channel"  # the mode of the restart that has neither token nor journal


def all_points():
    load, alone, half, half_alone = "load", "load, token alone", "restart, half is in", "restart, token alone"
    uncommitted, lost, done = "restart, uncommitted", "restart, rows lost", "restart, all done"
    points = []
    for scene in (load, alone, half, done):
        points += requests(scene, "host discovery", "hostname", [1])
        points += requests(scene, "token exchange", "exchange", [1])
        points += requests(scene, "open", "open", [1])
    points += requests(half_alone, "open", "open", [1])
    points += requests(uncommitted, "open, rows uncommitted", "open", [1, 2, 3, 4])
    points += requests("pipe moves", "host discovery", "hostname", [7], at=2)
    points += requests("scoped token refused", "token exchange", "exchange", [7], at=2)
    points += requests(load, "append", "append", [1, 7, 13, 20])
    points += requests(alone, "append", "append", [1, 20])
    points += requests(half_alone, "append", "append", [1, 11])
    points += requests(load, "status", "bulk_status", [1, 2])
    points += requests(alone, "status", "bulk_status", [1, 2])
    points += requests(half_alone, "status", "bulk_status", [1])
    points += requests("channel invalid", "open again", "open", [1, 10, 20], at=2)
    points += requests("accepted rows lost", "open again", "open", [10], at=2)
    # The tenth was accepted, the eleventh refused: one to ten are sent again, as 12 to 21.
    for at in (12, 13, 21, 22):
        points += requests("accepted rows lost", "append again", "append", [10], at=at)
    for scene, nth in (("channel dropped", 1), ("restart, then dropped", 1), ("moved, then dropped", 7),
                       ("invalid, then dropped", 7)):
        points += requests(scene, "drop", "drop_channel", [nth], at=1)
    for scene in (load, half, lost, done):
        points += lines(scene, "sluice-journal", [1])
    for scene in (load, half, uncommitted, lost, done, "channel dropped"):
        points += file_steps(scene, "rename", [1])
    points += file_steps(load, "sync", [1, 2, 8, 14, 21])
    points += file_steps(half, "sync", [1, 2])
    points += lines(load, "plan", [1, 7, 13, 20])
    points += lines(load, "done", [1, 7, 13, 20])
    points += lines(lost, "absent", [1, 4, 7, 10])
    return points
