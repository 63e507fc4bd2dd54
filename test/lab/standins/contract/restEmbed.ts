// references/api/resource_embedding.rst
import { expect, test } from "@jest/globals";
import type { Client } from "./restFixture.ts";

function directionTests(ask: Client): void {
  test("to-one by the foreign key, with an alias", async () => {
    const { json } = await ask("/contract_projects?select=name,client:contract_clients!contract_projects_client_id_fkey(name)&order=id");
    expect(json).toEqual([
      { name: "alpha", client: { name: "Acme" } }, { name: "beta", client: { name: "Acme" } }, { name: "gamma", client: { name: "Bolt" } },
      { name: "delta, (x)", client: null },
    ]);
  });

  test("to-one by the column's name as target and as hint", async () => {
    const target = await ask("/contract_projects?select=client_id(name)&id=eq.1");
    expect(target.json).toEqual([{ client_id: { name: "Acme" } }]);
    const hint = await ask("/contract_projects?select=contract_clients!reviewer_id(name)&id=eq.1");
    expect(hint.json).toEqual([{ contract_clients: { name: "Bolt" } }]);
  });

  test("to-many", async () => {
    const { json } = await ask("/contract_clients?select=name,contract_projects!client_id(id)&order=id");
    expect(json).toEqual([
      { name: "Acme", contract_projects: [{ id: 1 }, { id: 2 }] }, { name: "Bolt", contract_projects: [{ id: 3 }] },
    ]);
  });

  test("many-to-many through the junction, from both sides", async () => {
    const projects = await ask("/contract_projects?select=id,contract_people(name)&id=lt.4&order=id&contract_people.order=name");
    expect(projects.json).toEqual([
      { id: 1, contract_people: [{ name: "Ada" }, { name: "Ben" }] }, { id: 2, contract_people: [{ name: "Ben" }] },
      { id: 3, contract_people: [] },
    ]);
    const people = await ask("/contract_people?select=name,contract_projects(id)&name=eq.Ben&contract_projects.order=id");
    expect(people.json).toEqual([{ name: "Ben", contract_projects: [{ id: 1 }, { id: 2 }] }]);
  });

  test("one-to-one is an object from both sides", async () => {
    expect((await ask("/contract_projects?select=contract_details(text)&order=id&limit=2")).json).toEqual([
      { contract_details: { text: "first" } }, { contract_details: null },
    ]);
    expect((await ask("/contract_details?select=contract_projects(name)")).json).toEqual([{ contract_projects: { name: "alpha" } }]);
  });

  test("a table within itself", async () => {
    const boss = await ask("/contract_people?select=name,boss:boss_id(name)&id=eq.2");
    expect(boss.json).toEqual([{ name: "Ben", boss: { name: "Ada" } }]);
    const team = await ask("/contract_people?select=name,team:contract_people(name)&id=eq.1&team.order=id");
    expect(team.json).toEqual([{ name: "Ada", team: [{ name: "Ben" }, { name: "Cy" }] }]);
  });

  test("through a view", async () => {
    const { json } = await ask("/contract_project_names?select=name,contract_clients(name)&id=eq.3");
    expect(json).toEqual([{ name: "gamma", contract_clients: { name: "Bolt" } }]);
  });

  test("two levels", async () => {
    const { json } = await ask("/contract_members?select=contract_people(name),contract_projects(name,contract_details(text))&person_id=eq.1");
    expect(json).toEqual([{ contract_people: { name: "Ada" }, contract_projects: { name: "alpha", contract_details: { text: "first" } } }]);
  });

  test("spread of a to-one resource", async () => {
    const { json } = await ask("/contract_details?select=text,...contract_projects(name,budget)");
    expect(json).toEqual([{ text: "first", name: "alpha", budget: 10 }]);
  });

  test("spread of a to-many resource gives lists", async () => {
    const { json } = await ask("/contract_clients?select=name,...contract_projects!client_id(ids:id)&id=eq.1");
    expect(json).toEqual([{ name: "Acme", ids: [1, 2] }]);
  });
}

