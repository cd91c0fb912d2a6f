"""Tests of mmdemo.data."""
