import pytest

from grader.cohort.folder import ready, safe_name, write_table
from grader.cohort.local import Graded, Item, Rejected, default_jobs, grade_all
from grader.errors import GraderFault, InputError
from grader.seeds import Key
from grader.workspace.pack import pack
from grader.workspace.start import start


@pytest.fixture
def workspace(small, tmp_path, practice):
    from grader import catalog

    start(catalog.find_level("1"), tmp_path / "work", "ada", practice)
    return tmp_path / "work"


def graded(items, walls, key, jobs=2):
    return {done.item: done for done in grade_all(items, walls, key, jobs)}


@pytest.mark.walls
def test_each_item_comes_back_graded_or_rejected(workspace, real_walls, practice, tmp_path):
    (tmp_path / "bad.tar.gz").write_bytes(b"no archive")
    archive, _ = pack(workspace, tmp_path)
    items = [Item(archive), Item(tmp_path / "bad.tar.gz"), Item(tmp_path / "none"), Item(workspace, "bob")]
    found = graded(items, real_walls, practice)
    assert [type(found[item]) for item in items] == [Graded, Rejected, Rejected, Graded]
    assert {found[item].error.exit_code for item in items[1:3]} == {2}
    assert found[items[0]].scorecard.learner == "ada"
    assert found[items[0]].warning == ""
    # a name inside is a claim: reported, never used
    assert found[items[3]].scorecard.learner == "bob"
    assert "'ada'" in found[items[3]].warning


def test_under_a_cohorts_key_the_name_inside_says_nothing(workspace):
    (done,) = graded([Item(workspace)], None, Key.new()).values()
    assert isinstance(done.error, InputError)
    assert "--learner" in str(done.error)


def test_a_level_must_be_said_somewhere(tmp_path, small, practice):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "n.ipynb").write_text("{}")
    (done,) = graded([Item(tmp_path / "w")], None, practice).values()
    assert "--level" in str(done.error)


def test_a_fault_of_ours_in_one_is_that_ones(workspace, practice):
    (done,) = graded([Item(workspace)], None, practice).values()
    assert isinstance(done, Rejected)
    assert isinstance(done.error, GraderFault)
    assert str(workspace) in str(done.error)


def test_there_is_always_a_job():
    assert default_jobs() >= 1


@pytest.mark.parametrize(
    "name", ["ada", "../../etc", "a/b", "", ".", "..", "...", "a\0b", "x" * 500, "Ä ö", "con\n", "~root", "-rf"]
)
def test_a_learners_name_is_one_folder_inside(tmp_path, name):
    safe = safe_name(name)
    assert 0 < len(safe) <= 100
    assert (tmp_path / safe).resolve().parent == tmp_path.resolve()


def test_a_place_to_write(tmp_path):
    ready(tmp_path / "new" / "deep")
    ready(tmp_path / "new" / "deep")
    assert (tmp_path / "new" / "deep").is_dir()
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="file"):
            ready(bad)
    assert write_table(tmp_path / "other", []).is_file()
