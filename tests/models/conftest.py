"""Tiny random models, made once per test session."""

import pytest

from tests.models.tiny import tiny_classifier, tiny_text_folder


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory):
    return tiny_text_folder(tmp_path_factory.mktemp("tiny") / "text")


@pytest.fixture(scope="session")
def classifier(text_folder):
    return tiny_classifier(text_folder)
