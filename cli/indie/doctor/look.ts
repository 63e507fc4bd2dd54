// Looks at everything, and says what is not as it should be. Changes nothing.
import { fixedName } from "../../../components/ours.ts";
import { stackOption } from "../../options.ts";
import type { Run } from "../../run.ts";
import { type Attempt, attempts } from "./ask.ts";
import { checkDocker, type DockerIs } from "./containers.ts";
import { checkDatabases, checkInside, checkSession, isSafe, type PostgresIs } from "./databases.ts";
import { checkBackupFiles, checkCertificates, checkEdge, checkGateway } from "./files.ts";
import type { Finding } from "./finding.ts";
import { lookAtDocker } from "./lookDocker.ts";
import { lookAtAcme, lookAtBackup, lookAtEdge, lookAtGateway } from "./lookFiles.ts";
import { lookAtPostgres, lookInside } from "./lookPostgres.ts";
import { lookAtRealtime, lookAtStorage } from "./lookTenants.ts";
import { checkRoles } from "./roles.ts";
import type { Should, WantedContainer, WantedTenant } from "./should.ts";
import { checkTenants } from "./tenants.ts";

interface Looking {
  run: Run;
  should: Should;
  docker: DockerIs;
  attempt: Attempt;
  findings: Finding[];
}

export async function look(run: Run, should: Should): Promise<Finding[]> {
  const findings: Finding[] = [];
  const attempt = attempts(findings);
  const docker = await attempt({ what: "Docker", service: "docker", fix: `by hand: start Docker (npx indie up${stackOption(should.stack)} does), then run this again` }, () => lookAtDocker(run, should));
  // Without Docker nobody else answers either.
  if (docker === undefined) return findings;
  findings.push(...checkDocker(should, docker));
  const looking: Looking = { run, should, docker, attempt, findings };
  await Promise.all([lookAtFiles(looking), lookAtTenants(looking)]);
  return findings;
}

/** Runs the work where the container runs that it needs; else that is found already, and what it has is told of as not looked at. */
async function within<T>({ docker, attempt, findings }: Looking, wanted: WantedContainer, what: string, work: () => Promise<T>): Promise<T | undefined> {
  const { project, service } = wanted;
  const whose = { service, ...(project === undefined ? {} : { project }) };
  const found = docker.containers.find(({ id }) => id === wanted.id);
  if (found?.state === "running") return attempt({ what, ...whose }, work);
  findings.push({ rule: "unanswered", ...whose, what: `${what} could not be looked at: container ${wanted.name} does not run`, why: "nothing is known of it", fix: "by hand: once it runs, run this again; --fix does" });
  return undefined;
}

async function lookAtFiles(looking: Looking): Promise<void> {
  const { run, should, findings } = looking;
  const { containers, stack } = should;
  const [edge, acme, backup, postgres] = ["edge", "acme", "backup", "postgres"].map((service) => containers.find(({ name }) => name === fixedName(stack, service)));
  const work: (Promise<unknown> | undefined)[] = [
    ...(edge === undefined ? [] : [within(looking, edge, "the edge's files", async () => findings.push(...checkEdge(should, await lookAtEdge(run, edge))))]),
    ...(acme === undefined ? [] : [within(looking, acme, "certificates", async () => findings.push(...checkCertificates(should, await lookAtAcme(run, acme))))]),
    ...should.gateways.map((gateway) => {
      const container = containers.find(({ volumes }) => volumes.some(({ name }) => name === gateway.volume));
      return container && within(looking, container, `the routes in ${gateway.volume}`, async () => findings.push(...checkGateway(gateway, should, await lookAtGateway(run, gateway, container))));
    }),
  ];
  const known = backup && (await within(looking, backup, "what the backup container knows", () => lookAtBackup(run, backup)));
  if (known !== undefined) findings.push(...checkBackupFiles(should, known));
  if (postgres !== undefined) work.push(within(looking, postgres, "Postgres", () => lookAtSql(looking, changesDatabases(known?.job))));
  await Promise.all(work);
}

/** Backups and proofs change nothing of a project's. */
const changesDatabases = (job: string | undefined): boolean => job !== undefined && /^(?:restore|rollback|remove|purge)\b/.test(job);

const AT_ONE_TIME = 4;

async function lookAtSql(looking: Looking, isAtWork: boolean): Promise<void> {
  const { run, should, findings, attempt } = looking;
  const is = await lookAtPostgres(run, should.stack);
  findings.push(...checkRoles(should, is.roles), ...checkDatabases(should, is, isAtWork));
  const inside = should.tenancies.filter((tenancy) => tenancy.inside !== undefined && is.databases[tenancy.database]?.isOpen === true);
  for (let begin = 0; begin < inside.length; begin += AT_ONE_TIME)
    await Promise.all(
      inside.slice(begin, begin + AT_ONE_TIME).map(async (tenancy) => {
        findings.push(...checkSession(tenancy, should, is));
        if (!isSafeIn(is, tenancy.database)) return;
        const { database, project } = tenancy;
        const found = await attempt({ what: `database ${database}`, service: "postgres", ...(project === undefined ? {} : { project }) }, () => lookInside(run, should.stack, database));
        if (found !== undefined) findings.push(...checkInside(tenancy, should, found, is.roles));
      }),
    );
}

const isSafeIn = ({ databases }: PostgresIs, database: string): boolean => databases[database] !== undefined && isSafe(databases[database]);

async function lookAtTenants(looking: Looking): Promise<void> {
  const { run, should, findings } = looking;
  const ask = (tenants: WantedTenant[], of: string, work: typeof lookAtRealtime) =>
    [...new Set(tenants.map(({ container }) => container))].map(async (name) => {
      const container = should.containers.find((each) => each.name === name);
      const its = tenants.filter((tenant) => tenant.container === name);
      const is = container && (await within(looking, container, `the tenants of ${of}`, () => work(run, container.id, its)));
      if (is !== undefined) findings.push(...checkTenants(should, is));
    });
  await Promise.all([...ask(should.realtimeTenants, "Realtime", lookAtRealtime), ...ask(should.storageTenants, "Storage", lookAtStorage)]);
}
