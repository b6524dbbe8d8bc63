import numpy as np
import pytest
import torch

from sensorium.models.packed_linear import PackedLinear, pack_linear


@pytest.fixture
def network():
    torch.manual_seed(0)
    inner = torch.nn.Sequential(torch.nn.Linear(24, 32), torch.nn.GELU())
    return torch.nn.Sequential(inner, torch.nn.LayerNorm(32), torch.nn.Linear(32, 8, bias=False)).eval()


def kinds(network):
    return [type(module) for module in network.modules() if not list(module.children())]


@pytest.mark.skipif(
    not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")),
    reason="this processor's torch has no oneDNN, and layers stay as they are",
)
@pytest.mark.parametrize("shape", [(1, 24), (200, 24), (3, 17, 24)])
def test_a_packed_network_computes_the_same(network, shape):
    rows = torch.randn(shape)
    with torch.inference_mode():
        before = network(rows)
        assert pack_linear(network) == 2
        np.testing.assert_allclose(network(rows), before, atol=1e-6)
    assert kinds(network).count(PackedLinear) == 2


def test_threads_may_share_a_packed_layer(network):
    from concurrent.futures import ThreadPoolExecutor

    pack_linear(network)
    batches = [torch.randn(16, 24) for _ in range(40)]
    with torch.inference_mode():
        alone = [network(batch) for batch in batches]

    def run(batch):
        with torch.inference_mode():
            return network(batch)

    with ThreadPoolExecutor(4) as threads:
        for own, other in zip(alone, threads.map(run, batches), strict=True):
            np.testing.assert_allclose(other, own, atol=1e-6)


def test_layers_of_other_precisions_and_of_a_kind_of_their_own_stay_as_they_are(network):
    class Scaled(torch.nn.Linear):
        def forward(self, rows):
            return 2 * super().forward(rows)

    own = torch.nn.Sequential(Scaled(4, 4))
    assert pack_linear(own) == 0
    assert kinds(own) == [Scaled]
    assert pack_linear(network.half()) == 0
    assert PackedLinear not in kinds(network)
