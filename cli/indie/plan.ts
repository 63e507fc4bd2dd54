import { Option } from "commander";
import { type Format, FORMATS } from "../plan/formats.ts";
import { AlreadySaid, EXIT } from "../report.ts";
import { describe, type Register } from "./commandLine.ts";

export const plan: Register = (program, open) => {
  describe(program.command("plan"), {
    about: "what the next up would do to each project, and what is noticed of it",
    more: `Changes nothing. The policies are asked, too (docs/policies.md): what violates one fails it. Exit code ${EXIT.dataAtRisk} where data would be removed (docs/plan.md).`,
    examples: [
      ["indie plan", "a block for each project that changes"],
      ["indie plan --format markdown", "for a comment of a pull request"],
      ["indie plan -- --refresh", "what follows -- is for pulumi preview"],
    ],
  })
    .argument("[options...]", "for `pulumi preview`, after --")
    .addOption(new Option("-f, --format <word>", "how it is written; json: schema/plan.schema.json").choices(FORMATS).default("text"))
    .option("--no-policies", "the policies are not asked")
    .action(async (pulumiArgs: string[], { format, policies }: { format: Format; policies: boolean }, command) => {
      const { showPlan } = await import("./work/plan.ts");
      const exitCode = await showPlan(open(command), { format, policies, pulumiArgs });
      if (exitCode !== EXIT.done) throw new AlreadySaid(exitCode);
    });
};
