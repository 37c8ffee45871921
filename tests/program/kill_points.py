"""What tests/program/kill.py makes points of. Which there are for a service is in <service>_kills.py."""

import collections

# What had become of a request at the kill, and the fault that holds the loader there.
REQUEST_MOMENTS = {
    "before": "hang",  # the service never acts on it
    "after": "hang_reply",  # the service has acted, nobody heard
    "late": "delay=600000",  # the service acts on it when the loader is dead, beside the next run
}
LINE_MOMENTS = ("before", "half", "after")  # a line of the journal is not, half or wholly in the file
FILE_MOMENTS = ("before", "after")

# A run before the one on trial: under these faults, killed when `fault` has acted so often; `keep`: of the faults, which
# still hold when the run on trial begins. Without faults it ends well.
Before = collections.namedtuple("Before", "arm fault times keep", defaults=((), None, 1, ()))

# before: see above; nothing: there was none. rows: of a request or file. options: of the sandbox. mode: of the service.
# beside: what is armed in the run that is killed, where {nth} stands for that of the point. refused: the table takes no
# delay of three digits.
Scene = collections.namedtuple("Scene", "before rows options mode beside refused",
                               defaults=(None, 100, (), None, (), False))

# step: as the log names it. kind: of the request, for the sandbox; of the step of the journal, for stop_at.cpp.
# text: what the statement at which the kill came must contain; None: this is a step of the journal.
# nth: which of these steps, or which request the scene disturbs; then the kill comes `at` another one.
Point = collections.namedtuple("Point", "scene step kind text nth moment at")


def requests(scene, step, kind, ordinals, text="", at=None):
    return [Point(scene, step, kind, text, nth, moment, at or nth) for nth in ordinals for moment in REQUEST_MOMENTS]


def lines(scene, word, ordinals):
    return [Point(scene, f"journal: {word}", word, None, nth, moment, nth)
            for nth in ordinals for moment in LINE_MOMENTS]


def file_steps(scene, step, ordinals):
    return [Point(scene, f"journal: {step}", step, None, nth, moment, nth)
            for nth in ordinals for moment in FILE_MOMENTS]
