const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's `time.ParseDuration`, with its words: "24h", "1h30m", "300ms". There is no "d". */
export function parseDuration(text: string): { ms: number } | { error: string } {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return { ms: 0 };
  if (rest === "") return { error: `time: invalid duration ${quoted}` };
  let ms = 0;
  while (rest !== "") {
    const part = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest);
    if (!part) return { error: `time: invalid duration ${quoted}` };
    const [whole, amount, unit] = part;
    if (unit === "") return { error: `time: missing unit in duration ${quoted}` };
    const size = UNITS[unit!];
    if (size === undefined) return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    ms += Number(amount) * size;
    rest = rest.slice(whole.length);
  }
  return { ms: sign * ms };
}
