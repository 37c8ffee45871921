"""The faults of Skyflow under which tests/program/faults.py loads into a vault, in each way in which one can be asked."""

from fault_cases import ALL, FAILS, IN_DOUBT, ONE_PART, SECOND, Case, Way

NAME = "skyflow"

# The service has answered, or has certainly done nothing: whatever the mode, the request may be made again.
SURE = ["vault_conflict=400:4", "vault_conflict=409:4", "vault_echo:4", "vault_extra_fields:4",
        "vault_items_reordered:4", "vault_long_request_id:4", "vault_reply_created:4", "vault_throttle_bare:4:3",
        "vault_throttle_date:4", "vault_throttle_ms=300:4:3", "vault_throttle_reset:4", "vault_token_expired:4",
        "vault_token_revoked:4", "vault_tokens_null:4"]
# Nobody here knows whether the records are stored: only a vault that can tell a repeated record may be asked again.
UNSURE = ["vault_empty_reply:4", "vault_error=503:4:2", "vault_error=504:4", "vault_error_empty:4", "vault_error_html:4",
          "vault_error_text:4", "vault_item_extra:4", "vault_item_missing:4"]
# The service has answered for good.
FINAL = ["vault_forbidden", "vault_table_dropped"]

# Faults of HTTP/2, which is spoken over TLS alone. A stream that was refused cannot be told from one that was cut off.
STREAMS = ["vault_go_away:4", "vault_one_stream:1:*", "vault_stream_error:4", "vault_stream_refused:4"]

FIELD_FAULTS = [
    *(Case([fault], expect=ALL, mode=mode) for mode in ("plain", "upsert") for fault in SURE),
    *(Case([fault], expect=IN_DOUBT, mode="plain") for fault in UNSURE),
    *(Case([fault], expect=ALL, mode=mode) for mode in ("upsert", "unique") for fault in UNSURE),
    *(Case([f"{fault}:4"], expect=ONE_PART, mode=mode) for mode in ("plain", "upsert") for fault in FINAL),
    # From the first request on: answers that are good and late would keep a load from giving up.
    *(Case([f"{fault}:1:*"], expect=FAILS, mode="plain") for fault in FINAL),
    *(Case([f"{fault}:1:*"], expect=SECOND, mode="upsert") for fault in FINAL),
    *(Case([fault], ("--tls",), ALL, "upsert") for fault in STREAMS),
    *(Case([fault], ("--tls",), IN_DOUBT, "plain") for fault in STREAMS),
    Case(["vault_code_null:3"], expect=ALL, mode="flow"),
    Case(["vault_partial=50:3"], expect=IN_DOUBT, mode="batch"),
    Case(["vault_partial=50:3"], expect=IN_DOUBT, mode="flow"),
]

KINDS = {
    "vault_token": Way(mode="upsert"),
    "vault_insert": [Way(nth=3, mode="plain"), Way(nth=3, mode="upsert"), Way(nth=3, mode="unique", long=True)],
    "vault_batch": Way(nth=3, mode="batch", long=True),
    "flow_insert": Way(nth=3, mode="flow", long=True),
    # What a unique column settles: the insert was carried out and nobody heard.
    "vault_get": Way(also=["vault_insert.drop_reply:3"], mode="unique"),
}

# What a load never comes to, and why.
NO_FAULT = {
    "vault_poison": "no flight has a value that is refused; see tests/contract/skyflow_faults.cpp",
}
NO_KIND = {
    "any": "the first request of all is the exchange for a token",
    "vault": "the first request of all is the exchange for a token",
    "vault_update": "a load updates by inserting",
    "vault_delete": "a load deletes nothing",
    "vault_detokenize": "a load reads no tokens",
    "vault_tokenize": "a load makes no tokens",
    "vault_query": "a load asks no questions",
    "flow_records": "a load changes no rows",
    "flow_tokens": "a load reads no tokens",
    "flow_query": "a load asks no questions",
}

KEYED = ("upsert", "unique")


def no_action(kind, action, way):
    """Why this action cannot happen to this kind of request; nothing if it can."""
    if kind == "vault_get" and action in ("reset_body", "slow_body"):
        return "the request has no body"
    if action == "duplicate" and way.mode != "upsert":
        return "nobody can tell rows that a proxy has doubled, nor a refusal of its second request from one of the first"
    return None


def expected(kind, action, way):
    # Nobody is sent elsewhere with a credential.
    if action == "redirect":
        return {"vault_token": SECOND, "vault_get": IN_DOUBT}.get(kind, ONE_PART)
    harmless = ("delay", "delay_tail", "delay_uniform", "pause_in_reply", "slow_body", "slow_reply", "throttle")
    return ALL if way.mode in KEYED or action in harmless else IN_DOUBT
