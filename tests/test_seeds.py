import hashlib
import hmac
import os
import pickle
import unicodedata
from pathlib import Path

import pytest

from grader.errors import InputError
from grader.seeds import Key


def test_seed_is_the_hmac_it_says_it_is() -> None:
    """Written out by hand here: a seed must never change, or every learner's data would."""
    message = b"".join(
        len(part).to_bytes(8, "big") + part
        for part in (b"ladder seed 1", b"01-intern", b"01-clean-the-export", b"ann", b"0")
    )
    key = Key(bytes(range(32)))
    expected = hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()
    assert key.seed("01-intern", "01-clean-the-export", "ann", 0) == expected
    assert Key.practice().seed("01-intern", "01-clean-the-export", "ann", 0) == (
        "e751a40fd72e5bd1604a1ffad6d19306a317b7e777a691e82ff7d78218cf3b11"
    )


def test_no_two_questions_share_a_seed() -> None:
    key, other = Key(bytes(range(32))), Key(bytes(range(1, 33)))
    seeds = {
        key.seed("01-a", "b", "ann", 0),
        key.seed("01-a", "b", "ann", 1),
        key.seed("01-a", "b", "bob", 0),
        key.seed("01-a", "c", "ann", 0),
        key.seed("02-a", "b", "ann", 0),
        key.seed("01-a", "ban", "n", 0),  # the same letters, cut elsewhere
        key.seed("01-a", "b", "ann0", 0),
        key.seed("01-a", "b", "ann", 10),
        other.seed("01-a", "b", "ann", 0),
    }
    assert len(seeds) == 9
    assert all(len(seed) == 64 and int(seed, 16) >= 0 for seed in seeds)


def test_a_name_has_one_seed_however_the_file_system_spells_it() -> None:
    key = Key.practice()
    composed, decomposed = unicodedata.normalize("NFC", "zoë"), unicodedata.normalize("NFD", "zoë")
    assert composed != decomposed
    assert key.seed("01-a", "b", composed, 0) == key.seed("01-a", "b", decomposed, 0)
    assert key.seed_id("01-a", composed) == key.seed_id("01-a", decomposed)


def test_draws_are_counted_from_nought() -> None:
    with pytest.raises(ValueError, match="counted from 0"):
        Key.practice().seed("01-a", "b", "ann", -1)


def test_ids_are_short_and_show_no_seed() -> None:
    key = Key.new()
    seed_id = key.seed_id("01-a", "ann")
    assert len(key.id) == len(seed_id) == 16
    assert seed_id not in key.seed("01-a", "", "ann", 0)
    assert len({seed_id, key.seed_id("01-a", "bob"), key.seed_id("02-a", "ann"), key.id}) == 4
    assert Key.practice().id == "practice"


def test_nothing_prints_the_secret() -> None:
    key = Key.new()
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert key.secret.hex() not in shown
        assert repr(key.secret) not in shown
    assert key.id in repr(key)


def test_a_key_survives_its_file_and_a_job(tmp_path: Path) -> None:
    key, path = Key.new(), tmp_path / "cohort.key"
    key.write(path)
    assert Key.read(path) == key
    assert pickle.loads(pickle.dumps(key)) == key
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "cohort.key"
    Key.new().write(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="cannot write the key"):
        Key.new().write(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "one line of hex digits"),
        (b"not hex at all", "one line of hex digits"),
        (b"\xff" * 64, "one line of hex digits"),
        ((bytes(range(32)).hex() + "\n" + bytes(range(32)).hex()).encode(), "one line of hex digits"),
        (bytes(range(31)).hex().encode(), "the key has 31 bytes; at least 32 are needed"),
        (b"00" * 32, "no key that Ladder made"),
        (Key.practice().secret.hex().encode(), "published practice key"),
    ],
)
def test_unusable_keys_are_refused_and_not_quoted(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "cohort.key"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as fault:
        Key.read(path)
    assert "\n" not in str(fault.value)
    assert not content or content.decode("latin-1") not in str(fault.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cohort.key: cannot read the key"):
        Key.read(tmp_path / "cohort.key")
