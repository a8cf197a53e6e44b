import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from grader import datasets
from grader.errors import InputError, NotHeld

RECIPE = """
import sys
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet
pa.parquet.write_table(pa.table({"n": [1, 2, 3]}), Path(sys.argv[1]) / "three.parquet")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small datasets folder with one file of three rows, as its recipe makes it."""
    root = tmp_path / "datasets"
    (root / "recipes").mkdir(parents=True)
    (root / "recipes" / "three.py").write_text(RECIPE)
    parquet.write_table(pa.table({"n": [1, 2, 3]}), root / "three.parquet")
    write_manifest(root, hashlib.sha256((root / "three.parquet").read_bytes()).hexdigest())
    return root


def write_manifest(root: Path, sha256: str, rows: int = 3, more: str = "") -> None:
    (root / "manifest.toml").write_text(
        f"""format = 1
[[file]]
name = "three.parquet"
about = "The numbers one to three."
source = "counting"
licence = "CC0-1.0"
sha256 = "{sha256}"
rows = {rows}
recipe = "three"
{more}"""
    )


def edit(root: Path, old: str, new: str) -> None:
    path = root / "manifest.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_committed_files_are_what_the_manifest_says() -> None:
    assert datasets.verify() == []
    files = {file.name: file for file in datasets.load_manifest()}
    assert files["flights.parquet"].rows == 336_776
    assert files["weather.parquet"].rows == 26_115
    assert all(file.licence == "CC0-1.0" for file in files.values())
    assert sum((datasets.folder() / name).stat().st_size for name in files) < 20e6


@pytest.mark.parametrize("name", ["flights", "weather"])
def test_time_hour_is_utc_and_hour_is_local(name: str) -> None:
    """The lessons rest on this: joining the one to the other shifts every row by four or five hours."""
    table = pd.read_parquet(datasets.folder() / f"{name}.parquet", columns=["day", "hour", "time_hour"])
    utc = pd.to_datetime(table["time_hour"], utc=True)
    local = utc.dt.tz_convert("America/New_York")
    assert (local.dt.hour == table["hour"]).all()
    assert (local.dt.day == table["day"]).all()
    assert set((utc.dt.hour - table["hour"]) % 24) == {4, 5}


def test_a_sound_folder_has_no_problems(root: Path) -> None:
    assert datasets.verify(root) == []
    (file,) = datasets.load_manifest(root)
    assert (file.name, file.rows, file.recipe) == ("three.parquet", 3, "three")


def test_every_kind_of_problem_is_one_line(root: Path) -> None:
    good = (root / "three.parquet").read_bytes()

    (root / "extra.parquet").write_bytes(b"?")
    assert datasets.verify(root) == ["extra.parquet: not in the manifest"]
    (root / "extra.parquet").unlink()

    (root / "three.parquet").write_bytes(good + b"?")
    (problem,) = datasets.verify(root)
    assert problem.startswith("three.parquet: sha256 is ")

    (root / "three.parquet").unlink()
    assert datasets.verify(root) == ["three.parquet: the file is missing"]

    (root / "three.parquet").write_bytes(good)
    edit(root, "rows = 3", "rows = 4")
    assert datasets.verify(root) == ["three.parquet: 3 rows, not the 4 of the manifest"]


def test_build_makes_the_same_bytes_again(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    datasets.build(out, root)
    assert (out / "three.parquet").read_bytes() == (root / "three.parquet").read_bytes()


def test_build_tells_what_differs_and_what_failed(root: Path, tmp_path: Path) -> None:
    recipe = root / "recipes" / "three.py"
    recipe.write_text(RECIPE.replace("[1, 2, 3]", "[1, 2, 4]"))
    with pytest.raises(NotHeld, match=r"^three.parquet: sha256 is \w{64}, not the \w{64} of the manifest$"):
        datasets.build(tmp_path / "other", root)

    recipe.write_text("pass")
    with pytest.raises(NotHeld, match="^three.parquet: the file is missing$"):
        datasets.build(tmp_path / "none", root)

    recipe.write_text("raise SystemExit('no such package')")
    with pytest.raises(NotHeld, match="^recipe three: failed: no such package$"):
        datasets.build(tmp_path / "failed", root)


def test_digest_is_over_names_and_present_bytes(root: Path) -> None:
    before = datasets.digest(root=root)
    assert before.startswith("sha256:")
    assert before == datasets.digest(["three.parquet"], root) != datasets.digest([], root)
    with (root / "three.parquet").open("ab") as file:
        file.write(b"?")
    assert datasets.digest(root=root) != before


def test_digest_refuses_what_is_not_there(root: Path) -> None:
    with pytest.raises(InputError, match="there is no data file four.parquet"):
        datasets.digest(["four.parquet"], root)
    (root / "three.parquet").unlink()
    with pytest.raises(InputError, match="the file is missing; `ladder data build` makes it again"):
        datasets.digest(root=root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 2", "format must be 1"),
        ("format = 1", "format = 1\nextra = 1", "unknown key extra"),
        ('licence = "CC0-1.0"\n', "", "file three.parquet: licence is missing"),
        ('recipe = "three"', 'recipe = "../three"', "recipe '../three' must be"),
        ('name = "three.parquet"', 'name = "../three.parquet"', "plain file name"),
        ('name = "three.parquet"', 'name = "three.csv"', "plain file name"),
        ("rows = 3", "rows = 0", "rows must be a whole number, at least 1"),
        ("rows = 3", "rows = 3\ncolour = 1", "unknown key colour"),
        ('sha256 = "', 'sha256 = "x', "64 hex digits"),
        ("[[file]]", "[file]", "file must be a list of tables"),
    ],
)
def test_a_broken_manifest_is_one_clear_line(root: Path, old: str, new: str, message: str) -> None:
    edit(root, old, new)
    with pytest.raises(InputError) as fault:
        datasets.load_manifest(root)
    assert message in str(fault.value)
    assert str(fault.value).startswith("datasets/manifest.toml")
    assert "\n" not in str(fault.value)


def test_a_file_may_be_named_once(root: Path) -> None:
    entry = (root / "manifest.toml").read_text().removeprefix("format = 1\n")
    (root / "manifest.toml").write_text("format = 1\n" + entry + entry)
    with pytest.raises(InputError, match="three.parquet is named twice"):
        datasets.load_manifest(root)


def test_a_missing_manifest_is_named(root: Path) -> None:
    shutil.rmtree(root)
    with pytest.raises(InputError, match=r"datasets/manifest\.toml: there is no such file"):
        datasets.load_manifest(root)
