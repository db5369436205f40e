"""Kills a running road at random moments, again and again, and looks whether anything was lost or done twice.

    python benchmarks/kills.py --kills 50 --rows 400 --budget 6s --seed 1

Each round starts `milepost run`, waits a random time, sends SIGKILL and checks that the ledger can be read
and holds no evidence twice. A road that reaches its end is checked as a whole, and a new one begins.
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


def wrong(project: Project) -> list[str]:
    """What should not be: evidence, fits or looks twice, a seal opened twice, an unproven package."""
    found = []
    evidence = Counter(e.key for e in project.ledger.all() if e.verdict != "waived")
    found += [f"evidence {key} stands {count} times" for key, count in evidence.items() if count > 1]
    fits = Counter(e.key for e in project.ledger.rows.select("fit") if not e.body["cut"])
    found += [f"the fit {key} was made {count} times" for key, count in fits.items() if count > 1]
    looks = Counter((look["step"], look["name"], str(look)) for look in project.looks())
    found += [f"{look[:2]} was looked at {count} times" for look, count in looks.items() if count > 1]
    status = project.status()
    if status.openings > 1:
        found.append(f"the seal was opened {status.openings} times")
    if status.done and not project.verify().passed:
        found.append("the package is not proven")
    return found


def main() -> None:
    """Runs the campaign and prints what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--budget", default="6s")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    killed, ended, problems = 0, 0, 0
    reached: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="milepost-kills-") as home:
        while killed < given.kills:
            table = toys.shop(given.rows, seed=given.seed + ended).drop("tier", "spent")
            project = Project.new(Path(home) / str(ended), table, "bought", budget=given.budget)
            command = [sys.executable, "-m", "milepost", "run", str(project.folder), "--yes"]
            while not project.status().done:
                process = subprocess.Popen([*command, "--waive-all", "a toy"], stderr=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL)  # fmt: skip
                patience = 1.0 + rng.expovariate(1 / 4)
                deadline = time.monotonic() + (patience if killed < given.kills else 1e6)
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                if process.poll() is None:
                    process.kill()
                    killed += 1
                    done = [e.step for e in project.ledger.all()]
                    reached[done[-1] if done else "nothing"] += 1
                elif not project.status().done:
                    sys.exit(
                        f"road {ended} ended by itself with exit code {process.wait()}: {project.status()}"
                    )
                process.wait()
                for problem in wrong(project):
                    problems += 1
                    print(f"road {ended}, after {killed} kills: {problem}", flush=True)
            ended += 1
    print(f"{killed} kills on {ended} roads, {problems} problems; last evidence when killed: {dict(reached)}")
    sys.exit(problems > 0)


if __name__ == "__main__":
    main()
