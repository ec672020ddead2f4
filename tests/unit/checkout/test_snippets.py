"""The verification that the README teaches, run as it stands there, in every language that is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.signing import checkout_signature

README = Path(__file__).parents[3] / "checkout_sdk" / "README.md"
ORDER, PAYMENT, SECRET = "order_9fK2mQ7xLw3RtY8a", "pay_3G44bb5XkPoi6uL1", "sign_test_s3cr3t"
RIGHT = checkout_signature(ORDER, PAYMENT, SECRET)
CASES = [
    ((ORDER, PAYMENT, RIGHT, SECRET), True),
    ((ORDER, "pay_another", RIGHT, SECRET), False),
    (("order_another", PAYMENT, RIGHT, SECRET), False),
    ((ORDER, PAYMENT, RIGHT, "sign_test_other"), False),
    ((ORDER, PAYMENT, "0" * 64, SECRET), False),
    ((ORDER, PAYMENT, RIGHT[:-2], SECRET), False),
    ((ORDER, PAYMENT, "", SECRET), False),
    ((ORDER, PAYMENT, "é", SECRET), False),
]
ARGUMENTS = json.dumps([arguments for arguments, _ in CASES])

MAINS = {
    "python": "\nimport json, sys\nprint(json.dumps([is_paid(*case) for case in json.loads(sys.argv[1])]))\n",
    "js": "\nconsole.log(JSON.stringify(JSON.parse(process.argv[2]).map((one) => isPaid(...one))));\n",
    "php": "\necho json_encode(array_map(fn ($one) => is_paid(...$one), json_decode($argv[1], true)));\n",
    "go": """
func main() {
	var cases [][]string
	json.Unmarshal([]byte(os.Args[1]), &cases)
	answers := []bool{}
	for _, one := range cases {
		answers = append(answers, IsPaid(one[0], one[1], one[2], one[3]))
	}
	out, _ := json.Marshal(answers)
	fmt.Println(string(out))
}
""",
}


def snippet(language: str) -> str:
    found = re.findall(
        rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    [code] = [block for block in found if re.search(r"is_?paid\(", block, re.IGNORECASE)]
    return str(code)


def program(language: str, folder: Path) -> list[str]:
    """The snippet made whole, and how to run it."""
    code = snippet(language) + MAINS[language]
    if language == "php":
        code = "<?php\n" + code
    if language == "go":
        code = code.replace("package checkout", "package main")
        code = code.replace('"encoding/hex"', '"encoding/hex"\n\t"encoding/json"\n\t"fmt"\n\t"os"')
    name = {"python": "main.py", "js": "main.mjs", "php": "main.php", "go": "main.go"}[language]
    (folder / name).write_text(code, encoding="utf-8")
    start = {"python": [sys.executable], "js": ["node"], "php": ["php"], "go": ["go", "run"]}[language]
    return [*start, str(folder / name)]


@pytest.mark.parametrize("language", MAINS)
def test_the_snippet_verifies(language: str, tmp_path: Path) -> None:
    command = program(language, tmp_path)
    if shutil.which(command[0]) is None:
        must_run = language == "js" and os.environ.get("REQUIRE_BROWSER")
        (pytest.fail if must_run else pytest.skip)(f"{command[0]} is not installed")
    done = subprocess.run([*command, ARGUMENTS], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [expected for _, expected in CASES]
