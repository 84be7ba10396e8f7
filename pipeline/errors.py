"""Errors of the edges: each knows its exit code and says in two languages what to do."""

from __future__ import annotations


class FilingError(Exception):
    """A command cannot go on; `exit_code` is the process's, `zh` and `en` are for the person."""

    exit_code = 4
    code = "internal"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class UsageError(FilingError):
    """The command line, a folder name or a `filing.yaml` is wrong."""

    exit_code = 2
    code = "usage"


class EnvironmentProblem(FilingError):
    """A tool is missing, a folder is not writable, settings or a rule file do not load."""

    exit_code = 3
    code = "environment"
