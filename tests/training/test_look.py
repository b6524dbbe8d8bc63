import numpy as np

from sensorium.models.look_reading import LOOK_DIMENSION
from training.look import fit


def test_axes_are_centred_and_half_whitened():
    random = np.random.default_rng(0)
    features = random.normal(size=(500, 80)) * np.linspace(0.1, 5, 80) + 3
    bridge = random.normal(size=(100, 80)), random.normal(size=100)
    reading = fit(features, bridge)
    turned = features @ reading.weight.double().numpy().T + reading.bias.double().numpy()
    assert turned.shape == (500, LOOK_DIMENSION)
    np.testing.assert_allclose(turned.mean(axis=0), 0, atol=1e-3)
    covariance = turned.T @ turned / len(turned)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=0.01 * covariance.max())
    seen = features @ bridge[0].T + bridge[1]
    deviations = np.sqrt(np.linalg.eigvalsh(np.cov(seen.T, bias=True))[::-1][:LOOK_DIMENSION])
    np.testing.assert_allclose(np.diag(covariance), deviations, rtol=1e-3)  # deviation² / √deviation²
