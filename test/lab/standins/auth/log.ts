/** One JSON line a record, keys sorted as logrus prints them, so that a reader of upstream's log reads this one too. */
export function log(level: "info" | "warning" | "error" | "fatal", msg: string, fields: Record<string, unknown> = {}): void {
  const record: Record<string, unknown> = { ...fields, level, msg, "stand-in": "lab-auth", time: `${new Date().toISOString().slice(0, 19)}Z` };
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  process.stderr.write(`${JSON.stringify(sorted)}\n`);
}
