// node --input-type=module --eval <this>; stdin: JSON [{ project, adminPort, apiKey }]; stdout: JSON [{ status, isMigrated }]
//
// Runs inside the plane's Storage container. Only asks; what it is told of a tenant holds secrets, and goes nowhere.
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const tenants = JSON.parse(Buffer.concat(chunks).toString());

async function ask({ project, adminPort, apiKey }, path = "") {
  return fetch(`http://127.0.0.1:${adminPort}/tenants/${project}${path}`, { headers: { apikey: apiKey }, signal: AbortSignal.timeout(20_000) });
}

async function look(tenant) {
  try {
    const { status } = await ask(tenant);
    if (status !== 200) return { status };
    const migrations = await ask(tenant, "/migrations");
    if (!migrations.ok) return { status };
    const { isLatest, migrationsStatus } = await migrations.json();
    return { status, isMigrated: isLatest && migrationsStatus === "COMPLETED" };
  } catch {
    return { status: 0 };
  }
}

const answers = [];
for (const tenant of tenants) answers.push(await look(tenant));
console.log(JSON.stringify(answers));
