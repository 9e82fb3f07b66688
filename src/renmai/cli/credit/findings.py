"""What a check found, and what it ends with: 0 when all is well, 1 when something could not be checked, 2 when the log
was caught at cheating.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from renmai.cli.credit.words import HEADINGS, sentence

FINE, UNCHECKED, CHEATED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence by its code, and what fills it in."""

    code: str
    params: dict[str, Any]


@dataclass
class Findings:
    """What is proved, what is only trusted, what could not be checked, what was caught, in the order it was found."""

    proved: list[Finding] = field(default_factory=list)
    trusted: list[Finding] = field(default_factory=list)
    unchecked: list[Finding] = field(default_factory=list)
    caught: list[Finding] = field(default_factory=list)

    def prove(self, code: str, **params: Any) -> None:
        """Note what is proved."""
        self.proved.append(Finding(code, params))

    def trust(self, code: str, **params: Any) -> None:
        """Note what nobody proved."""
        self.trusted.append(Finding(code, params))

    def leave(self, code: str, **params: Any) -> None:
        """Note what could not be checked."""
        self.unchecked.append(Finding(code, params))

    def catch(self, code: str, **params: Any) -> None:
        """Note what only somebody who cheats could have made."""
        self.caught.append(Finding(code, params))

    @property
    def exit_code(self) -> int:
        """Return what the command ends with."""
        return CHEATED if self.caught else UNCHECKED if self.unchecked else FINE

    def groups(self) -> list[tuple[str, list[Finding]]]:
        """Return the groups that hold something, the worst first."""
        named = [
            ("caught", self.caught),
            ("unchecked", self.unchecked),
            ("proved", self.proved),
            ("trusted", self.trusted),
        ]
        return [(name, found) for name, found in named if found]

    def as_json(self, zh: int) -> dict[str, Any]:
        """Return plain values: each finding with its code, its parameters and its sentence."""
        said = {
            name: [{"code": each.code, **each.params, "text": sentence(each.code, each.params, zh)} for each in found]
            for name, found in self.groups()
        }
        return {"exit": self.exit_code, **said}

    def print(self, zh: int) -> None:
        """Print every finding, a heading over each group."""
        for name, found in self.groups():
            print(HEADINGS[name][zh])
            for each in found:
                print(f"  - {sentence(each.code, each.params, zh)}")
