// What hangs is ended. Nothing is measured by this: the machine is shared, and a stack's tests wait for containers.
import { expect, jest } from "@jest/globals";

const MINUTE = 60_000;
const { testPath } = expect.getState();
const folder = /[/\\]test[/\\](unit|e2e|long)[/\\]/.exec(testPath ?? "")?.[1];
jest.setTimeout(folder === "long" ? 120 * MINUTE : folder === "e2e" ? 15 * MINUTE : MINUTE);
