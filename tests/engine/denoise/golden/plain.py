"""The ten classic methods once more, in plain Python: lists, loops and double precision, no array library.

    python -m tests.engine.denoise.golden.plain

writes golden.json beside this file: for each method every eighth sample of what it makes of `sound()`, the noise being
that of the first 0.1 s. It shares nothing with the engine but the formulas of the sources, so a slip in either shows.
"""

import cmath
import json
import math
from pathlib import Path

FILE = Path(__file__).with_name("golden.json")
RATE, WINDOW, HOP = 8_000, 320, 80
BINS = WINDOW // 2 + 1
NOISE_S = (0.0, 0.1)
STEP = 8
SAMPLES = 2_400
SOURCE_HOP_S = 0.008  # the sources' smoothing factors are for frames so far apart
HOP_S = HOP / RATE


def sound():
    """Hiss from a linear congruential generator; after 0.12 s two tones that die away."""
    state, out = 12_345, []
    for n in range(SAMPLES):
        state = (1_103_515_245 * state + 12_345) % 2**31
        value = 0.06 * (state / 2**30 - 1)
        t = n / RATE - 0.12
        if t >= 0:
            tones = 0.4 * math.sin(2 * math.pi * 440 * t) + 0.2 * math.sin(2 * math.pi * 1_730 * t)
            value += math.exp(-5 * t) * tones
        out.append(value)
    return out


def shape():
    return [math.sqrt(0.5 - 0.5 * math.cos(2 * math.pi * n / WINDOW)) for n in range(WINDOW)]


def spectra(signal):
    """Windows a quarter apart, hanging over both ends so that four lie over each sample."""
    lead = WINDOW - HOP
    padded = [0.0] * lead + list(signal) + [0.0] * (lead + WINDOW)
    frames = (lead + len(signal) - 1) // HOP + 1
    turn = [cmath.exp(-2j * math.pi * n / WINDOW) for n in range(WINDOW)]
    window = shape()
    found = []
    for m in range(frames):
        part = [padded[m * HOP + n] * window[n] for n in range(WINDOW)]
        found.append([sum(part[n] * turn[k * n % WINDOW] for n in range(WINDOW)) for k in range(BINS)])
    return found


def joined(frames, length):
    """Overlap-add; four squared windows sum to 2."""
    lead = WINDOW - HOP
    out = [0.0] * (lead + length + 2 * WINDOW)
    turn = [cmath.exp(2j * math.pi * n / WINDOW) for n in range(WINDOW)]
    window = shape()
    for m, spectrum in enumerate(frames):
        whole = spectrum + [spectrum[WINDOW - k].conjugate() for k in range(BINS, WINDOW)]
        for n in range(WINDOW):
            value = sum(whole[k] * turn[k * n % WINDOW] for k in range(WINDOW)).real / WINDOW
            out[m * HOP + n] += value * window[n] / 2
    return out[lead : lead + length]


def powers(frames):
    return [[abs(value) ** 2 for value in frame] for frame in frames]


def noise_of(power):
    """Mean over the windows that lie wholly in the region."""
    lead = WINDOW // HOP - 1
    count = (int(NOISE_S[1] * RATE) - WINDOW) // HOP + 1
    inside = power[lead : lead + count]
    return [sum(frame[k] for frame in inside) / count for k in range(BINS)]


def held(value, low, high):
    return min(max(value, low), high)


def snr_db(heard, noise):
    return 10 * math.log10(sum(heard) / sum(noise))


def keep(factor, hop_s=SOURCE_HOP_S):
    return factor ** (HOP_S / hop_s)


def boll(power, noise):
    gains = []
    magnitude = [[0.0] * BINS] * 2 + [[math.sqrt(p) for p in frame] for frame in power]
    for m in range(len(power)):
        mean = [((magnitude[m][k] + magnitude[m + 1][k] + magnitude[m + 2][k]) / 3) ** 2 for k in range(BINS)]
        factor = 4 - 3 / 20 * held(snr_db(mean, noise), -5, 20)
        gains.append([math.sqrt(held((y - factor * w) / y, 0, 1)) for y, w in zip(mean, noise, strict=True)])
    return gains


