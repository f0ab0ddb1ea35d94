"""Response headers that a browser gets."""

from fraudflow_guard.response_headers import kept_apart

SERVERS = [
    ("Content-Type", "text/html"),
    ("Access-Control-Allow-Origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("Set-Cookie", "a=1"),
    ("Set-Cookie", "b=2"),
]


def test_nothing_invites_other_origins() -> None:
    kept = kept_apart(SERVERS)

    assert [pair for pair in kept if pair[0].lower().startswith("access-control")] == []
    assert [value for name, value in kept if name == "Set-Cookie"] == ["a=1", "b=2"]


def test_other_origins_can_neither_frame_nor_embed_nor_guess_it() -> None:
    assert dict(kept_apart(SERVERS)) | {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    } == dict(kept_apart(SERVERS))


def test_a_stricter_word_of_the_servers_stays() -> None:
    kept = kept_apart([("x-frame-options", "DENY")])

    assert [value for name, value in kept if name.lower() == "x-frame-options"] == ["DENY"]


def test_somebodys_file_runs_no_script_and_has_no_origin_whatever_the_server_says() -> None:
    kept = kept_apart([("content-security-policy", "script-src *")], sandboxed=True)

    [policy] = [value for name, value in kept if name.lower() == "content-security-policy"]
    words = policy.split("; ")
    assert "sandbox" in words
    assert "default-src 'none'" in words
    assert "allow-" not in policy
    assert "script-src" not in policy
