"""Addresses in the environment become settings, or a plain refusal."""

from pathlib import Path

import pytest

from marketplace.config import environment


def test_a_socket_folder_in_the_query_is_the_host():
    settings = environment.database("postgresql://ana:p%40ss@/shop?host=/run/pg")

    assert (settings["HOST"], settings["NAME"], settings["USER"], settings["PASSWORD"]) == (
        "/run/pg",
        "shop",
        "ana",
        "p@ss",
    )


def test_other_databases_are_refused_by_name():
    with pytest.raises(ValueError, match="postgresql://"):
        environment.database("mysql://root@/shop")


def test_content_lies_in_a_folder_where_no_bucket_is_named(tmp_path: Path):
    assert environment.content_storage("", folder=tmp_path)["OPTIONS"] == {"location": tmp_path}


def test_a_bucket_with_prefix_endpoint_and_region_is_understood(tmp_path: Path):
    settings = environment.content_storage(
        "s3://takes/site/a?endpoint=https://objects.example.org&region=eu-1", folder=tmp_path
    )

    assert settings["BACKEND"] == "storages.backends.s3.S3Storage"
    assert settings["OPTIONS"] == {
        "bucket_name": "takes",
        "location": "site/a",
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
        "endpoint_url": "https://objects.example.org",
        "region_name": "eu-1",
    }


@pytest.mark.parametrize("url", ["https://takes", "s3://", "takes"])
def test_what_is_no_bucket_is_refused(url: str, tmp_path: Path):
    with pytest.raises(ValueError, match="CONTENT_URL"):
        environment.content_storage(url, folder=tmp_path)
