"""The entry by which askew is cited."""

import re
from pathlib import Path

import askew

ROOT = Path(__file__).parents[2]


def test_the_entry_names_the_version_and_the_licence_of_the_code() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", text, re.M) == [askew.__version__]
    assert re.findall(r"^license: (.+)$", text, re.M) == re.findall(r'^license = "(.+)"$', project, re.M)
