import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

export interface DataGuardArgs {
  protectData: boolean;
  /** Everything that must not go before the guard says so. */
  guarded: pulumi.Resource[];
}

const REFUSAL = `Nothing was deleted: this stack protects its data (protectData).
To delete this server's projects with all their data: pulumi config set indie-ventures:protectData false, then pulumi up, then pulumi destroy.`;

/**
 * Depends on everything, so that `pulumi destroy` comes to it first, and refuses there: nothing else is deleted, with
 * `--skip-preview` or without (DESIGN §9). A new project does not show up at it. With `protectData: false` it lets go.
 */
export const dataGuard = (name: string, { protectData, guarded }: DataGuardArgs): pulumi.Resource =>
  new command.local.Command(
    name,
    {
      create: ":",
      delete: protectData ? 'echo "$REFUSAL" >&2; exit 1' : ":",
      environment: { REFUSAL },
      addPreviousOutputInEnv: false,
    },
    { dependsOn: guarded },
  );
