// What Docker has of a stack. The variables of containers are not asked for: those hold secrets.
import { z } from "zod";
import type { Run } from "../../run.ts";
import { answered, SECONDS } from "./ask.ts";
import type { DockerIs, FoundContainer, FoundNetwork } from "./containers.ts";
import type { Should } from "./should.ts";

/** By the API's own names. A part of a state that has no such part would be an error there: so all of the state. */
const CONTAINER = `{"id":{{json .Id}},"name":{{json .Name}},"labels":{{json .Config.Labels}},"state":{{json .State}},"restart":{{json .HostConfig.RestartPolicy.Name}},"networks":{{json .NetworkSettings.Networks}},"ports":{{json .NetworkSettings.Ports}}}`;
const NETWORK = `{"id":{{json .Id}},"name":{{json .Name}},"labels":{{json .Labels}}}`;

const Labels = z.record(z.string(), z.string()).nullable();
const Container = z.object({
  ...{ id: z.string(), name: z.string(), labels: Labels, restart: z.string() },
  state: z.object({ Status: z.string(), Health: z.object({ Status: z.string() }).nullish() }),
  networks: z.record(z.string(), z.object({ NetworkID: z.string() })).nullable(),
  ports: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()).nullable(),
});
const Network = z.object({ id: z.string(), name: z.string(), labels: Labels });

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** @throws Stop where Docker does not answer */
export async function lookAtDocker(run: Run, { stack }: Pick<Should, "stack">): Promise<DockerIs> {
  const ask = async (...words: string[]): Promise<string[]> => lines(answered(await run("docker", words, { timeoutSeconds: SECONDS })));
  const filter = ["--filter", `label=indie-ventures.stack=${stack}`];
  const [containers, networks, volumes] = await Promise.all([
    ask("ps", "--all", "--quiet", "--no-trunc", ...filter),
    ask("network", "ls", "--quiet", "--no-trunc", ...filter),
    ask("volume", "ls", "--quiet"),
  ]);
  return {
    containers: (await inspect(run, "container", CONTAINER, containers)).map((line) => asContainer(Container.parse(JSON.parse(line)))),
    networks: (await inspect(run, "network", NETWORK, networks)).map((line): FoundNetwork => {
      const { labels, ...network } = Network.parse(JSON.parse(line));
      return { ...network, labels: labels ?? {} };
    }),
    volumes,
  };
}

async function inspect(run: Run, kind: "container" | "network", format: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const ran = await run("docker", [kind, "inspect", "--format", format, ...ids], { timeoutSeconds: SECONDS });
  // One that went in the meantime is missing among the answers, and the others are there.
  return /no such|not found/i.test(ran.stderr) ? lines(ran.stdout) : lines(answered(ran));
}

const asContainer = ({ name, labels, state, networks, ports, ...container }: z.infer<typeof Container>): FoundContainer => ({
  ...container,
  state: state.Status,
  health: state.Health?.Status ?? null,
  name: name.replace(/^\//, ""),
  labels: labels ?? {},
  networks: Object.fromEntries(Object.entries(networks ?? {}).map(([network, { NetworkID }]) => [network, { id: NetworkID }])),
  ports: ports ?? {},
});
