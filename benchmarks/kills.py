"""Kills a project at random moments, again and again, and looks whether anything was lost or done twice.

    python benchmarks/kills.py --kills 200 --rows 400 --budget 6s --seed 1

A project is carried down the road, watched and renewed: `milepost run`, `monitor`, `renew`. Each command is
started, gets SIGKILL after a random time, and is started again until it ends by itself. After every kill the
ledger must be readable and hold no evidence, fit or look twice, and no seal be opened twice for the same
purpose; a project that came to its end is checked as a whole, and a new one begins.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from milepost import Project
from milepost.testing import toys

ENDS = (0, 3)
"""Exit codes of a command that came to its end; 3 is a verdict: an alarm, a candidate that is no better."""
SLOW = 4.0
"""A command lives for about so many seconds more than it takes to start."""


def wrong(project: Project) -> list[str]:
    """What should not be: evidence, fits or looks twice, a seal opened twice, an unproven package."""
    found = []
    evidence = Counter((e.key, e.generation) for e in project.ledger.all() if e.verdict != "waived")
    found += [f"evidence {key} stands {count} times" for key, count in evidence.items() if count > 1]
    fits = Counter(e.key for e in project.ledger.rows.select("fit") if not e.body["cut"])
    found += [f"the fit {key} was made {count} times" for key, count in fits.items() if count > 1]
    looks = Counter((look["step"], look["name"], str(look)) for look in project.looks())
    found += [f"{look[:2]} was looked at {count} times" for look, count in looks.items() if count > 1]
    opened = Counter((e.key, str(sorted(e.body.items()))) for e in project.ledger.rows.select("opening"))
    found += [f"the seal of generation {key[0]} was opened twice alike" for key in opened if opened[key] > 1]
    if project.status().done and not project.verify().passed:
        found.append("the package is not proven")
    return found


class Campaign:
    """Kills until it has killed often enough.

    Args:
        kills: how often.
        seed: of the moments.
    """

    def __init__(self, kills: int, seed: int) -> None:
        self.kills, self.killed, self.problems = kills, 0, 0
        self.random = random.Random(seed)
        self.reached: Counter[str] = Counter()

    def until_done(self, project: Project, *command: str) -> None:
        """Starts a command and kills it, again and again, until it ends by itself."""
        while True:
            line = [sys.executable, "-m", "milepost", command[0], str(project.folder), *command[1:]]
            process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            patience = 1.0 + self.random.expovariate(1 / SLOW)
            try:
                said = process.communicate(timeout=patience if self.killed < self.kills else None)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.killed += 1
                last = next(reversed(project.ledger.all()), None)
                self.reached[f"{command[0]} after {last.step if last else 'nothing'}"] += 1
            self._check(project)
            if process.returncode in ENDS:
                return
            if process.returncode > 0:
                sys.exit(f"milepost {command[0]} ended with exit code {process.returncode}: {said}")

    def _check(self, project: Project) -> None:
        for problem in wrong(project):
            self.problems += 1
            print(f"{project.folder.name}, after {self.killed} kills: {problem}", flush=True)


def main() -> None:
    """Runs the campaign and prints what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--budget", default="6s")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    campaign, projects = Campaign(given.kills, given.seed), 0
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="milepost-kills-") as home:
        while campaign.killed < given.kills:
            table, asked, fresh = (
                toys.shop(given.rows, seed=given.seed + 3 * projects + i).drop("tier", "spent")
                for i in range(3)
            )
            folder = Path(home) / str(projects)
            project = Project.new(folder, table, "bought", budget=given.budget)
            asked.drop("bought").write_parquet(folder / "asked.parquet")
            fresh.write_parquet(folder / "fresh.parquet")
            campaign.until_done(project, "run", "--yes", "--waive-all", "a toy")
            campaign.until_done(project, "monitor", "--data", str(folder / "asked.parquet"))
            campaign.until_done(
                project, "renew", "--data", str(folder / "fresh.parquet"), "--yes", "--waive-all", "a toy"
            )
            projects += 1
    print(f"{campaign.killed} kills of {projects} projects in {time.monotonic() - start:.0f} s, ", end="")
    print(f"{campaign.problems} problems; killed: {dict(campaign.reached)}")
    sys.exit(campaign.problems > 0)


if __name__ == "__main__":
    main()
