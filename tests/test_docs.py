"""What the documentation points at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRUST = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
FAMILIES = {
    re.search(r'^family = "(.+)"$', file.read_text(encoding="utf-8"), re.M)[1]
    for file in (ROOT / "tests" / "hostile" / "attacks").glob("*/attack.toml")
}


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`((?:tests|benchmarks)/[\w/.]+)`", TRUST))))
def test_a_place_that_the_claims_name_is_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", TRUST))))
def test_a_test_that_a_claim_rests_on_is_there(name: str) -> None:
    assert any(f"def {name}(" in file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))


def test_every_family_of_attacks_has_its_place_among_the_claims() -> None:
    assert set(re.findall(r"(?<!\*)\*([a-z-]+)\*(?!\*)", TRUST)) - {"method", "answer", "worker"} == FAMILIES
