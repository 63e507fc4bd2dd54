import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ownStorageEnvironment, planeStorageEnvironment, projectFilesDirectory, storageTenantBody } from "../../../../components/services/storage.ts";

const KEYS = { anonKey: "anon", serviceRoleKey: "service", jwtSecret: "secret", jwks: '{"keys":[]}' };
const plane = (domain: string) =>
  planeStorageEnvironment({ domain, imgproxyUrl: "http://imgproxy:5001", databaseUrl: "postgresql://storage", adminApiKey: "admin", encryptionKey: "key" });

test("the environment of the plane's and of a project's own", () => {
  expect(plane("localhost")).toMatchSnapshot();
  const own = ownStorageEnvironment({ project: "shop-eu", url: "http://shop-eu.localhost", imgproxyUrl: "http://imgproxy:5001", databaseUrl: "postgresql://own", keys: KEYS });
  expect(own).toMatchSnapshot();
});

test("both keep a project's files in the same place", () => {
  const { FILE_STORAGE_BACKEND_PATH, GLOBAL_S3_BUCKET } = plane("localhost");
  expect(projectFilesDirectory("shop-eu")).toBe(`${FILE_STORAGE_BACKEND_PATH}/${GLOBAL_S3_BUCKET}/shop-eu`);
});

test("a tenant", () => {
  expect(JSON.parse(storageTenantBody("postgresql://tenant", KEYS))).toMatchSnapshot();
});

describe("which project a forwarded host names", () => {
  const tenantOf = (host: string, domain = "example.com") => new RegExp(plane(domain).REQUEST_X_FORWARDED_HOST_REGEXP!).exec(host)?.[1];

  test("each project's own, with a port or without", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z](-?[a-z0-9]){2,8}$/), fc.option(fc.integer({ min: 1, max: 65_535 })), (name, port) => {
        expect(tenantOf(`${name}.example.com${port === null ? "" : `:${port}`}`)).toBe(name);
      }),
    );
  });

  test.each(["example.com", "blog.example.com, docs.example.com", "blog.example.com.evil.test", "blog.exampleXcom", "a.blog.example.com", "blog.example.com\n", ""])("%j names nobody", (host) => {
    expect(tenantOf(host)).toBeUndefined();
  });
});
