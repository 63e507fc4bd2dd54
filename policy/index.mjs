// Pulumi's runner of policy packs sends a `.ts` that it is given itself through ts-node, whatever PulumiPolicy.yaml says
// (@pulumi/pulumi cmd/run-policy-pack/index.js). What this imports, Node reads itself, as it does the program.
import "./pack.ts";
