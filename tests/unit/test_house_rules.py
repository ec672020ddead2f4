"""The house rules that no linter knows."""

import ast
import io
import re
import shutil
import subprocess
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("core", "ports", "adapters", "entrypoints", "config", "benchmarks")
FILE_LINES, FUNCTION_LINES = 200, 60
Rule = Callable[[Path], list[str]]  # what breaks it below a root, a sentence each

NO_NAMES = {"utils", "helpers", "common", "managers", "services"}
REASON = r"\W+\w[\w'’-]*\W+\w"  # two words at least
LONG_FILE = re.compile("above 200 lines" + REASON)
CODES = r"[\w-]+(?:\s*,\s*[\w-]+)*"
EXCUSES = {
    re.compile(r"#\s*type:\s*ignore"): re.compile(rf"#\s*type:\s*ignore\[{CODES}\]{REASON}"),
    re.compile(r"#\s*(?:\w+:\s*)?noqa", re.I): re.compile(r"noqa:(?:[\s,]*[A-Z]+\d++)++" + REASON, re.I),
}
# In halves, so that this file does not break its own rule.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs.org", "registry." + "yarnpkg.com")
FOLDERS = ("/" + "work/", "/" + "root/")
PLACES = re.compile(
    r"(?<![\w.~*{}-])(?:" + "|".join(map(re.escape, FOLDERS)) + ")|" + "|".join(map(re.escape, HOSTS))
)
NOT_OURS = {".git", ".venv", "node_modules", "dist", "build", "__pycache__"}


def long_files(root: Path) -> list[str]:
    """No source file has more than 200 lines, unless its first line says why."""
    return [
        f"{path}: {lines} lines, and no reason in the first line"
        for path in sources(root)
        if (lines := path.read_text().count("\n")) > FILE_LINES
        and not LONG_FILE.search(path.read_text().partition("\n")[0])
    ]


