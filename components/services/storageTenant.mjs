// node --input-type=module --eval <this> <put|delete>; stdin: JSON { project, adminPort, apiKey, body }
//
// Runs inside the plane's Storage container. Makes a project a tenant, or ends it; its files and tables stay.
const action = process.argv[1];
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { project, adminPort, apiKey, body } = JSON.parse(Buffer.concat(chunks).toString());

const TRIES = 5;

// What Storage can not do at this moment, as Postgres or itself has just been started, or the server has much to do, it is asked for again: each of
// these requests may be made twice. What is wrong with a request is said at once.
async function answer(method, path, body) {
  const headers = { apikey: apiKey, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/tenants/${project}${path}`, { method, headers, body });
    if (response.status < 500 || attempt === TRIES) return response;
    await new Promise((resolve) => setTimeout(resolve, attempt * 1000));
  }
}

async function request(method, path = "", content) {
  const response = await answer(method, path, content);
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(`Storage answers ${response.status} to ${method} of the tenant of project ${project}${path}`);
}

// A PUT succeeds also where the tables could not be made: only this tells (facts/tenancy.md §2.2).
const isMigrated = async () => {
  const { isLatest, migrationsStatus } = JSON.parse(await request("GET", "/migrations"));
  return isLatest && migrationsStatus === "COMPLETED";
};

async function put() {
  await request("PUT", "", body);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await isMigrated()) return;
    await request("POST", "/migrations").catch((error) => (attempt < 2 ? undefined : Promise.reject(error)));
  }
  if (!(await isMigrated())) throw new Error(`Storage could not bring the tables of project ${project} to its version (docker logs of the storage container say why)`);
}

try {
  await (action === "put" ? put() : request("DELETE"));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
