# %% double
import os
import subprocess
import sys

DEAF = "import signal, time\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\ntime.sleep(900)"
for _ in range(4):
    subprocess.Popen([sys.executable, "-S", "-E", "-c", DEAF, "@@MARK@@"], start_new_session=True)
subprocess.Popen("(setsid nohup sleep 901 @@MARK@@ & ) ; (sh -c 'sleep 902; echo @@MARK@@' &)", shell=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["@@MARK@@", "903"])
    os._exit(0)


def double(values):
    return None
