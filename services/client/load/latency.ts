import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";

/**
 * Latencies in microseconds, three significant digits, up to an hour: a High
 * Dynamic Range histogram (Gil Tene), so that the far percentiles are as exact
 * as the near ones.
 */
export function makeHistogram(): Histogram {
  return build({ highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 3, autoResize: true });
}

/** Records a time in milliseconds. */
export function recordMs(histogram: Histogram, ms: number): void {
  histogram.recordValue(Math.max(1, Math.round(ms * 1000)));
}

/** As text for another process; empty if nothing was recorded. */
export function encodeHistogram(histogram: Histogram): string {
  return histogram.totalCount === 0 ? "" : encodeIntoCompressedBase64(histogram);
}

/** Adds what encodeHistogram made to `sum`. */
export function addEncoded(sum: Histogram, text: string): void {
  if (text !== "") sum.add(decodeFromCompressedBase64(text));
}
