import { hostAccess } from "./rules/hostAccess.ts";
import { labels } from "./rules/labels.ts";
import { memoryLimits } from "./rules/memoryLimits.ts";
import { networks } from "./rules/networks.ts";
import { pinnedImages } from "./rules/pinnedImages.ts";
import { protectedData } from "./rules/protectedData.ts";
import { publishedPorts } from "./rules/publishedPorts.ts";
import { restartAlways } from "./rules/restartAlways.ts";
import { superuserLogin } from "./rules/superuserLogin.ts";
import { superuserSecret } from "./rules/superuserSecret.ts";

/** All of them, as docs/policies.md lists them. */
export const policies = [
  publishedPorts,
  superuserLogin,
  superuserSecret,
  pinnedImages,
  protectedData,
  memoryLimits,
  labels,
  restartAlways,
  networks,
  hostAccess,
];
