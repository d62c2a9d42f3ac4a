"""Settings: who wins, what is refused, and that the documented table is the real one."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pannier import config
from pannier.errors import ConfigError


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty settings file in place of the user's own."""
    path = tmp_path / "config.toml"
    path.touch()
    monkeypatch.setenv("PANNIER_CONFIG", str(path))
    config._check_variables.cache_clear()
    return path


def test_precedence(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyword beats context manager beats environment beats file beats default."""
    assert config.get("retries") == 2
    settings_file.write_text("retries = 3\n")
    config._read.cache_clear()
    assert config.get("retries") == 3
    monkeypatch.setenv("PANNIER_RETRIES", "4")
    assert config.get("retries") == 4
    with config.set(retries=5):
        assert config.get("retries") == 5
        assert config.get("retries", 6) == 6
        with config.set(retries=0):
            assert config.get("retries") == 0
    assert config.get("retries") == 4


def test_set_applies_at_once_and_stays() -> None:
    """Outside a ``with`` statement a setting holds from the call on; blocks inside give it back."""
    overlay = config.set(fan_in=4)
    with config.set(fan_in=2):
        assert config.get("fan_in") == 2
    assert config.get("fan_in") == 4
    with overlay:
        assert config.get("fan_in") == 4
    assert config.get("fan_in") == 8


def test_set_without_a_block_is_permanent() -> None:
    """A call whose result nobody keeps is never taken back, and calls do not pile up."""
    code = """
from pannier import config
for n in range(2, 2000):
    config.set(fan_in=n)
with config.set(retries=7):
    config.set(num_workers=3)
print(config.get("fan_in"), config.get("retries"), config.get("num_workers"), len(config._overlays) < 5)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1999", "2", "3", "True"]


def test_blocks_that_overlap_take_back_only_their_own() -> None:
    """Of two threads with a block each, the one that ends first leaves the other's settings in force."""
    first, second = config.set(fan_in=3), config.set(fan_in=5, retries=1)
    with second:
        with first:
            pass
        assert (config.get("fan_in"), config.get("retries")) == (5, 1)
    assert (config.get("fan_in"), config.get("retries")) == (8, 2)


def test_blocks_in_many_threads() -> None:
    """However blocks of threads interleave, at the end everything is as before."""
    before = len(config._overlays)

    def work(n: int) -> None:
        for _ in range(200):
            with config.set(fan_in=n):
                assert config.get("fan_in") in range(2, 6)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert config.get("fan_in") == 8
    assert len(config._overlays) == before


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("scheduler", "threads", "threads"),
        ("num_workers", "3", 3),
        ("blocksize", "1 MiB", 1 << 20),
        ("blocksize", "1000000", 1_000_000),
        ("idle_timeout", "0.5", 0.5),
        ("inline_bytes", "0", 0),
        ("spill_folder", "/some/folder", "/some/folder"),
    ],
)
def test_environment_and_file_are_parsed(
    name: str, text: str, value: object, settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text from a variable or a file becomes the value that code sees."""
    settings_file.write_text(f'{name} = "{text}"\n')
    config._read.cache_clear()
    assert config.get(name) == value
    monkeypatch.setenv(config.SETTINGS[name].variable, text)
    assert config.get(name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scheduler", 3),
        ("num_workers", 0),
        ("num_workers", "two"),
        ("num_workers", True),
        ("num_workers", 1.5),
        ("blocksize", "64 monkeys"),
        ("blocksize", [1]),
        ("fan_in", 1),
        ("retries", -1),
        ("idle_timeout", -1),
        ("idle_timeout", "nan"),
        ("spill_folder", 7),
    ],
)
def test_bad_values_are_refused(name: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that cannot be used is refused at once, with its name, itself and where it came from."""
    with pytest.raises(ConfigError, match=f"{name} cannot be .*keyword {name}"):
        config.get(name, value)
    before = config.get(name)
    with pytest.raises(ConfigError, match=rf"config.set\({name}="):
        config.set(retries=9, **{name: value}) if name != "retries" else config.set(retries=value)
    assert config.get(name) == before
    if isinstance(value, str):
        monkeypatch.setenv(config.SETTINGS[name].variable, value)
        with pytest.raises(ConfigError, match=f"environment variable PANNIER_{name.upper()}"):
            config.get(name)


def test_bad_files_are_named(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no TOML, has an unknown name or a bad value, or is missing, is named in the error."""
    for text, complaint in [
        ("retries = ", "is not TOML"),
        ("retry = 3", "no setting 'retry', in the file .*did you mean 'retries'"),
        ("retries = 'many'", "retries cannot be 'many', from the file"),
    ]:
        settings_file.write_text(text)
        config._read.cache_clear()
        with pytest.raises(ConfigError, match=complaint) as caught:
            config.get("retries")
        assert str(settings_file) in str(caught.value)
    monkeypatch.setenv("PANNIER_CONFIG", "/no/such/file.toml")
    with pytest.raises(ConfigError, match=r"/no/such/file.toml: No such file .*PANNIER_CONFIG"):
        config.get("retries")


def test_unknown_names_have_near_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error is an error that names what was meant, in calls and in the environment."""
    with pytest.raises(ConfigError, match=r"no setting 'num_worker'; did you mean 'num_workers'\?"):
        config.get("num_worker")
    with pytest.raises(ConfigError, match="did you mean 'scheduler'"):
        config.set(schedular="threads")
    monkeypatch.setenv("PANNIER_SOMETHING_ELSE_ENTIRELY", "1")
    assert config.get("retries") == 2
    config._check_variables.cache_clear()
    monkeypatch.setenv("PANNIER_NUM_WORKER", "1")
    with pytest.raises(
        ConfigError, match=r"PANNIER_NUM_WORKER names no setting; did you mean 'num_workers'\?"
    ):
        config.get("retries")


def test_the_default_file_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PANNIER_CONFIG the file in the home folder counts, if there is one."""
    monkeypatch.delenv("PANNIER_CONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.get("retries") == 2
    folder = tmp_path / ".config" / "pannier"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("retries = 0\n")
    assert config.get("retries") == 0


def test_describe_says_where_each_value_is_from(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The printed table has every setting, its value in use and its origin."""
    settings_file.write_text("fan_in = 3\n")
    config._read.cache_clear()
    monkeypatch.setenv("PANNIER_RETRIES", "4")
    with config.set(blocksize="1 kB"):
        rows = {line.split()[0]: line.split(None, 2)[1:] for line in config.describe().splitlines()[1:]}
    assert list(rows) == list(config.SETTINGS)
    assert rows["fan_in"] == ["3", f"the file {settings_file}"]
    assert rows["retries"] == ["4", "the environment variable PANNIER_RETRIES"]
    assert rows["blocksize"] == ["1000", "config.set"]
    assert rows["idle_timeout"] == ["60.0", "default"]


def test_documented_table_is_the_code() -> None:
    """docs/configuration.md shows every setting as the code has it, and no other."""
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")
    documented = [line for line in page.splitlines() if line.startswith("| `")]
    actual = [
        f"| `{row.name}` | `{row.variable}` | {'none' if row.default is None else row.default} | {row.doc} |"
        for row in config.SETTINGS.values()
    ]
    assert documented == actual, "the table should read:\n" + "\n".join(actual)


def test_importing_settings_reads_no_file() -> None:
    """Neither the import nor a lookup without a file loads the TOML parser."""
    code = "import sys; from pannier import config; config.get('retries'); print('tomllib' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": "/nonexistent", "PYTHONPATH": str(Path(config.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "False"
