import { describe, type Register } from "./commandLine.ts";

export const up: Register = (program, open) => {
  describe(program.command("up"), {
    about: "make the server what projects.yaml says",
    more: `The same as \`npm run up\`: sets up what is missing on this computer (Docker, Pulumi, its plugins, images, the state), puts in order what a
killed update left behind, and runs \`pulumi up --yes\`. Run it as often as you like.`,
    examples: [
      ["indie up", "this computer"],
      ["indie up --stack prod -- --diff", "another server; what follows -- is for pulumi up"],
    ],
  })
    .argument("[options...]", "for `pulumi up`, after --")
    .option("--empty-server", "what the state says is on a server that is lost: make it anew, with the old keys")
    .action(async (pulumiArgs: string[], { emptyServer = false }: { emptyServer?: boolean }, command) => {
      const { runUp } = await import("./work/up.ts");
      await runUp({ stack: open(command).stack, pulumiArgs, emptyServer });
    });
};
