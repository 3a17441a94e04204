"""Named points at which a test may kill the process, to prove that nothing is lost or paid twice there."""

import os
import signal

# Set only by the crash tests: "name" or "name:3" (the third time).
_WANTED, _, _NTH = os.environ.get("REFERHUB_CRASH_AT", "").partition(":")
_hits = 0

NAMES = (
    "receive.before_commit",
    "receive.after_commit",
    "read.before_commit",
    "read.after_commit",
    "release.before_verify",
    "release.before_commit",
    "release.after_commit",
    "push.before_intent",
    "push.after_intent",
    "push.before_send",
    "push.after_send",
    "push.after_receipt",
    "sync.after_write",
    "poll.before_commit",
    "poll.after_commit",
)
# Of a shop that installs the app of a store; killed and tried again in tests/crash/test_store_app.py.
OF_A_STORE = ("store.before_merchant", "store.after_tokens", "store.before_commit")
# Of an admin who agrees at a source and comes back; tried in tests/core/services/test_install.py.
OF_INSTALLING = ("install.after_code", "install.before_commit", "install.after_commit")
# Of looking for people at a source; tried in tests/core/services/test_find_people.py.
OF_FINDING = ("people.after_look", "people.before_commit", "people.after_commit")
# Of changing keys and erasing people; killed in tests/crash/test_privacy.py.
OF_PRIVACY = (
    "reseal.before_commit",
    "reseal.after_commit",
    "erase.after_journal",
    "sweep.before_commit",
    "sweep.after_commit",
)
# Of backups and restores; killed in tests/crash/test_backup.py.
OF_BACKUPS = ("backup.in_the_middle", "backup.before_name", "restore.in_the_middle", "restore.before_commit")


def reach(name: str) -> None:
    """Nothing happens, unless a crash test chose this point: then the process is gone at once."""
    if name == _WANTED:
        _crash()


def _crash() -> None:
    global _hits
    _hits += 1
    if _hits >= int(_NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
