"""The faults of Snowpipe Streaming under which tests/program/faults.py streams through a channel."""

from fault_cases import ALL, IN_DOUBT, ONE_PART, REPEATED, SECOND, Case, Way

NAME = "snowpipe"

FIELD_FAULTS = [
    Case(["append.status=400:3"], expect=ONE_PART),
    Case(["append.status=401:3"], expect=ALL),
    Case(["append.status=403:3"], expect=ALL),
    Case(["append.status=404:3"], expect=ALL),
    Case(["append.status=408:3:2"], expect=ALL),
    Case(["append.status=409:3"], expect=ALL),
    Case(["append.status=500:3:3"], expect=ALL),
    Case(["append.status_after=504:3:2"], expect=ALL),
    Case(["append.throttle=0:3:5"], expect=ALL),
    Case(["bulk_status_stale=2:2:3"], expect=ALL),
    Case(["channel_conflict:3"], expect=ALL),
    # Before anything is accepted: a channel that takes the token of committed rows with it hides them from everybody.
    Case(["channel_gone"], expect=ALL),
    Case(["channel_lost_silently:3"], expect=ALL),
    Case(["channel_stale:3"], expect=ALL),
    Case(["channel_stale:2:4"], expect=ALL),
    Case(["column_rejected:3"], expect=IN_DOUBT),
    Case(["commit_prefix=1:2"], expect=ALL),
    # A rowset that the service keeps for ten minutes: the watchdog opens the channel again and sends it again.
    Case(["commit_slow=600000:3"], expect=ALL, mode="impatient"),
    Case(["commit_slow=300:3"], expect=ALL),
    Case(["commit_stalled:2:20"], expect=ALL),
    Case(["evolution_failed:2"], expect=ALL),
    Case(["exchange.status=401"], expect=SECOND),
    Case(["open_refused:1:2"], expect=ALL),
    Case(["pipe_failed_over:3"], expect=ALL),
    Case(["pipe_stale:3"], expect=ALL),
    Case(["rows_rejected_every=7:3"], expect=IN_DOUBT),
    Case(["rows_rejected_first=2:3:2"], expect=IN_DOUBT),
    Case(["rows_rejected_range:3:2"], expect=IN_DOUBT),
    Case(["scoped_tokens_expired:4"], expect=ALL),
]

# At the start of a load, and in the middle of it.
KINDS = {
    "hostname": [Way(), Way(also=["pipe_failed_over:3"], nth=2, long=True)],
    "exchange": [Way(long=True), Way(also=["scoped_tokens_expired:3"], nth=2)],
    "open": [Way(long=True), Way(also=["channel_lost_silently:3"], nth=2)],
    "append": [Way(nth=3), Way(nth=3, mode="token and journal", long=True)],
    "bulk_status": Way(),
    "drop_channel": Way(mode="dropped"),
    "elastic": Way(nth=3, mode="elastic", long=True),
}

# What a load never comes to, and why.
NO_FAULT = {}
NO_KIND = {
    "any": "the first request of all is the discovery of the host",
    "snowpipe": "the first request of all is the discovery of the host",
    "pipe_info": "only official SDKs ask",
    "telemetry": "only official SDKs report",
    "insert_files": "file Snowpipe: see tests/contract/snowpipe_files.cpp",
    "insert_report": "file Snowpipe: see tests/contract/snowpipe_files.cpp",
    "load_history": "file Snowpipe: see tests/contract/snowpipe_files.cpp",
}


def no_action(kind, action, way):
    """Why this action cannot happen to this kind of request; nothing if it can."""
    if kind == "hostname" and action in ("reset_body", "slow_body"):
        return "the request has no body"
    return None


def expected(kind, action, way):
    # A reply of 2 GB ends the request for good, and nobody is sent elsewhere with a credential: the load does not begin, or
    # the rows of one append are dead letters, unless an open tells that they are committed. In the middle of a load a token
    # is refused to one append, or to a look at the status, which costs nothing; without the host there is nobody to go on
    # with.
    if action in ("huge_reply", "redirect"):
        if kind == "exchange" and way.nth > 1:
            return IN_DOUBT
        if kind == "append":
            return ONE_PART if action == "redirect" else ALL
        if kind == "elastic":
            return ONE_PART if action == "redirect" else IN_DOUBT
        return ALL if kind == "bulk_status" else SECOND
    harmless = ("delay", "delay_tail", "delay_uniform", "pause_in_reply", "slow_body", "slow_reply", "throttle")
    if kind == "elastic" and action not in harmless:
        return REPEATED
    return ALL
