"""Pure functions on arrays: intervals, tests, power, optimism, shift, calibration, thresholds."""
