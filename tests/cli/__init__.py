"""Tests of mmdemo.cli: the command line."""
