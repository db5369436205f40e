"""Bytes of sounds: what they hold, or in one sentence why they cannot be used.

It imports no table library, as a server has none.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from milepost.errors import InputError, MissingExtra
from milepost.modalities.doors import Array, decoder

LONGEST = 30.0
"""Seconds of a sound that are decoded; what follows has no say."""
SLOWEST, FASTEST = 1_000, 400_000
"""Sample rates that are read, in Hz."""
CHANNELS = 64
FORMATS = ("WAV", "FLAC", "OGG", "MP3", "AIFF")
"""What is read."""
CONTAINERS = {"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "MPEG", "AIFF", "AIFC"}
"""The names that the decoder gives to their containers."""
BLOCK = 65_536
"""Samples of each channel that are decoded at once."""
FULL = 0.999
"""Samples beyond this are at the end of the range: clipped, where there are many."""


@dataclass(frozen=True)
class Sound:
    """What is known of a sound.

    Args:
        rate: samples a second.
        seconds: its length, as its header says.
        channels: 1 for mono, 2 for stereo; the mean of all is used.
        format: such as "WAV" or "OGG".
        clipped: share of the decoded samples that are at the end of the range.
        loudest: the largest sample, 0 to 1; 0 is silence.
    """

    rate: int
    seconds: float
    channels: int
    format: str
    clipped: float = 0.0
    loudest: float = 0.0


def examine(data: bytes) -> Sound | str:
    """What a sound holds, or the reason why it cannot be used, in one sentence.

    The first 30 seconds are decoded, as a truncated file shows only then. Nothing is raised for bytes,
    whatever they are.

    Raises:
        MissingExtra: soundfile is not installed.
    """
    facts = glance(data)
    if isinstance(facts, str):
        return facts
    samples = _samples(data)
    if isinstance(samples, str):
        return samples
    peak = np.abs(samples)
    return Sound(
        facts.rate,
        facts.seconds,
        facts.channels,
        facts.format,
        float((peak >= FULL).mean()),
        float(peak.max(initial=0.0)),
    )


def glance(data: bytes) -> Sound | str:
    """What a sound's header says, without decoding it, or the reason why it cannot be used."""
    if not data:
        return "the file is empty."
    try:
        with soundfile().SoundFile(io.BytesIO(data)) as opened:
            return _facts(opened)
    except MissingExtra:
        raise
    except Exception as problem:
        return f"it is no sound of a format that is read ({', '.join(FORMATS)}): {_short(problem)}."


def decode(data: bytes) -> Array:
    """A sound as its rate in Hz and its samples, float32 (1 + samples,): the mean of all channels, -1 to 1.

    Of long sounds the first 30 seconds are decoded. Samples that are no numbers become silence, larger ones
    are cut at 1.

    Raises:
        InputError: the bytes cannot be used as a sound, with the reason.
        MissingExtra: soundfile is not installed.
    """
    facts = glance(data)
    samples = facts if isinstance(facts, str) else _samples(data)
    if isinstance(facts, str) or isinstance(samples, str):
        raise InputError(f"a sound cannot be used: {samples}", todo="Mend the file or take its row out.")
    return np.concatenate([np.array([facts.rate], np.float32), samples])


def pcm(samples: Array, rate: int) -> bytes:
    """A WAV file of 16-bit samples.

    Args:
        samples: -1 to 1, (samples,) or (samples, channels).
        rate: samples a second.

    >>> len(pcm(np.zeros(10), 8000))
    64
    """
    import wave

    wide = np.asarray(samples, np.float64)
    wide = wide[:, None] if wide.ndim == 1 else wide
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(wide.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(wide.clip(-1, 1) * 32_767).astype("<i2").tobytes())
    return stream.getvalue()


@cache
def soundfile() -> ModuleType:
    """The module soundfile.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module("soundfile")
    except (ImportError, OSError):  # OSError: the library it wraps is missing
        raise MissingExtra.of("audio", "Reading sounds") from None


def _facts(opened: Any) -> Sound | str:
    rate, channels, frames = int(opened.samplerate), int(opened.channels), int(opened.frames)
    if opened.format not in CONTAINERS:
        return f"it is no sound of a format that is read ({', '.join(FORMATS)}), but {opened.format}."
    if not SLOWEST <= rate <= FASTEST:
        return f"it claims {rate:,} samples a second; {SLOWEST:,} to {FASTEST:,} are read."
    if not 1 <= channels <= CHANNELS:
        return f"it claims {channels:,} channels; at most {CHANNELS} are read."
    if frames < 1:
        return "it has no samples."
    return Sound(rate, frames / rate, channels, str(opened.format))


def _samples(data: bytes) -> Array | str:
    """The first samples of the mean of all channels, float32, or the reason why there are none."""
    found: list[Array] = []
    try:
        with soundfile().SoundFile(io.BytesIO(data)) as opened:
            wanted = min(int(opened.frames), int(LONGEST * opened.samplerate))
            left = wanted
            while left > 0:
                block = opened.read(min(BLOCK, left), dtype="float32", always_2d=True)
                if not len(block):
                    break
                found.append(np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0).mean(axis=1))
                left -= len(block)
    except Exception as problem:
        return f"its samples cannot be decoded ({_short(problem)})."
    if not found:
        return "it has no samples that can be decoded."
    if left > wanted // 20 + BLOCK // 16:  # lossy formats round their length up
        return "it is truncated: the file ends before the sound does."
    return np.asarray(np.concatenate(found).clip(-1, 1), np.float32)


def _short(problem: Exception) -> str:
    """What a decoder said, without where the bytes lay in memory."""
    said = re.sub(r"Error opening <.*?>: ", "", str(problem).strip().split("\n")[0])
    return (said.rstrip(".") or type(problem).__name__)[:120]


decoder("wave", decode)
