"""Tests of mmdemo.services."""