function filterTests(ask: Client): void {
  test("filter, order and limit on the embedded rows", async () => {
    const { json } = await ask(
      "/contract_clients?select=name,contract_projects!client_id(id)&contract_projects.order=id.desc&contract_projects.limit=1&order=id",
    );
    expect(json).toEqual([{ name: "Acme", contract_projects: [{ id: 2 }] }, { name: "Bolt", contract_projects: [{ id: 3 }] }]);
    const filtered = await ask("/contract_clients?select=name,p:contract_projects!client_id(id)&p.id=eq.2&order=id");
    expect(filtered.json).toEqual([{ name: "Acme", p: [{ id: 2 }] }, { name: "Bolt", p: [] }]);
    const logic = await ask("/contract_clients?select=name,p:contract_projects!client_id(id)&p.or=(id.eq.2,id.eq.3)&order=id");
    expect(logic.json).toEqual([{ name: "Acme", p: [{ id: 2 }] }, { name: "Bolt", p: [{ id: 3 }] }]);
  });

  test("!inner filters the parent too, and its count", async () => {
    const { status, json, headers } = await ask("/contract_clients?select=name,contract_projects!client_id!inner(id)&contract_projects.id=eq.3", {
      prefer: "count=exact",
    });
    expect([status, json, headers.get("Content-Range")]).toEqual([200, [{ name: "Bolt", contract_projects: [{ id: 3 }] }], "0-0/1"]);
  });

  test("null filters on the embedded resource", async () => {
    const without = await ask("/contract_projects?select=id,contract_details()&contract_details=is.null&order=id", { prefer: "count=exact" });
    expect([without.json, without.headers.get("Content-Range")]).toEqual([[{ id: 2 }, { id: 3 }, { id: 4 }], "0-2/3"]);
    const having = await ask("/contract_projects?select=id,contract_people()&contract_people=not.is.null&order=id", { prefer: "count=exact" });
    expect([having.json, having.headers.get("Content-Range")]).toEqual([[{ id: 1 }, { id: 2 }], "0-1/2"]);
  });

  test("order by a to-one resource; by a to-many one is PGRST118", async () => {
    const { json } = await ask("/contract_members?select=project_id,person_id,contract_people(name)&order=contract_people(name).desc,project_id");
    expect(json.map((row: { person_id: number }) => row.person_id)).toEqual([2, 2, 1]);
    const bad = await ask("/contract_clients?select=*,contract_projects!client_id(id)&order=contract_projects(id)");
    expect([bad.status, bad.json.code]).toEqual([400, "PGRST118"]);
  });
}

function errorTests(ask: Client): void {
  test("no relationship is PGRST200, 400", async () => {
    const { status, json } = await ask("/contract_people?select=contract_odd(*)");
    expect([status, json.code, json.message, json.details]).toEqual([
      400, "PGRST200", "Could not find a relationship between 'contract_people' and 'contract_odd' in the schema cache",
      "Searched for a foreign key relationship between 'contract_people' and 'contract_odd' in the schema 'public', but no matches were found.",
    ]);
  });

  test("more than one is PGRST201, 300, with every way to say which", async () => {
    const { status, json } = await ask("/contract_projects?select=contract_clients(*)");
    expect([status, json.code, json.message]).toEqual([
      300, "PGRST201", "Could not embed because more than one relationship was found for 'contract_projects' and 'contract_clients'",
    ]);
    expect(json.details).toEqual(
      expect.arrayContaining([
        {
          cardinality: "many-to-one", embedding: "contract_projects with contract_clients",
          relationship: "contract_projects_client_id_fkey using contract_projects(client_id) and contract_clients(id)",
        },
      ]),
    );
    expect(json.hint).toContain("'contract_clients!contract_projects_reviewer_fkey'");
  });

  test("a filter on what is not embedded is PGRST108, 400", async () => {
    const { status, json } = await ask("/contract_projects?contract_people.name=eq.x");
    expect([status, json]).toEqual([
      400,
      {
        code: "PGRST108", details: null, hint: "Verify that 'contract_people' is included in the 'select' query parameter.",
        message: "'contract_people' is not an embedded resource in this request",
      },
    ]);
  });
}

export function embedContract(ask: Client): void {
  directionTests(ask);
  filterTests(ask);
  errorTests(ask);
}
