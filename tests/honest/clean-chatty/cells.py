# %% to-numbers
import logging
import sys
import warnings

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s", force=True)
log = logging.getLogger("desk")
log.addHandler(logging.FileHandler("cleaning.log", encoding="utf-8"))
log.addHandler(logging.StreamHandler(sys.stdout))


def to_numbers(text):
    print("numbers from", len(text), "texts", end="\r", flush=True)
    print("…", file=sys.stderr)
    warnings.warn("a number is not always a number")
    numbers = pd.to_numeric(text.mask(text.isin(["N/A", ""]))).astype("float64")
    log.info("%d are missing", numbers.isna().sum())
    sys.stderr.write("\x1b[31mred\x1b[0m\n")
    sys.stdout.flush()
    return numbers.mask(numbers == -999)

# %% after to-numbers
from IPython.display import HTML, Markdown, clear_output, display
from rich import print as rich_print
from rich.console import Console
from rich.progress import track
from rich.table import Table

display(raw.head(), HTML("<b>bold</b>"), Markdown("**bold**"))
table = Table("column", "missing")
for name in track(EXPORT, description="columns"):
    table.add_row(name, str((raw[name] == "N/A").sum()))
Console().print(table)
rich_print("[green]done[/green]")
clear_output(wait=True)
for number in range(20_000):
    print(number, "a line that nobody reads" * 5)
raw.info()
sys.stdout.isatty(), sys.stdout.encoding, sys.stderr.writable()

# %% after clean
import contextlib
import io
import traceback

with contextlib.redirect_stdout(io.StringIO()) as caught:
    print("caught")
assert caught.getvalue() == "caught\n"
try:
    1 / 0
except ZeroDivisionError:
    traceback.print_exc()
    log.exception("as expected")
os_level = __import__("os").write(2, b"straight to the descriptor\n")
