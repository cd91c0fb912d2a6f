"""The launched page over fake services, as the tests of the page have it."""

from tests.ui.conftest import (  # noqa: F401 - fixtures
    page_finetune,
    page_retrieval,
    page_service,
    page_url,
    settings,
)
