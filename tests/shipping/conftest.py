import pytest

from milepost.shipping.manifest import open_package
from milepost.testing.packages import toy_package


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys") / "binary"
    toy_package(folder)
    return open_package(folder)
