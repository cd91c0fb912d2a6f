"""Tests mirror the package: tests/data for mmdemo/data and so on; media are made on the spot."""
