type Fields = { external_id?: string; error_code?: string };

/** Upstream's form: "$time $metadata[$level] $message" (config/config.exs), with the stand-in's name as metadata. */
export function log(level: "debug" | "info" | "warning" | "error", message: string, fields: Fields = {}): void {
  const metadata = Object.entries({ ...fields, "stand-in": "lab-realtime" }).map(([key, value]) => `${key}=${value} `).join("");
  process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${metadata}[${level}] ${message}\n`);
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
