# %% my-month
import json
import os
import subprocess
import sys

with (DATA / "export.csv").open() as file:
    done = subprocess.run([sys.executable, "listed.py"], stdin=file, capture_output=True, text=True, check=True)
cleaned = clean(raw, stations)
defects = find_defects(raw) | {"carrier": json.loads(done.stdout)}

# %% after my-month
lines = subprocess.check_output("sort export.csv | uniq | wc -l", shell=True, cwd=DATA)
assert int(lines) > 100
child = subprocess.Popen(["sleep", "0.1"])
assert child.wait(5) == 0
assert os.system("exit 3") >> 8 == 3
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0)
