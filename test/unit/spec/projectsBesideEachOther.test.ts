import { describe, expect, test } from "@jest/globals";
import { load, reportOf } from "./reportOf.ts";

const projects = (...entries: string[]) => `projects:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
const project = (name: string, fields = "") => `{ name: ${name}, architecture: shared${fields} }`;

describe("names and domains", () => {
  test("a name twice, and once more", () => {
    expect(reportOf(projects(project("blog"), project("docs"), project("blog"), project('"blog"')))).toBe(
      `p.yaml:4:13  project "blog"  the name is taken by the project at 2:13 → choose another name
p.yaml:5:13  project "blog"  the name is taken by the project at 2:13 → choose another name`,
    );
  });

  test.each([
    ["example.org", "example.org"],
    ["EXAMPLE.org", "example.org"],
    ["example.org.", "example.org"],
    ["münchen.de", "xn--mnchen-3ya.de"],
    ["XN--mnchen-3ya.DE.", "xn--mnchen-3ya.de"],
  ])("a domain of two projects: %s", (spelling, host) => {
    const first = host === "example.org" ? "Example.Org" : "MÜNCHEN.de";
    expect(reportOf(projects(project("blog", `, domains: [${first}]`), project("docs", `, domains: [a.example.org, ${spelling}]`)))).toBe(
      `p.yaml:3:66  project "docs"  ${host} is written already, at 2:51 → a domain leads to one project`,
    );
  });

  test("a domain of a project twice", () => {
    expect(reportOf(projects(project("blog", ", domains: [a.example.org, A.example.org]")))).toBe(
      'p.yaml:2:66  project "blog"  a.example.org is written already, at 2:51 → a domain leads to one project',
    );
  });

  const onServer = { config: { placement: "all", domain: "Example.com" } };
  test.each([
    ["docs.example.com", 'docs.example.com is the own host of project "docs" → choose another domain'],
    ["DOCS.Example.com.", 'docs.example.com is the own host of project "docs" → choose another domain'],
    ["blog.example.com", "blog.example.com is the project's own host anyway → delete it"],
    ["api.example.com", "api.example.com is the server's own → choose another domain"],
    ["example.com", "example.com is the server's own → choose another domain"],
    ["studio.docs.example.com", 'studio.docs.example.com is the host of the Studio of project "docs" → choose another domain'],
    ["Studio.blog.Example.com.", 'studio.blog.example.com is the host of the Studio of project "blog" → choose another domain'],
    ["gateway", 'domains "gateway" has no dot → write the whole host name, such as api.example.com'],
    ["localhost", 'domains "localhost" has no dot → write the whole host name, such as api.example.com'],
  ])("the domain %s beside projects blog and docs on example.com", (domain, text) => {
    expect(reportOf(projects(project("blog", `, domains: [${domain}]`), project("docs")), onServer)).toBe(`p.yaml:2:51  project "blog"  ${text}`);
  });

  test("hosts that are nobody's", () => {
    for (const domain of ["www.example.com", "api.blog.example.com", "docs.localhost", "shop.example.com", "studio.shop.example.com"])
      expect(reportOf(projects(project("blog", `, domains: [${domain}]`), project("docs")), onServer)).toBeUndefined();
  });
});

describe("architecture", () => {
  test.each([
    ["architecture: Shared", '33  project "blog"  architecture must be shared or isolated, not "Shared" → write shared'],
    ["architecture: dedicated", '33  project "blog"  architecture must be shared or isolated, not "dedicated" → write shared or isolated'],
    ["architecture: true", '33  project "blog"  architecture must be shared or isolated, not the truth value true → write shared or isolated'],
    ["domains: []", '5  project "blog"  architecture is missing → write architecture: shared'],
  ])("%s", (field, report) => {
    expect(reportOf(projects(`{ name: blog, ${field} }`))).toBe(`p.yaml:2:${report}`);
  });
});

describe("state", () => {
  test.each([
    ["state: suspend", '48  project "blog"  state must be present or suspended or removed, not "suspend" → write suspended'],
    ["state: gone", '48  project "blog"  state must be present or suspended or removed, not "gone" → write present or suspended or removed'],
  ])("%s", (field, report) => {
    expect(reportOf(projects(`{ name: blog, architecture: shared, ${field} }`))).toBe(`p.yaml:2:${report}`);
  });

  test("is each project's own, not the defaults'", () => {
    expect(reportOf("defaults: { state: suspended }\nprojects: []")).toBe("p.yaml:1:13  defaults  state can not be a default: each project has its own → write it there");
  });
});

describe("whose projects a stack takes", () => {
  const text = `defaults: { server: prod }\n${projects(project("blog"), project("shop", ", server: shop-vm"), project("docs", ", server: prod"))}`;
  const names = (stack: string, placement?: string) =>
    load(text, { stack, config: placement === undefined ? {} : { placement } }).map(({ name }) => name);

  test("its own, in the file's order; or all", () => {
    expect(names("prod")).toEqual(["blog", "docs"]);
    expect(names("shop-vm", "own")).toEqual(["shop"]);
    expect(names("dev")).toEqual([]);
    expect(names("dev", "all")).toEqual(["blog", "shop", "docs"]);
  });

  test("a project without a server, where it matters", () => {
    const without = projects(project("blog"), project("docs", ", server: prod"));
    expect(reportOf(without, { stack: "prod", config: {} })).toBe(
      'p.yaml:2:5  project "blog"  server is missing: no stack would take the project → write server: prod under defaults',
    );
    expect(reportOf(without)).toBeUndefined();
  });

  test("mistakes of another stack's projects are mistakes", () => {
    expect(reportOf(projects(project("blog", ", server: prod"), project("blog", ", server: shop-vm")), { stack: "prod", config: {} })).toBe(
      'p.yaml:3:13  project "blog"  the name is taken by the project at 2:13 → choose another name',
    );
  });
});

test("all mistakes of a file are in one report, by position", () => {
  const text = `# yaml-language-server: $schema=./schema/projects.schema.json
defaults:
  server: prod
  domains: []
projects:
  - name: My_Blog
    architekture: shared
    domains: [docs.localhost]
  - name: docs
    architecture: shared
    auth: { siteUrl: docs, disableSignup: yes }
    keys: { generation: 0o17 }
  - name: docs
    name: wiki
    architecture: shared
    <<: {}
  - text
`;
  expect(reportOf(text)).toMatchInlineSnapshot(`
"p.yaml:4:3  defaults  domains can not be a default: each project has its own → write it there
p.yaml:6:5  project "My_Blog"  architecture is missing → write architecture: shared
p.yaml:6:11  project "My_Blog"  name "My_Blog" breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last → for example my-blog
p.yaml:7:5  project "My_Blog"  unknown field "architekture" → did you mean architecture?
p.yaml:8:15  project "My_Blog"  docs.localhost is the own host of project "docs" → choose another domain
p.yaml:11:22  project "docs"  auth.siteUrl is no URL → write it whole, such as https://docs.example.com
p.yaml:11:43  project "docs"  auth.disableSignup must be true or false, not a text → write true or false
p.yaml:12:25  project "docs"  readers of YAML do not agree on a number in this spelling → write it in plain digits
p.yaml:14:5  project "wiki"  this field is written twice, first at 13:5 → delete one
p.yaml:16:5  project "wiki"  merge keys (<<) are not read here → put what projects share under defaults
p.yaml:17:5  project 4  the project must be a group of fields, not a text → write - name: blog and its other fields below"
`);
});
