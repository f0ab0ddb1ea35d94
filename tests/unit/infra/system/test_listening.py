"""Who holds a port, read from /proc."""

from pathlib import Path

from infra.system.listening import holder

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def proc_with_listener(root: Path, *, port: int, inode: int) -> Path:
    (root / "net").mkdir()
    line = f"   0: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n"
    (root / "net/tcp").write_text(HEADER + line)
    (root / "77/fd").mkdir(parents=True)
    (root / "77/comm").write_text("nginx\n")
    (root / "77/fd/3").symlink_to("socket:[4242]")
    return root


def test_holder_is_named_with_its_pid(tmp_path: Path) -> None:
    assert holder(4566, proc_with_listener(tmp_path, port=4566, inode=4242)) == "nginx (pid 77)"


def test_holder_of_another_user_is_unknown(tmp_path: Path) -> None:
    assert holder(4566, proc_with_listener(tmp_path, port=4566, inode=1)) == "another program"


def test_listener_on_another_port_is_not_the_holder(tmp_path: Path) -> None:
    assert holder(5000, proc_with_listener(tmp_path, port=4566, inode=4242)) == "another program"
