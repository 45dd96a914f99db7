export function formatMicros(us: number): string {
  if (us < 1000) return `${Math.round(us)} us`;
  return us < 10_000 ? `${(us / 1000).toFixed(1)} ms` : `${Math.round(us / 1000)} ms`;
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en");
}