def long_functions(root: Path) -> list[str]:
    """No function of the sources has more than 60 lines (40 is the aim)."""
    return [
        f"{path}:{node.lineno}: {node.name} has {lines} lines"
        for path in sources(root)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def modules_without_sentence(root: Path) -> list[str]:
    """Every module opens with a sentence that says what lives in it."""
    return [
        f"{path}: no docstring"
        for path in sources(root, "tests")
        if not ast.get_docstring(ast.parse(path.read_text()))
        and not (path.name == "__init__.py" and not path.read_text().strip())
    ]


def unexplained_excuses(root: Path) -> list[str]:
    """Who silences a checker names the rule and the reason."""
    return [
        f"{path}:{line}: {comment}"
        for path in sources(root, "tests")
        for line, comment in comments(path)
        for excuse, explained in EXCUSES.items()
        if excuse.search(comment) and not explained.search(comment)
    ]


def machine_paths(root: Path) -> list[str]:
    """No file knows the machine or the package registry that it was made with."""
    return [
        f"{path}:{number}: {found.group()}"
        for path in texts(root)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if (found := PLACES.search(line))
    ]


def empty_names(root: Path) -> list[str]:
    """No module or package has a name that says nothing."""
    return [
        f"{path}: {part}"
        for path in sources(root, "tests")
        for part in path.relative_to(root).with_suffix("").parts
        if part in NO_NAMES
    ]


def sources(root: Path, *more: str) -> list[Path]:
    """Our Python files; migrations are generated, and then left alone for ever."""
    found = (path for folder in (*SOURCES, *more) for path in (root / folder).rglob("*.py"))
    return sorted(path for path in found if path.parts[-3:-1] != ("migrations", "versions"))


def texts(root: Path) -> Iterator[Path]:
    """The text files git knows or would take; without git, those that are not obviously made by a tool."""
    paths = files_of_git(root) or [
        path for path in root.rglob("*") if not NOT_OURS & set(path.relative_to(root).parts)
    ]
    for path in paths:
        if path.is_file() and b"\0" not in path.read_bytes():
            yield path


def files_of_git(root: Path) -> list[Path]:
    git = shutil.which("git")
    if git is None:
        return []
    command = [git, "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, capture_output=True, check=False)
    return [root / name for name in answer.stdout.decode().split("\0") if name]


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


RULES: list[Rule] = [
    long_files,
    long_functions,
    modules_without_sentence,
    unexplained_excuses,
    machine_paths,
    empty_names,
]
LONG_FUNCTION = "def f() -> None:\n" + "    f()\n" * FUNCTION_LINES
IGNORE, NOQA = "# type: " + "ignore", "# no" + "qa"

BAD: list[tuple[Rule, str, str]] = [
    (long_files, "core/domain/money.py", '"""Money."""\n' + "x = 1\n" * FILE_LINES),
    (long_files, "ports/clock.py", "# above 200 lines\n" + "x = 1\n" * FILE_LINES),
    (long_functions, "adapters/redis/broker.py", LONG_FUNCTION),
    (long_functions, "benchmarks/run.py", "class A:\n    async " + LONG_FUNCTION.replace("\n", "\n    ")),
    (modules_without_sentence, "config/settings.py", "x = 1\n"),
    (modules_without_sentence, "core/__init__.py", "x = 1\n"),
    (modules_without_sentence, "tests/unit/test_money.py", ""),
    (unexplained_excuses, "core/a.py", f"x = y  {IGNORE}\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {IGNORE}  # the stubs are wrong\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {IGNORE}[arg-type]\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {NOQA}\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {NOQA}: E501, F401\n"),
    (unexplained_excuses, "tests/a.py", f"x = y  {NOQA}: E501, F401, B008, S101\n"),
    (unexplained_excuses, "core/a.py", f"# ruff: {NOQA.removeprefix('# ')}\n"),
    (machine_paths, "docs/start.md", f"cd {FOLDERS[0]}main\n"),
    (machine_paths, "requirements.lock", f"--index-url https://{HOSTS[0]}/simple\n"),
    (machine_paths, "checkout_sdk/package-lock.json", f'"resolved": "https://{HOSTS[2]}/esbuild"\n'),
    (empty_names, "core/utils.py", '"""Things."""\n'),
    (empty_names, "entrypoints/services/pay.py", '"""Things."""\n'),
]
GOOD: list[tuple[Rule, str, str]] = [
    (
        long_files,
        "core/a.py",
        '"""A. Goes above 200 lines because a table is one thing."""\n' + "x = 1\n" * 200,
    ),
    (long_files, "adapters/postgres/migrations/versions/1_first.py", "x = 1\n" * 300),
    (long_functions, "core/a.py", LONG_FUNCTION.removesuffix("    f()\n")),
    (modules_without_sentence, "core/__init__.py", ""),
    (unexplained_excuses, "core/a.py", f"x = y  {IGNORE}[arg-type]  # the stubs say str\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {NOQA}: E501 - a link cannot be broken\n"),
    (unexplained_excuses, "core/a.py", f"x = y  {NOQA}: E501, S101  # generated by a tool\n"),
    (unexplained_excuses, "core/a.py", f'x = "{NOQA}"\n'),
    (machine_paths, "docs/a.md", f"src{FOLDERS[0]}main and https://host.example{FOLDERS[0]}\n"),
]


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps(rule: Rule) -> None:
    assert rule(ROOT) == []


def test_the_rules_look_at_files() -> None:
    assert ROOT / "adapters" / "embedded" / "home.py" in sources(ROOT)
    found = set(texts(ROOT))
    assert {Path(__file__), ROOT / "pyproject.toml", ROOT / "requirements.lock"} <= found


@pytest.mark.parametrize(("rule", "name", "text"), BAD)
def test_a_rule_can_fail(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    write(tmp_path / name, text)
    assert len(rule(tmp_path)) == 1


@pytest.mark.parametrize(("rule", "name", "text"), GOOD)
def test_a_rule_can_be_kept(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    write(tmp_path / name, text)
    assert rule(tmp_path) == []


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
