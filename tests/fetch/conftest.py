import pytest

from sensorium.fetch import Fetcher, FetchPolicy, Wanted
from sensorium.fetch.reach import Reach
from tests.fetch.servers import site


@pytest.fixture
def server():
    with site() as known:
        yield known


@pytest.fixture
def fetch(tmp_path):
    """Fetches one address from this machine, with the policy's limits changed as named."""
    made = []

    def one(url, *ports, allow=("127.0.0.0/8",), resolve=None, etag="", modified="", **limits):
        known = {"connect_s": 2.0, "read_s": 2.0, "whole_s": 10.0, "delay_s": 0.0, "backoff_s": 0.05, **limits}
        port = url.rpartition(":")[2].partition("/")[0]
        ports = {80, 443, *ports, *([int(port)] if port.isdigit() else [])}
        policy = FetchPolicy(reach=Reach.of(allow), ports=frozenset(ports), **known)
        made.append(Fetcher(policy, tmp_path / "fetched", resolve=resolve))
        return made[-1].submit(Wanted(url, etag, modified)).result(30)

    yield one
    for fetcher in made:
        fetcher.close()


def left_behind(tmp_path):
    """Names of what lies in the folder that is fetched into."""
    return [path.name for path in (tmp_path / "fetched").glob("*")]
