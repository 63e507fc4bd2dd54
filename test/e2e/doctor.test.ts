// What a person or an accident changes beside Pulumi is found, and put right without harm to data.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import type { Context } from "../../cli/indie/context.ts";
import { type Command, readShould, type Should } from "../../cli/indie/doctor/should.ts";
import type { DoctorJson } from "../../cli/indie/json.ts";
import { doctor } from "../../cli/indie/work/doctor.ts";
import { runner } from "../../cli/run.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { eventually } from "./lib/eventually.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const PROJECTS = "projects:\n  - name: blog\n    architecture: shared\n  - name: shop\n    architecture: isolated\n";
const NOBODYS = "doctor-e2e-of-another-state";

let stack: TestStack;
let projects: Record<string, ProjectOutputs>;
let should: Should;

beforeAll(async () => {
  stack = await TestStack.create(PROJECTS, { protectData: "true" });
  await stack.up();
  projects = await stack.outputs();
  for (const project of Object.values(projects)) {
    await createTables(project);
    await ownerSql(project, "insert into hits (client) values ('before')");
    const { storage } = supabase(project.url, project.serviceRoleKey);
    await storage.createBucket("pictures");
    expect((await storage.from("pictures").upload("one.txt", "a picture")).error).toBeNull();
  }
  should = readShould(stack.name, JSON.parse(await exported()));
});

afterAll(async () => {
  await execa("docker", ["rm", "--force", `${NOBODYS}-${stack?.name}`], { reject: false });
  await stack?.remove();
});

const exported = async (): Promise<string> => String((await stack.pulumi(["stack", "export", "--show-secrets"])).stdout);

/** As `indie doctor --json`, in the folder of the stack. */
async function runDoctor(fix = false): Promise<DoctorJson & { exit: number }> {
  const printed: string[] = [];
  const env = { ...process.env, ...stack.env };
  const never = () => Promise.reject(new Error("doctor has no terminal"));
  const context: Context = {
    ...{ stack: stack.name, folder: stack.directory, calledFrom: stack.directory, json: true, ask: undefined },
    ...{ print: (text) => void printed.push(text), note: () => {} },
    tools: async () => ({ run: runner(stack.directory, env), env, attach: never, stream: never }),
  };
  const isWell = await doctor(context, { fix });
  return { ...(JSON.parse(printed.join("\n")) as DoctorJson), exit: isWell ? 0 : 1 };
}

const container = (service: string, project?: string) => should.containers.find((each) => each.service === service && each.project === project)!;
const volumePath = (service: string, project?: string) => container(service, project).volumes[0]!.path;
const command = (name: string): Command => should.commands.find((each) => each.name === name)!;

/** What a tenant's own command does when it is deleted. */
async function removeTenant(name: string, remove: string): Promise<void> {
  const { stdin, environment } = command(name);
  await execa("sh", ["-c", remove], { input: stdin, env: environment });
}

const startedAt = async (): Promise<string> => docker("inspect", "--format", "{{.Name}} {{.State.StartedAt}}", ...should.containers.map(({ id }) => id));
const grants = () => stack.sql("postgres", "select datname, datacl, datconnlimit, datdba from pg_database order by 1; select rolname, rolconnlimit, rolpassword, rolcanlogin from pg_authid order by 1");

async function expectServing(): Promise<void> {
  for (const project of Object.values(projects)) {
    expect((await ownerSql(project, "select client from hits")).rows).toEqual([{ client: "before" }]);
    const client = supabase(project.url, project.serviceRoleKey);
    await eventually(async () => (await client.from("hits").select("client")).data, [{ client: "before" }]);
    await eventually(async () => (await client.storage.from("pictures").download("one.txt")).data?.text(), "a picture");
    const signedUp = await client.auth.signUp({ email: `${project.database}-${Date.now()}@example.com`, password: "correct horse" });
    expect(signedUp.error).toBeNull();
  }
}

test("where all is well it finds nothing, and changes nothing", async () => {
  const before = [await exported(), await startedAt(), await grants(), await stack.ours()];
  expect(await runDoctor()).toEqual({ stack: stack.name, healthy: true, findings: [], fixed: [], exit: 0 });
  expect(await runDoctor(true)).toEqual({ stack: stack.name, healthy: true, findings: [], fixed: [], exit: 0 });
  expect([await exported(), await startedAt(), await grants(), await stack.ours()]).toEqual(before);
});

