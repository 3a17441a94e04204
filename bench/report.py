"""The report: a table of medians with their spread, and the ratios beside their aims."""

from statistics import median
from typing import Any

from bench.measures import AIMS, WORDS, Measure, Results

GAP = "  "


def as_text(results: Results) -> str:
    """For a person."""
    return "\n".join([*_rates(results), "", *_ratios(results), *_peaks(results)])


def as_json(results: Results) -> dict[str, Any]:
    """For a program: every round of every measure, and the ratios."""
    return {
        "measures": [_measure(results, measure) for measure in results.per_second],
        "ratios": [
            {
                "words": aim.words,
                "database": aim.above.database,
                "ratio": round(results.ratio(aim), 4),
                "aim": aim.at_least,
            }
            for aim in _measured_aims(results)
        ],
    }


def _measure(results: Results, measure: Measure) -> dict[str, Any]:
    return {
        "kind": measure.kind,
        "database": measure.database or None,
        "words": WORDS[measure.kind],
        "per_second": [round(rate, 1) for rate in results.per_second[measure]],
        "p50_ms": [round(told, 2) for told in results.p50_ms.get(measure, [])],
        "p99_ms": [round(told, 2) for told in results.p99_ms.get(measure, [])],
        "calls": results.calls.get(measure),
        "peak_mb": results.peak_mb.get(measure),
    }


def _rates(results: Results) -> list[str]:
    lines = [_line("per second", "", "median", "min", "max", "p50 ms", "p99 ms", "calls")]
    for measure, rates in results.per_second.items():
        told = [f"{value:,.0f}" for value in (median(rates), min(rates), max(rates))]
        latencies = [_latency(results.p50_ms.get(measure)), _latency(results.p99_ms.get(measure))]
        calls = str(results.calls.get(measure, ""))
        lines.append(_line(WORDS[measure.kind], measure.database, *told, *latencies, calls))
    return lines


def _peaks(results: Results) -> list[str]:
    return [f"{WORDS[one.kind]}, {one.database}: {peak:,.0f} MB" for one, peak in results.peak_mb.items()]


def _latency(found: list[float] | None) -> str:
    return f"{median(found):.1f}" if found else ""


def _ratios(results: Results) -> list[str]:
    lines = [_line("ratio (median of the rounds)", "", "ratio", "aim", "", "", "")]
    for aim in _measured_aims(results):
        ratio = results.ratio(aim)
        verdict = "" if ratio >= aim.at_least else "below"
        lines.append(_line(aim.words, aim.above.database, f"{ratio:.2f}", f"≥ {aim.at_least:g}", verdict, "", ""))
    return lines


def _measured_aims(results: Results) -> list[Any]:
    return [aim for aim in AIMS if {aim.above, aim.below} <= results.per_second.keys()]


def _line(words: str, database: str, *numbers: str) -> str:
    return (GAP.join([f"{words:<42}", f"{database:<10}", *(f"{number:>7}" for number in numbers)])).rstrip()