def sos(power, noise):
    gains = []
    for frame in power:
        alpha = 4 + held(snr_db(frame, noise), -5, 20) * (1 - 4) / 20
        left = [max(y - alpha * w, 0.02 * w) for y, w in zip(frame, noise, strict=True)]
        gains.append([math.sqrt(held(s / y, 0, 1)) for s, y in zip(left, frame, strict=True)])
    return gains


def decision_directed(before, y, w):
    weight = keep(0.98)
    return max(weight * before + (1 - weight) * max(y / w - 1, 0), 10**-2.5)


def pss(power, noise):
    gains, before, ratio = [], [0.0] * BINS, [0.0] * BINS
    for frame in power:
        row = []
        for k, (y, w) in enumerate(zip(frame, noise, strict=True)):
            prior = decision_directed(ratio[k], y, w)
            wanted, magnitude = math.sqrt(prior / (prior + 0.5) * max(y - w, 0)), math.sqrt(y)
            if wanted < 0.1 * magnitude:
                wanted = min(0.5 * (0.1 * magnitude + before[k]), magnitude)
            before[k], ratio[k] = wanted, min(wanted**2 / w, 1e6)
            row.append(min(wanted / magnitude, 1))
        gains.append(row)
    return gains


def cross_correlation(power, noise):
    gains, known = [], [math.sqrt(w) for w in noise]
    mean_w = sum(known) / BINS
    spread_w = math.sqrt(sum((w - mean_w) ** 2 for w in known) / BINS)
    for frame in power:
        heard = [math.sqrt(y) for y in frame]
        mean_y = sum(heard) / BINS
        spread_y = math.sqrt(sum((y - mean_y) ** 2 for y in heard) / BINS)
        shared = sum(y * w for y, w in zip(heard, known, strict=True)) / BINS - mean_y * mean_w
        delta = min(abs(shared) / (spread_y * spread_w), 1)
        left = [max(y * y - w * w - delta * y * w, 0.01 * w * w) for y, w in zip(heard, known, strict=True)]
        gains.append([math.sqrt(held(s / (y * y), 0, 1)) for s, y in zip(left, heard, strict=True)])
    return gains


def nss(power, noise):
    gains, heard, loudest = [], [0.0] * BINS, [0.0] * BINS
    for frame in power:
        row = []
        for k, (y, w) in enumerate(zip(frame, noise, strict=True)):
            y, w = math.sqrt(y), math.sqrt(w)  # the smoothed noise of a fixed noise is itself
            heard[k] += (1 - keep(0.5)) * (y - heard[k])
            loudest[k] = max(keep(0.1, 0.32) * loudest[k], w)
            taken = held(3 * loudest[k] / (1 + 0.5 * heard[k] / w), w, 3 * w)
            row.append(max((y - taken) / y, min(0.1 * w / y, 1)))
        gains.append(row)
    return gains


def mbss(power, noise):
    edges_hz = [0, 1_000, 2_000, 3_000]
    starts = [next(k for k in range(BINS) if k * RATE / WINDOW >= edge) for edge in edges_hz] + [BINS]
    tweaks = [1.0, 1.5, 1.5, 1.5]  # 1 below 1 kHz; the next is 2.5 where it lies 2 kHz under half the rate
    tweaks = [2.5 if 1_000 <= edge < RATE / 2 - 2_000 else tweak for edge, tweak in zip(edges_hz, tweaks, strict=True)]
    gains = []
    magnitude = [[0.0] * BINS] * 2 + [[math.sqrt(p) for p in frame] for frame in power]
    for m in range(len(power)):
        smooth = [
            (0.15 * magnitude[m][k] + 0.25 * magnitude[m + 1][k] + 0.6 * magnitude[m + 2][k]) ** 2 for k in range(BINS)
        ]
        row = []
        for band, tweak in enumerate(tweaks):
            bins = range(starts[band], starts[band + 1])
            snr = 10 * math.log10(sum(smooth[k] for k in bins) / sum(noise[k] for k in bins))
            factor = (4 - 3 / 20 * held(snr, -5, 20)) * tweak
            left = [max(smooth[k] - factor * noise[k], 0.005 * smooth[k]) / smooth[k] for k in bins]
            row += [math.sqrt(held(share, 0, 1)) for share in left]
        gains.append(row)
    return gains


