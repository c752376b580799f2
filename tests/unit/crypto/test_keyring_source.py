"""Where keys come from: the environment first, else a file of one's own; each mistake gets an answer that shows no key."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from pathlib import Path

import pytest

from strongback.crypto.envelope import Context, seal, unseal
from strongback.crypto.keyring_source import (
    create_keyring_file,
    keyring_from_environment,
    keyring_from_file,
    load_keyring,
)
from strongback.errors import KeyringInvalid
from strongback.model.uuid7 import uuid7

KEYS = [base64.b64encode(hashlib.sha256(bytes([number])).digest()).decode() for number in range(3)]
SHORT = base64.b64encode(b"too short").decode()
BY_HAND = base64.b64encode(b"passwordpasswordpasswordpassword").decode()


def test_a_file_made_here_is_private_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    made = create_keyring_file(path)
    place = Context("", "3", uuid7(), "7")
    assert unseal(keyring_from_file(path), seal(made, b"x", place), place) == b"x"
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_files_hold_two_keys(tmp_path: Path) -> None:
    create_keyring_file(tmp_path / "a")
    create_keyring_file(tmp_path / "b")
    assert (tmp_path / "a").read_text() != (tmp_path / "b").read_text()


def test_a_keyring_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    create_keyring_file(path)
    before = path.read_bytes()
    with pytest.raises(KeyringInvalid, match="never overwritten"):
        create_keyring_file(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyringInvalid, match="no_such"):
        create_keyring_file(tmp_path / "no_such" / "keyring.json")


@pytest.mark.skipif(os.name == "nt", reason="no modes on this system")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_open_to_others_is_refused_with_the_command_that_closes_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keyring.json"
    create_keyring_file(path)
    path.chmod(mode)
    with pytest.raises(KeyringInvalid, match="chmod 600"):
        keyring_from_file(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a keyring"),
        ("[]", "not a keyring"),
        ('{"primary": 1}', "not a keyring"),
        (f'{{"primary": 1, "keys": {{"1": "{KEYS[0]}"}}, "more": 1}}', "not a keyring"),
        (f'{{"format": 2, "primary": 1, "keys": {{"1": "{KEYS[0]}"}}}}', "reads 1"),
        (f'{{"primary": 2, "keys": {{"1": "{KEYS[0]}"}}}}', "primary key 2"),
        (f'{{"primary": 1, "keys": {{"1": "{SHORT}"}}}}', "9 bytes, not 32"),
        (f'{{"primary": 1, "keys": {{"one": "{KEYS[0]}"}}}}', "whole number"),
        ('{"primary": 1, "keys": {"1": "%%%"}}', "not base64"),
        (f'{{"primary": 1, "keys": {{"1": "{BY_HAND}"}}}}', "typed by hand"),
        ('{"primary": 1, "keys": {}}', "no key"),
    ],
)
def test_each_wrong_file_gets_its_answer(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyringInvalid, match=said) as caught:
        keyring_from_file(path)
    assert not any(key in str(caught.value) for key in (*KEYS, SHORT, BY_HAND))


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyringInvalid, match=r"gone\.json"):
        keyring_from_file(tmp_path / "gone.json")
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    with pytest.raises(KeyringInvalid, match="not text"):
        keyring_from_file(path)


def test_the_last_key_listed_is_the_primary_one() -> None:
    ring = keyring_from_environment({"STRONGBACK_KEYS": f"1:{KEYS[1]},2:{KEYS[2]}"})
    assert ring is not None and (ring.ids, ring.primary) == ((1, 2), 2)


def test_another_key_can_be_named_primary() -> None:
    ring = keyring_from_environment({"STRONGBACK_KEYS": f"1:{KEYS[1]},2:{KEYS[2]}", "STRONGBACK_PRIMARY_KEY": "1"})
    assert ring is not None and ring.primary == 1


def test_a_mounted_file_may_hold_one_key_a_line(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"1:{KEYS[1]}\n2:{KEYS[2]}\n")
    path.chmod(0o444)
    ring = keyring_from_environment({"STRONGBACK_KEYS_FILE": str(path)})
    assert ring is not None and (ring.ids, ring.primary) == ((1, 2), 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEYS[0], "id:base64"),
        (f"x:{KEYS[0]}", "whole number"),
        (f"-1:{KEYS[0]}", "whole number"),
        (f"0:{KEYS[0]}", "from 1 to"),
        (f"99999999999:{KEYS[0]}", "whole number"),
        (f"4294967296:{KEYS[0]}", "from 1 to"),
        (f"1:{KEYS[0]},1:{KEYS[1]}", "there twice"),
        (f"1:{KEYS[0]},2:{KEYS[0]}", "same key"),
        (f"1:{SHORT}", "9 bytes"),
        ("1:", "0 bytes"),
        ("1:c2Vj cmV0", "not base64"),
        (f"1:{BY_HAND}", "typed by hand"),
        (",", "no key"),
    ],
)
def test_each_wrong_text_gets_its_answer_and_shows_no_key(text: str, said: str) -> None:
    with pytest.raises(KeyringInvalid, match=said) as caught:
        keyring_from_environment({"STRONGBACK_KEYS": text})
    shown = f"{caught.value} {caught.value.__cause__} {caught.value.__suppress_context__}"
    assert not any(key in shown for key in (*KEYS, SHORT, BY_HAND))


def test_the_primary_key_must_be_there() -> None:
    with pytest.raises(KeyringInvalid, match="primary key 7"):
        keyring_from_environment({"STRONGBACK_KEYS": f"1:{KEYS[1]}", "STRONGBACK_PRIMARY_KEY": "7"})
    with pytest.raises(KeyringInvalid, match="whole number"):
        keyring_from_environment({"STRONGBACK_KEYS": f"1:{KEYS[1]}", "STRONGBACK_PRIMARY_KEY": "last"})


def test_both_variables_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(KeyringInvalid, match="both"):
        keyring_from_environment({"STRONGBACK_KEYS": f"1:{KEYS[1]}", "STRONGBACK_KEYS_FILE": str(tmp_path)})


def test_the_environment_goes_before_the_file_and_neither_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    create_keyring_file(path)
    assert load_keyring(path, {"STRONGBACK_KEYS": f"5:{KEYS[1]}"}).ids == (5,)
    assert load_keyring(path, {}).ids == (1,)
    with pytest.raises(KeyringInvalid, match="STRONGBACK_KEYS"):
        load_keyring(None, {})


def test_the_local_file_is_made_only_where_it_is_needed_and_missing(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    assert load_keyring(path, {"STRONGBACK_KEYS": f"5:{KEYS[1]}"}, make=create_keyring_file).ids == (5,)
    assert not path.exists()
    made = load_keyring(path, {}, make=create_keyring_file)
    assert load_keyring(path, {}, make=create_keyring_file).derive("x") == made.derive("x")
    with pytest.raises(KeyringInvalid, match="cannot be read"):
        load_keyring(tmp_path / "other.json", {})
