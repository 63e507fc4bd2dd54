import { beforeAll, describe, expect, test } from "@jest/globals";
import { isSecret, type Registered } from "../lib/mocks.ts";
import { ISOLATED, program, PROJECT } from "../lib/program.ts";

let registered: Registered[];
let outputs: Awaited<ReturnType<typeof program>>["outputs"];

beforeAll(async () => {
  ({ registered, outputs } = await program([{ ...PROJECT, name: "blog" }, { ...ISOLATED, versions: { auth: "v2.197.0" } }]));
});

const containers = () => registered.filter(({ type }) => type === "docker:index/container:Container");
const own = () => containers().filter(({ name }) => name.startsWith("shop-eu-"));
const named = (name: string) => registered.find((resource) => resource.name === name)!;
const networksOf = ({ inputs }: Registered) => (inputs.networksAdvanced as { name: string }[]).map(({ name }) => name);

describe("an isolated project", () => {
  test("has eight services and a door, and at most 45 resources", () => {
    expect(own().map(({ name }) => name).sort()).toEqual(
      ["auth", "door", "gateway", "imgproxy", "meta", "realtime", "rest", "storage", "studio"].map((word) => `shop-eu-${word}`),
    );
    const resources = registered.filter(({ name, type }) => name.includes("shop-eu") && !type.startsWith("indie-ventures:"));
    expect(resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort()).toMatchSnapshot();
    expect(resources.length).toBeLessThanOrEqual(45);
  });

  test("stands in a network of its own; the gateway and Studio are at the edge as well, and the door at Postgres", () => {
    const networks = Object.fromEntries(own().map((container) => [container.name.slice("shop-eu-".length), networksOf(container)]));
    const alone = ["iv-dev-project-shop-eu"];
    expect(networks).toEqual({
      auth: alone,
      door: [...alone, "iv-dev-db"],
      gateway: ["iv-dev-edge", ...alone],
      imgproxy: alone,
      meta: alone,
      realtime: alone,
      rest: alone,
      storage: alone,
      studio: ["iv-dev-edge", ...alone],
    });
  });

  test("nothing of the plane stands in its network, and nothing of it in the plane's", () => {
    const others = containers().filter(({ name }) => !name.startsWith("shop-eu-"));
    expect(others.filter((container) => networksOf(container).includes("iv-dev-project-shop-eu"))).toEqual([]);
    expect(own().filter((container) => networksOf(container).some((network) => ["iv-dev-plane", "iv-dev-ops"].includes(network)))).toEqual([]);
  });

  test("mounts its own folder of the files alone, where the plane has it too", () => {
    const mounts = (name: string) => containers().find((container) => container.name === name)!.inputs.volumes as { containerPath: string }[];
    for (const word of ["storage", "imgproxy"]) {
      expect(mounts(word).map(({ containerPath }) => containerPath)).toEqual(["/var/lib/storage"]);
      expect(mounts(`shop-eu-${word}`).map(({ containerPath }) => containerPath)).toEqual(["/var/lib/storage/files/shop-eu"]);
    }
    const volume = registered.find(({ name, type }) => name === "shop-eu-files" && type === "docker:index/volume:Volume")!;
    expect(volume.inputs.driverOpts).toMatchObject({ type: "none", o: "bind" });
    expect(volume.dependencies).toContain("shop-eu-backup");
  });

  test("has limits, restart and version of each service of its own", () => {
    const auth = containers().find(({ name }) => name === "shop-eu-auth")!;
    expect(auth.inputs.image).toBe("auth:v2.197.0");
    for (const { name, inputs } of own().filter(({ name }) => name !== "shop-eu-door"))
      expect([name, inputs.restart, inputs.memory]).toEqual([name, "always", ISOLATED.limits.memory[name.slice("shop-eu-".length) as "auth"]]);
  });

  test("its Realtime goes before its successor comes; no other service does", () => {
    expect(own().filter(({ deleteBeforeReplace }) => deleteBeforeReplace).map(({ name }) => name)).toEqual(["shop-eu-realtime"]);
  });

  test("the plane's gateway forgets its hosts after its own address leads to its own gateway", () => {
    const fragments = registered.filter(({ name }) => name === "shop-eu-fragment");
    expect(fragments).toHaveLength(2);
    const forwarded = fragments.find(({ parent }) => parent === "gateway")!;
    expect(forwarded.dependencies).toContain("shop-eu-site");
    expect(named("shop-eu-site").dependencies).toEqual(expect.arrayContaining(["shop-eu-fragment", "isolated.shop-eu-upstream"]));
  });

  test("Studio's password is secret, and so is the file that lets in", async () => {
    const { studio } = outputs["shop-eu"]!;
    expect({ ...studio, password: "" }).toEqual({ url: "http://studio.shop-eu.localhost", user: "supabase", password: "" });
    expect(await isSecret(studio!.password)).toBe(true);
    expect(JSON.stringify(named("studio.shop-eu-passwords").inputs.stdin)).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(outputs.blog!.studio).toBeUndefined();
  });
});

describe("the plane", () => {
  test("runs what its shared projects use, and no meta without a Studio of one", () => {
    const shared = containers().filter(({ name }) => !/^(shop-eu|blog)-/.test(name)).map(({ name }) => name);
    expect(shared.sort()).toEqual(["backup", "door", "edge", "gateway", "imgproxy", "postgres", "realtime", "scratch", "storage"]);
  });
});
