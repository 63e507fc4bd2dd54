/** When Docker runs a container's health check; durations as Docker prints them. */
export interface HealthcheckTimes {
  interval: string;
  /** The interval until the first success, within `startPeriod`. */
  startInterval?: string;
  timeout: string;
  retries: number;
  startPeriod: string;
}

/** `start_interval` came with API 1.44 (Docker Engine 25; docs.docker.com/engine/release-notes/25.0). An older one refuses it. */
const HAS_START_INTERVAL = 25;

/**
 * A check costs a process in its container each time, some 0.1 s of CPU: with twenty containers and 4 s between two, half a core at rest
 * (docs/measurements.md). An engine that has an interval for the start checks often then, and seldom afterwards. Before that there is one
 * interval for both, and what it is takes every start at least.
 *
 * @param engineVersion `29.1.3`, `20.10.24+dfsg1`
 */
export function healthcheckTimes(engineVersion: string): HealthcheckTimes {
  const both = { timeout: "10s", retries: 3, startPeriod: "2m0s" };
  return Number.parseInt(engineVersion) >= HAS_START_INTERVAL
    ? { ...both, interval: "30s", startInterval: "1s" }
    : { ...both, interval: "4s" };
}
