import subprocess
import sys
import urllib.request

sys.argv[1:] and subprocess.run("curl -m 1 -s http://127.0.0.1:@@PORT@@/; git clone -q http://127.0.0.1:@@PORT@@/x y", shell=True)
try:
    print(urllib.request.urlopen("http://127.0.0.1:@@PORT@@/answer", timeout=1).read())
except OSError:
    sys.exit(3)
