"""Links to objects are signed, so that a click opens them and nobody can make one up."""

import time
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest

from infra.runs.links import signed


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_a_link_is_signed_and_lasts_a_week(region: str) -> None:
    session = boto3.Session("FRAUDFLOW1", "secret", region_name=region)
    link = signed(session, "http://127.0.0.1:4600")("s3://runs/one two/report.html")
    where = urlsplit(link)
    assert (where.netloc, unquote(where.path)) == ("127.0.0.1:4600", "/runs/one two/report.html")
    query = parse_qs(where.query)
    assert query["AWSAccessKeyId"] == ["FRAUDFLOW1"]
    assert query["Signature"]
    assert int(query["Expires"][0]) == pytest.approx(time.time() + 7 * 24 * 3600, abs=60)
    assert "secret" not in link
    other = boto3.Session("FRAUDFLOW1", "other", region_name=region)
    assert parse_qs(urlsplit(signed(other, "http://127.0.0.1:4600")("s3://runs/one two/report.html")).query) != query
