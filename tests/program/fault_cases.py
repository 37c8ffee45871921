"""Under which faults tests/program/faults.py loads flights, and what is expected of each. What a service adds of its own
is in <service>_faults.py."""

import collections

# arm: faults in the sandbox's text form; the first is the one on trial, the others bring it about.
# options: of the sandbox. expect: see below. mode: of the service, see services.py.
Case = collections.namedtuple("Case", "arm options expect mode", defaults=((), "", None))

ALL = "all rows in"
SECOND = "fails clearly, a second run completes"
FAILS = "fails clearly, every row accounted for"
ONE_PART = "one file or request refused, the rest in"
IN_DOUBT = "the rows in doubt are dead letters that say so"  # or none are: none is doubled, none is lost in silence
REPEATED = "all rows in, those of a lost answer perhaps twice"

# How a load comes to make a request of some kind: what else is armed, which of these requests it is, and the rest of the
# case. Several of them: the load makes such requests in several ways. long: not in a short run.
Way = collections.namedtuple("Way", "also nth options mode long", defaults=((), 1, (), None, False))

ACTIONS = ("close_reply", "delay", "delay_tail", "delay_uniform", "drop_at_head", "drop_reply", "drop_request",
           "duplicate", "garbage_reply", "half_status_line", "hang", "hang_reply", "html_reply", "huge_reply",
           "pause_in_reply", "plain_status", "redirect", "reset_body=10", "reset_reply", "slow_body", "slow_reply",
           "status", "status_after", "throttle", "truncate_reply", "wrong_length")


def name_of(fault):
    return fault.partition(":")[0].partition("=")[0]


def all_cases(service, long):
    """The cases of a service's module: its own, and each action on each kind of request."""
    cases = list(service.FIELD_FAULTS)
    for name, ways in service.KINDS.items():
        for way in ways if isinstance(ways, list) else [ways]:
            if way.long and not long:
                continue
            for action in ACTIONS:
                if not service.no_action(name, name_of(action), way):
                    fault = f"{name}.{action}" + (f":{way.nth}" if way.nth > 1 else "")
                    expect = service.expected(name, name_of(action), way)
                    cases.append(Case([fault, *way.also], way.options, expect, way.mode))
    return cases


def unaccounted(service, catalogue):
    """Names of the sandbox's catalogue about which nothing is said in the service's module."""
    def names(part):
        return {entry["name"] for entry in catalogue[part] if entry["service"] in (service.NAME, "")}
    faults = {name_of(case.arm[0]) for case in service.FIELD_FAULTS if "." not in name_of(case.arm[0])}
    return (names("faults") ^ (faults | set(service.NO_FAULT))) | (
        names("kinds") ^ (set(service.KINDS) | set(service.NO_KIND))) | (
        names("actions") ^ {name_of(action) for action in ACTIONS})
