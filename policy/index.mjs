// Pulumi's runner of policy packs sends a `.ts` that it is given itself through ts-node, whatever PulumiPolicy.yaml says
// (@pulumi/pulumi cmd/run-policy-pack/index.js). What this imports, Node reads itself, as it does the program. The runner loads `typescript`
// all the same, so that package has to stay at a version that is a library.
import "./pack.ts";
