import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.ledger import Kind, open_ledger


@pytest.fixture
def address(tmp_path):
    return tmp_path / "ledger.db"


def run(*words):
    result = CliRunner().invoke(main, ["ledger", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def filled(ledger, arrive, card):
    ledger.add_scorecard(card(), key="job", arrival=arrive().digest)
    ledger.append(Kind.DECISION, learner="nadia", level="01-intern", by="Amira", key="d", body={"promoted": True})
    return ledger


def test_a_ledger_that_holds_says_how_long_it_is_and_its_head(filled, address):
    result = run("verify", address)
    assert result.exit_code == 0
    assert result.stdout == f"cohort: 3 entries, head {filled.head()[1]}, holds\n"


def test_what_does_not_hold_is_named(filled, address, do):
    do("UPDATE ledger_entry SET body = '{}' WHERE number = 3")
    do("UPDATE ledger_outcome SET outcome = 'passed'")
    result = run("verify", address)
    assert result.exit_code == 1
    assert "cohort: entry 3: was changed" in result.stdout
    assert "cohort: entry 2: the table of outcomes says something else" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("does not hold")


def test_a_kept_head_must_be_there(filled, address, do):
    kept = filled.head()[1]
    assert run("verify", address, "--head", kept).exit_code == 0
    earlier = list(filled.entries())[1].digest
    do("DELETE FROM ledger_entry WHERE number = 3")
    do(f"UPDATE ledger_head SET number = 2, digest = '{earlier}'")
    assert run("verify", address).exit_code == 0
    result = run("verify", address, "--head", kept)
    assert result.exit_code == 1
    assert f"the kept head {kept}: no entry has this digest" in result.stdout
    assert run("verify", address, "--head", "abc").exit_code == 2


def test_a_chain_without_its_head_is_seen(filled, address, do):
    do("DELETE FROM ledger_head")
    result = run("verify", address)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].endswith("does not hold")


def test_every_cohort_of_a_ledger_is_followed_or_one(filled, address):
    with open_ledger(address, "spring") as spring:
        spring.append(Kind.DECISION, learner="a", level="b", by="c", key="k", body={})
    result = run("verify", address)
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["cohort", "spring"]
    assert run("verify", address, "--cohort", "spring").stdout.startswith("spring: 1 entry, head ")
    wrong = run("verify", address, "--cohort", "winter")
    assert wrong.exit_code == 2
    assert "there is no cohort 'winter'; there are: cohort, spring" in wrong.stderr
    assert run("verify", address, "--head", "0" * 64).exit_code == 2


def test_what_is_no_ledger_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("Dear diary,")
    for words, said in (
        (("verify", "notes.txt"), "is no ledger"),
        (("verify", "nowhere.db"), "there is no ledger"),
        (("verify",), "there is no cohort.toml here"),
        (("export", "out", "--ledger", "nowhere.db"), "there is no ledger"),
    ):
        result = run(*words)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "nowhere.db").exists()


def test_a_cohort_toml_says_where_the_ledger_is(tmp_path, monkeypatch, clock):
    from grader.seeds import Key

    monkeypatch.chdir(tmp_path)
    Key.new().write(tmp_path / "cohort.key")
    (tmp_path / "cohort.toml").write_text('format = 1\nname = "autumn"\nkey = "cohort.key"\nledger = "kept.db"\n')
    with open_ledger("kept.db", "autumn", clock=clock) as autumn:
        autumn.append(Kind.DECISION, learner="a", level="b", by="c", key="k", body={})
    assert run("verify").stdout.startswith("autumn: 1 entry, head ")
    assert run("verify", tmp_path / "cohort.toml").exit_code == 0


def test_export_writes_a_file_for_each_table(filled, address, tmp_path):
    for form in ("csv", "parquet"):
        result = run("export", tmp_path / "out", "--ledger", address, "--format", form)
        assert result.exit_code == 0
        assert f"{tmp_path / 'out' / 'outcomes'}.{form}: 2 rows" in result.stdout
        assert f"{tmp_path / 'out' / 'decisions'}.{form}: 1 row\n" in result.stdout
    assert len(list((tmp_path / "out").iterdir())) == 12


def test_an_empty_ledger_has_no_entries(ledger, address):
    result = run("verify", address)
    assert (result.exit_code, result.stdout) == (0, "no entries\n")
    assert run("verify", address, "--head", "0" * 64).exit_code == 1
