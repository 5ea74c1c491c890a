"""What workers come with loaded, memray above all: imported by the process that they are forked from, and nowhere else.

Next to nothing of it is garbage. To look for some while it is loaded, and again when the process ends, took a
quarter of the process's time; workers look for their own (see `worker`).
"""

from __future__ import annotations

import atexit
import gc
import signal

# Who started the build may have blocked them, which is inherited. Without the one nobody is told that a worker has
# ended, without the other none hears its alarm clock.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGALRM})

gc.disable()
atexit.register(gc.freeze)

from sitegen.capture import bundle, reader, worker  # noqa: E402, F401  # loaded for others, and with that off already
