import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

// Serves them: Pulumi asks over the port that this prints. So nothing but index.mjs imports this file.
new PolicyPack("indie-ventures", { policies, enforcementLevel: "mandatory" });
