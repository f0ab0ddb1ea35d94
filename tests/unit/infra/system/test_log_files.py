"""Logs that are kept small while somebody writes into them."""

from pathlib import Path

from infra.system.log_files import bound, open_new, previous


def test_a_new_log_keeps_the_former_beside_it(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    for text in (b"first\n", b"second\n", b"third\n"):
        with open_new(log) as file:
            file.write(text)
    assert log.read_bytes() == b"third\n"
    assert previous(log).read_bytes() == b"second\n"
    assert {path.name for path in tmp_path.iterdir()} == {"server.log", "server.log.1"}


def test_a_log_that_grows_too_large_is_begun_anew_under_its_writer(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with open_new(log) as file:
        for number in range(100):
            file.write(f"{number:09d}\n".encode())
            file.flush()
            assert bound(log, largest=200) == (number % 21 == 20)
    assert log.read_bytes() == b"".join(f"{number:09d}\n".encode() for number in range(84, 100))
    assert previous(log).read_bytes() == b"".join(f"{number:09d}\n".encode() for number in range(63, 84))


def test_a_log_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    assert not bound(tmp_path / "server.log")
