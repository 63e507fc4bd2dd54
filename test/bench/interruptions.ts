// How long something answers with errors when its container must go before the next one comes. One client, which tries every 20 ms, on a stack
// with two shared projects.
import type { RealtimeChannel } from "@supabase/supabase-js";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createTables, supabase } from "../e2e/lib/clients.ts";
import { disconnect } from "../e2e/lib/realtime.ts";
import { type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";
import type { Figure } from "./table.ts";

const file = (line = "") => `projects:\n${["blog", "docs"].map((name) => `  - name: ${name}\n    architecture: shared\n${line}`).join("")}`;
const REST = "rest/v1/hits?select=id&limit=1";

/** 0 where there was no answer in 2 s, on a connection of its own. */
function status({ url, anonKey }: ProjectOutputs): Promise<number> {
  const { port, host } = new URL(url);
  return new Promise((resolve) => {
    const request = http.get({ host: "127.0.0.1", port, path: `/${REST}`, headers: { host, apikey: anonKey }, agent: false, timeout: 2_000 }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode!)).once("error", () => resolve(0));
    });
    request.once("timeout", () => request.destroy(new Error("no answer"))).once("error", () => resolve(0));
  });
}

/** Seconds of the longest time without what counts as an answer, while something is done. */
async function longestGap(answers: () => Promise<boolean>, work: () => Promise<unknown>): Promise<number> {
  let [isOver, longest, since] = [false, 0, performance.now()];
  const watch = async () => {
    // After the work there must have been an answer once more.
    for (let last = false; !isOver || !last; await sleep(20)) {
      last = await answers();
      if (last) [longest, since] = [Math.max(longest, performance.now() - since), performance.now()];
    }
  };
  const watching = watch();
  await work();
  isOver = true;
  await watching;
  return longest / 1000;
}

const isServed = (project: ProjectOutputs) => async () => (await status(project)) === 200;
/** Also a refusal is an answer: of a key that is void now. */
const isAnswered = (project: ProjectOutputs) => async () => [200, 401].includes(await status(project));
const isJoined = (channel: RealtimeChannel) => async () => channel.state === "joined";

/** Each change, and back, so many times. */
async function thereAndBack(stack: TestStack, answers: () => Promise<boolean>, there: () => Promise<unknown>, back: () => Promise<unknown>, times: number) {
  const samples: number[] = [];
  for (let time = 0; time < times; time++) for (const change of [there, back]) samples.push(await longestGap(answers, async () => (await change(), stack.up())));
  return samples;
}

export async function interruptions(times = 2): Promise<Figure[]> {
  const stack = await TestStack.create(file());
  try {
    await stack.up();
    const blog = (await stack.outputs()).blog!;
    await createTables(blog);
    const to = (line?: string) => () => stack.writeProjects(file(line));
    const none = await longestGap(isServed(blog), () => sleep(5_000));
    const postgres = await thereAndBack(stack, isServed(blog), to("    limits: { connections: 300 }\n"), to(), times);
    const edge = await thereAndBack(stack, isServed(blog), () => stack.configure({ bind: "0.0.0.0" }), () => stack.configure({ bind: "127.0.0.1" }), times);
    const client = supabase(blog.url, blog.anonKey);
    const channel = client.channel("watched").subscribe();
    while (!(await isJoined(channel)())) await sleep(20);
    const realtime = await thereAndBack(stack, isJoined(channel), to("    services: { realtime: dedicated }\n"), to(), times);
    await disconnect(client);
    const keys = await longestGap(isAnswered(blog), async () => (await to("    keys: { generation: 2 }\n")(), stack.up()));
    const how = "the longest time without a good answer, `/rest/v1`, one client";
    return [
      { name: "the same without any change", unit: "s", samples: [none], how },
      { name: "Postgres restarts (`max_connections`)", unit: "s", samples: postgres, how },
      { name: "nginx is another one (`bind`)", unit: "s", samples: edge, how },
      { name: "a channel of Realtime, moved to another one (`services.realtime`)", unit: "s", samples: realtime, how: "the longest time without the channel, supabase-js, the stand-in of Realtime" },
      { name: "new keys (`keys.generation`)", unit: "s", samples: [keys], how: "the longest time without an answer, 200 or, of the old key, 401" },
    ];
  } finally {
    await stack.remove();
  }
}
