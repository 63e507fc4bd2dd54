/** One JSON line a record, in the fields of upstream's log (pino): level, time, msg, type. */
export function log(level: "info" | "warning" | "error" | "fatal", msg: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), "stand-in": "lab-storage", ...fields, msg })}\n`);
}
