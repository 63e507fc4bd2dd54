import type { Report } from "./report.ts";

export async function endOrphans(report: Report): Promise<void> {
  void report;
}
