// Logs as upstream has them: its own messages on stderr with the time in front, requests on stdout in Apache's form by `log-level`
// (docs/references/observability.rst "Logs").
import type { LogLevel } from "./config.ts";
import { NAME } from "./errors.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");

function timestamp(at: Date): string {
  const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

export function log(message: string): void {
  process.stderr.write(`${timestamp(new Date())}: ${NAME}: ${message}\n`);
}

const LEAST_STATUS: Record<LogLevel, number> = { crit: 600, error: 500, warn: 400, info: 0, debug: 0 };

export interface AccessLine {
  address: string;
  role: string | undefined;
  method: string;
  /** with the query string, as upstream logs it; never a header */
  target: string;
  status: number;
  size: number;
  userAgent: string;
}

export function logAccess(level: LogLevel, line: AccessLine): void {
  if (line.status < LEAST_STATUS[level]) return;
  const request = `"${line.method} ${line.target} HTTP/1.1" ${line.status} ${line.size || "-"} "" ${JSON.stringify(line.userAgent)}`;
  process.stdout.write(`${line.address} - ${line.role ?? ""} [${timestamp(new Date())}] ${request}\n`);
}
