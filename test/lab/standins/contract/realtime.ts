import { broadcastCases } from "./realtimeBroadcast.ts";
import { changeCases } from "./realtimeChanges.ts";
import type { ContractCase, Target } from "./realtimeClient.ts";
import { privateCases } from "./realtimePrivate.ts";
import { protocolCases } from "./realtimeProtocol.ts";
import { tenantCases } from "./realtimeTenants.ts";

export type { RealtimeTarget } from "./realtimeClient.ts";

/**
 * What Realtime does, from outside. In a jest file: `for (const { name, run } of realtimeContract(() => target)) test(name, run)`.
 * @param target read when a case runs, so that `beforeAll` can start what it points at
 */
export function realtimeContract(target: Target): ContractCase[] {
  return [...tenantCases(target), ...protocolCases(target), ...broadcastCases(target), ...changeCases(target), ...privateCases(target)];
}
