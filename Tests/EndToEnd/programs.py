"""Where the tests find programs."""
import os

# Another Git than the system's: the directory that it lies in.
GIT = os.environ.get("TENON_TEST_GIT")

SYSTEM = ":".join(([GIT] if GIT else []) + ["/usr/local/bin", "/usr/bin", "/bin"])


def search_path(programs):
    """`PATH` with Tenon's programs first."""
    return f"{programs}:{SYSTEM}"


# For `git`: runs no hook. Git 2.54 and later keep Tenon's in the configuration, and run them whatever `core.hooksPath` says.
EVENTS = (
    "pre-commit", "pre-merge-commit", "post-commit", "post-checkout", "post-merge", "post-rewrite", "post-applypatch", "post-index-change", "pre-push",
    "reference-transaction")
NO_HOOKS = ("-c", "core.hooksPath=/dev/null", *(word for event in EVENTS for word in ("-c", f"hook.tenon-{event}.enabled=false")))
