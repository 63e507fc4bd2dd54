import { expect, test } from "@jest/globals";
import { median, renderTable } from "../../bench/table.ts";

test("the median", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test("a figure that is missed says so, and so does a floor; what has no aim is neither", () => {
  expect(
  renderTable([
  { name: "floor", aim: "floor", unit: "s", samples: [1, 2, 3], how: "in turns" },
  { name: "met", aim: 5, unit: "s", samples: [5], how: "once" },
  { name: "missed", aim: 80, unit: "MB", samples: [80.2, 90, 79], how: "three times" },
  { name: "count", aim: 20, unit: "", samples: [16], how: "steps" },
  { name: "growth", unit: "×", samples: [9.5], how: "by the way" }]
  )
).toMatchInlineSnapshot(`
"| figure | aim | median | from, to | times | how |
|---|---|---|---|---|---|
| floor | floor | 2.00 s | 1.00 s to 3.00 s | 3 | in turns |
| met | ≤ 5 s | 5.00 s |  | 1 | once |
| missed | ≤ 80 MB: **missed** | 80.2 MB | 79.0 MB to 90.0 MB | 3 | three times |
| count | ≤ 20 | 16 |  | 1 | steps |
| growth |  | 9.50 × |  | 1 | by the way |"
`);
});
