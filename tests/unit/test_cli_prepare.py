"""`gateway dev` prepares a database that may have started only a moment ago."""

import pytest
from pytest_mock import MockerFixture

from core.domain.errors import Unavailable
from entrypoints.cli.dev import prepare

AWAY = Unavailable("database_unavailable", "The database cannot be reached.")


async def test_a_server_that_is_slow_to_start_is_asked_again(mocker: MockerFixture):
    mocker.patch.object(prepare, "PAUSE_S", 0.0)
    prepared = mocker.patch.object(prepare, "_prepare", side_effect=[AWAY, AWAY, None])
    await prepare.prepare(patience_s=60)
    assert prepared.await_count == 3


async def test_a_server_of_somebody_else_is_there_or_not(mocker: MockerFixture):
    mocker.patch.object(prepare, "_prepare", side_effect=AWAY)
    with pytest.raises(Unavailable):
        await prepare.prepare()