def wiener(power, noise):
    gains, ratio = [], [0.0] * BINS
    for frame in power:
        row = []
        for k, (y, w) in enumerate(zip(frame, noise, strict=True)):
            prior = decision_directed(ratio[k], y, w)
            gain = prior / (1 + prior)
            ratio[k] = min(gain * gain * y / w, 1e6)
            row.append(gain)
        gains.append(row)
    return gains


def iss(power, noise):
    gains, left = [], [[0.5] * BINS for _ in range(3)]
    for frame in power:
        now, known = frame, noise
        for share in left:
            alpha = 4 - 3 * held(snr_db(now, known), -5, 20) / 20
            now = [y * held(max(y - alpha * w, 0.05 * w) / y, 0, 1) for y, w in zip(now, known, strict=True)]
            for k in range(BINS):
                if frame[k] < 2 * noise[k]:
                    share[k] += (1 - keep(0.95)) * (min(now[k] / noise[k], 1) - share[k])
            known = [share[k] * noise[k] for k in range(BINS)]
        gains.append([math.sqrt(held(s / y, 0, 1)) for s, y in zip(now, frame, strict=True)])
    return gains


def ess(power, noise):
    gains, known, before = [], [math.sqrt(w) for w in noise], [0.0] * BINS
    for frame in power:
        row = []
        for k, (y, w) in enumerate(zip(frame, noise, strict=True)):
            y, w = math.sqrt(y), math.sqrt(w)
            known[k] = held(known[k], w / 2, 2 * w)
            share = known[k] / math.hypot(known[k], before[k])
            known[k] = keep(0.95) * known[k] + (1 - keep(0.95)) * share * y
            before[k] = max(y - 1.4 * known[k], 0.05 * y)
            row.append(min(before[k] / y, 1))
        gains.append(row)
    return gains


def sspp(power, noise):
    frequencies = [k * RATE / WINDOW for k in range(BINS)]
    bark = [13 * math.atan(0.00076 * f) + 3.5 * math.atan((f / 7_500) ** 2) for f in frequencies]
    bands = [[k for k in range(BINS) if int(bark[k]) == band] for band in range(int(bark[-1]) + 1)]
    bands = [members for members in bands if members]
    centres = [sum(bark[k] for k in members) / len(members) for members in bands]
    spread = []
    for centre in centres:
        away = [centre - other + 0.474 for other in centres]
        row = [10 ** ((15.81 + 7.5 * z - 17.5 * math.sqrt(1 + z * z)) / 10) for z in away]
        spread.append([value / sum(row) for value in row])
    gains = []
    for frame in power:
        rough = [max(y - w, 0.05 * y) for y, w in zip(frame, noise, strict=True)]
        means = [sum(rough[k] for k in members) / len(members) for members in bands]
        flat_db = 10 * (sum(math.log10(value) for value in rough) / BINS - math.log10(sum(rough) / BINS))
        tone = held(flat_db / -60, 0, 1)
        masked = [0.0] * BINS
        for band, members in enumerate(bands):
            level = sum(a * b for a, b in zip(spread[band], means, strict=True))
            down_db = tone * (14.5 + centres[band]) + (1 - tone) * 5.5
            for k in members:
                masked[k] = math.log(level * 10 ** (-down_db / 10))
        low, high = min(masked), max(masked)
        row = []
        for k, (y, w) in enumerate(zip(frame, noise, strict=True)):
            over = 2 + 8 * (high - masked[k]) / (high - low)
            left = 1 - over * w / y if w / y < 1 / (over + 0.01) else 0.01 * w / y
            row.append(math.sqrt(held(left, 0, 1)))
        gains.append(row)
    return gains


METHODS = (boll, sos, pss, cross_correlation, nss, mbss, wiener, iss, ess, sspp)


def main():
    signal = sound()
    frames = spectra(signal)
    power = powers(frames)
    noise = noise_of(power)
    document = {"samples": {}}
    for method in METHODS:
        gains = method(power, noise)
        changed = [[g * v for g, v in zip(*pair, strict=True)] for pair in zip(gains, frames, strict=True)]
        document["samples"][method.__name__] = [round(v, 7) for v in joined(changed, SAMPLES)[::STEP]]
    FILE.write_text(json.dumps(document, separators=(",", ":")).replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
