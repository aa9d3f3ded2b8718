// Percentiles of samples, as text with one decimal.

export const percentile = (values: readonly number[], share: number): string =>
  (
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
  ).toFixed(1)
