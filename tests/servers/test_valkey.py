import os
import shutil

import pytest
import redis

from tests.servers.valkey import Valkey, find_binary, valkey


def test_it_answers_and_is_gone_afterwards():
    with valkey() as url:
        client = redis.Redis.from_url(url)
        assert client.ping()
        client.close()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url, retry=None).ping()


def test_it_comes_back_on_the_same_port_and_has_forgotten():
    server = Valkey()
    server.start()
    client = redis.Redis.from_url(server.url)
    client.set("kept", 1)
    server.stop()
    server.start()
    assert client.get("kept") is None
    client.close()
    server.stop()


def test_a_binary_on_path_comes_first(tmp_path, monkeypatch):
    own = shutil.copy(find_binary(), tmp_path / "valkey-server")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_binary() == str(own)


def test_a_missing_binary_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.servers.valkey.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="set REDIS_URL"):
        find_binary()
