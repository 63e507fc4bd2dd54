// The first day of a newcomer: the quick start, README, and all of it taken away again. All pages: test/long/guides.test.ts.
import { newcomerTypes } from "./lib/guides/newcomer.ts";
import { FIRST_DAY } from "./lib/guides/order.ts";

newcomerTypes(FIRST_DAY);
