// What doctor found, for a person and for a program. Pure.
import { shown } from "../../../images/backup/stop.ts";
import { strong } from "../context.ts";
import type { DoctorJson } from "../json.ts";
import { type Finding, type Found, keyOf } from "./finding.ts";

export interface Report {
  left: Finding[];
  fixed: Finding[];
  /** Why something was not put right, by the finding's key. */
  failures: ReadonlyMap<string, string>;
}

const found = (finding: Finding, failures: Report["failures"]): Found => {
  const { rule, project = null, service, what, why, fix, action } = finding;
  const failure = failures.get(keyOf(finding));
  return { rule, project, service, what, why, fix, byHand: action === undefined, ...(failure === undefined ? {} : { failure }) };
};

export const asJson = (stack: string, { left, fixed, failures }: Report): DoctorJson => ({
  stack,
  healthy: left.length === 0,
  findings: left.map((finding) => found(finding, failures)),
  fixed: fixed.map((finding) => found(finding, new Map())),
});

const whose = ({ project, service }: Finding): string => `${project ?? "the server"}, ${service}`;

/** A project's owner may choose the value of a setting: what a terminal would obey is shown as what it is. */
export function renderReport(stack: string, { left, fixed, failures }: Report): string[] {
  return [
    ...fixed.map((finding) => `✓ put right: ${shown(`${whose(finding)}: ${finding.what}`)}`),
    strong(left.length === 0 ? `✓ ${stack}: all is as the last update left it` : `✗ ${stack}: ${left.length} ${left.length === 1 ? "finding" : "findings"}${fixed.length > 0 || failures.size > 0 ? " left" : ""}`),
    ...left.flatMap((finding) => {
      const { what, why, fix, action } = finding;
      const failure = failures.get(keyOf(finding));
      return [
        `  - ${shown(`${whose(finding)}: ${what}`)}`,
        `    why it matters: ${why}`,
        `    ${action === undefined ? fix : `--fix: ${shown(fix)}`}`,
        ...(failure === undefined ? [] : [`    it failed: ${shown(failure)}`]),
      ];
    }),
  ];
}
