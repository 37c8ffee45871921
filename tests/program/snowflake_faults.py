"""The faults of Snowflake under which tests/program/faults.py loads in bulk."""

from fault_cases import ALL, ONE_PART, SECOND, Case, Way

NAME = "snowflake"

PARTS = ("--multipart-threshold", "1")
CHUNKS = ("--inline-rows", "0")

FIELD_FAULTS = [
    Case(["broken_pipe=1000"], (), ALL),
    # A signed login token is short-lived: no other session could log in with one.
    Case(["clock_skew:2"], (), ALL, "password"),
    Case(["complete_error_in_200"], PARTS, ALL),
    Case(["complete_reply_lost"], PARTS, ALL),
    Case(["copy_burst_serialised=20:1:*"], (), ALL),
    Case(["copy_files_remain"], (), ALL),
    Case(["copy_lock_timeout:1:2"], (), ALL),
    Case(["copy_lock_timeout:1:*"], (), SECOND),
    Case(["copy_reply_lost"], (), ALL),
    Case(["copy_zero_files"], (), ALL),
    Case(["execute_twice:4"], (), ALL),
    Case(["hang_on_logout"], (), ALL),
    Case(["login_token_expired"], (), SECOND),
    Case(["login_token_expired:2", "session_gone:4"], (), SECOND),
    Case(["master_expired", "session_expired:4"], (), ALL),
    Case(["query_in_progress:3:5"], (), ALL),
    Case(["query_in_progress_async:3:5"], (), ALL),
    Case(["session_expired:4"], (), ALL),
    Case(["session_expired_401:4"], (), ALL),
    Case(["session_gone:4"], (), ALL),
    Case(["slow_down:1:3"], (), ALL),
    Case(["stage_credentials_expired:2"], (), ALL),
    Case(["stage_path_shared"], (), ALL),
    Case(["stage_redirect"], (), ALL),
    Case(["statement_slow=2000:4"], (), ALL),
    Case(["table_not_ready:3"], (), ALL),
    Case(["table_not_ready_500"], (), ALL),
    Case(["upload_corrupted"], (), ONE_PART),
    Case(["upload_lost"], (), ALL),
    # A service that is away for longer than anybody tries: no row is refused.
    Case(["copy.status=502:1:*"], (), SECOND),
]

KINDS = {
    "login": Way(),
    "query": Way(),
    "ddl": Way(),
    "statement": Way(),
    "put": Way(),
    "copy": Way(),
    "poll": Way(),
    "select": Way(also=["copy_zero_files"]),
    "renew": Way(also=["session_expired:4"]),
    "logout": Way(),
    "upload": Way(),
    "head_object": Way(),
    "upload_start": Way(options=PARTS),
    "upload_part": Way(options=PARTS),
    "complete": Way(options=PARTS),
    "chunk": Way(options=CHUNKS),
}

# What a load of a minute never comes to, and why. Heartbeats, cancelled statements and uploads that are given up fail
# while rows are loaded and counted in contract/snowflake_side_requests.cpp.
NO_FAULT = {
    "abort_unknown": "a load cancels statements only at a deadline",
    "commit_reply_lost": "a load begins no transaction",
    "insert_reply_lost": "a load inserts nothing",
}
NO_KIND = {
    "any": "the first request of all is a login",
    "account": "the first request to the account is a login",
    "stage": "the first request to the stage is an upload",
    "get": "a load fetches no files",
    "download": "a load fetches no files",
    "insert": "a load inserts nothing",
    "transaction": "a load begins no transaction",
    "heartbeat": "the first one comes after an hour",
    "abort": "a load cancels statements only at a deadline",
    "abort_upload": "an upload in parts is given up only when its retries are used up",
    "monitoring": "a load polls for results instead",
}


def no_action(kind, action, way):
    """Why this action cannot happen to this kind of request; nothing if it can."""
    if action in ("drop_at_head", "reset_body", "slow_body"):
        if kind in ("ddl", "statement", "put", "copy", "select"):
            return "the statement is known only when its body is there; see query"
    if action in ("reset_body", "slow_body"):
        if kind in ("poll", "head_object", "chunk", "logout", "upload_start"):
            return "the request has no body"
    if kind == "head_object" and action in ("garbage_reply", "huge_reply", "slow_reply", "truncate_reply"):
        return "the reply has no body"
    return None


def expected(kind, action, way):
    # A reply of 2 GB ends the request for good: to ask for another would only cost as much. A COPY alone is sent again,
    # as after any reply that tells nothing; a renewal gives way to a login; what comes after the rows matters not.
    if action == "huge_reply":
        return ALL if kind in ("copy", "poll", "renew", "logout") else SECOND
    # Result rows are fetched from where the service said, without the session's credentials.
    if (kind, action) == ("chunk", "redirect"):
        return SECOND
    return ALL