/** All of them, each beside the others. */
async function plant(): Promise<void> {
  const labels = (stateId: string) => [`indie-ventures.stack=${stack.name}`, `indie-ventures.state=${stateId}`, "indie-ventures.service=auth", "indie-ventures.project=blog"].flatMap((label) => ["--label", label]);
  const image = await docker("inspect", "--format", "{{.Config.Image}}", container("edge").id);
  const sleeper = ["--entrypoint", "sleep", image, "infinity"];
  await removeTenant("blog-realtime-tenant", 'exec sh -c "$SCRIPT" realtime-tenant delete');
  await removeTenant("shop-realtime-tenant", 'exec sh -c "$SCRIPT" realtime-tenant delete');
  await removeTenant("blog-storage-tenant", 'exec docker exec --interactive "$CONTAINER" node --input-type=module --eval "$SCRIPT" delete');
  await docker("stop", container("auth", "blog").id);
  await docker("network", "disconnect", `iv-${stack.name}-project-shop`, container("rest", "shop").id);
  await docker("exec", container("edge").id, "rm", "/etc/nginx/live/sites/blog.conf");
  await docker("exec", container("edge").id, "bash", "-c", "echo '# by hand' >>/etc/nginx/live/upstreams/shared.conf; cp /etc/nginx/live/sites/api.conf /etc/nginx/live/sites/stranger.conf");
  await docker("exec", container("gateway").id, "bash", "-c", `rm ${volumePath("gateway")}/fragments-2/blog`);
  await docker("exec", container("gateway", "shop").id, "rm", `${volumePath("gateway", "shop")}/routes.json`);
  await docker("exec", container("backup").id, "rm", "/var/lib/indie-ventures/projects/shop.json");
  await docker("run", "--detach", "--name", `stray-${stack.name}`, ...labels(should.stateId), ...sleeper);
  await docker("run", "--detach", "--name", `${NOBODYS}-${stack.name}`, ...labels("0123456789abcdef"), ...sleeper);
  await docker("network", "create", ...labels(should.stateId), `stray-${stack.name}`);
  await stack.sql(
    "postgres",
    `grant connect on database blog to public; grant connect on database shop to blog_owner; revoke connect on database blog from blog_authenticator;
     grant connect on database postgres to public; alter database shop connection limit 3; alter database shop owner to supabase_admin;
     alter role shop_authenticator connection limit 1; alter role blog_owner createdb; revoke supabase_realtime_admin from blog_realtime;
     grant shop_owner to blog_storage_admin; alter role shop_auth_admin password 'another'; alter role shop_auth_admin reset search_path`,
  );
  await stack.sql("blog", "revoke usage on schema realtime from anon; alter schema storage owner to supabase_admin");
}

const FOUND = [
  /container blog-auth-\w+ is exited/,
  /container shop-rest-\w+ is not in network iv-\S+-project-shop/,
  /the edge's file sites\/blog.conf is gone/,
  /the edge's file upstreams\/shared.conf has another text/,
  /the edge has a file sites\/stranger.conf/,
  /the file of blog's routes in iv-\S+-gateway is gone/,
  /routes.json in iv-\S+-shop-gateway is gone/,
  /what the backup container knows of shop is gone/,
  /container stray-\S+ is this stack's, and the state does not know it/,
  /network stray-\S+ is this stack's, and the state does not know it/,
  /blog is no tenant of Realtime/,
  /shop is no tenant of Realtime/,
  /blog is no tenant of Storage/,
  /everybody may CONNECT to database blog/,
  /blog_owner may CONNECT to database shop/,
  /everybody may CONNECT to database postgres/,
  /blog_authenticator may not CONNECT to database blog/,
  /database shop takes 3 connections, not \d+/,
  /database shop is owned by supabase_admin, not by shop_owner/,
  /role shop_authenticator may have 1 connections/,
  /role blog_owner is createdb/,
  /role blog_realtime is no member of supabase_realtime_admin/,
  /role blog_storage_admin is a member of shop_owner/,
  /role shop_auth_admin has another password/,
  /role shop_auth_admin has no search_path/,
  /anon has no USAGE in schema realtime of database blog/,
  /schema storage of database blog is owned by supabase_admin/,
];

test("each fault is found, and --fix puts all of them right", async () => {
  await plant();
  const found = await runDoctor();
  const whats = found.findings.map(({ what }) => what);
  for (const pattern of FOUND) expect(whats).toContainEqual(expect.stringMatching(pattern));
  // Nothing that is as it should be is told of: the owner of shop may do less while another one owns it.
  const others = found.findings.filter(({ what }) => !FOUND.some((pattern) => pattern.test(what)));
  expect(others.map(({ what }) => what)).toEqual(["shop_owner may not CONNECT to database shop"]);
  expect([found.exit, found.fixed]).toEqual([1, []]);
  expect(JSON.stringify(found)).not.toContain(projects.blog!.jwtSecret);

  const fixed = await runDoctor(true);
  expect(fixed).toMatchObject({ healthy: true, findings: [], exit: 0 });
  for (const pattern of FOUND) expect(fixed.fixed.map(({ what }) => what)).toContainEqual(expect.stringMatching(pattern));
  expect((await stack.ours()).filter((name) => name.includes("stray"))).toEqual([]);
  expect(await docker("inspect", "--format", "{{.State.Status}}", `${NOBODYS}-${stack.name}`)).toBe("running");
  await expectServing();
  await stack.pulumi(["preview", "--expect-no-changes"]);
});

test("a container and a role that are gone are made again, by one update, and the role may what it may", async () => {
  await docker("rm", "--force", container("auth", "blog").id);
  await stack.sql("blog", "drop owned by blog_authenticator");
  await stack.sql("postgres", "drop owned by blog_authenticator; drop role blog_authenticator");
  const { findings } = await runDoctor();
  expect(findings).toMatchObject([
    { rule: "container", project: "blog", service: "auth", what: expect.stringMatching(/ is gone$/), byHand: false },
    { rule: "role", project: "blog", what: "role blog_authenticator is gone", byHand: false },
  ]);
  expect(await runDoctor(true)).toMatchObject({ healthy: true, exit: 0 });
  await expectServing();
  await stack.pulumi(["preview", "--expect-no-changes"]);
});
